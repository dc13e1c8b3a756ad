"""A patient with a row of every model that the registry names, and what leaves of them."""

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client
from pytest_django import DjangoDbBlocker

from clinic import audit
from clinic.actors import Actor
from clinic.models import User
from clinic.roles import Role
from exercises import actions, reminders
from exercises.models import Alert, Exercise
from exercises.rights.copies import Copy, clinic_copy
from patients import actions as patient_actions
from patients.models import (
    ChangeRating,
    Erasure,
    FindingType,
    ImportRow,
    Opening,
    Patient,
    Purpose,
    RaisedFlag,
    Restriction,
)
from tests import factories
from tests.exercises.wishes_world import choose, make_carer
from tests.factories import NOON
from tests.message_factories import make_message
from tests.patients.import_world import make_import
from tests.record_world import make_rich
from tests.shared_world import rows_of_the_module

CANARY = "Zanzibar"
APPS = {"clinic", "patients", "exercises"}
LATER = NOON + timedelta(days=1)


@pytest.fixture(scope="module")
def priya(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[User]:
    """With one patient of whom everything is stored, and another of the same clinic."""
    with rows_of_the_module(django_db_blocker):
        with django_db_blocker.unblock():
            clinic = factories.make_clinic()
            made = factories.make_staff(clinic, Role.PRACTITIONER, "Priya Nair")
            make_whole(made, factories.make_finding_type(), factories.make_exercise())
            other = factories.make_patient(made, CANARY, "Adler")
            factories.make_finding(made, other)
        yield made


@pytest.fixture(scope="module")
def copy(priya: User, django_db_blocker: DjangoDbBlocker) -> Copy:
    """Of that record, as the clinic would hand it over; nobody changes it."""
    with django_db_blocker.unblock():
        patient = Patient.objects.select_related("clinic").get(reference="RP-7")
        return clinic_copy(Actor.staff(priya), patient, NOON)


@pytest.fixture
def patient(priya: User) -> Patient:
    return Patient.objects.select_related("clinic").get(reference="RP-7")


def make_whole(priya: User, kind: FindingType, exercise: Exercise) -> Patient:
    """As ``make_rich`` has it, with amended rows, keys, wishes, a carer, a line of a list and a record merged into it."""
    patient = factories.make_patient(priya, language="de", reference="RP-7")
    actor, mine = Actor.staff(priya), Actor.patient(patient)
    finding = make_rich(priya, patient, kind, exercise)
    entry = patient_actions.FindingEntry.of(finding).but(severity="mild", note="Worse on stairs.")
    patient_actions.amend_finding(
        actor=actor, finding=finding, entry=entry, version=1, reason="Said so later.", now=LATER
    )
    for flag in RaisedFlag.objects.undecided().filter(
        patient=patient
    ):  # while one waits, nothing is assigned
        factories.make_decision(priya, flag)
    routine = factories.make_routine(priya, [exercise])
    factories.make_programme(priya, patient, [exercise], routine=routine)
    reminders.replan_patient(patient, NOON)
    choose(patient, weekdays=[1, 3])
    actions.make_feed(actor=mine, patient=patient, now=NOON)
    make_carer(patient)
    factories.make_code(priya, patient, now=NOON)
    factories.open_device(Client(), patient, now=NOON)
    patient_actions.ask_code(
        actor=mine,
        patient=patient,
        purpose=Purpose.STEP_UP,
        browser_secret="browser",
        now=NOON,
    )
    make_message(priya, patient)
    alert = Alert.objects.get(patient=patient)
    actions.note_call(actor=actor, alert=alert, seen_count=alert.count, text="Called.", now=NOON)
    other = factories.make_patient(priya, "Margaret", "Hale-Double", email="m.hale@patients.example")
    actions.merge_patients(actor=actor, kept=patient, duplicate=other, now=NOON, reason="Registered twice.")
    listed = make_import(priya)
    ImportRow.objects.create(
        id=patient.pk,
        patient=patient,
        clinic=patient.clinic,
        patient_import=listed,
        number=9,
        cells=["Margaret", "Hale", "1956-03-14"],
        state="written",
    )
    _closed_once(priya, patient)
    rating = ChangeRating.objects.get(patient=patient)
    patient_actions.enter_outcome_in_error(actor=actor, outcome=rating)
    return patient


def _closed_once(priya: User, patient: Patient) -> None:
    """Restricted, opened and lifted; and erased, on paper."""
    closed = Restriction.objects.create(
        clinic=patient.clinic,
        patient=patient,
        reason="A neighbour works here.",
        restricted_by=priya,
        restricted_at=NOON,
        lifted_by=priya,
        lifted_at=LATER,
        lift_reason="The neighbour left.",
    )
    opening = Opening.objects.create(
        clinic=patient.clinic,
        patient=patient,
        restriction=closed,
        opened_by=priya,
        reason="Called with strong pain.",
        opened_at=NOON,
        ends_at=NOON + timedelta(minutes=30),
    )
    erasure = Erasure.objects.create(
        clinic=patient.clinic,
        patient=patient,
        reason="Asked for in writing.",
        erased_by=priya,
        erased_at=NOON,
    )
    for verb, row in (
        ("restriction.set", closed),
        ("restriction.opened", opening),
        ("erasure.done", erasure),
    ):
        audit.record(Actor.staff(priya), verb, row)


def reachable(start: type[Model]) -> set[type[Model]]:
    """Every model with a chain of foreign keys that ends at a patient's row, kept states among them."""
    ours = [model for model in apps.get_models() if model._meta.app_label in APPS]
    found: set[type[Model]] = {start}
    while True:
        more = {
            model
            for model in ours
            if model not in found
            and any(
                field.related_model in found for field in model._meta.concrete_fields if field.remote_field
            )
        }
        if not more:
            return found
        found |= more


def unzipped(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name).decode() for name in packed.namelist()}


def every_key(value: Any) -> set[str]:
    """Names of all members, however deep."""
    if isinstance(value, dict):
        return set(value) | {key for one in value.values() for key in every_key(one)}
    if isinstance(value, list):
        return {key for one in value for key in every_key(one)}
    return set()
