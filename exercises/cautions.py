"""Which of a patient's flags speak against an exercise, and what follows. Pure; the catalogue's and the flags' data decide.

Nothing is taken out of a plan by this: a block is refused with its reason, everything else is for the practitioner.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _

from exercises import kit
from patients.cautions import Effect, Flag, Tell, flags

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


@dataclass(frozen=True, slots=True)
class Line:
    """One exercise of a plan, written or sent. ``note``: what the patient reads about how it is made safe."""

    slug: str
    name: str
    content: Described
    kit: str = ""
    note: str = ""

    @property
    def kit_name(self) -> str:
        return kit.name(self.kit)


@dataclass(frozen=True, slots=True)
class Concern:
    """What one flag does to some exercises of a plan."""

    flag: Flag
    effect: Effect
    lines: tuple[Line, ...]

    @property
    def slugs(self) -> list[str]:
        return [line.slug for line in self.lines]

    @property
    def names(self) -> str:
        return ", ".join(line.name for line in self.lines)

    @property
    def without_note(self) -> list[Line]:
        """Those for which the patient has to read how it is made safe, and does not."""
        return [line for line in self.lines if not line.note] if self.flag.needs_note else []


def concerns(lines: Iterable[Line], present: frozenset[str]) -> list[Concern]:
    """All that speaks against these exercises: by flag and effect, strongest first, exercises in their order."""
    found: dict[tuple[Effect, str], list[Line]] = {}
    for line in lines:
        for one in met(line.content, present, line.kit):
            found.setdefault((one.effect, one.flag.key), []).append(line)
    in_order = sorted(found, key=lambda key: (-ORDER.index(key[0]), list(flags()).index(key[1])))
    return [Concern(flags()[key], effect, tuple(found[effect, key])) for effect, key in in_order]


def unanswered(found: Iterable[Concern], reasons: Mapping[str, Collection[str]]) -> list[Concern]:
    """Blocks, and what asks for a reason as far as none was given. ``reasons``: slugs for which, by flag."""
    left = []
    for concern in found:
        if concern.effect is Effect.INFORM:
            continue
        given = set(reasons.get(concern.flag.key, ())) if concern.effect is Effect.CONFIRM else set()
        if lines := tuple(line for line in concern.lines if line.slug not in given):
            left.append(Concern(concern.flag, concern.effect, lines))
    return left


def told(content: Described, present: frozenset[str], chosen_kit: str = "") -> list[str]:
    """The sentences that the patient reads beside an exercise."""
    always = {key for key, flag in flags().items() if flag.tell is Tell.ALWAYS}
    return [
        _(one.flag.say)
        for one in met(content, present | always, chosen_kit)
        if one.flag.tell is not Tell.NEVER
    ]


def blocked_words(concern: Concern) -> str:
    message = _("Not with “%(flag)s”: %(exercises)s. %(say)s")
    return message % {"flag": concern.flag.label, "exercises": concern.names, "say": concern.flag.say}


def anew_words(why: str) -> str:
    """A running programme takes no note any more."""
    return _("%(why)s Assign a new programme with the note, and end this one.") % {"why": why}


def note_words(concern: Concern) -> str:
    message = _("“%(flag)s”: write a note for the patient at %(exercises)s. %(say)s")
    names = ", ".join(line.name for line in concern.without_note)
    return message % {"flag": concern.flag.label, "exercises": names, "say": concern.flag.say}
