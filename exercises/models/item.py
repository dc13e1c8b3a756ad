import uuid
from datetime import date
from typing import ClassVar, Self

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic
from clinic.text import validate_single_line
from exercises import kit
from exercises.adherence import Dated
from exercises.cautions import Line
from exercises.doses import Dose, phrases
from exercises.doses import Side as DoseSide
from exercises.models.catalogue import ExerciseVersion
from exercises.models.dose import DoseFields, Side, dose_constraints
from exercises.schedule import Frequency, is_due


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


# What ``Dated`` is made of, for those who read columns and no items.
DATED = (
    *("pk", "version__exercise_id", "succeeds_id", "since_version"),
    *("days_per_week", "every_n_days", "first_day", "last_day"),
)


class ProgrammeItem(DoseFields):
    """One exercise of a programme: the version that was sent, and the dose this patient was given.

    Never rewritten: a change closes the item and makes another, which ``succeeds`` it. So each day keeps what was asked
    on it, and each log the item that it was made for. ``since_version`` and ``until_version`` are the programme's: the
    first in which it stands, the first in which it does not. ``first_day`` null: from the programme's start;
    ``last_day``: the patient's last local day on which it was asked, null while it is in force.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    programme = models.ForeignKey("Programme", on_delete=models.PROTECT, related_name="items")
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
    def dated(self) -> Dated:
        """As counting reads it."""
        return Dated(
            item=self.pk,
            exercise=self.version.exercise_id,
            succeeds=self.succeeds_id,
            since=self.since_version,
            frequency=self.frequency,
            first=self.first_day,
            last=self.last_day,
        )

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
