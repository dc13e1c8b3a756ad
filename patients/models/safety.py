"""Screening for warning signs, and what was decided about a positive one."""

import uuid
from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from clinic.labels import display
from clinic.models import Clinic, Language, User
from clinic.roles import SEES_CLINICAL
from clinic.text import validate_plain_text
from patients.models.history import RecordStatus, Versioned, keep_history
from patients.models.patient import Patient
from patients.models.signs import SignReport
from patients.models.visibility import VisibleRows
from patients.red_flags import Level, Region, by_key, staff_advice, words

LEVELS = [(level.value, level.value) for level in Level]
REGIONS = [(region.value, region.value) for region in Region]


class Decision(models.TextChoices):
    HOLD = "hold", _("No exercises for now")
    MAY_START = "may_start", _("Exercises may go ahead")


class ScreeningQuerySet(VisibleRows["Screening"]):
    seen_by = SEES_CLINICAL

    def standing(self) -> Self:
        return self.filter(status=RecordStatus.RECORDED)

    def about(self, *patients: Patient) -> Self:
        return self.filter(patient__in=patients)

    def newest_first(self) -> Self:
        return self.select_related("screened_by").prefetch_related("flags").order_by("-screened_at", "pk")


class Screening(models.Model):
    """One pass through the list for foot or back. ``asked`` holds every key put to the patient, so that a "no" to a sign
    that the list did not have yet is never assumed. A trigger keeps it as it was signed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    region = models.CharField(max_length=4, choices=REGIONS)
    asked = ArrayField(models.CharField(max_length=40))
    list_version = models.PositiveSmallIntegerField()
    note = models.TextField(_("note"), max_length=2000, blank=True, validators=[validate_plain_text])
    status = models.CharField(max_length=16, choices=RecordStatus.choices, default=RecordStatus.RECORDED)
    screened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    screened_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[ScreeningQuerySet] = ScreeningQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("screening for warning signs")
        verbose_name_plural = _("screenings for warning signs")
        indexes = [models.Index("patient", models.F("screened_at").desc(), name="screening_by_patient")]
        constraints = [
            models.UniqueConstraint(
                fields=["id", "clinic"],
                name="screening_id_clinic",
                violation_error_message=_("Wrong clinic."),
            ),
            models.CheckConstraint(
                condition=models.Q(region__in=[region.value for region in Region]),
                name="screening_region_known",
                violation_error_message=_("Choose foot or back."),
            ),
            models.CheckConstraint(
                condition=models.Q(asked__len__gt=0),
                name="screening_asked_something",
                violation_error_message=_("A screening asks at least one question."),
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=RecordStatus.values),
                name="screening_status_known",
                violation_error_message=_("Unknown status."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region} {self.screened_at:%Y-%m-%d}"


class FlagQuerySet(VisibleRows["RaisedFlag"]):
    seen_by = SEES_CLINICAL

    def standing(self) -> Self:
        return self.filter(status=RecordStatus.RECORDED)

    def blocking(self) -> Self:
        """No programme may be sent while one of these stands: undecided, or decided against exercises for now."""
        return self.standing().exclude(decision=Decision.MAY_START)

    def undecided(self) -> Self:
        return self.standing().filter(decision="")

    def about(self, *patients: Patient) -> Self:
        return self.filter(patient__in=patients)

    def most_urgent_first(self) -> Self:
        urgency = [models.When(level=level.value, then=place) for place, level in enumerate(Level)]
        return self.select_related("decided_by", "screening__screened_by", "report", "clinic").order_by(
            models.Case(*urgency), "raised_at", "pk"
        )


def decisions() -> "models.Prefetch[str, Any, str]":
    """To read with signs: every state that was a decision, oldest first; see ``earlier_decisions``."""
    states = RaisedFlag.pgh_event_model.objects.exclude(decision="")  # type: ignore[attr-defined]
    states = states.select_related("decided_by").order_by("pgh_id")
    return models.Prefetch("history", queryset=states, to_attr="decisions")


@keep_history()
class RaisedFlag(Versioned):
    """A warning sign that was answered with yes. ``text`` and ``advice`` are what was shown at that time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, null=True, related_name="flags")
    report = models.ForeignKey(
        SignReport, on_delete=models.PROTECT, null=True, related_name="flags"
    )  # neither: it came up otherwise at a visit
    key = models.CharField(max_length=40)
    level = models.CharField(max_length=16, choices=LEVELS)
    text = models.CharField(max_length=500)
    advice = models.CharField(max_length=500)
    status = models.CharField(max_length=16, choices=RecordStatus.choices, default=RecordStatus.RECORDED)
    decision = models.CharField(_("decision"), max_length=9, choices=Decision.choices, blank=True)
    decision_note = models.TextField(
        _("reason of the decision"), max_length=2000, blank=True, validators=[validate_plain_text]
    )
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    raised_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[FlagQuerySet] = FlagQuerySet.as_manager()  # type: ignore[assignment]
    get_decision_display = display("decision", Decision)

    class Meta:
        verbose_name = _("warning sign")
        verbose_name_plural = _("warning signs")
        indexes = [models.Index("patient", "decision", name="flag_by_patient")]
        constraints = [
            models.UniqueConstraint(
                fields=["screening", "key"],
                name="flag_once_per_screening",
                violation_error_message=_("This sign stands in the screening already."),
            ),
            models.UniqueConstraint(
                fields=["report", "key"],
                name="flag_once_per_report",
                violation_error_message=_("This sign stands in the report already."),
            ),
            models.CheckConstraint(
                condition=models.Q(screening=None) | models.Q(report=None),
                name="flag_from_one_source",
                violation_error_message=_("A sign comes from a screening or from a report, not from both."),
            ),
            models.UniqueConstraint(
                fields=["id", "clinic"], name="flag_id_clinic", violation_error_message=_("Wrong clinic.")
            ),
            models.CheckConstraint(
                condition=models.Q(level__in=[level.value for level in Level]),
                name="flag_level_known",
                violation_error_message=_("Unknown level."),
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=RecordStatus.values),
                name="flag_status_known",
                violation_error_message=_("Unknown status."),
            ),
            models.CheckConstraint(
                condition=models.Q(decision__in=["", *Decision.values]),
                name="flag_decision_known",
                violation_error_message=_("Choose what was decided."),
            ),
            models.CheckConstraint(
                condition=models.Q(decision="", decided_by=None, decided_at=None, decision_note="")
                | ~models.Q(decision="")
                & models.Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~models.Q(decision_note=""),
                name="flag_decision_whole",
                violation_error_message=_("A decision names who made it, when, and why."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.level})"

    @property
    def level_in_words(self) -> str:
        return words(Level(self.level)).label

    @property
    def what_to_do(self) -> str:
        """For staff. What a patient was told stands in ``advice`` and leaves out what concerns the clinic alone."""
        sign = by_key(self.key)
        if self.report_id is None or sign is None:
            return self.advice
        numbers = self.clinic
        return staff_advice(
            sign,
            emergency_number=numbers.emergency_number,
            urgent_number=numbers.urgent_number,
            urgent_days=numbers.urgent_days,
        )

    @property
    def for_staff(self) -> str:
        """The sign in English, when the patient read it in another language; empty when ``text`` is to be read itself."""
        sign = by_key(self.key)
        if self.report is None or self.report.language == Language.ENGLISH or sign is None:
            return ""
        with translation.override(Language.ENGLISH):
            return sign.text

    @property
    def earlier_decisions(self) -> list[Any]:
        """What was decided before, newest first; of rows read with ``decisions``."""
        kept = {_decided(state): state for state in self.decisions}  # type: ignore[attr-defined]
        kept.pop(_decided(self), None)  # states of another cause repeat the decision that stood
        return list(reversed(kept.values()))


def _decided(state: Any) -> tuple[Any, ...]:
    return state.decided_at, state.decided_by_id, state.decision, state.decision_note
