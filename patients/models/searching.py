"""Columns that a search for people asks, each an expression with an index of its own: nothing is stored twice.

The functions come with the migration ``finding_people``. What they make of a row must never change under an index: another
reading of the words needs functions of another name.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import models
from django.db.models.functions import Upper

from patients.finding_people import Asked


def words() -> models.Func:
    return models.Func(
        models.Func("search", function="patients_words", output_field=ArrayField(models.TextField())),
        function="array_to_tsvector",
        output_field=SearchVectorField(),
    )


def near() -> models.Func:
    return models.Func("search", function="patients_near", output_field=ArrayField(models.TextField()))


def same_address() -> models.Func:
    """As ``email__iexact`` asks."""
    return Upper("email")


class _Beginnings(SearchQuery):
    """``to_tsquery`` would take words apart again. Folded words hold no quote and no backslash; they are quoted all the
    same, so that none is read as an operator."""

    def __init__(self, words: list[str]) -> None:
        quoted = ("'" + word.replace("\\", "\\\\").replace("'", "''") + "':*" for word in words)
        super().__init__(" & ".join(quoted), search_type="raw")

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        return models.Func.as_sql(self, compiler, connection, template="%(expressions)s::tsquery")


def begin_so(asked: Asked) -> models.Q:
    """Every word begins one of the patient's. For rows with the alias ``words``."""
    found = models.Q(words=_Beginnings(asked.words)) if asked.words else models.Q()
    return found & _born(asked)


def nearly_so(asked: Asked) -> models.Q:
    """Every word begins one of the patient's, or is perhaps one slip from it. With the aliases ``words`` and ``near``."""
    found = _born(asked)
    for word, neighbourhood in asked.slips:
        either: Any = models.Q(words=_Beginnings([word]))
        if neighbourhood:
            either |= models.Q(near__overlap=sorted(neighbourhood))
        found &= either
    return found


def _born(asked: Asked) -> models.Q:
    return models.Q(date_of_birth__in=asked.births) if asked.births else models.Q()
