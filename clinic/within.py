"""Whose rows the database shows to what runs now: the second lock, behind ``visible_to`` (docs/row-level-security.md).

Policies on the tables compare a row's clinic, and where it has one its patient, with a setting of the transaction. This
module knows what that setting should say; ``clinic.postgres`` sends it along with the statements. Until somebody says
otherwise it says nothing, and then no row of a clinic is shown.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from clinic.actors import Actor, Kind

Row = TypeVar("Row", bound=Model)
NOTHING = ""
_NOT_OF_A_NAME = re.compile(r"[^a-z0-9_.]+")
_now: ContextVar[str] = ContextVar("within", default=NOTHING)


def current() -> str:
    """What the setting should say: "clinic/patient/job", of which most are empty; empty as a whole: nobody is known."""
    return _now.get()


def reach(actor: Actor | None) -> str:
    """Of staff their clinic, of a patient the own rows, of the system every clinic."""
    if actor is None:
        return NOTHING
    if actor.kind == Kind.SYSTEM:
        return of_job(actor.label)
    return f"{actor.clinic_id or ''}/{actor.patient_id or ''}/"


def of_job(name: str) -> str:
    """Every clinic's rows, for what runs as the system under this name."""
    return f"//{_NOT_OF_A_NAME.sub('_', name.lower())[:60] or 'system'}"


def enter(actor: Actor | None) -> None:
    """From here to the end of the request."""
    _now.set(reach(actor))


def enter_every_clinic(job: str) -> None:
    """From here to the end of the request."""
    _now.set(of_job(job))


@contextmanager
def nothing() -> Iterator[None]:
    """No clinic's rows, until somebody enters. Whatever was entered ends with it."""
    token = _now.set(NOTHING)
    try:
        yield
    finally:
        _now.reset(token)


@contextmanager
def actors(actor: Actor | None) -> Iterator[None]:
    token = _now.set(reach(actor))
    try:
        yield
    finally:
        _now.reset(token)


@contextmanager
def every_clinic(job: str) -> Iterator[None]:
    """For what runs as the system, or has yet to find out whom a secret belongs to. Also a decorator."""
    token = _now.set(of_job(job))
    try:
        yield
    finally:
        _now.reset(token)


def made_with(rows: "QuerySet[Row]", key: Any) -> Row | None:
    """What a form made that comes again, whoever's it is: such keys come from browsers, and whoever asks refuses what is
    somebody else's. Without this a stranger's key would only show when the row is written."""
    with every_clinic("keys_of_forms"):
        return rows.filter(pk=key).first()
