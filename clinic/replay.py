"""Decisions that a restored backup would forget, and that must hold nevertheless: who wants no e-mail any more.

Each is a line in the log stream when it is committed, {"message": "replay", "kind": …, "key": …}, with ids and hashes only.
The stream leaves the machine, so it outlives the database. After a restore ``apply`` does again what the lines say
(manage.py after_restore --replay). Of the lines about one thing the last one counts: "reminders.allowed" undoes
"reminders.stopped" by being later, and is not done again itself: consent is never taken from a log.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from clinic.actors import Actor

log = logging.getLogger("clinic.replay")

MESSAGE = "replay"
Replay = Callable[[Actor, str, datetime], bool]


def note(kind: str, key: UUID | int | str) -> None:
    """``kind``: what it is about, a dot, what became of it. ``key``: an id, or a hash of what is personal."""
    transaction.on_commit(lambda: log.info(MESSAGE, extra={"kind": kind, "key": str(key)}))


def last_words(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Kind and key, once for each thing, in the order of the stream. Other lines of the stream may stand between."""
    found: dict[tuple[str, str], str] = {}
    for line in lines:
        entry = _entry(line)
        if entry.get("message") == MESSAGE and isinstance(entry.get("key"), str):
            about = str(entry.get("kind", "")).partition(".")[0]
            found.pop((about, entry["key"]), None)
            found[about, entry["key"]] = str(entry["kind"])
    return [(kind, key) for (_about, key), kind in found.items()]


def _entry(line: str) -> dict[str, str]:
    """Whatever a log collector puts before the line."""
    _before, brace, rest = line.partition("{")
    try:
        entry = json.loads(brace + rest)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def apply(lines: Iterable[str], *, actor: Actor, now: datetime) -> Counter[str]:
    """Do again what the lines say and the database does not know; how many of each kind were done."""
    done: Counter[str] = Counter()
    for kind, key in last_words(lines):
        if path := settings.REPLAYS.get(kind):
            again: Replay = import_string(path)
            done[kind] += again(actor, key, now)
    return done
