"""Where an exercise stands between draft and retired, for lists: worked out by the database, stored nowhere."""

from typing import Any

from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.utils.translation import gettext_lazy as _

from exercises.models.content import CONTENT_COLUMNS


class Status(models.TextChoices):
    DRAFT = "draft", _("draft")
    REVIEW = "review", _("in review")
    PUBLISHED = "published", _("published")
    CHANGED = "changed", _("published, changes to publish")
    RETIRED = "retired", _("retired")


class _Row(Func):
    function = "ROW"
    output_field = models.TextField()


class _Differs(Func):
    """Null differs from a value and is like null, which an unequal sign does not say."""

    template = "(%(expressions)s)"
    arg_joiner = " IS DISTINCT FROM "
    output_field = models.BooleanField()


def computed_status() -> Case:
    """Of a row of exercises. Review comes first: somebody waits."""
    working = _Row(*(F(name) for name in CONTENT_COLUMNS))
    in_use = _Row(*(F(f"current__{name}") for name in CONTENT_COLUMNS))
    cases: list[tuple[Any, Status]] = [
        (Q(review_asked_at__isnull=False), Status.REVIEW),
        (Q(stage="retired"), Status.RETIRED),
        (Q(stage="draft"), Status.DRAFT),
        (_Differs(working, in_use), Status.CHANGED),
    ]
    return Case(
        *(When(condition, then=Value(status.value)) for condition, status in cases),
        default=Value(Status.PUBLISHED.value),
        output_field=models.CharField(),
    )
