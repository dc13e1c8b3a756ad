import uuid
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.models import Clinic, User
from clinic.roles import SEES_PROGRAMMES
from clinic.text import validate_single_line
from exercises import kit
from exercises.cautions import Line
from exercises.doses import Dose, phrases
from exercises.doses import Side as DoseSide
from exercises.models.catalogue import Exercise, ExerciseVersion, Stage
from exercises.models.dose import DoseFields, Side, dose_constraints
from exercises.models.routine import Routine
from exercises.schedule import EARLIEST, LATEST, Frequency, is_due
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

    def assigned_last_by(self, actor: Actor) -> list[uuid.UUID]:
        """The exercises that this member of staff gave last, newest programme first, each once."""
        mine = self.filter(assigned_by=actor.user_id).order_by("-assigned_at", "pk")[:LOOKED_BACK_AT]
        items = ProgrammeItem.objects.filter(programme__in=mine.values("pk"))
        given = items.order_by("-programme__assigned_at", "programme", "order")
        return list(dict.fromkeys(given.values_list("version__exercise", flat=True)))

    def doses(self) -> dict[uuid.UUID, list[Dose]]:
        """What each of them asks for from now on, by its key. One query."""
        found: dict[uuid.UUID, list[Dose]] = {}
        for item in ProgrammeItem.objects.in_force().filter(programme__in=self).select_related("version"):
            found.setdefault(item.programme_id, []).append(item.dose)
        return found

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

    def for_bench(self, since: date) -> Self:
        """What is written when one is changed: without pauses, with the items that were asked for on that day or later."""
        read = ("version__exercise__current", "version__photo")
        items = ProgrammeItem.objects.asked_since(since).select_related(*read).defer("version__photo__webp")
        return self.prefetch_related(models.Prefetch("items", queryset=items.in_order()))

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
    def current(self) -> "list[ProgrammeItem]":
        """What the plan holds now: in force today or from tomorrow on, in order."""
        return [item for item in self.items.all() if item.is_in_force]

    def items_due_on(self, day: date) -> list["ProgrammeItem"]:
        """Of those that were, or will be, in force that day."""
        if not self.runs_on(day):
            return []
        return [item for item in self.items.all() if item.is_due_on(day, self.starts_on)]

    def newer_versions(self) -> list[tuple["ProgrammeItem", ExerciseVersion]]:
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


class ItemQuerySet(models.QuerySet["ProgrammeItem"]):
    def in_force(self) -> Self:
        """What the plans hold now."""
        return self.filter(until_version=None)

    def asked_since(self, day: date) -> Self:
        """In force on that day or later."""
        return self.filter(models.Q(last_day=None) | models.Q(last_day__gte=day))

    def in_order(self) -> Self:
        """As the plan has them; what took a place stands after what stood there."""
        return self.order_by("order", "since_version")


