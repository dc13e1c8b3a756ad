import uuid
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.labels import display
from clinic.models import Clinic, User
from clinic.roles import SEES_CLINICAL
from clinic.text import validate_plain_text, validate_single_line
from patients.models.history import State, Told, Versioned, keep_history, states
from patients.models.patient import Patient
from patients.models.visibility import VisibleRows
from patients.models.vocabulary import FindingType, Side, Site


class Severity(models.TextChoices):
    NONE = "none", _("None")
    MILD = "mild", _("Mild")
    MODERATE = "moderate", _("Moderate")
    SEVERE = "severe", _("Severe")


class Flexibility(models.TextChoices):
    """Flat foot and high arch only: does the shape change between sitting and standing?"""

    FLEXIBLE = "flexible", _("Flexible")
    SEMI_RIGID = "semi_rigid", _("Semi-rigid")
    RIGID = "rigid", _("Rigid")


class Origin(models.TextChoices):
    CONGENITAL = "congenital", _("Congenital")
    ACQUIRED = "acquired", _("Acquired")
    UNKNOWN = "unknown", _("Unknown")


class Course(models.TextChoices):
    """Bounds as published for plantar heel pain (source ehb487 of the clinical facts)."""

    ACUTE = "acute", _("Acute, up to 6 weeks")
    SUBACUTE = "subacute", _("Subacute, 6 to 12 weeks")
    CHRONIC = "chronic", _("Chronic, over 3 months")


class OnsetPrecision(models.TextChoices):
    YEAR = "year", _("year")
    MONTH = "month", _("month")
    DAY = "day", _("day")


class Status(models.TextChoices):
    ACTIVE = "active", _("Active")
    RESOLVED = "resolved", _("Resolved")
    REFUTED = "refuted", _("Refuted")
    ENTERED_IN_ERROR = "entered_in_error", _("Entered in error")


class ConfirmedBy(models.TextChoices):
    CLINICAL = "clinical", _("Clinical examination")
    X_RAY = "x_ray", _("X-ray")
    ULTRASOUND = "ultrasound", _("Ultrasound")
    MRI = "mri", _("MRI")
    PATIENT_REPORTED = "patient_reported", _("Patient reported")


IMAGING = frozenset({ConfirmedBy.X_RAY, ConfirmedBy.ULTRASOUND, ConfirmedBy.MRI})


class FindingQuerySet(VisibleRows["Finding"]):
    seen_by = SEES_CLINICAL  # patients read their plan, not the record

    def active(self) -> Self:
        return self.filter(status=Status.ACTIVE)

    def closed(self) -> Self:
        """Resolved, refuted or entered in error."""
        return self.exclude(status=Status.ACTIVE)

    def about(self, *patients: Patient) -> Self:
        return self.filter(patient__in=patients)

    def newest_first(self) -> Self:
        return self.select_related("type", "recorded_by", "changed_by").order_by("-recorded_at", "pk")

    def for_chart(self) -> Self:
        """With what the patient's page shows of each; entries made in error stay in the history only."""
        return self.for_choice(stored_id=None)

    def for_choice(self, *, stored_id: uuid.UUID | None) -> Self:
        """As for the chart, and the one that was chosen already, whatever became of it since."""
        return (
            self.filter(~models.Q(status=Status.ENTERED_IN_ERROR) | models.Q(pk=stored_id))
            .select_related("type", "recorded_by", "changed_by")
            .order_by(
                models.Case(models.When(status=Status.ACTIVE, then=0), default=1),
                "type__position",
                "-recorded_at",
            )
        )


