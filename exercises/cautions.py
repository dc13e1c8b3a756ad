"""Which of a patient's flags speak against an exercise, and what follows. Pure; the catalogue's and the flags' data decide.

Nothing is taken out of a plan by this: a block is refused with its reason, everything else is for the practitioner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _

from exercises import kit
from patients.cautions import Effect, Flag, flags

ORDER = list(Effect)  # weakest first
LYING = frozenset({"lying_back"})
FOOT_WORK = frozenset({"foot", "lower_leg"})


class Described(Protocol):
    """The columns of an exercise's content that cautions ask about."""

    @property
    def cautions(self) -> Sequence[str]: ...
    @property
    def equipment(self) -> Sequence[str]: ...
    @property
    def kit_options(self) -> Sequence[str]: ...
    @property
    def barefoot(self) -> bool: ...
    @property
    def body_part(self) -> str: ...
    @property
    def position(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Met:
    """One flag that an exercise meets, with the strongest effect that applies."""

    flag: Flag
    effect: Effect


def named(content: Described, chosen_kit: str = "") -> frozenset[str]:
    """The flags that the exercise itself and the things it is done with name."""
    things = [*content.equipment, *([chosen_kit] if chosen_kit else [])]
    return frozenset(content.cautions) | kit.cautions_of(things)


def in_words(content: Described) -> list[str]:
    """By their labels: those of the exercise first, then those that come with a thing, which names itself."""
    known = flags()

    def label(key: str) -> str:
        return known[key].label if key in known else key.replace("_", " ")

    found = [label(key) for key in content.cautions]
    for thing in [*content.equipment, *content.kit_options]:
        brought = sorted(label(key) for key in kit.cautions_of([thing]))
        if brought:
            found.append(
                _("With %(thing)s: %(cautions)s") % {"thing": kit.name(thing), "cautions": ", ".join(brought)}
            )
    return found


def groups(content: Described) -> frozenset[str]:
    belongs = {
        "barefoot": content.barefoot,
        "foot_work": content.body_part in FOOT_WORK,
        "lying": content.position in LYING,
    }
    return frozenset(group for group, yes in belongs.items() if yes)


def met(content: Described, present: frozenset[str], chosen_kit: str = "") -> list[Met]:
    """Strongest first. ``present``: the patient's flags, see ``patients.cautions.flags_of``."""
    own, belongs = named(content, chosen_kit), groups(content)
    found = []
    for key in sorted(present & flags().keys()):
        flag = flags()[key]
        effects = [flag.effect] if key in own else []
        effects += [effect for group, effect in flag.also.items() if group in belongs]
        if effects:
            found.append(Met(flag, max(effects, key=ORDER.index)))
    return sorted(found, key=lambda one: -ORDER.index(one.effect))
