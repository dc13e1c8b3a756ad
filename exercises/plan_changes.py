"""What is new in a plan since somebody last looked at it, in whole sentences. Pure: two snapshots in, sentences out.

A snapshot is what JSON holds. Keys and numbers are compared, never words, so that another language is no change.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NotRequired, TypedDict

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exercises import doses, kit
from exercises.doses import Dose, Limb, Range, Side

OFTEN = ("times_per_day", "days_per_week", "every_n_days")


class ProgrammeShot(TypedDict):
    id: str
    name: str
    starts_on: str
    ends_on: str


class ItemShot(TypedDict):
    id: str
    exercise: str
    version: str
    name: str
    programme: str
    dose: dict[str, Any]  # the columns of a dose that are stated, and how often
    side: str
    limb: str
    kit: str
    note: str


class SupportShot(TypedDict):
    id: str
    what: str
    hours: int | None
    advice: list[str]


class Shot(TypedDict):
    """``supports`` None: nobody looked at them, so nothing is known to have changed."""

    programmes: list[ProgrammeShot]
    items: list[ItemShot]
    supports: list[SupportShot] | None
    digest: NotRequired[str]


def sealed(shot: Shot) -> Shot:
    """With a digest of all that would be told as a change: equal digests, nothing new."""
    told: dict[str, Any] = {
        "programmes": [[one["id"], one["starts_on"], one["ends_on"]] for one in shot["programmes"]],
        "items": [[value for key, value in one.items() if key != "name"] for one in shot["items"]],
        "supports": shot["supports"]
        and [[one["id"], one["hours"], one["advice"]] for one in shot["supports"]],
    }
    text = json.dumps(told, sort_keys=True)
    return {**shot, "digest": hashlib.sha256(text.encode()).hexdigest()[:16]}


def changes(before: Shot, after: Shot, today: date) -> list[str]:
    """Empty when a reader would notice nothing."""
    pairs, gone, new = paired(before["items"], after["items"])
    return [
        *[_("New: %(what)s.") % {"what": one["name"]} for one in new],
        *_starts(before, after, today),
        *[sentence for earlier, now in pairs for sentence in _of_item(earlier, now)],
        *_ends(before, after),
        *[_("Not in your plan any more: %(what)s.") % {"what": one["name"]} for one in gone],
        *_of_supports(before["supports"], after["supports"]),
    ]


def paired(
    before: Sequence[ItemShot], after: Sequence[ItemShot]
) -> tuple[list[tuple[ItemShot, ItemShot]], list[ItemShot], list[ItemShot]]:
    """Lines that go on, as (before, now); those that are gone; new ones. The same exercise in the next programme goes on."""
    found: dict[str, ItemShot] = {}
    left = list(before)
    alike: list[Callable[[ItemShot], object]] = [
        lambda one: (one["id"], one["exercise"]),
        lambda one: (one["exercise"], one["side"]),
        lambda one: one["exercise"],
    ]
    for key in alike:
        for now in after:
            same = [one for one in left if key(one) == key(now)]
            if now["id"] not in found and same:
                found[now["id"]] = same[0]
                left.remove(same[0])
    pairs = [(found[now["id"]], now) for now in after if now["id"] in found]
    return pairs, left, [now for now in after if now["id"] not in found]


def _of_item(before: ItemShot, now: ItemShot) -> list[str]:
    if before == now:  # nearly always
        return []
    name, sentences = now["name"], []
    if before["version"] != now["version"]:
        sentences.append(_("%(what)s: the steps are new. Please read them again.") % {"what": name})
    earlier, later = aspects_of(before), aspects_of(now)
    for aspect in later:
        if earlier[aspect] == later[aspect]:
            continue
        if aspect == "hold" and earlier[aspect] and later[aspect]:
            sentences.append(_hold(name, _dose(before).hold, _dose(now).hold))
        else:
            sentences.append(_said(name, earlier[aspect], later[aspect]))
    if before["note"] != now["note"]:
        sentences.append(_note(name, before["note"], now["note"]))
    return sentences


def _hold(name: str, before: Range | None, now: Range | None) -> str:
    sentence = ngettext(
        "%(what)s: hold %(now)s second, before it was %(before)s.",
        "%(what)s: hold %(now)s seconds, before it was %(before)s.",
        now.high if now else 0,
    )
    return sentence % {"what": name, "now": now, "before": before}


def _said(name: str, before: str, now: str) -> str:
    words = {"what": name, "now": now, "before": before}
    if not before:
        return _("%(what)s: new is “%(now)s”.") % words
    if not now:
        return _("%(what)s: “%(before)s” does not count any more.") % words
    return _("%(what)s: %(now)s. Before, it was: %(before)s.") % words


def _note(name: str, before: str, now: str) -> str:
    if now:
        return _("%(what)s: your practitioner wrote: “%(note)s”") % {"what": name, "note": now}
    return _("%(what)s: “%(before)s” does not count any more.") % {"what": name, "before": before}


def aspects_of(item: ItemShot) -> dict[str, str]:
    return doses.aspects(_dose(item)) | {"kit": kit.name(item["kit"]) if item["kit"] else ""}


def _dose(item: ItemShot) -> Dose:
    stated = item["dose"]
    return Dose(
        sets=_range(stated, "sets"),
        sets_open=stated.get("sets_open", False),
        repetitions=_range(stated, "reps"),
        hold=_range(stated, "hold_s"),
        duration=_range(stated, "duration_s"),
        tempo_up=stated.get("tempo_up_s"),
        tempo_down=stated.get("tempo_down_s"),
        rest=stated.get("rest_s"),
        load=stated.get("load_note", ""),
        side=Side(item["side"]),
        limb=Limb(item["limb"]),
        times_per_day=stated.get("times_per_day"),
        days_per_week=stated.get("days_per_week"),
        every_n_days=stated.get("every_n_days"),
        cue=stated.get("cue", ""),
    )


def _range(stated: Mapping[str, Any], name: str) -> Range | None:
    return Range.of(stated.get(f"{name}_min"), stated.get(f"{name}_max"))


def _starts(before: Shot, after: Shot, today: date) -> list[str]:
    known = {one["id"] for one in before["programmes"]}
    days = {
        one["starts_on"]
        for one in after["programmes"]
        if one["id"] not in known and one["starts_on"] > today.isoformat()
    }
    return [_("New exercises start on %(day)s.") % {"day": _day(one)} for one in sorted(days)]


def _ends(before: Shot, after: Shot) -> list[str]:
    known = {one["id"]: one["ends_on"] for one in before["programmes"]}
    return [
        _("%(what)s: the last day is %(now)s, before it was %(before)s.")
        % {"what": one["name"], "now": _day(one["ends_on"]), "before": _day(known[one["id"]])}
        for one in after["programmes"]
        if known.get(one["id"], one["ends_on"]) != one["ends_on"]
    ]


def _of_supports(before: list[SupportShot] | None, after: list[SupportShot] | None) -> list[str]:
    if before is None or after is None:
        return []
    earlier, now_known = {one["id"]: one for one in before}, {one["id"] for one in after}
    sentences = []
    for now in after:
        old = earlier.get(now["id"])
        if old is None:
            sentences.append(_("New to wear: %(what)s.") % {"what": now["what"]})
        elif (old["hours"], old["advice"]) != (now["hours"], now["advice"]):
            sentences.append(_("%(what)s: the advice is new. Please read it again.") % {"what": now["what"]})
    gone = [one for one in before if one["id"] not in now_known]
    return sentences + [_("Not in your plan any more: %(what)s.") % {"what": one["what"]} for one in gone]


def _day(value: str) -> str:
    return date_format(date.fromisoformat(value), "j F Y")