class ProgrammeItem(DoseFields):
    """One exercise of a programme: the version that was sent, and the dose this patient was given.

    Never rewritten: a change closes the item and makes another, which ``succeeds`` it. So each day keeps what was asked
    on it, and each log the item that it was made for. ``since_version`` and ``until_version`` are the programme's: the
    first in which it stands, the first in which it does not. ``first_day`` null: from the programme's start;
    ``last_day``: the patient's last local day on which it was asked, null while it is in force.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="items")
    version = models.ForeignKey(ExerciseVersion, on_delete=models.PROTECT, related_name="programmeitems")
    kit = models.CharField(
        _("with"), max_length=30, blank=True, validators=[RegexValidator(r"^[a-z_]+$")]
    )  # the one that was chosen of ``version.kit_options``
    note = models.CharField(
        _("note for the patient"), max_length=200, blank=True, validators=[validate_single_line]
    )
    order = models.PositiveSmallIntegerField()
    side = models.CharField(_("side"), max_length=16, choices=Side.choices)
    times_per_day = models.PositiveSmallIntegerField(_("times a day"))
    days_per_week = models.PositiveSmallIntegerField(_("days a week"), null=True)
    every_n_days = models.PositiveSmallIntegerField(_("every … days"), null=True)
    since_version = models.PositiveSmallIntegerField(default=1)
    until_version = models.PositiveSmallIntegerField(null=True)
    first_day = models.DateField(_("first day"), null=True)
    last_day = models.DateField(_("last day"), null=True)
    succeeds = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[ItemQuerySet] = ItemQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("exercise of the programme")
        verbose_name_plural = _("exercises of the programme")
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(
                fields=["id", "clinic"], name="item_id_clinic", violation_error_message=_("Wrong clinic.")
            ),
            models.UniqueConstraint(
                fields=["programme", "order"],
                condition=models.Q(until_version=None),
                name="item_order_unique",
                violation_error_message=_("Two exercises stand at the same place."),
            ),
            models.CheckConstraint(
                condition=models.Q(side__in=Side.values),
                name="item_side_known",
                violation_error_message=_("Choose a side."),
            ),
            models.CheckConstraint(
                condition=models.Q(times_per_day__gte=1, times_per_day__lte=12),
                name="item_times_per_day",
                violation_error_message=_("Choose 1 to 12 times a day."),
            ),
            models.CheckConstraint(
                # "Not null" is said outright: a check that comes to null counts as passed.
                condition=models.Q(days_per_week__isnull=False, every_n_days=None)
                & models.Q(days_per_week__gte=1, days_per_week__lte=7)
                | models.Q(every_n_days__isnull=False, days_per_week=None)
                & models.Q(every_n_days__gte=1, every_n_days__lte=14),
                name="item_frequency_stated_once",
                violation_error_message=_(
                    "Give either days a week (1 to 7) or every how many days (1 to 14)."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(until_version=None, last_day=None)
                | models.Q(until_version__isnull=False, last_day__isnull=False),
                name="item_closed_with_its_day",
                violation_error_message=_("What is no longer asked for has a last day."),
            ),
            models.CheckConstraint(
                condition=models.Q(until_version=None)
                | models.Q(until_version__gt=models.F("since_version")),
                name="item_closed_after_it_came",
                violation_error_message=_("It cannot end in the version in which it came."),
            ),
            *dose_constraints("item"),
        ]

    def __str__(self) -> str:
        return self.version.name

    @property
    def is_in_force(self) -> bool:
        return self.until_version is None

    def is_asked_on(self, day: date) -> bool:
        """In force that day; whether it is due is another question."""
        begun = self.first_day is None or self.first_day <= day
        return begun and (self.last_day is None or day <= self.last_day)

    def is_due_on(self, day: date, starts_on: date) -> bool:
        """``starts_on``: of its programme, from which the days are counted."""
        return self.is_asked_on(day) and is_due(self.frequency, starts_on, day)

    def line(self, version: ExerciseVersion | None = None) -> Line:
        """For the patient's cautions: as it was sent, or as it would be with another version."""
        version = version or self.version
        return Line(self.version.exercise.slug, version.name, version, self.kit, self.note)

    @property
    def frequency(self) -> Frequency:
        return Frequency(days_per_week=self.days_per_week, every_n_days=self.every_n_days)

    @property
    def dose(self) -> Dose:
        return self.as_dose(
            side=DoseSide(self.side),
            limb=self.version.limb,
            times_per_day=self.times_per_day,
            days_per_week=self.days_per_week,
            every_n_days=self.every_n_days,
        )

    @property
    def dose_phrases(self) -> list[str]:
        """The dose in words, and what it is done with; page, print and API say the same."""
        return [
            *phrases(self.dose),
            *([_("with: %(thing)s") % {"thing": kit.name(self.kit)}] if self.kit else []),
        ]


def last_day(starts_on: date, weeks: int) -> date:
    return starts_on + timedelta(weeks=weeks, days=-1)
