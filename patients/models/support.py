"""Foot support: what a practitioner advised to wear, for which finding, and how long it was worn.

Fields follow the Footwear Assessment Tool (Barton 2009, CC BY 2.0) and the source article's factors: arch support that
suits the foot, cushioning, fit and comfort. Which support suits is the practitioner's judgement, never computed.
"""

import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.labels import display
from clinic.models import Clinic, User
from clinic.roles import SEES_CLINICAL
from clinic.text import validate_plain_text, validate_single_line
from patients.models.finding import Finding, Status
from patients.models.history import Versioned, keep_history
from patients.models.patient import Patient
from patients.models.visibility import VisibleRows
from patients.models.vocabulary import Side


class SupportKind(models.TextChoices):
    SHOE_ADVICE = "shoe_advice", _("Shoes")
    PREFABRICATED_INSOLE = "prefabricated_insole", _("Prefabricated insole")
    CUSTOM_ORTHOSIS = "custom_orthosis", _("Custom orthosis")
    HEEL_CUP = "heel_cup", _("Heel cup")
    HEEL_LIFT = "heel_lift", _("Heel lift")
    TOE_SPACER = "toe_spacer", _("Toe spacer")
    NIGHT_SPLINT = "night_splint", _("Night splint")


class SupportSide(models.TextChoices):
    LEFT = "left", _("Left")
    RIGHT = "right", _("Right")
    BILATERAL = "bilateral", _("Both")


class SupportStatus(models.TextChoices):
    ACTIVE = "active", _("In use")
    ENDED = "ended", _("Ended")
    ENTERED_IN_ERROR = "entered_in_error", _("Entered in error")


class ArchSupport(models.TextChoices):
    NONE = "none", _("None")
    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")


class Cushioning(models.TextChoices):
    FIRM = "firm", _("Firm")
    MEDIUM = "medium", _("Medium")
    SOFT = "soft", _("Soft")


class Width(models.TextChoices):
    NARROW = "narrow", _("Narrow")
    STANDARD = "standard", _("Standard")
    WIDE = "wide", _("Wide")
    EXTRA_WIDE = "extra_wide", _("Extra wide")


class ToeBox(models.TextChoices):
    SHALLOW = "shallow", _("Shallow")
    STANDARD = "standard", _("Standard")
    DEEP = "deep", _("Deep")


class Fastening(models.TextChoices):
    LACES = "laces", _("Laces")
    STRAP = "strap", _("Strap")
    BUCKLE = "buckle", _("Buckle")
    ZIP = "zip", _("Zip")
    NONE = "none", _("None")


class HeelCounter(models.TextChoices):
    SOFT = "soft", _("Soft")
    FIRM = "firm", _("Firm")


# What a patient calls it.
LAY_KINDS = {
    SupportKind.SHOE_ADVICE: _("Shoes"),
    SupportKind.PREFABRICATED_INSOLE: _("Insole"),
    SupportKind.CUSTOM_ORTHOSIS: _("Insole made for you"),
    SupportKind.HEEL_CUP: _("Heel cup"),
    SupportKind.HEEL_LIFT: _("Heel lift"),
    SupportKind.TOE_SPACER: _("Toe spacer"),
    SupportKind.NIGHT_SPLINT: _("Night splint"),
}
LAY_SIDES = {
    SupportSide.LEFT: _("left foot"),
    SupportSide.RIGHT: _("right foot"),
    SupportSide.BILATERAL: _("both feet"),
}
CHOICES = {
    "kind": SupportKind,
    "side": SupportSide,
    "status": SupportStatus,
    "arch_support": ArchSupport,
    "heel_cushioning": Cushioning,
    "forefoot_cushioning": Cushioning,
    "width": Width,
    "toe_box": ToeBox,
    "fastening": Fastening,
    "heel_counter": HeelCounter,
}
REQUIRED = {"kind", "side", "status"}
RANGES = {  # our limits: what a shoe or an insole can have
    "medial_post_deg": (0, 15),
    "lateral_post_deg": (0, 15),
    "heel_lift_mm": (0, 60),
    "length_allowance_mm": (0, 40),
    "heel_drop_mm": (-10, 100),
    "comfort": (0, 10),
    "hours_per_day": (0, 24),
}

