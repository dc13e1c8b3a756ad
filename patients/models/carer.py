from typing import ClassVar, Self

from django.core.signing import BadSignature, Signer
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, Language, User
from clinic.roles import SEES_PATIENTS
from clinic.text import validate_single_line
from patients.models.patient import Patient
from patients.models.visibility import VisibleRows


class CarerState(models.TextChoices):
    ASKED = "asked", _("asked, has not agreed yet")
    AGREED = "agreed", _("gets copies")
    STOPPED = "stopped", _("stopped")


class CarerQuerySet(VisibleRows["Carer"]):
    seen_by = SEES_PATIENTS
    patient_key = "patient_id"

    def current(self) -> Self:
        return self.exclude(state=CarerState.STOPPED)

    def agreed(self) -> Self:
        return self.filter(state=CarerState.AGREED)


class Carer(models.Model):
    """A second person who gets the e-mails of a plan, because the patient wants it and the person agreed."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=80, validators=[validate_single_line])
    email = models.EmailField(_("e-mail"))
    language = models.CharField(_("language"), max_length=5, choices=Language.choices)
    state = models.CharField(max_length=8, choices=CarerState.choices, default=CarerState.ASKED)
    added_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )  # null: the patient
    added_at = models.DateTimeField(db_default=Now())
    agreed_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    objects: ClassVar[CarerQuerySet] = CarerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("carer")
        verbose_name_plural = _("carers")
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=~models.Q(state=CarerState.STOPPED),
                name="carer_one_a_patient",
                violation_error_message=_("The patient has a carer already."),
            ),
            models.UniqueConstraint(
                fields=["id", "clinic"], name="carer_id_clinic", violation_error_message=_("Wrong clinic.")
            ),
            models.CheckConstraint(
                condition=models.Q(state=CarerState.ASKED, agreed_at=None, stopped_at=None)
                | models.Q(state=CarerState.AGREED, agreed_at__isnull=False, stopped_at=None)
                | models.Q(state=CarerState.STOPPED, stopped_at__isnull=False),
                name="carer_state_has_time",
                violation_error_message=_("Agreeing and stopping have their times."),
            ),
            models.CheckConstraint(
                condition=models.Q(language__in=Language.values),
                name="carer_language_known",
                violation_error_message=_("Choose a language from the list."),
            ),
            models.CheckConstraint(
                condition=~models.Q(name="") & ~models.Q(email=""),
                name="carer_is_complete",
                violation_error_message=_("Enter the name and the e-mail address."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


def carer_token(carer: Carer) -> str:
    """What stands in the e-mails to a carer: signed, without end, and good for agreeing and stopping only."""
    return _signer().sign(str(carer.pk))


def carer_of_token(token: str) -> Carer | None:
    try:
        pk = _signer().unsign(token)
    except BadSignature:
        return None
    return Carer.objects.filter(pk=pk).select_related("patient__clinic").first()


def _signer() -> Signer:
    return Signer(salt="patients.carer", sep=".")
