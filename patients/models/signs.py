import uuid
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import AuditEntry, Clinic, Language
from clinic.models.languages import IN_ENGLISH
from clinic.roles import SEES_CLINICAL
from clinic.text import validate_plain_text
from patients.models.patient import Patient
from patients.models.visibility import VisibleRows
from patients.red_flags import by_key


class SignReportQuerySet(VisibleRows["SignReport"]):
    seen_by = SEES_CLINICAL
    patient_key = "patient_id"

    def about(self, *patients: Patient) -> Self:
        return self.filter(patient__in=patients)

    def newest_first(self) -> Self:
        return self.order_by("-received_at", "pk")

    def unread_notes(self) -> Self:
        """Of reports without a tick, which nobody decides about: those that came after somebody last looked at the
        warning signs of the patient."""
        looked = AuditEntry.objects.filter(
            patient_id=models.OuterRef("patient_id"),
            at__gt=models.OuterRef("received_at"),
            verb="record.read",
            changes__page="safety",
        )
        return self.filter(ticked=[]).exclude(models.Exists(looked))


class SignReport(models.Model):
    """Warning signs that a patient ticked. The key is made in the browser, so that a report sent twice is one.

    ``made_at`` is the browser's clock, at most the instant we learnt of it. A trigger keeps the row; the signs
    themselves are ``RaisedFlag`` rows with the words and the advice that the patient saw.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    ticked = ArrayField(models.CharField(max_length=40))
    list_version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=5, choices=Language.choices)
    note = models.TextField(_("note"), max_length=600, blank=True, validators=[validate_plain_text])
    made_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[SignReportQuerySet] = SignReportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("report of warning signs")
        verbose_name_plural = _("reports of warning signs")
        indexes = [models.Index("patient", models.F("received_at").desc(), name="sign_report_by_patient")]
        constraints = [
            models.UniqueConstraint(
                fields=["id", "clinic"],
                name="sign_report_id_clinic",
                violation_error_message=_("Wrong clinic."),
            ),
            models.CheckConstraint(
                condition=models.Q(language__in=Language.values),
                name="sign_report_language_known",
                violation_error_message=_("Choose a language from the list."),
            ),
            models.CheckConstraint(
                condition=models.Q(ticked__len__gt=0) | ~models.Q(note=""),
                name="sign_report_says_something",
                violation_error_message=_("Tick a sign, or write what is new."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d}: {', '.join(self.ticked)}"

    @property
    def language_in_words(self) -> str:
        """For staff."""
        return str(IN_ENGLISH[Language(self.language)])

    @property
    def signs(self) -> list[str]:
        """What was ticked, in the words of the list as it is now; by its key what has left the list."""
        found = [(key, by_key(key)) for key in self.ticked]
        return [sign.text if sign else key for key, sign in found]