READ_BY_PATIENTS = (
    "kind",
    "side",
    "product",
    "hours_per_day",
    "wear_in_plan",
    "patient_note",
    "review_on",
    "recommended_at",
)


class SupportQuerySet(VisibleRows["SupportAdvice"]):
    seen_by = SEES_CLINICAL
    patient_key = "patient_id"

    def active(self) -> Self:
        return self.filter(status=SupportStatus.ACTIVE)

    def about(self, *patients: Patient) -> Self:
        return self.filter(patient__in=patients)

    def for_record(self) -> Self:
        """In use first, then ended, then made in error; the newest first in each."""
        return self.select_related("reason_finding__type", "recommended_by").order_by(
            "status", "-recommended_at", "pk"
        )

    def for_chart(self) -> Self:
        """In use first, then the newest; entries made in error stay in the history only."""
        return self.for_record().exclude(status=SupportStatus.ENTERED_IN_ERROR)

    def in_plan(self) -> Self:
        """What the patient is to wear now. Advice whose reason was entered in error has lost it (conflict rule C12)."""
        return self.active().exclude(reason_finding__status=Status.ENTERED_IN_ERROR)

    def for_plan(self) -> Self:
        """What patients read of it, in the order in which it was advised."""
        return self.in_plan().only(*READ_BY_PATIENTS).order_by("recommended_at", "pk")


