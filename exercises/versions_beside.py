"""Two versions of one programme beside each other, for staff. Pure: see ``plan_changes``, which tells the patient."""

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from exercises.plan_changes import ItemShot, ProgrammeShot, Shot, aspects_of, paired


@dataclass(frozen=True, slots=True)
class Row:
    """One exercise in two states of a programme; None where it is not in that state."""

    name: str
    before: list[str] | None
    now: list[str] | None

    @property
    def differs(self) -> bool:
        return self.before != self.now

    @property
    def left(self) -> list[tuple[str, bool]]:
        """What stood, and whether it is another by now."""
        return [(words, words not in (self.now or [])) for words in self.before or []]

    @property
    def right(self) -> list[tuple[str, bool]]:
        return [(words, words not in (self.before or [])) for words in self.now or []]


def side_by_side(before: Shot, after: Shot) -> list[Row]:
    """Of shots of one programme; in the order of the later state, what is gone comes last."""
    pairs, gone, _new = paired(before["items"], after["items"])
    earlier = {now["id"]: old for old, now in pairs}
    rows = [Row(now["name"], _described(earlier.get(now["id"])), _described(now)) for now in after["items"]]
    rows += [Row(old["name"], _described(old), None) for old in gone]
    return [*_facts(before["programmes"][0], after["programmes"][0]), *rows]


def _facts(before: ProgrammeShot, after: ProgrammeShot) -> list[Row]:
    return [
        Row(_("Name"), [before["name"]], [after["name"]]),
        Row(_("Last day"), [_day(before)], [_day(after)]),
    ]


def _described(item: ItemShot | None) -> list[str] | None:
    if item is None:
        return None
    said = [*aspects_of(item).values(), item["note"] and _("Note: %(note)s") % {"note": item["note"]}]
    return [words for words in said if words]


def _day(programme: ProgrammeShot) -> str:
    return date_format(date.fromisoformat(programme["ends_on"]), "j F Y")
