"""Arithmetic of the biomechanical evaluation: totals, published bands, and which changes say anything.

Nothing here judges. A band is the name that a publication gives to a total; a change is marked only where it is larger
than what the same rater gets from the same foot twice. Clinical facts, section 3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinic.text import signed

FPI_ITEM_COUNT: Final = 6
MINUS: Final = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Band:
    """Totals from ``low`` to ``high``, both included."""

    key: str
    label: Promise
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class BandTable:
    """A change of the cut points is a new version, so that it can be said by which one a total was read."""

    version: int
    source: str  # key in the clinical facts, section 11
    bands: tuple[Band, ...]

    def band_of(self, total: int) -> Band:
        return next(band for band in self.bands if band.low <= total <= band.high)


FPI_BANDS: Final = {
    1: BandTable(
        version=1,
        source="fpi-bands",
        bands=(
            Band("highly_supinated", gettext_lazy("highly supinated"), -12, -5),
            Band("supinated", gettext_lazy("supinated"), -4, -1),
            Band("neutral", gettext_lazy("neutral"), 0, 5),
            Band("pronated", gettext_lazy("pronated"), 6, 9),
            Band("highly_pronated", gettext_lazy("highly pronated"), 10, 12),
        ),
    ),
}
FPI_BANDS_NOW: Final = FPI_BANDS[max(FPI_BANDS)]

# The smallest change that is more than noise. Heel raises: limits of agreement of 6 either way (heelraise). No other
# measure has a published figure here, so no change of theirs is ever marked.
NOISE: Final[Mapping[str, int]] = {"heel_raises": 7}


def fpi_total(items: Sequence[int | None]) -> int | None:
    """None unless all six items are scored: a part of the sum would read like a sum."""
    scored = [item for item in items if item is not None]
    return sum(scored) if len(scored) == len(items) == FPI_ITEM_COUNT else None


def fpi_in_words(items: Sequence[int | None]) -> str:
    total = fpi_total(items)
    if total is None:
        scored = sum(item is not None for item in items)
        return ngettext(
            "No total: %(scored)d of 6 items is scored.",
            "No total: %(scored)d of 6 items are scored.",
            scored,
        ) % {"scored": scored}
    return _(
        "FPI-6 total %(total)s. Published band: %(band)s. This describes posture; it is not a diagnosis."
    ) % {"total": signed(total), "band": FPI_BANDS_NOW.band_of(total).label}


@dataclass(frozen=True, slots=True)
class Reading:
    """One number of one measure. ``kind``: the unit or index where a measure knows several."""

    value: int | Decimal
    kind: str = ""


def heel_angle(size: Decimal, direction: str) -> Decimal:
    """Everted counts up, inverted down: for calculation only. Sign conventions differ, so the sign is never shown."""
    return -size if direction == "inverted" else size


def comparable(before: Reading | None, now: Reading | None) -> bool:
    """Centimetres do not compare with degrees, nor one arch index with the other; nothing is converted."""
    return before is not None and now is not None and before.kind == now.kind


def changed_beyond_noise(measure: str, before: Reading | None, now: Reading | None) -> bool:
    least = NOISE.get(measure)
    if least is None or before is None or now is None or not comparable(before, now):
        return False
    return abs(Decimal(now.value) - Decimal(before.value)) >= least
