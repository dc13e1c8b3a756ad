"""Rows of several models in one question: each kind is one column of the patient's row, a list of lists."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models


def packed(rows: models.QuerySet[Any], *names: str) -> ArraySubquery:
    """Of rows that name their patient by ``OuterRef("pk")``, what ``names`` say, in the order of the rows.

    Dates, instants and keys arrive as text, as JSON has them; None where nobody may see any.
    """
    columns = models.Func(*names, function="jsonb_build_array", output_field=models.JSONField())
    return ArraySubquery(rows.values(packed=columns))


def about_patient(key: str = "patient") -> dict[str, Any]:
    return {key: models.OuterRef("pk")}
