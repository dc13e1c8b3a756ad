"""What an exercise says, and the closed lists that it says it with."""

from typing import Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.labels import display
from clinic.text import validate_plain_text, validate_single_line
from exercises import doses
from exercises.doses import Limb, Range
from exercises.models.dose import DoseFields, Side, counted, dose_constraints, from_one, range_constraints
from exercises.models.photo import Photo

STATED_PAIRS = ("times_per_day", "days_per_week", "weeks")


class Position(models.TextChoices):
    SITTING = "sitting", _("sitting")
    STANDING = "standing", _("standing")
    STANDING_WALL = "standing_wall", _("standing at a wall")
    ON_STEP = "on_step", _("on a step")
    LONG_SITTING = "long_sitting", _("sitting with legs out")
    KNEELING = "kneeling", _("kneeling")
    ONE_LEG = "one_leg", _("on one leg")
    LYING_BACK = "lying_back", _("lying on the back")
    LYING_SIDE = "lying_side", _("lying on the side")
    HANDS_KNEES = "hands_knees", _("on hands and knees")
    WHOLE_BODY = "whole_body", _("moving about")


class Kind(models.TextChoices):
    STRENGTH = "strength", _("strength")
    STRETCH = "stretch", _("stretch")
    RELEASE = "release", _("release")
    BALANCE = "balance", _("balance")
    MOBILITY = "mobility", _("mobility")
    ENDURANCE = "endurance", _("endurance")


class BodyPart(models.TextChoices):
    FOOT = "foot", _("foot")
    LOWER_LEG = "lower_leg", _("ankle and calf")
    HIP = "hip", _("hip")
    BACK = "back", _("back")
    WHOLE_BODY = "whole_body", _("whole body")


LIMBS: dict[str, Limb] = {
    BodyPart.HIP: Limb.LEG,
    BodyPart.BACK: Limb.TRUNK,
    BodyPart.WHOLE_BODY: Limb.TRUNK,
}


class Difficulty(models.IntegerChoices):
    """How much an exercise asks for. Our own three steps, for finding one; a curator sets them."""

    GENTLE = 1, _("gentle")
    MODERATE = 2, _("moderate")
    DEMANDING = 3, _("demanding")


class DoseSource(models.TextChoices):
    """Where a dose comes from; staff see it in words."""

    ARTICLE = "A", _("Dose from the article")
    TRIAL = "R", _("Dose from a published trial")
    HANDOUT = "H", _("Dose from a clinic handout")
    UNSOURCED = "D", _("Starting value without a source: confirm before use")


class Evidence(models.TextChoices):
    """What stands behind an exercise, in one word; the note says more."""

    TRIAL = "trial", _("published trial")
    MIXED = "mixed", _("trials with mixed results")
    GUIDELINE = "guideline", _("guideline")
    CONSENSUS = "consensus", _("expert consensus")
    HANDOUT = "handout", _("clinic handout")
    PRACTICE = "practice", _("practice-based")


def texts(label: Any, *, longest: int = 300, **more: Any) -> ArrayField:
    entry = models.CharField(max_length=longest, validators=[validate_plain_text])
    return ArrayField(entry, verbose_name=label, default=list, blank=True, **more)


def keys(label: Any, **more: Any) -> ArrayField:
    entry = models.CharField(max_length=30, validators=[RegexValidator(r"^[a-z_]+$")])
    return ArrayField(entry, verbose_name=label, default=list, blank=True, **more)


def slugs(label: Any) -> ArrayField:
    return ArrayField(models.SlugField(max_length=60), verbose_name=label, default=list, blank=True)


def line(label: Any, longest: int, **more: Any) -> models.CharField:
    return models.CharField(label, max_length=longest, blank=True, validators=[validate_single_line], **more)


def chosen(label: Any, choices: type[models.TextChoices]) -> models.CharField:
    return models.CharField(label, max_length=16, choices=choices.choices, blank=True)


class Part(NamedTuple):
    """What to do in one role: to get ready, to do, to stop. ``numbered``: the lines follow one another."""

    heading: Any
    lines: list[str]
    numbered: bool = False


