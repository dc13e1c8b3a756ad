"""A list of patients on its way into the clinic: the file's rows as they came, until somebody confirmed or discarded it."""

import uuid
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.models import Clinic, User
from clinic.roles import KEEPS_RECORDS
from patients.models.patient import Patient
from patients.models.restriction import Restriction
from patients.models.visibility import VisibleRows

MOST_ROWS = 10_000


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", _("columns to be named")
    CHECKING = "checking", _("being checked")
    CHECKED = "checked", _("waiting for you")
    RUNNING = "running", _("being added")
    DONE = "done", _("added")
    STOPPED = "stopped", _("stopped")
    FAILED = "failed", _("interrupted by a fault")
    DISCARDED = "discarded", _("discarded")


UNFINISHED = (ImportState.UPLOADED, ImportState.CHECKING, ImportState.CHECKED)
AT_WORK = (ImportState.CHECKING, ImportState.RUNNING)  # a worker goes on with it
CONFIRMED = (ImportState.RUNNING, ImportState.DONE, ImportState.STOPPED)


class RowState(models.TextChoices):
    NEW = "new", _("not checked")
    READY = "ready", _("ready")
    DUPLICATE = "duplicate", _("perhaps known")
    FAULTY = "faulty", _("with a fault")
    WRITTEN = "written", _("added")


class RowChoice(models.TextChoices):
    LEAVE_OUT = "leave_out", _("leave out")
    ANOTHER_PERSON = "another", _("another person")


class PatientImportQuerySet(VisibleRows["PatientImport"]):
    seen_by = KEEPS_RECORDS

    def at_work(self) -> Self:
        """What a worker has to go on with; the oldest first."""
        return self.filter(state__in=AT_WORK).order_by("created_at", "pk")


class PatientImport(models.Model):
    """One file. ``columns`` says what each of its columns is; nothing is a patient before ``confirmed_at``."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=120)
    encoding = models.CharField(max_length=12)
    headings = ArrayField(models.TextField())
    columns = ArrayField(models.CharField(max_length=20, blank=True), default=list)  # a field's name, or ""
    day_order = models.CharField(max_length=3, blank=True)  # of import_columns.DayOrder
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED)
    total = models.PositiveIntegerField()
    ready = models.PositiveIntegerField(default=0)
    duplicate = models.PositiveIntegerField(default=0)  # of these, as many as were not chosen are left out
    chosen = models.PositiveIntegerField(default=0)
    faulty = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=80, blank=True)  # the class of what interrupted it, never its text
    created_at = models.DateTimeField(db_default=Now())
    queued_at = models.DateTimeField(null=True)  # handed to the worker
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    objects: ClassVar[PatientImportQuerySet] = PatientImportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("import of patients")
        verbose_name_plural = _("imports of patients")
        ordering = ["-created_at", "pk"]
        constraints = [
            models.UniqueConstraint(  # parent of the composite foreign key
                fields=["id", "clinic"], name="import_id_clinic", violation_error_message=_("Wrong clinic.")
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=ImportState.values),
                name="import_state_known",
                violation_error_message=_("Unknown state."),
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=CONFIRMED)
                | models.Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="import_runs_once_confirmed",
                violation_error_message=_("Nothing is added before somebody has confirmed it."),
            ),
            models.CheckConstraint(
                condition=models.Q(total__range=(1, MOST_ROWS)),
                name="import_rows_bounded",
                violation_error_message=_("A list has between one and ten thousand rows."),
            ),
            models.CheckConstraint(
                condition=models.Q(done=0) | models.Q(confirmed_at__isnull=False),
                name="import_adds_once_confirmed",
                violation_error_message=_("Nothing is added before somebody has confirmed it."),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_at_work(self) -> bool:
        return self.state in AT_WORK

    @property
    def looked_at(self) -> int:
        """Rows that the check has gone through."""
        return self.ready + self.duplicate + self.faulty + self.done

    @property
    def to_add(self) -> int:
        """Patients that confirming would add, or that are still to be added."""
        return self.ready + self.chosen

    @property
    def version(self) -> str:
        """Another one once the rows were checked anew, or another number of them is to be added."""
        return f"{self.queued_at.isoformat() if self.queued_at else ''} {self.to_add}"

    @property
    def left_out(self) -> int:
        """Duplicates that nobody called another person."""
        return self.duplicate - self.chosen


class ImportRowQuerySet(models.QuerySet["ImportRow"]):
    def shown_to(self, actor: Actor) -> Self:
        """Of a list that the actor may see: without rows that became a patient whose record is restricted."""
        return self.exclude(patient__in=Restriction.objects.closed_to(actor).values("patient"))

    def to_write(self) -> Self:
        """In the file's order, so that the first of two equal rows is the one that stands."""
        wanted = models.Q(state=RowState.READY) | models.Q(
            state=RowState.DUPLICATE, choice=RowChoice.ANOTHER_PERSON
        )
        return self.filter(wanted).order_by("number")


class ImportRow(models.Model):
    """One line of the file. Its key is the key that the patient will have: written twice, it would collide."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient_import = models.ForeignKey(PatientImport, on_delete=models.PROTECT, related_name="rows")
    number = models.PositiveIntegerField()  # the line of the file on which it begins
    cells = ArrayField(models.TextField(blank=True))
    said = models.JSONField(default=dict)  # the cells as a patient's fields, once they were checked
    called = models.TextField(blank=True)  # folded name and date of birth, by which two rows are compared
    address = models.TextField(blank=True)  # folded e-mail address
    state = models.CharField(max_length=10, choices=RowState.choices, default=RowState.NEW)
    choice = models.CharField(max_length=10, choices=RowChoice.choices, default=RowChoice.LEAVE_OUT)
    faults = models.JSONField(default=list)  # field, code and, of a duplicate, the other row's number
    alike = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[ImportRowQuerySet] = ImportRowQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of an import")
        ordering = ["patient_import", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient_import", "number"],
                name="import_row_once",
                violation_error_message=_("This row is there already."),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=RowState.values),
                name="import_row_state_known",
                violation_error_message=_("Unknown state."),
            ),
            models.CheckConstraint(
                condition=models.Q(choice__in=RowChoice.values),
                name="import_row_choice_known",
                violation_error_message=_("Unknown choice."),
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(state=RowState.WRITTEN, patient=models.F("id"))
                    | (~models.Q(state=RowState.WRITTEN) & models.Q(patient=None))
                ),
                name="import_row_is_its_patient",
                violation_error_message=_("A row that was added names its patient, who has the row’s key."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.patient_import_id} {self.number}"