@keep_history()
class Finding(Versioned):
    """What a practitioner found. Side is a field of its own, never part of the type.

    Amended by a new version: every earlier state stays in ``history``. ``recorded_by`` and ``recorded_at`` are those of
    the first version, ``changed_by`` and ``changed_at`` of this one. What came back is a new finding with
    ``recurrence_of``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", editable=False)
    type = models.ForeignKey(
        FindingType, on_delete=models.PROTECT, verbose_name=_("finding"), related_name="+"
    )
    site = models.CharField(max_length=8, choices=Site.choices, editable=False)
    exclusive_group = models.CharField(max_length=40, editable=False)
    side = models.CharField(_("side"), max_length=16, choices=Side.choices)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices, blank=True)
    severity_scale = models.CharField(
        _("scale"),
        max_length=80,
        blank=True,
        validators=[validate_single_line],
        help_text=_("Which grading the severity follows, such as the Manchester Scale."),
    )
    onset_date = models.DateField(
        _("onset"), null=True, blank=True
    )  # first day of what the precision leaves open
    onset_precision = models.CharField(max_length=5, choices=OnsetPrecision.choices, blank=True)
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.ACTIVE)
    confirmed_by = models.CharField(_("confirmed by"), max_length=16, choices=ConfirmedBy.choices)
    imaging_date = models.DateField(_("date of the picture"), null=True, blank=True)
    flexibility = models.CharField(_("flexibility"), max_length=10, choices=Flexibility.choices, blank=True)
    origin = models.CharField(_("origin"), max_length=10, choices=Origin.choices, blank=True)
    course = models.CharField(_("course"), max_length=8, choices=Course.choices, blank=True)
    recurrence_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    note = models.TextField(_("note"), max_length=2000, blank=True, validators=[validate_plain_text])
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[FindingQuerySet] = FindingQuerySet.as_manager()  # type: ignore[assignment]
    get_side_display = display("side", Side)
    get_status_display = display("status", Status)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(site=Site.FOOT, side__in=[Side.LEFT, Side.RIGHT, Side.BILATERAL])
                | models.Q(site=Site.BACK, side__in=Side.values),
                name="finding_side_fits_site",
                violation_error_message=_("Choose left, right or both for a finding of the foot."),
            ),
            models.CheckConstraint(
                condition=models.Q(flexibility__in=["", *Flexibility.values]),
                name="finding_flexibility_known",
                violation_error_message=_("Choose flexible, semi-rigid or rigid."),
            ),
            models.CheckConstraint(
                condition=models.Q(origin__in=["", *Origin.values]),
                name="finding_origin_known",
                violation_error_message=_("Choose congenital, acquired or unknown."),
            ),
            models.CheckConstraint(
                condition=models.Q(course__in=["", *Course.values]),
                name="finding_course_known",
                violation_error_message=_("Choose acute, subacute or chronic."),
            ),
            models.CheckConstraint(
                condition=models.Q(imaging_date=None) | models.Q(confirmed_by__in=sorted(IMAGING)),
                name="finding_imaging_date_needs_imaging",
                violation_error_message=_("A date of a picture needs X-ray, ultrasound or MRI."),
            ),
            models.CheckConstraint(
                condition=models.Q(recurrence_of=None) | ~models.Q(recurrence_of=models.F("id")),
                name="finding_recurs_of_another",
                violation_error_message=_("A finding cannot be its own return."),
            ),
            models.CheckConstraint(
                condition=models.Q(severity__in=["", *Severity.values]),
                name="finding_severity_known",
                violation_error_message=_("Choose a severity from the list."),
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=Status.values),
                name="finding_status_known",
                violation_error_message=_("Choose a status from the list."),
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__in=ConfirmedBy.values),
                name="finding_confirmation_known",
                violation_error_message=_("Choose how it was confirmed."),
            ),
            models.CheckConstraint(
                condition=models.Q(onset_date=None, onset_precision="")
                | models.Q(onset_date__isnull=False, onset_precision__in=OnsetPrecision.values),
                name="finding_onset_has_precision",
                violation_error_message=_("An onset is a year, a month or a day."),
            ),
            models.UniqueConstraint(
                fields=["patient", "exclusive_group"],
                condition=models.Q(status=Status.ACTIVE, side__in=[Side.LEFT, Side.BILATERAL]),
                name="finding_one_of_group_left",
                violation_error_message=_("This contradicts another active finding on the left."),
            ),
            models.UniqueConstraint(
                fields=["patient", "exclusive_group"],
                condition=models.Q(status=Status.ACTIVE, side__in=[Side.RIGHT, Side.BILATERAL]),
                name="finding_one_of_group_right",
                violation_error_message=_("This contradicts another active finding on the right."),
            ),
            models.UniqueConstraint(
                fields=["patient", "exclusive_group"],
                condition=models.Q(status=Status.ACTIVE, site=Site.BACK),
                name="finding_one_of_group_back",
                violation_error_message=_("This contradicts another active finding of the back."),
            ),
        ]
        indexes = [models.Index("patient", "status", name="finding_by_patient")]

    def __str__(self) -> str:
        return f"{self.type} ({self.get_side_display()})"

    @property
    def in_words(self) -> str:
        if self.side == Side.NOT_APPLICABLE:
            return self.type.label
        words = {"finding": self.type.label, "side": self.get_side_display().lower()}
        return gettext("%(finding)s, %(side)s") % words

    @property
    def status_in_words(self) -> str:
        words = {"finding": self.in_words, "status": self.get_status_display().lower()}
        if self.status == Status.ACTIVE:
            return gettext("%(finding)s is active again.") % words
        return gettext("%(finding)s is marked as %(status)s.") % words

    @property
    def onset_in_words(self) -> str:
        return onset_in_words(self)

    @property
    def lacks_imaging(self) -> bool:
        """A heel spur is seen on a picture, not felt (rule C7)."""
        return self.type.needs_imaging and self.confirmed_by not in IMAGING


def onset_in_words(row: Any) -> str:
    """As exact as it was said, never more. ``row``: a finding, or a kept state of one."""
    formats = {OnsetPrecision.YEAR: "Y", OnsetPrecision.MONTH: "F Y", OnsetPrecision.DAY: "j F Y"}
    if row.onset_date is None:
        return ""
    return date_format(row.onset_date, formats[OnsetPrecision(row.onset_precision)])


STATED = (
    "type",
    "side",
    "severity",
    "severity_scale",
    "flexibility",
    "origin",
    Told(_("Since"), onset_in_words),
    "course",
    "status",
    "confirmed_by",
    "imaging_date",
    "note",
)


def versions_of(finding: Finding) -> list[State]:
    """Newest first, in one query."""
    rows = finding.history.select_related("type", "changed_by").order_by("-pgh_id")
    return states(list(rows), STATED)
