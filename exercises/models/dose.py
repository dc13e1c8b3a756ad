"""The stored dose: the same columns on what a source states, on a routine's line and on what a patient was given."""

from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.text import validate_single_line
from exercises.doses import Dose, Range

PAIRS = ("sets", "reps", "hold_s", "duration_s")


class Side(models.TextChoices):
    LEFT = "left", _("Left")
    RIGHT = "right", _("Right")
    BOTH_IN_TURN = "both_in_turn", _("Each in turn")
    TOGETHER = "together", _("Both together")
    NOT_SIDED = "not_sided", _("No side")


def counted(label: Any, **more: Any) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(label, null=True, blank=True, **more)


def from_one(label: Any) -> models.PositiveSmallIntegerField:
    return counted(label, validators=[MinValueValidator(1)])


class DoseFields(models.Model):
    """Ranges that a source may leave open. ``_max`` is null when the source gives one number. Times in seconds."""

    sets_min = from_one(_("sets"))
    sets_max = counted(_("sets, up to"))
    sets_open = models.BooleanField(_("as many sets as possible"), default=False)
    reps_min = from_one(_("repetitions"))
    reps_max = counted(_("repetitions, up to"))
    hold_s_min = from_one(_("hold, seconds"))
    hold_s_max = counted(_("hold, up to seconds"))
    duration_s_min = from_one(_("duration, seconds"))
    duration_s_max = counted(_("duration, up to seconds"))
    tempo_up_s = from_one(_("rising, seconds"))
    tempo_down_s = from_one(_("lowering, seconds"))
    rest_s = from_one(_("rest between sets, seconds"))
    load_note = models.CharField(
        _("load"),
        max_length=80,
        blank=True,
        validators=[validate_single_line],
        help_text=_("In words, such as a backpack or the colour of a band."),
    )
    cue = models.CharField(_("cue"), max_length=120, blank=True, validators=[validate_single_line])

    class Meta:
        abstract = True

    def dose_fields(self) -> dict[str, Any]:
        """The stored columns, for copying a dose from version or routine to a programme's item."""
        return {name: getattr(self, name) for name in DOSE_COLUMNS}

    def as_dose(self, **more: Any) -> Dose:
        return Dose(
            sets=Range.of(self.sets_min, self.sets_max),
            sets_open=self.sets_open,
            repetitions=Range.of(self.reps_min, self.reps_max),
            hold=Range.of(self.hold_s_min, self.hold_s_max),
            duration=Range.of(self.duration_s_min, self.duration_s_max),
            tempo_up=self.tempo_up_s,
            tempo_down=self.tempo_down_s,
            rest=self.rest_s,
            load=self.load_note,
            cue=self.cue,
            **more,
        )


SINGLE = ("tempo_up_s", "tempo_down_s", "rest_s")
DOSE_COLUMNS = [
    *(f"{name}_{end}" for name in PAIRS for end in ("min", "max")),
    "sets_open",
    *SINGLE,
    "load_note",
    "cue",
]


def range_constraints(prefix: str, pairs: tuple[str, ...]) -> list[models.BaseConstraint]:
    """Each range: more than zero, the upper end not below the lower, no upper end alone."""
    return [
        models.CheckConstraint(
            condition=models.Q(**{f"{name}_min": None, f"{name}_max": None})
            | (
                # "Not null" is said outright: a check that comes to null counts as passed.
                models.Q(**{f"{name}_min__isnull": False, f"{name}_min__gt": 0})
                & (
                    models.Q(**{f"{name}_max": None})
                    | models.Q(**{f"{name}_max__gte": models.F(f"{name}_min")})
                )
            ),
            name=f"{prefix}_{name}_range",
            violation_error_message=_("Give a number above zero, or a range with the smaller number first."),
        )
        for name in pairs
    ]


def dose_constraints(prefix: str) -> list[models.BaseConstraint]:
    seconds = models.Q()
    for name in SINGLE:
        seconds &= models.Q(**{name: None}) | models.Q(**{f"{name}__isnull": False, f"{name}__gt": 0})
    return [
        *range_constraints(prefix, PAIRS),
        models.CheckConstraint(
            condition=seconds,
            name=f"{prefix}_seconds_above_zero",
            violation_error_message=_("Give seconds above zero, or leave them out."),
        ),
        models.CheckConstraint(
            condition=models.Q(sets_open=False) | models.Q(sets_min=None),
            name=f"{prefix}_sets_stated_once",
            violation_error_message=_("Give a number of sets or “as many as possible”, not both."),
        ),
    ]