class ExerciseContent(DoseFields):
    """What an exercise says. Curators edit it on ``Exercise``; publishing copies it into an ``ExerciseVersion``."""

    name = models.CharField(_("name"), max_length=80, validators=[validate_single_line])
    aliases = texts(_("other names"), longest=80, help_text=_("Found by them too. One a line."))
    movement = line(_("movement in one line"), 200)
    purpose = line(
        _("what it is for"),
        200,
        help_text=_("The part that is worked, such as “This stretch is for the calf.”"),
    )
    prepare = texts(_("get ready"), help_text=_("What to have and how to begin, one step a line."))
    steps = texts(_("steps"), help_text=_("What to do, one step a line."))
    breathe = line(_("breathing"), 200)
    feel = line(_("what it feels like"), 200)
    stop_rules = texts(_("stop rules"), help_text=_("When to stop and whom to tell, one rule a line."))
    picture = models.SlugField(_("picture"), max_length=60, blank=True, help_text=_("Name of the drawing."))
    photo = models.ForeignKey(
        Photo,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("photo"),
        related_name="%(class)ss",
        related_query_name="%(class)s",
    )
    alt_text = line(
        _("picture in words"),
        300,
        help_text=_("Both positions, for people who cannot see the picture. “First: … Second: …”"),
    )
    video_url = models.URLField(
        _("video"),
        max_length=300,
        blank=True,
        validators=[URLValidator(schemes=["https"])],
        help_text=_("A link to another site that begins with https://."),
    )
    kind = chosen(_("kind"), Kind)
    body_part = chosen(_("part of the body"), BodyPart)
    position = chosen(_("position"), Position)
    difficulty = counted(_("difficulty"), choices=Difficulty.choices)
    equipment = keys(_("equipment"), help_text=_("What is needed. One a line, such as towel."))
    kit_options = keys(
        _("one of"), help_text=_("Of these one is chosen, such as tennis_ball or frozen_bottle.")
    )
    barefoot = models.BooleanField(_("done barefoot"), default=False)
    cautions = keys(_("caution flags"), help_text=_("One a line, such as fall_risk."))
    sides = ArrayField(
        models.CharField(max_length=16, choices=Side.choices),
        verbose_name=_("sides that can be assigned"),
        default=list,
        blank=True,
        help_text=_("One a line: left, right, both_in_turn, together or not_sided."),
    )
    dose_source = models.CharField(_("source of the dose"), max_length=1, choices=DoseSource.choices)
    times_per_day_min = from_one(_("times a day"))
    times_per_day_max = counted(_("times a day, up to"))
    days_per_week_min = from_one(_("days a week"))
    days_per_week_max = counted(_("days a week, up to"))
    every_n_days = from_one(_("every … days"))
    weeks_min = from_one(_("weeks"))
    weeks_max = counted(_("weeks, up to"))
    dose_note = line(_("about the dose, for staff"), 300)
    harder = line(_("harder, for staff"), 200)
    easier = line(_("easier, for staff"), 200)
    harder_exercises = slugs(_("harder exercises"))
    easier_exercises = slugs(_("easier exercises"))
    evidence_tag = chosen(_("evidence"), Evidence)
    evidence = models.CharField(_("evidence, for staff"), max_length=300, blank=True)
    sources = texts(_("sources"), help_text=_("One a line."))

    get_dose_source_display = display("dose_source", DoseSource)

    class Meta:
        abstract = True

    @property
    def limb(self) -> Limb:
        return LIMBS.get(self.body_part, Limb.FOOT)

    @property
    def guide(self) -> list[Part]:
        """The steps by role, as they are read. What an exercise says nothing of is left out."""
        said = [
            Part(_("Get ready"), self.prepare),
            Part(
                pgettext_lazy("heading of the steps of an exercise", "What to do"), self.steps, numbered=True
            ),
            Part(_("Breathing"), [self.breathe] if self.breathe else []),
            Part(_("What you may feel"), [self.feel] if self.feel else []),
            Part(_("When to stop"), self.stop_rules),
        ]
        return [part for part in said if part.lines]

    @property
    def stated_frequency(self) -> list[str]:
        """How often and for how long, in words, as the source of the dose has it."""
        times, days, weeks = (
            Range.of(getattr(self, f"{name}_min"), getattr(self, f"{name}_max")) for name in STATED_PAIRS
        )
        return doses.stated_frequency(times, days, self.every_n_days, weeks)

    @property
    def stated(self) -> str:
        """``stated_frequency`` in one line."""
        return ", ".join(self.stated_frequency)


CONTENT_COLUMNS = [field.name for field in ExerciseContent._meta.local_fields]


def known(column: str, values: list[Any], name: str, message: Any) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(**{f"{column}__in": values}), name=name, violation_error_message=message
    )


def content_constraints(prefix: str) -> list[models.BaseConstraint]:
    """What a draft keeps to as much as a published version does."""
    return [
        known(
            "dose_source",
            DoseSource.values,
            f"{prefix}_dose_source_known",
            _("Say where the dose comes from."),
        ),
        known(
            "position",
            ["", *Position.values],
            f"{prefix}_position_known",
            _("Choose a position from the list."),
        ),
        known("kind", ["", *Kind.values], f"{prefix}_kind_known", _("Choose a kind from the list.")),
        known(
            "body_part", ["", *BodyPart.values], f"{prefix}_body_part_known", _("Choose a part of the body.")
        ),
        known(
            "evidence_tag",
            ["", *Evidence.values],
            f"{prefix}_evidence_known",
            _("Choose what stands behind it."),
        ),
        models.CheckConstraint(
            condition=models.Q(difficulty=None)
            | models.Q(difficulty__isnull=False, difficulty__in=Difficulty.values),
            name=f"{prefix}_difficulty_known",
            violation_error_message=_("Choose gentle, moderate or demanding."),
        ),
        models.CheckConstraint(
            condition=models.Q(video_url="") | models.Q(video_url__startswith="https://"),
            name=f"{prefix}_video_is_https",
            violation_error_message=_("A video's address begins with https://."),
        ),
        models.CheckConstraint(
            condition=models.Q(picture="") | models.Q(photo=None),
            name=f"{prefix}_one_picture",
            violation_error_message=_(
                "Choose a drawing or a photo, not both: the words describe one of them."
            ),
        ),
        models.CheckConstraint(
            condition=models.Q(every_n_days=None)
            | models.Q(every_n_days__isnull=False, every_n_days__gt=0, days_per_week_min=None),
            name=f"{prefix}_frequency_stated_once",
            violation_error_message=_("Give days a week or every how many days, not both."),
        ),
        *dose_constraints(prefix),
        *range_constraints(prefix, STATED_PAIRS),
    ]
