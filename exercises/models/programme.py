import uuid
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.models import Clinic, User
from clinic.prepared import prepared
from clinic.roles import SEES_PROGRAMMES
from clinic.text import validate_single_line
from exercises.doses import Dose
from exercises.models.catalogue import Exercise, ExerciseVersion, Stage
from exercises.models.item import ProgrammeItem
from exercises.models.routine import Routine
from exercises.schedule import EARLIEST, LATEST
from patients.models import Patient, VisibleRows

if TYPE_CHECKING:
    from exercises.models.pause import ProgrammePause

LONGEST_WEEKS = 52
LOOKED_BACK_AT = 20  # programmes, for what was used lately
# The columns of an exercise that stand in a plan, or decide what is told beside it.
READ_BY_PATIENTS = (
    *("exercise", "name", "purpose", "prepare", "steps", "breathe", "feel", "cue", "stop_rules", "alt_text"),
    *(
        "picture",
        "photo",
        "video_url",
        "body_part",
        "position",
        "equipment",
        "kit_options",
        "barefoot",
        "cautions",
    ),
)


class ProgrammeState(models.TextChoices):
    ACTIVE = "active", _("active")
    ENDED = "ended", _("ended")


class ProgrammeQuerySet(VisibleRows["Programme"]):
    seen_by = SEES_PROGRAMMES
    patient_key = "patient_id"

    def active(self) -> Self:
        """Not ended by a person; its last day may be past, see ``running_on``."""
        return self.filter(state=ProgrammeState.ACTIVE)

    def spanning(self, day: date) -> Self:
        """Whose days include this one, ended by now or not."""
        return self.filter(starts_on__lte=day, ends_on__gte=day)

    def running_on(self, day: date) -> Self:
        """Those that ask for something that day: neither ended nor paused."""
        pauses: Any = self.model._meta.get_field("pauses").related_model
        paused = pauses.objects.on(day).filter(programme=models.OuterRef("pk"))
        return self.active().spanning(day).filter(~models.Exists(paused))

    def holding(self, exercise: Exercise) -> Self:
        """Not ended, with this exercise in whichever version."""
        return (
            self.active()
            .filter(items__version__exercise=exercise, items__until_version__isnull=True)
            .distinct()
        )

    def assigned_last_by(self, actor: Actor) -> models.QuerySet[ProgrammeItem, uuid.UUID]:
        """Keys of the exercises that this member of staff gave last, newest programme first, one for each item."""
        mine = self.filter(assigned_by=actor.user_id).order_by("-assigned_at", "pk")[:LOOKED_BACK_AT]
        items = ProgrammeItem.objects.filter(programme__in=mine.values("pk"))
        given = items.order_by("-programme__assigned_at", "programme", "order")
        return given.values_list("version__exercise", flat=True)

    def with_items(self, *more: str) -> Self:
        """Items in order with their pinned versions, and pauses: what every page of a programme reads. ``more``: what
        hangs on the items. Former items too: see ``Programme.current`` and ``items_due_on``."""
        read = ("version__exercise", "version__photo", *more)
        items = ProgrammeItem.objects.select_related(*read).defer("version__photo__webp").in_order()
        return self.prefetch_related(models.Prefetch("items", queryset=items), "pauses")

    def with_current_items(self, *more: str) -> Self:
        """The same for those who ask of no day that is over."""
        read = ("version__exercise", "version__photo", *more)
        items = ProgrammeItem.objects.in_force().select_related(*read).defer("version__photo__webp")
        return self.prefetch_related(models.Prefetch("items", queryset=items.in_order()), "pauses")

    def to_copy(self) -> Self:
        """With the items that are asked for by now: what another programme can begin with."""
        items = ProgrammeItem.objects.in_force().select_related("version__exercise").in_order()
        return self.prefetch_related(models.Prefetch("items", queryset=items))

    def for_plan(self, since: date) -> Self:
        """What a patient reads of them: a third of the columns of ``with_items``, and that is felt on every page.
        ``since``: the earliest day that is asked about."""
        read = [f"version__{name}" for name in READ_BY_PATIENTS]
        photo = [f"version__photo__{name}" for name in ("width", "height")]
        own = [field.attname for field in ProgrammeItem._meta.concrete_fields]
        items = (
            ProgrammeItem.objects.asked_since(since)
            .select_related("version__photo")
            .only(*own, *read, *photo)
            .in_order()
        )
        return self.prefetch_related(models.Prefetch("items", queryset=items), "pauses")

    def for_page(self) -> Self:
        """With everything that the staff's page of one programme names."""
        return self.with_current_items("version__exercise__current").select_related(
            "patient", "assigned_by", "routine"
        )


def doses_on(day: date, patient: uuid.UUID) -> dict[uuid.UUID, list[Dose]]:
    """What each programme that runs that day asks of the patient, by its key. One query."""
    found: dict[uuid.UUID, list[Dose]] = {}
    for item in _running_on(day=day, patient=patient):
        found.setdefault(item.programme_id, []).append(item.dose)
    return found


