"""The reviewed vocabulary of findings, with its codes; and what a clinic adds of its own."""

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.models import Clinic
from clinic.text import validate_single_line
from patients.models.patient import Patient


class Site(models.TextChoices):
    FOOT = "foot", _("foot or leg")
    BACK = "back", _("back")


class Side(models.TextChoices):
    LEFT = "left", _("Left")
    RIGHT = "right", _("Right")
    BILATERAL = "bilateral", _("Both")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")
    UNKNOWN = "unknown", _("Not known")


class ExtraField(models.TextChoices):
    """Fields that make sense for some types only."""

    FLEXIBILITY = "flexibility", _("Flexibility")
    ORIGIN = "origin", _("Origin")


class FindingTypeQuerySet(models.QuerySet["FindingType"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """The shared vocabulary, and the own types of the actor's clinic."""
        if actor is None:
            return self.none()
        return self.filter(models.Q(clinic=None) | models.Q(clinic_id=actor.clinic_id))

    def offered(self) -> Self:
        """What may be chosen for a new finding."""
        return self.filter(is_offered=True)

    def shared(self) -> Self:
        """The reviewed vocabulary alone: what the catalogue of exercises, common to all clinics, may speak of."""
        return self.filter(clinic=None)


class FindingType(models.Model):
    """An entry of the reviewed vocabulary in patients/data/finding_types.json, or a clinic's own (``clinic`` is set).

    ``exclusive_group``: two active findings of one group cannot stand on the same foot (rules C1-C4 and C6 of the
    vocabulary: Excludes1 notes of ICD-10-CM, or our own decision). A type without rivals is a group of its own.
    """

    key = models.CharField(primary_key=True, max_length=40, editable=False)
    clinic = models.ForeignKey(
        Clinic, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )  # null: every clinic's
    label = models.CharField(_("name for staff"), max_length=80, validators=[validate_single_line])
    patient_wording = models.CharField(
        _("name for patients"), max_length=80, validators=[validate_single_line]
    )
    group = models.CharField(_("group in lists"), max_length=40, validators=[validate_single_line])
    site = models.CharField(_("place"), max_length=8, choices=Site.choices)
    sides = ArrayField(
        models.CharField(max_length=16, choices=Side.choices), verbose_name=_("sides that can be stated")
    )
    extra_fields = ArrayField(
        models.CharField(max_length=12, choices=ExtraField.choices),
        default=list,
        blank=True,
        verbose_name=_("further fields that apply"),
    )
    exclusive_group = models.CharField(max_length=40)
    needs_imaging = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=1000)
    source = models.CharField(_("source"), max_length=200, blank=True)
    is_offered = models.BooleanField(
        _("offered"),
        default=True,
        help_text=_("Untick to leave it out of lists. Findings on record keep it."),
    )

    objects: ClassVar[FindingTypeQuerySet] = FindingTypeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("finding type")
        verbose_name_plural = _("finding types")
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(site__in=Site.values),
                name="finding_type_site_known",
                violation_error_message=_("Unknown site."),
            ),
            models.CheckConstraint(
                condition=models.Q(sides__contained_by=Side.values, sides__len__gt=0),
                name="finding_type_sides_known",
                violation_error_message=_("Choose at least one side from the list."),
            ),
            models.CheckConstraint(
                condition=models.Q(extra_fields__contained_by=ExtraField.values),
                name="finding_type_extra_fields_known",
                violation_error_message=_("Choose further fields from the list."),
            ),
            models.UniqueConstraint(  # parent of the composite key in Finding
                fields=["key", "site", "exclusive_group"],
                name="finding_type_rules",
                violation_error_message=_("This type exists."),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def may_be_recorded_for(self, patient: Patient) -> bool:
        """Offered, and shared or of the patient's own clinic."""
        return self.is_offered and self.clinic_id in {None, patient.clinic_id}


class CodeSystem(models.TextChoices):
    ICD10 = "icd10", _("ICD-10 (WHO)")
    ICD10_CM = "icd10cm", _("ICD-10-CM")
    ICD11 = "icd11", _("ICD-11 MMS")
    SNOMED = "snomed", _("SNOMED CT")


class CodeSide(models.TextChoices):
    """Which side a code speaks of; empty: the code knows no side. No code of ICD-10-CM is bilateral (rule C10)."""

    LEFT = "left", _("Left")
    RIGHT = "right", _("Right")
    BILATERAL = "bilateral", _("Both")
    UNSPECIFIED = "unspecified", _("Unspecified")


class FindingCode(models.Model):
    """A code of a finding type. One that is not ``verified`` is kept for review and never leaves in an export."""

    type = models.ForeignKey(
        FindingType, on_delete=models.CASCADE, related_name="codes"
    )  # part of the vocabulary, replaced with it
    system = models.CharField(_("code system"), max_length=8, choices=CodeSystem.choices)
    side = models.CharField(_("side"), max_length=12, choices=CodeSide.choices, blank=True)
    code = models.CharField(_("code"), max_length=24, validators=[validate_single_line])
    verified = models.BooleanField(_("verified"), default=False)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("code")
        verbose_name_plural = _("codes")
        ordering = ["type", "system", "side", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["type", "system", "side", "code"],
                name="finding_code_once",
                violation_error_message=_("This code stands here already."),
            ),
            models.CheckConstraint(
                condition=models.Q(system__in=CodeSystem.values),
                name="finding_code_system_known",
                violation_error_message=_("Choose a code system from the list."),
            ),
            models.CheckConstraint(
                condition=models.Q(side__in=["", *CodeSide.values]),
                name="finding_code_side_known",
                violation_error_message=_("Choose a side from the list."),
            ),
            models.CheckConstraint(
                condition=~models.Q(code=""),
                name="finding_code_not_empty",
                violation_error_message=_("Enter the code."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_system_display()} {self.code}"

    @property
    def key(self) -> tuple[str, str, str]:
        """Which code of its type it is."""
        return self.system, self.side, self.code

    @property
    def says(self) -> tuple[bool, str]:
        """What review may change about it."""
        return self.verified, self.source