@keep_history()
class SupportAdvice(Versioned):
    """One thing to wear. Its reason is a finding of the foot (or a leg length difference), never back pain alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", editable=False)
    reason_finding = models.ForeignKey(
        Finding, on_delete=models.PROTECT, verbose_name=_("reason"), related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=SupportKind.choices)
    side = models.CharField(_("side"), max_length=9, choices=SupportSide.choices)
    status = models.CharField(
        max_length=16, choices=SupportStatus.choices, default=SupportStatus.ACTIVE, editable=False
    )
    product = models.CharField(_("which one"), max_length=120, blank=True, validators=[validate_single_line])
    # support
    arch_support = models.CharField(_("arch support"), max_length=8, choices=ArchSupport.choices, blank=True)
    medial_post_deg = models.PositiveSmallIntegerField(_("medial post (degrees)"), null=True, blank=True)
    lateral_post_deg = models.PositiveSmallIntegerField(_("lateral post (degrees)"), null=True, blank=True)
    heel_lift_mm = models.PositiveSmallIntegerField(_("heel lift (mm)"), null=True, blank=True)
    met_pad = models.BooleanField(_("metatarsal pad"), null=True, blank=True)
    # cushioning
    heel_cushioning = models.CharField(
        _("cushioning of the heel"), max_length=8, choices=Cushioning.choices, blank=True
    )
    forefoot_cushioning = models.CharField(
        _("cushioning of the forefoot"), max_length=8, choices=Cushioning.choices, blank=True
    )
    # fit
    length_allowance_mm = models.PositiveSmallIntegerField(
        _("room before the toes (mm)"), null=True, blank=True
    )
    width = models.CharField(_("width"), max_length=10, choices=Width.choices, blank=True)
    toe_box = models.CharField(_("toe box"), max_length=8, choices=ToeBox.choices, blank=True)
    extra_depth = models.BooleanField(_("extra depth"), null=True, blank=True)
    fastening = models.CharField(_("fastening"), max_length=8, choices=Fastening.choices, blank=True)
    comfort = models.PositiveSmallIntegerField(_("comfort when tried on"), null=True, blank=True)
    # build
    heel_drop_mm = models.SmallIntegerField(_("heel drop (mm)"), null=True, blank=True)
    heel_counter = models.CharField(_("heel counter"), max_length=8, choices=HeelCounter.choices, blank=True)
    torsion_resists = models.BooleanField(_("resists twisting"), null=True, blank=True)
    bends_at_toes = models.BooleanField(_("bends at the toes"), null=True, blank=True)
    forefoot_rocker = models.BooleanField(_("forefoot rocker"), null=True, blank=True)
    # use
    wear_in_plan = models.CharField(
        _("wear-in plan"),
        max_length=300,
        blank=True,
        validators=[validate_plain_text],
        help_text=_("The patient reads this, for example: two hours on the first day, one more each day."),
    )
    hours_per_day = models.PositiveSmallIntegerField(_("hours a day"), null=True, blank=True)
    patient_note = models.CharField(
        _("words for the patient"),
        max_length=500,
        blank=True,
        validators=[validate_plain_text],
        help_text=_("Stands in the plan beside the exercises."),
    )
    note = models.TextField(
        _("note for staff"), max_length=2000, blank=True, validators=[validate_plain_text]
    )
    review_on = models.DateField(_("review on"), null=True, blank=True)
    replace_by = models.DateField(_("replace by"), null=True, blank=True)
    recommended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    recommended_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[SupportQuerySet] = SupportQuerySet.as_manager()  # type: ignore[assignment]
    get_kind_display = display("kind", SupportKind)
    get_side_display = display("side", SupportSide)
    get_status_display = display("status", SupportStatus)

    class Meta:
        verbose_name = _("foot support advice")
        verbose_name_plural = _("foot support advice")
        indexes = [models.Index("patient", "status", name="support_by_patient")]
        constraints = [
            models.UniqueConstraint(  # parent of the wear entries' composite key
                fields=["id", "clinic"], name="support_id_clinic", violation_error_message=_("Wrong clinic.")
            ),
            *[
                models.CheckConstraint(
                    condition=models.Q(
                        (f"{name}__in", words.values if name in REQUIRED else ["", *words.values])
                    ),
                    name=f"support_{name}_known",
                    violation_error_message=_("Choose an answer from the list."),
                )
                for name, words in CHOICES.items()
            ],
            *[
                models.CheckConstraint(
                    condition=models.Q((name, None))
                    | models.Q((f"{name}__gte", low), (f"{name}__lte", high)),
                    name=f"support_{name}_range",
                    violation_error_message=_("This number is out of its range."),
                )
                for name, (low, high) in RANGES.items()
            ],
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_side_display()})"

    @property
    def in_words(self) -> str:
        """For staff."""
        words = {"what": self.get_kind_display(), "side": self.get_side_display().lower()}
        return gettext("%(what)s, %(side)s") % words

    @property
    def lay_name(self) -> str:
        return str(LAY_KINDS[SupportKind(self.kind)])

    @property
    def lay_words(self) -> str:
        """For the patient: left and right in words, never by a default."""
        words = {"what": self.lay_name, "side": LAY_SIDES[SupportSide(self.side)]}
        return gettext("%(what)s, %(side)s") % words

    @property
    def has_lost_its_reason(self) -> bool:
        """In use, and yet not in the patient's plan: as ``in_plan`` has it."""
        return self.status == SupportStatus.ACTIVE and self.reason_finding.status == Status.ENTERED_IN_ERROR

    @property
    def is_on_the_other_foot(self) -> bool:
        """Left for a finding of the right, or the reverse: perhaps a slip. A pair for one foot's finding is usual."""
        return {self.side, self.reason_finding.side} == {Side.LEFT.value, Side.RIGHT.value}


class WearQuerySet(VisibleRows["WearEntry"]):
    seen_by = SEES_CLINICAL
    patient_key = "patient_id"

    def about(self, *patients: Patient) -> Self:
        return self.filter(patient__in=patients)


@keep_history()
class WearEntry(models.Model):
    """How many hours a support was worn on one local day, as the patient says. Zero is an answer, no row is none.

    ``recorded_at``: when we first learnt of it; ``said_at``: when the patient said it last."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    advice = models.ForeignKey(SupportAdvice, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    hours = models.DecimalField(max_digits=3, decimal_places=1)
    recorded_at = models.DateTimeField(db_default=Now())
    said_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[WearQuerySet] = WearQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("hours worn")
        verbose_name_plural = _("hours worn")
        constraints = [
            models.UniqueConstraint(
                fields=["advice", "on"],
                name="worn_once_a_day",
                violation_error_message=_("There is an answer for this day."),
            ),
            models.CheckConstraint(
                condition=models.Q(hours__gte=0, hours__lte=24),
                name="worn_within_a_day",
                violation_error_message=_("A day has 0 to 24 hours."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.advice_id} {self.on}: {self.hours} h"
