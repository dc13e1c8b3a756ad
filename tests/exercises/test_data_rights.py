"""The registry of what is stored about a patient: complete, and true to the database."""

import pytest
from django.apps import apps
from django.db import models

from clinic import trail
from clinic.models import AuditEntry
from exercises import fhir
from exercises.rights.clinic_rows import NOT_EXPORTED, TABLES
from exercises.rights.registry import BY_LABEL, DECLARED, Declared, Erasure, Retention
from patients.models import Finding, Patient
from tests.rights_world import APPS, reachable

SECRETS = ("hash", "secret", "token", "locator", "password")
# No foreign key leads to them; each says how it is found.
BY_ANOTHER_WAY = {"clinic.OutgoingEmail", "clinic.AuditEntry"}


def undeclared(declared: tuple[Declared, ...]) -> set[str]:
    """Models that can be reached from a patient, but for kept states, which follow their row."""
    known = {one.model for one in declared} | {one.history for one in declared}
    return {model._meta.label for model in reachable(Patient) if model not in known}


@pytest.mark.hazard("HZ-11")
def test_every_model_that_can_be_reached_from_a_patient_is_declared() -> None:
    assert undeclared(DECLARED) == set()
    labels = {model._meta.label for model in reachable(Patient)}
    assert {one.label for one in DECLARED} - labels == BY_ANOTHER_WAY
    assert len(labels) > 45


def test_a_model_that_nobody_declared_is_found() -> None:
    found = undeclared(tuple(one for one in DECLARED if one.model is not Finding))
    assert found == {"patients.Finding", Finding.pgh_event_model._meta.label}  # type: ignore[attr-defined]


@pytest.mark.parametrize("one", DECLARED, ids=lambda one: one.label)
def test_what_is_declared_fits_its_model(one: Declared) -> None:
    columns = {field.attname for field in one.model._meta.concrete_fields}
    assert set(one.withheld) | set(one.cleared) <= columns
    assert one.of or one.label in BY_ANOTHER_WAY
    assert not [name for name in one.columns if any(word in name for word in SECRETS)]
    if one.more is None:
        assert set(one.own) <= set(one.columns) - {"patient_id"}
    known = {prefix for _label, prefixes in trail.KINDS.values() for prefix in prefixes}
    assert set(one.audit) <= known
    assert one.audit or one.model is AuditEntry


def test_what_erasing_takes_at_once() -> None:
    """Address, links, devices, codes, carers, calendars, and the history of reminders; never a clinical row."""
    at_once = {one.label for one in DECLARED if one.erasure is Erasure.AT_ONCE}
    assert at_once == {
        "clinic.OutgoingEmail",
        "exercises.CalendarFeed",
        "exercises.Reminder",
        "exercises.ReminderChoice",
        "patients.AccessCode",
        "patients.Carer",
        "patients.Device",
        "patients.EmailedCode",
        "patients.ImportRow",
        "patients.PlanLink",
        "patients.PlanVisit",
    }
    assert BY_LABEL["patients.Patient"].cleared == ("email",)
    of_the_record = {one.label for one in DECLARED if one.retention is Retention.RECORD}
    assert of_the_record & at_once == {"patients.Carer"}
    assert not any(one.history for one in DECLARED if one.erasure is Erasure.AT_ONCE)


def test_each_model_has_a_place_in_fhir_or_a_reason_to_have_none() -> None:
    places = [*fhir.MAPPED, *fhir.INSIDE, *fhir.UNMAPPED]
    assert len(places) == len(set(places))
    assert set(places) == set(BY_LABEL)
    assert all(fhir.UNMAPPED.values())
    assert set(fhir.INSIDE.values()) <= set(fhir.MAPPED)


def test_a_copy_of_a_clinic_holds_every_model_or_says_why_not() -> None:
    ours = {
        model._meta.label
        for model in apps.get_models()
        if model._meta.app_label in APPS and not hasattr(model, "pgh_tracked_model")
    }
    tables = {table.label for table in TABLES}
    assert ours == set(BY_LABEL) | tables | set(NOT_EXPORTED)
    assert set(NOT_EXPORTED) & (tables | set(BY_LABEL)) == set()
    for table in TABLES:
        fields = {field.attname: field for field in table.model._meta.concrete_fields}
        assert set(table.withheld) <= set(fields), table.label
        secret = [name for name in table.columns if any(word in name for word in SECRETS)]
        assert secret == [], table.label
        assert not isinstance(fields[table.columns[0]], models.BinaryField)
