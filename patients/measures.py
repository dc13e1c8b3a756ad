"""The measures of a foot, in the order of the form, and what was measured in words: always with its unit.

One table for the form, the list and the page of an evaluation.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils import formats
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinic.text import signed
from patients import scoring
from patients.models import FPI_ITEMS, Evaluation, Foot, FootMeasures, HeelDirection

FPI_TOTAL = "fpi_total"
APART = ", "  # between what was measured separately


@dataclass(frozen=True, slots=True)
class Measure:
    """``fields`` of FootMeasures; none for what is computed."""

    key: str
    label: str | Promise
    fields: tuple[str, ...]
    hint: str | Promise = ""

    @property
    def quiet(self) -> bool:
        """A size and its unit, index or direction: the second needs no name to be seen."""
        return self.key in {"arch", "lunge", "heel_stance"}


@dataclass(frozen=True, slots=True)
class Group:
    label: Promise
    measures: tuple[Measure, ...]
    hint: str | Promise = ""


GROUPS = (
    Group(
        gettext_lazy("Foot posture (FPI-6)"),
        (
            *[
                Measure(item, capfirst(FootMeasures._meta.get_field(item).verbose_name), (item,))  # type: ignore[union-attr]
                for item in FPI_ITEMS
            ],
            Measure(
                FPI_TOTAL,
                gettext_lazy("FPI-6 total"),
                (),
                gettext_lazy("Positive is pronated, negative is supinated."),
            ),
        ),
        gettext_lazy("Redmond 1998"),
    ),
    Group(
        gettext_lazy("Arch and big toe"),
        (
            Measure(
                "navicular_drop",
                gettext_lazy("Navicular drop"),
                ("navicular_drop_mm",),
                gettext_lazy("In mm. Two readings of one foot often differ: no band is shown."),
            ),
            Measure(
                "arch",
                gettext_lazy("Arch index"),
                ("arch_value", "arch_measure"),
                gettext_lazy("The two indices run in opposite directions: say which one."),
            ),
            Measure(
                "windlass",
                gettext_lazy("Windlass test"),
                ("windlass", "windlass_weight_bearing"),
                gettext_lazy("A negative test does not exclude anything."),
            ),
            Measure(
                "jack",
                gettext_lazy("Big-toe raise (Jack’s test)"),
                ("jack_arch_rises",),
                gettext_lazy("Does the arch rise again?"),
            ),
        ),
    ),
    Group(
        gettext_lazy("Calf, ankle and heel"),
        (
            Measure(
                "heel_raises",
                gettext_lazy("Single-leg heel raises"),
                ("heel_raises", "heel_raise_pain", "heel_inverts"),
                gettext_lazy("A change under 7 is noise."),
            ),
            Measure(
                "lunge",
                gettext_lazy("Weight-bearing lunge"),
                ("lunge", "lunge_unit"),
                gettext_lazy("In cm or degrees, as measured. Never converted."),
            ),
            Measure(
                "heel_stance",
                gettext_lazy("Resting calcaneal stance"),
                ("heel_stance_deg", "heel_stance_direction"),
                gettext_lazy("The size in degrees, and a word for the direction."),
            ),
        ),
    ),
)
MEASURES = {measure.key: measure for group in GROUPS for measure in group.measures}
KEY_MEASURES = ("navicular_drop", "heel_raises", "lunge", "heel_stance")


def number(value: Decimal) -> str:
    """Without the zeros that only the column adds."""
    return formats.number_format(value.normalize())


def fpi_items(foot: FootMeasures) -> list[int | None]:
    return [getattr(foot, item) for item in FPI_ITEMS]


def in_words(key: str, foot: FootMeasures | None) -> str:
    """Empty: not measured."""
    if foot is None:
        return ""
    if key in FPI_ITEMS:
        score: int | None = getattr(foot, key)
        return "" if score is None else signed(score)
    return WORDS[key](foot)


def in_short(key: str, foot: FootMeasures | None) -> str:
    """For the place beside a new value, where the long sentence stands already."""
    return _short_total(foot) if key == FPI_TOTAL and foot else in_words(key, foot)


def _total(foot: FootMeasures) -> str:
    """The whole sentence; of a foot without any item nothing is said."""
    items = fpi_items(foot)
    return scoring.fpi_in_words(items) if any(item is not None for item in items) else ""


def _short_total(foot: FootMeasures) -> str:
    total = scoring.fpi_total(fpi_items(foot))
    if total is None:
        return ""
    return _("%(total)s, published band: %(band)s") % {
        "total": signed(total),
        "band": scoring.FPI_BANDS_NOW.band_of(total).label,
    }


def total_and_band(foot: FootMeasures) -> str:
    """As short as it can be said: the published name beside the number. Empty: no total."""
    total = scoring.fpi_total(fpi_items(foot))
    if total is None:
        return ""
    return _("%(total)s %(band)s") % {
        "total": signed(total),
        "band": scoring.FPI_BANDS_NOW.band_of(total).label,
    }


def _navicular_drop(foot: FootMeasures) -> str:
    drop = foot.navicular_drop_mm
    return "" if drop is None else _("%(size)s mm") % {"size": number(drop)}


def _arch(foot: FootMeasures) -> str:
    if foot.arch_value is None:
        return ""
    return _("%(value)s (%(index)s)") % {
        "value": number(foot.arch_value),
        "index": foot.get_arch_measure_display(),
    }


def _windlass(foot: FootMeasures) -> str:
    result = foot.get_windlass_display()
    if foot.windlass_weight_bearing is None:
        return result
    how = _("weight-bearing") if foot.windlass_weight_bearing else _("not weight-bearing")
    return APART.join([result, how])


def _jack(foot: FootMeasures) -> str:
    if foot.jack_arch_rises is None:
        return ""
    return _("The arch rises again") if foot.jack_arch_rises else _("The arch does not rise again")


def _heel_raises(foot: FootMeasures) -> str:
    said = []
    if foot.heel_raises is not None:
        raises = ngettext("%(count)d raise", "%(count)d raises", foot.heel_raises)
        said.append(raises % {"count": foot.heel_raises})
    if foot.heel_raise_pain is not None:
        said.append(_("pain %(score)d of 10") % {"score": foot.heel_raise_pain})
    if foot.heel_inverts is not None:
        said.append(_("the heel turns in") if foot.heel_inverts else _("the heel does not turn in"))
    return APART.join(said)


def _lunge(foot: FootMeasures) -> str:
    if foot.lunge is None:
        return ""
    size = number(foot.lunge).replace("-", scoring.MINUS)
    return (_("%(size)s cm") if foot.lunge_unit == "cm" else _("%(size)s degrees")) % {"size": size}


HEEL_WORDS = {
    HeelDirection.EVERTED: gettext_lazy("%(size)s° everted"),
    HeelDirection.INVERTED: gettext_lazy("%(size)s° inverted"),
    HeelDirection.VERTICAL: gettext_lazy("vertical"),
}


def _heel_stance(foot: FootMeasures) -> str:
    """Size and word, never a sign: conventions differ."""
    if foot.heel_stance_deg is None:
        return ""
    return HEEL_WORDS[HeelDirection(foot.heel_stance_direction)] % {"size": number(foot.heel_stance_deg)}


WORDS: dict[str, Callable[[FootMeasures], str]] = {
    FPI_TOTAL: _total,
    "navicular_drop": _navicular_drop,
    "arch": _arch,
    "windlass": _windlass,
    "jack": _jack,
    "heel_raises": _heel_raises,
    "lunge": _lunge,
    "heel_stance": _heel_stance,
}


def reading(key: str, foot: FootMeasures | None) -> scoring.Reading | None:
    """The number that a later one may be compared with; None: not measured, or not a number."""
    if foot is None:
        return None
    numbers: dict[str, tuple[int | Decimal | None, str]] = {
        FPI_TOTAL: (scoring.fpi_total(fpi_items(foot)), ""),
        "navicular_drop": (foot.navicular_drop_mm, ""),
        "arch": (foot.arch_value, foot.arch_measure),
        "heel_raises": (foot.heel_raises, ""),
        "lunge": (foot.lunge, foot.lunge_unit),
    }
    if foot.heel_stance_deg is not None:
        angle = scoring.heel_angle(foot.heel_stance_deg, foot.heel_stance_direction)
        numbers["heel_stance"] = (angle, "")
    value, kind = numbers.get(key, (None, ""))
    return None if value is None else scoring.Reading(value, kind)


@dataclass(frozen=True, slots=True)
class Cell:
    """One measure of one foot. ``change`` and ``apart`` are sentences, most often empty."""

    now: str
    before: str
    change: str  # it is more than noise
    apart: str  # it was measured in another way before


@dataclass(frozen=True, slots=True)
class Row:
    measure: Measure
    left: Cell
    right: Cell

    @property
    def is_empty(self) -> bool:
        return not (self.left.now or self.left.before or self.right.now or self.right.before)


def feet_of(evaluation: Evaluation | None) -> dict[str, FootMeasures]:
    """By "left" and "right"; a foot without any value is absent."""
    return {foot.foot: foot for foot in evaluation.feet.all()} if evaluation else {}


def compare(evaluation: Evaluation, earlier: Evaluation | None) -> Iterator[tuple[Group, list[Row]]]:
    """What was measured now or at the earlier visit, group by group."""
    now, before = feet_of(evaluation), feet_of(earlier)
    for group in GROUPS:
        rows = [
            Row(
                measure,
                _cell(measure.key, now.get(Foot.LEFT), before.get(Foot.LEFT)),
                _cell(measure.key, now.get(Foot.RIGHT), before.get(Foot.RIGHT)),
            )
            for measure in group.measures
        ]
        if filled := [row for row in rows if not row.is_empty]:
            yield group, filled


def _cell(key: str, now: FootMeasures | None, before: FootMeasures | None) -> Cell:
    read, earlier = reading(key, now), reading(key, before)
    change, apart = "", ""
    if scoring.changed_beyond_noise(key, earlier, read) and read and earlier:
        change = _difference(int(read.value - earlier.value))
    elif read and earlier and not scoring.comparable(earlier, read):
        apart = _("Measured in another way before: not comparable.")
    return Cell(in_words(key, now), in_short(key, before), change, apart)


def _difference(change: int) -> str:
    """Only heel raises have a published noise."""
    if change > 0:
        return ngettext("%(n)d more than before", "%(n)d more than before", change) % {"n": change}
    return ngettext("%(n)d fewer than before", "%(n)d fewer than before", -change) % {"n": -change}


def key_values(foot: FootMeasures) -> list[tuple[str | Promise, str]]:
    """For a list of evaluations: label and words of the measures most often followed."""
    total: list[tuple[str | Promise, str]] = [(_("FPI-6 total"), _short_total(foot))]
    followed = [(MEASURES[key].label, in_words(key, foot)) for key in KEY_MEASURES]
    return [(label, words) for label, words in total + followed if words]


def leg_difference(evaluation: Evaluation) -> str:
    """With its method, for the method matters."""
    size = evaluation.leg_difference_mm
    if size is None:
        return ""
    said = {"size": number(size), "method": evaluation.get_leg_difference_method_display().lower()}
    if not evaluation.shorter_leg:
        return _("No difference (%(method)s)") % said
    shorter = (
        _("Left leg shorter by %(size)s mm (%(method)s)")
        if evaluation.shorter_leg == Foot.LEFT
        else _("Right leg shorter by %(size)s mm (%(method)s)")
    )
    return shorter % said
