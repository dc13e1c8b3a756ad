"""What goes when a record is deleted whose time is over: one list, the registry's, for the preview and for the deed.

What reaches the patient goes as when somebody is erased (erasing.py), then every row that speaks of the patient, with its
kept states, and the patient. The audit stays for a year more.
"""

from collections.abc import Iterator
from typing import Any

import pgtrigger
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.text import capfirst

from exercises import erasing
from exercises.erasing import Keys, Part
from exercises.rights.registry import DECLARED, Declared, Erasure
from patients.models import ImportRow, Patient


def goes(keys: Keys) -> list[Part]:
    """How many rows of each kind there are, kinds of which there is nothing left out. A few queries, however many records."""
    counted = erasing.count([(one.label, _rows(one, keys)) for one in _record()])
    named = [(capfirst(str(one.model._meta.verbose_name_plural)), counted[one.label]) for one in _record()]
    return [Part(label, count) for label, count in named if count] + erasing.goes(keys)


def remove(keys: Keys) -> dict[str, int]:
    """Delete them; how many rows of each kind went. The caller holds the patients, and has set down that they may go: else
    the database refuses."""
    gone = erasing.remove(keys)
    ImportRow.objects.filter(alike__in=keys).update(alike=None)  # somebody else's line that named this record
    kept_states = [f"{one.history._meta.label}:append_only" for one in _record() if one.history]
    with pgtrigger.ignore(*kept_states):
        for one in _record():
            rows = _rows(one, keys)
            if one.history:
                states = one.history._base_manager.filter(pgh_obj__in=rows.values("pk"))
                _note(gone, one.history._meta.label, states._raw_delete(states.db))
            _note(gone, one.label, rows._raw_delete(rows.db))
    connection.check_constraints()  # what still names one of them is found here, and not at the commit
    return gone


def _note(gone: dict[str, int], label: str, rows: int) -> None:
    if rows:
        gone[label] = rows


def _record() -> Iterator[Declared]:
    """Parts before what they belong to, and the patient last."""
    kept = [one for one in DECLARED if one.erasure is Erasure.WITH_THE_RECORD]
    yield from (one for one in kept if any("__" in column for column in one.of))
    yield from (one for one in kept if one.model is not Patient and not any("__" in of for of in one.of))
    yield from (one for one in kept if one.model is Patient)


def _rows(one: Declared, keys: Keys) -> QuerySet[Any]:
    speaks = Q()
    for column in one.of:
        speaks |= Q(**{f"{column}__in": keys})
    return one.model._base_manager.filter(speaks)
