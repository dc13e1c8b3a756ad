"""Whether an exercise is set for the foot that no finding names. Pure: it warns, and changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exercises.doses import Limb, Side

OTHER = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}


@dataclass(frozen=True, slots=True)
class Recorded:
    """A finding that the exercise is tagged for. ``side``: as findings have it, so also bilateral or unknown."""

    label: str
    side: str


def contrary(side: Side | None, recorded: Sequence[Recorded]) -> bool:
    """One foot is set, and every finding that the exercise is tagged for is on the other. One that is on both, has no
    side or an unknown one speaks for either foot."""
    other = OTHER.get(side) if side else None
    return other is not None and bool(recorded) and all(one.side == other for one in recorded)


def warning(side: Side | None, limb: Limb, recorded: Sequence[Recorded]) -> str:
    """A whole sentence; empty when nothing is contrary."""
    if side is None or not contrary(side, recorded):
        return ""
    labels = list(dict.fromkeys(one.label for one in recorded))
    phrase = _set_left(limb, len(labels)) if side is Side.LEFT else _set_right(limb, len(labels))
    return phrase % {"findings": get_text_list(labels, _("and"))}


def _set_left(limb: Limb, number: int) -> str:
    if limb is Limb.LEG:
        return ngettext(
            "%(findings)s is recorded on the right; this exercise is set for the left leg.",
            "%(findings)s are recorded on the right; this exercise is set for the left leg.",
            number,
        )
    if limb is Limb.TRUNK:
        return ngettext(
            "%(findings)s is recorded on the right; this exercise is set for the left side.",
            "%(findings)s are recorded on the right; this exercise is set for the left side.",
            number,
        )
    return ngettext(
        "%(findings)s is recorded on the right; this exercise is set for the left foot.",
        "%(findings)s are recorded on the right; this exercise is set for the left foot.",
        number,
    )


def _set_right(limb: Limb, number: int) -> str:
    if limb is Limb.LEG:
        return ngettext(
            "%(findings)s is recorded on the left; this exercise is set for the right leg.",
            "%(findings)s are recorded on the left; this exercise is set for the right leg.",
            number,
        )
    if limb is Limb.TRUNK:
        return ngettext(
            "%(findings)s is recorded on the left; this exercise is set for the right side.",
            "%(findings)s are recorded on the left; this exercise is set for the right side.",
            number,
        )
    return ngettext(
        "%(findings)s is recorded on the left; this exercise is set for the right foot.",
        "%(findings)s are recorded on the left; this exercise is set for the right foot.",
        number,
    )
