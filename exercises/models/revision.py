from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, User
from clinic.roles import SEES_CLINICAL
from clinic.text import validate_plain_text
from exercises.models.programme import Programme
from patients.models import Patient, VisibleRows


class RevisionQuerySet(VisibleRows["ProgrammeRevision"]):
    seen_by = SEES_CLINICAL

    def of(self, programme: Programme) -> Self:
        """The newest first, with who made each."""
        return self.filter(programme=programme).select_related("made_by").order_by("-number")


class ProgrammeRevision(models.Model):
    """One state of a programme, as it was given: who, when, why. A trigger keeps it.

    Written by the first change, for the state before it and for its own: a programme that nobody changed has none.
    ``shot``: see ``exercises.plan_changes``.
    """

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    shot = models.JSONField()
    reason = models.CharField(_("reason"), max_length=300, blank=True, validators=[validate_plain_text])
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[RevisionQuerySet] = RevisionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("version of a programme")
        verbose_name_plural = _("versions of programmes")
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "number"],
                name="revision_number_once",
                violation_error_message=_("This version is kept already."),
            ),
            models.CheckConstraint(
                condition=models.Q(number__gte=1),
                name="revision_counts_from_one",
                violation_error_message=_("Versions are counted from 1."),
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.number}"


class ProgrammeDraftQuerySet(VisibleRows["ProgrammeDraft"]):
    seen_by = SEES_CLINICAL

    def mine(
        self, author_id: int | None, patient: Patient | models.OuterRef, programme: Programme | None
    ) -> Self:
        """Of that person, for that patient: of a new programme, or of the change of one."""
        return self.filter(author=author_id, patient=patient, programme=programme)


class ProgrammeDraft(models.Model):
    """What somebody typed into a programme and did not save yet, as it was posted: one for each author and programme, or
    patient for a new one. Deleted when it is saved, and after ``KEPT_FOR`` anyway."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, null=True, related_name="+")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    data = models.JSONField()  # the posted fields: each name with its list of values
    seen_version = models.PositiveSmallIntegerField(null=True)  # of the programme, when its page was opened
    updated_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[ProgrammeDraftQuerySet] = ProgrammeDraftQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("unfinished programme")
        verbose_name_plural = _("unfinished programmes")
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "author"],
                condition=models.Q(programme=None),
                name="programme_draft_one_new",
                violation_error_message=_("You have an unfinished programme for this patient already."),
            ),
            models.UniqueConstraint(
                fields=["programme", "author"],
                name="programme_draft_one_change",
                violation_error_message=_("You have an unfinished change of this programme already."),
            ),
            models.CheckConstraint(
                condition=models.Q(programme=None, seen_version=None)
                | models.Q(programme__isnull=False, seen_version__isnull=False),
                name="programme_draft_knows_version",
                violation_error_message=_("A change is one of a version."),
            ),
        ]

    def __str__(self) -> str:
        return f"unfinished {self.updated_at:%Y-%m-%d %H:%M}"