@prepared
def _running_on(day: date, patient: uuid.UUID) -> models.QuerySet[ProgrammeItem]:
    running = Programme.objects.running_on(day).filter(patient=patient)
    return ProgrammeItem.objects.in_force().filter(programme__in=running).select_related("version")


class Programme(models.Model):
    """A routine given to one patient, with its own doses, start and end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    routine = models.ForeignKey(Routine, on_delete=models.PROTECT, null=True, related_name="+")
    stage_number = models.PositiveSmallIntegerField(null=True)  # of the routine's stages, as they stood then
    stage_name = models.CharField(max_length=80, blank=True)
    name = models.CharField(_("name"), max_length=80, validators=[validate_single_line])
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    review_on = models.DateField(_("review on"))
    reminder_time = models.TimeField(
        _("reminder time"), null=True, blank=True
    )  # local; null: no reminders wanted
    state = models.CharField(
        max_length=8, choices=ProgrammeState.choices, default=ProgrammeState.ACTIVE, editable=False
    )
    version = models.PositiveSmallIntegerField(default=1)
    assigned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[ProgrammeQuerySet] = ProgrammeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ["-assigned_at", "pk"]
        indexes = [
            models.Index("patient", "state", name="programme_by_patient"),
            models.Index(
                "assigned_by",
                models.F("assigned_at").desc(),
                "id",
                name="programme_assigned_lately",
                include=["clinic", "patient"],
            ),
            models.Index("ends_on", name="programme_active", condition=models.Q(state=ProgrammeState.ACTIVE)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["id", "clinic"],
                name="programme_id_clinic",
                violation_error_message=_("Wrong clinic."),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=ProgrammeState.values),
                name="programme_state_known",
                violation_error_message=_("Unknown state."),
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="programme_ends_after_start",
                violation_error_message=_("The last day cannot be before the first."),
            ),
            models.CheckConstraint(
                condition=models.Q(review_on__gte=models.F("starts_on")),
                name="programme_review_after_start",
                violation_error_message=_("The review cannot be before the first day."),
            ),
            models.CheckConstraint(
                condition=models.Q(reminder_time=None)
                | models.Q(reminder_time__gte=EARLIEST, reminder_time__lte=LATEST),
                name="programme_reminder_by_day",
                violation_error_message=_("Choose a time from 06:00 to 20:30."),
            ),
            models.CheckConstraint(
                condition=models.Q(stage_number=None, stage_name="")
                | models.Q(stage_number__isnull=False, stage_number__gt=0, routine__isnull=False),
                name="programme_stage_of_routine",
                violation_error_message=_("A stage is one of a routine's."),
            ),
            models.CheckConstraint(
                condition=models.Q(state=ProgrammeState.ENDED, ended_at__isnull=False)
                | models.Q(state=ProgrammeState.ACTIVE, ended_at=None),
                name="programme_ended_has_time",
                violation_error_message=_("An ended programme carries the time of its end."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        """Nobody has ended it; see ``runs_on`` for its days."""
        return self.state == ProgrammeState.ACTIVE

    def runs_on(self, day: date) -> bool:
        """Paused days are none of them. Reads the pauses: have them prefetched."""
        spans = self.state == ProgrammeState.ACTIVE and self.starts_on <= day <= self.ends_on
        return spans and self.pause_on(day) is None

    def pause_on(self, day: date) -> "ProgrammePause | None":
        return next((pause for pause in self.pauses.all() if pause.covers(day)), None)

    def pause_from(self, day: date) -> "ProgrammePause | None":
        """The pause of this day, else the next to come."""
        ahead = [pause for pause in self.pauses.all() if pause.last_day is None or pause.last_day >= day]
        return min(ahead, key=lambda pause: pause.first_day, default=None)

    @property
    def current(self) -> list[ProgrammeItem]:
        """What the plan holds now: in force today or from tomorrow on, in order."""
        return [item for item in self.items.all() if item.is_in_force]

    def items_due_on(self, day: date) -> list[ProgrammeItem]:
        """Of those that were, or will be, in force that day."""
        if not self.runs_on(day):
            return []
        return [item for item in self.items.all() if item.is_due_on(day, self.starts_on)]

    def newer_versions(self) -> list[tuple[ProgrammeItem, ExerciseVersion]]:
        """Exercises of which the catalogue has another text by now; none for what was ended or taken out of use."""
        found = []
        for item in self.current if self.is_active else []:
            exercise = item.version.exercise
            if (
                exercise.stage == Stage.PUBLISHED
                and exercise.current
                and exercise.current_id != item.version_id
            ):
                found.append((item, exercise.current))
        return found

    def next_due_after(self, day: date) -> date | None:
        """The first due day after ``day``; None when the programme is over by then."""
        for offset in range(1, (self.ends_on - day).days + 1):
            later = day + timedelta(days=offset)
            if self.items_due_on(later):
                return later
        return None


def last_day(starts_on: date, weeks: int) -> date:
    return starts_on + timedelta(weeks=weeks, days=-1)
