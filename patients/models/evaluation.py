"""The biomechanical evaluation: one dated form per visit, measured on each foot.

Signing a draft makes rows that a trigger keeps as they are; who has to change one signs another that ``amends`` it.
Limits and caveats: clinical facts, section 3.
"""

import uuid
from decimal import Decimal
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, User
from clinic.roles import SEES_CLINICAL
from clinic.text import validate_plain_text
from patients.models.patient import Patient
from patients.models.visibility import VisibleRows


class Foot(models.TextChoices):
    LEFT = "left", _("Left")
    RIGHT = "right", _("Right")


class TestResult(models.TextChoices):
    __test__ = False  # not for pytest

    POSITIVE = "positive", _("Positive")
    NEGATIVE = "negative", _("Negative")
    NOT_DONE = "not_done", _("Not done")


class LungeUnit(models.TextChoices):
    """As measured, never converted: the two published conversions disagree."""

    CM = "cm", _("cm")
    DEGREES = "deg", _("degrees")


class HeelDirection(models.TextChoices):
    """A word, because sign conventions differ."""

    EVERTED = "everted", _("everted")
    INVERTED = "inverted", _("inverted")
    VERTICAL = "vertical", _("vertical")


class ArchMeasure(models.TextChoices):
    """Two indices that run in opposite directions: which one was taken is stored."""

    ARCH_HEIGHT_INDEX = "arch_height_index", _("Arch height index")
    ARCH_INDEX = "arch_index", _("Arch index (footprint)")


class LegLengthMethod(models.TextChoices):
    TAPE = "tape", _("Tape")
    BLOCK = "block", _("Blocks")
    IMAGING = "imaging", _("Imaging")


class EvaluationStatus(models.TextChoices):
    SIGNED = "signed", _("Signed")
    AMENDED = "amended", _("Replaced by an amendment")
    ENTERED_IN_ERROR = "entered_in_error", _("Entered in error")


class EvaluationQuerySet(VisibleRows["Evaluation"]):
    seen_by = SEES_CLINICAL

    def standing(self) -> Self:
        """Not replaced and not entered in error."""
        return self.filter(status=EvaluationStatus.SIGNED)

    def about(self, *patients: Patient) -> Self:
        return self.filter(patient__in=patients)

    def before(self, evaluation: "Evaluation") -> Self:
        """Earlier visits; what it amends and what amends it are the same visit."""
        earlier = models.Q(examined_on__lt=evaluation.examined_on) | models.Q(
            examined_on=evaluation.examined_on, signed_at__lt=evaluation.signed_at
        )
        same_visit = [evaluation.pk, evaluation.amends_id] if evaluation.amends_id else [evaluation.pk]
        return self.filter(earlier).exclude(pk__in=same_visit).exclude(amends=evaluation.pk)

    def amending(self, evaluation_id: uuid.UUID) -> Self:
        """Its amendment: one at most, for what was entered in error replaces nothing."""
        return self.filter(amends=evaluation_id).exclude(status=EvaluationStatus.ENTERED_IN_ERROR)

    def newest_first(self) -> Self:
        """With author and feet."""
        return (
            self.select_related("signed_by")
            .prefetch_related("feet")
            .order_by("-examined_on", "-signed_at", "pk")
        )


