"""Rows that are amended and never overwritten: each state stays in an event table that a trigger fills.

Who and when stand in the row itself, so that every kept state says who made it.
"""

from typing import Any

import pghistory
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import User
from clinic.text import validate_plain_text


class RecordStatus(models.TextChoices):
    """A statement stands, or it was a slip: then it is hidden from plans and counts and stays in the history."""

    RECORDED = "recorded", _("Recorded")
    ENTERED_IN_ERROR = "entered_in_error", _("Entered in error")


class Versioned(models.Model):
    """``version`` counts the states from 1; saving from an older one is refused (two people at one record)."""

    version = models.PositiveSmallIntegerField(default=1, editable=False)
    changed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )  # null: the patient, or a named job
    changed_at = models.DateTimeField(db_default=Now(), editable=False)
    change_reason = models.CharField(
        _("reason for the change"), max_length=300, blank=True, validators=[validate_plain_text]
    )

    class Meta:
        abstract = True


def keep_history(**options: Any) -> Any:
    """Class decorator: keep every state of a model's rows, readable as ``row.history``, in append-only rows."""
    return pghistory.track(
        append_only=True,
        obj_field=pghistory.ObjForeignKey(related_name="history"),
        context_field=None,  # type: ignore[arg-type]  # its documentation: None leaves the column out
        **options,
    )
