"""The patients of these tests, made by the product's own actions in a database of their own.

Everybody's reminder was due two minutes ago, in a zone where it is about noon, and their plan's letter waits too. A few
have theirs in an hour and a half: mail to them would be early.
"""

import copy
import json
import sys
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from clinic import clock
from clinic.models import Clinic, OutgoingEmail, User
from clinic.roles import Role
from exercises.models import Exercise, Programme, ProgrammeItem, Reminder
from patients.models import Patient
from tests import factories

SMALL, LATER = 30, 4
CLINICS, PATIENTS = 50, 40  # of the large one
ZONES = [f"Etc/GMT{offset:+d}" for offset in range(-12, 13)]
BEFORE, AFTER = timedelta(minutes=2), timedelta(minutes=90)


@dataclass(frozen=True)
class World:
    """What a browser needs to know."""

    staff: str  # session of a practitioner
    patient: str
    programme: str
    zone: str


def main(size: str) -> None:
    """In a process of its own, which prints the world as one line of JSON."""
    sys.stdout.write(json.dumps(asdict(build(size))) + "\n")


def build(size: str) -> World:
    now = clock.now()
    zone = daytime(now)
    clinic = factories.make_clinic(time_zone=zone)
    priya = factories.make_staff(clinic, Role.PRACTITIONER, "Priya Nair")
    curls = factories.make_exercise()
    first = assign(priya, curls, "Hale", now - BEFORE, now)
    if size == "large":
        multiply(first)
    else:
        for number in range(1, SMALL):
            assign(priya, curls, f"Hale{number}", now - BEFORE, now)
        for number in range(LATER):
            assign(priya, curls, f"Later{number}", now + AFTER, now)
    return World(session(priya), str(first.patient_id), str(first.pk), zone)


def daytime(now: datetime) -> str:
    """A zone in which it is about noon."""
    return min(ZONES, key=lambda zone: abs(now.astimezone(ZoneInfo(zone)).hour - 12))


def assign(priya: User, curls: Exercise, name: str, at: datetime, now: datetime) -> Programme:
    zone, yesterday = daytime(now), now - timedelta(days=1)
    patient = factories.make_patient(
        priya, "Margaret", name, email=f"{name}@patients.example".lower(), time_zone=zone, now=yesterday
    )
    return factories.make_programme(
        priya,
        patient,
        [curls],
        now=yesterday,
        starts_on=patient.local_day(yesterday),
        reminder_time=at.astimezone(ZoneInfo(zone)).time().replace(microsecond=0),
    )


def multiply(first: Programme) -> None:
    """Copies of what the actions wrote for one patient, in fifty clinics; the letters of their plans went long ago."""
    item, home = first.items.get(), first.clinic
    reminders = list(Reminder.objects.filter(programme=first))
    clinics = [home, *(_like(home, name=f"Clinic {number}") for number in range(1, CLINICS))]
    people, plans, items, rows = [], [], [], []
    for number in range(1, CLINICS * PATIENTS):
        clinic = clinics[number // PATIENTS]
        own = {"email": f"hale{number}@patients.example", "reference": f"RV-{number:06}"}
        people.append(_like(first.patient, clinic=clinic, practitioner=None, **own))
        plans.append(_like(first, clinic=clinic, patient=people[-1]))
        items.append(_like(item, clinic=clinic, programme=plans[-1]))
        rows += [_like(row, clinic=clinic, programme=plans[-1]) for row in reminders]
    Clinic.objects.bulk_create(clinics[1:])
    Patient.objects.bulk_create(people)
    Programme.objects.bulk_create(plans)
    ProgrammeItem.objects.bulk_create(items)
    Reminder.objects.bulk_create(rows)
    OutgoingEmail.objects.update(state="cancelled", reason="Before this test.")


def _like(row: Any, **changes: object) -> Any:
    """A row of its own with the same values but for the changes of fields that this kind of row has."""
    twin = copy.copy(row)
    twin._state = copy.copy(row._state)
    twin._state.adding = True
    twin.pk = uuid4() if row._meta.pk.get_internal_type() == "UUIDField" else None
    for field in row._meta.concrete_fields:
        if field.name in changes:
            setattr(twin, field.name, changes[field.name])
    return twin


def session(staff: User) -> str:
    Authenticator.objects.create(
        user=staff, type=Authenticator.Type.TOTP, data={"secret": "of nobody's phone"}
    )
    store = SessionStore()
    store[SESSION_KEY] = str(staff.pk)
    (store[BACKEND_SESSION_KEY],) = settings.AUTHENTICATION_BACKENDS
    store[HASH_SESSION_KEY] = staff.get_session_auth_hash()
    store.create()
    return str(store.session_key)