class Evaluation(models.Model):
    """A signed form. A trigger lets only the status change afterwards."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    examined_on = models.DateField(_("examined on"))
    leg_difference_mm = models.DecimalField(
        _("leg length difference (mm)"), max_digits=4, decimal_places=1, null=True
    )
    leg_difference_method = models.CharField(
        _("method"), max_length=8, choices=LegLengthMethod.choices, blank=True
    )
    shorter_leg = models.CharField(_("shorter leg"), max_length=5, choices=Foot.choices, blank=True)
    gait_note = models.TextField(_("gait"), max_length=2000, blank=True, validators=[validate_plain_text])
    note = models.TextField(_("note"), max_length=2000, blank=True, validators=[validate_plain_text])
    status = models.CharField(
        max_length=16, choices=EvaluationStatus.choices, default=EvaluationStatus.SIGNED
    )
    amends = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    amendment_reason = models.CharField(max_length=300, blank=True, validators=[validate_plain_text])
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[EvaluationQuerySet] = EvaluationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("biomechanical evaluation")
        verbose_name_plural = _("biomechanical evaluations")
        indexes = [models.Index("patient", models.F("examined_on").desc(), name="evaluation_by_patient")]
        constraints = [
            models.UniqueConstraint(  # parent of the feet's composite key
                fields=["id", "clinic"],
                name="evaluation_id_clinic",
                violation_error_message=_("Wrong clinic."),
            ),
            models.UniqueConstraint(
                fields=["amends"],
                condition=~models.Q(status=EvaluationStatus.ENTERED_IN_ERROR),
                name="evaluation_amended_once",
                violation_error_message=_("This evaluation was amended already."),
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=EvaluationStatus.values),
                name="evaluation_status_known",
                violation_error_message=_("Unknown status."),
            ),
            models.CheckConstraint(
                condition=models.Q(leg_difference_method__in=["", *LegLengthMethod.values]),
                name="evaluation_leg_method_known",
                violation_error_message=_("Choose a method from the list."),
            ),
            models.CheckConstraint(
                condition=models.Q(shorter_leg__in=["", *Foot.values]),
                name="evaluation_shorter_leg_known",
                violation_error_message=_("Choose left or right."),
            ),
            models.CheckConstraint(
                condition=models.Q(leg_difference_mm=None)
                | models.Q(leg_difference_mm__gte=0, leg_difference_mm__lte=60),
                name="evaluation_leg_difference_range",
                violation_error_message=_("A leg length difference is 0 to 60 mm."),
            ),
            models.CheckConstraint(
                condition=models.Q(leg_difference_mm=None, leg_difference_method="", shorter_leg="")
                | models.Q(leg_difference_mm=0, shorter_leg="") & ~models.Q(leg_difference_method="")
                | models.Q(leg_difference_mm__gt=0)
                & ~models.Q(leg_difference_method="")
                & ~models.Q(shorter_leg=""),
                name="evaluation_leg_difference_whole",
                violation_error_message=_("A leg length difference needs its method and the shorter leg."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.examined_on}"


def _within(name: str, low: int | Decimal, high: int | Decimal) -> models.Q:
    return models.Q((name, None)) | models.Q((f"{name}__gte", low), (f"{name}__lte", high))


FPI_ITEMS = (
    "fpi_talar_head",
    "fpi_outer_curves",
    "fpi_heel_tilt",
    "fpi_inner_bulge",
    "fpi_arch_shape",
    "fpi_forefoot_turn",
)


class FootMeasures(models.Model):
    """What was measured on one foot; null: not done. Units stand in the names."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="feet")
    foot = models.CharField(max_length=5, choices=Foot.choices)
    # FPI-6, Redmond: our short labels; -2 to +2 each, positive is pronated.
    fpi_talar_head = models.SmallIntegerField(_("talar head"), null=True)
    fpi_outer_curves = models.SmallIntegerField(_("curves at the outer ankle bone"), null=True)
    fpi_heel_tilt = models.SmallIntegerField(_("heel tilt"), null=True)
    fpi_inner_bulge = models.SmallIntegerField(_("bulge at the inner midfoot"), null=True)
    fpi_arch_shape = models.SmallIntegerField(_("arch shape"), null=True)
    fpi_forefoot_turn = models.SmallIntegerField(_("forefoot turn"), null=True)
    navicular_drop_mm = models.DecimalField(
        _("navicular drop (mm)"), max_digits=4, decimal_places=1, null=True
    )
    windlass = models.CharField(_("windlass test"), max_length=8, choices=TestResult.choices, blank=True)
    windlass_weight_bearing = models.BooleanField(_("weight-bearing"), null=True)
    jack_arch_rises = models.BooleanField(_("big-toe raise: the arch rises again"), null=True)
    heel_raises = models.PositiveSmallIntegerField(_("single-leg heel raises (count)"), null=True)
    heel_raise_pain = models.PositiveSmallIntegerField(_("pain during heel raises"), null=True)
    heel_inverts = models.BooleanField(_("the heel turns in"), null=True)
    lunge = models.DecimalField(_("weight-bearing lunge"), max_digits=4, decimal_places=1, null=True)
    lunge_unit = models.CharField(_("unit"), max_length=3, choices=LungeUnit.choices, blank=True)
    heel_stance_deg = models.DecimalField(
        _("resting calcaneal stance (degrees)"), max_digits=3, decimal_places=1, null=True
    )
    heel_stance_direction = models.CharField(
        _("direction"), max_length=8, choices=HeelDirection.choices, blank=True
    )
    arch_value = models.DecimalField(_("arch measure"), max_digits=4, decimal_places=3, null=True)
    arch_measure = models.CharField(_("which index"), max_length=17, choices=ArchMeasure.choices, blank=True)

    class Meta:
        ordering = ["foot"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "foot"],
                name="foot_once_per_evaluation",
                violation_error_message=_("This foot stands in the form already."),
            ),
            models.CheckConstraint(
                condition=models.Q(foot__in=Foot.values),
                name="foot_known",
                violation_error_message=_("Choose left or right."),
            ),
            *[
                models.CheckConstraint(
                    condition=_within(item, -2, 2),
                    name=f"foot_{item}_range",
                    violation_error_message=_("Each item of the FPI-6 is -2 to +2."),
                )
                for item in FPI_ITEMS
            ],
            models.CheckConstraint(
                condition=_within("navicular_drop_mm", 0, 30),
                name="foot_navicular_drop_range",
                violation_error_message=_("A navicular drop is 0 to 30 mm."),
            ),
            models.CheckConstraint(
                condition=models.Q(windlass__in=["", *TestResult.values]),
                name="foot_windlass_known",
                violation_error_message=_("Choose positive, negative or not done."),
            ),
            models.CheckConstraint(
                condition=models.Q(windlass_weight_bearing=None)
                | models.Q(windlass__in=[TestResult.POSITIVE, TestResult.NEGATIVE]),
                name="foot_windlass_was_done",
                violation_error_message=_("Weight-bearing belongs to a windlass test that was done."),
            ),
            models.CheckConstraint(
                condition=_within("heel_raises", 0, 100),
                name="foot_heel_raises_range",
                violation_error_message=_("A count of heel raises is 0 to 100."),
            ),
            models.CheckConstraint(
                condition=_within("heel_raise_pain", 0, 10),
                name="foot_heel_raise_pain_range",
                violation_error_message=_("Choose a number from 0 to 10."),
            ),
            models.CheckConstraint(
                condition=models.Q(lunge=None, lunge_unit="")
                | models.Q(lunge__gte=-5, lunge__lte=25, lunge_unit=LungeUnit.CM)
                | models.Q(lunge__gte=0, lunge__lte=70, lunge_unit=LungeUnit.DEGREES),
                name="foot_lunge_range",
                violation_error_message=_("A lunge is -5 to 25 cm, or 0 to 70 degrees, with its unit."),
            ),
            models.CheckConstraint(
                condition=models.Q(heel_stance_direction__in=["", *HeelDirection.values]),
                name="foot_heel_stance_direction_known",
                violation_error_message=_("Choose everted, inverted or vertical."),
            ),
            models.CheckConstraint(
                condition=models.Q(heel_stance_deg=None, heel_stance_direction="")
                | models.Q(heel_stance_deg=0, heel_stance_direction=HeelDirection.VERTICAL)
                | models.Q(
                    heel_stance_deg__gt=0,
                    heel_stance_deg__lte=30,
                    heel_stance_direction__in=[HeelDirection.EVERTED, HeelDirection.INVERTED],
                ),
                name="foot_heel_stance_range",
                violation_error_message=_(
                    "A heel angle is 0 to 30 degrees, with the word everted or inverted."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(arch_measure__in=["", *ArchMeasure.values]),
                name="foot_arch_measure_known",
                violation_error_message=_("Choose which index was taken."),
            ),
            models.CheckConstraint(
                condition=models.Q(arch_value=None, arch_measure="")
                | models.Q(arch_value__gt=0) & ~models.Q(arch_measure=""),
                name="foot_arch_value_positive",
                violation_error_message=_("An arch index is greater than 0, and says which index it is."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.evaluation_id} {self.foot}"
