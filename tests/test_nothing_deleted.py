"""Nothing clinical is ever deleted by a click: no code does it, the database refuses it, no URL answers DELETE.

What may be deleted is written down here with its reason; a new deletion fails until somebody adds one.
"""

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import models
from django.test import Client
from django.utils.module_loading import import_string

from clinic.models import Clinic, User
from clinic.retention import Night
from patients.models import belongings, owners
from tests import factories
from tests.doors import DOORS
from tests.test_access_matrix import addresses, world

pytestmark = pytest.mark.slow  # tries everything there is

__all__ = ["addresses", "world"]  # fixtures

ROOT = Path(__file__).parent.parent
DELETIONS = {
    "patients/actions/links.py:forget_link": "A link whose e-mail surely did not leave: nobody ever held it.",
    "patients/actions/links.py:close_visit": "The cookie's hash of a browser that the patient has left.",
    "patients/actions/emailed.py:forget_spent": "Codes that ended a week ago: hashes; the audit has who asked and when.",
    "patients/actions/imports.py:_forget_rows": "Rows of a file of which nobody became a patient, or which is over.",
    "exercises/erasing.py:remove": "What reaches a patient who is erased; the erasure and the audit say how much it was.",
    "exercises/deleting.py:remove": "Records whose time is over, decided by an owner; the database lets no other go.",
    "exercises/actions/exports.py:_forget_parts": "The file of a clinic's export, which is a copy; its row stays.",
    "exercises/actions/pauses.py:_take_back": "A pause of which no day is over; the audit has it.",
    "exercises/actions/drafts.py:drop": "What its author typed and saved, or gave up; the audit has that it was there.",
    "exercises/reminders.py:replan": "Reminders that were planned and never sent; the new plan follows at once.",
    "patients/actions/vocabularies.py:save_finding_codes": "Codes that left the reviewed file; findings keep their type.",
    "patients/actions/questionnaires.py:save_questions": "Questions of a draft; a trigger keeps a published one.",
    "exercises/actions/favourites.py:remove_favourite": "A mark of one's own on an exercise; the audit has it.",
    "exercises/admin/routine.py:save_formset": "Lines of a routine being written: the catalogue, no patient's.",
    "exercises/actions/routines.py:_fill": "Lines and stages of a clinic's routine, written anew: no patient's.",
    "exercises/management/commands/load_catalogue.py:_fill": "The same, from the catalogue's files.",
}
CASCADES = {
    "patients.PlanVisit.link": "Ends with its link; hashes only.",
    "patients.QuestionnaireItem.questionnaire": "Part of a draft; a trigger keeps a published one.",
    "patients.FindingCode.type": "Part of the vocabulary; a type in use is protected.",
    "exercises.Favourite.user": "A person's own mark in the catalogue.",
    "exercises.RoutineStage.routine": "Part of a routine in the catalogue.",
    "exercises.RoutineItem.routine": "Part of a routine in the catalogue.",
}
# What goes when its time is over, by clinic/retention.py alone: settings.RETENTION and RETENTION_OF_ALL.
IN_TIME = {
    "returned_mail": ("clinic.BounceEvent", "What came back of e-mails of thirteen months ago."),
    "reminders": (
        "exercises.Reminder",
        "Thirteen months after they were due; what was done by then is in the log.",
    ),
    "letters": ("clinic.OutgoingEmail", "The same; they hold no text and no address."),
    "links": ("patients.PlanLink", "A week after they ended: hashes; the audit has who opened what."),
    "access_codes": ("patients.AccessCode", "The same."),
    "devices": ("patients.Device", "A month after they ended."),
    "calendar_feeds": ("exercises.CalendarFeed", "A week after they were taken back."),
    "drafts": ("exercises.ProgrammeDraft", "What its author left for two weeks; nobody else ever read it."),
    "invitations": (
        "clinic.Invitation",
        "A month after they ended; who came has an account, the audit has who asked.",
    ),
    "sessions": ("sessions.Session", "A month after they ended."),
    "signed_in_where": ("usersessions.UserSession", "The same: browser and address of a sign-in."),
    "runs": ("clinic.JobRun", "That the job itself ran, thirteen months ago."),
}
DELETING = {"delete", "adelete", "_raw_delete", "truncate"}


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            yield node


def deletes(node: ast.AST) -> bool:
    return any(
        isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in DELETING
        for call in ast.walk(node)
    )


def sources() -> list[Path]:
    folders = [ROOT / "patients", ROOT / "exercises"]
    return [path for folder in folders for path in folder.rglob("*.py") if "migrations" not in path.parts]


def test_no_code_deletes_but_what_is_written_down() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{function.name}"
        for path in sources()
        for function in functions(path)
        if deletes(function)
    }
    assert found == set(DELETIONS)
    assert len(sources()) > 80


@pytest.mark.hazard("HZ-33")
def test_what_goes_in_time_is_written_down_and_is_no_part_of_a_record() -> None:
    night = Night(Clinic(), date(2026, 11, 26), ZoneInfo("UTC"))
    rules = settings.RETENTION | settings.RETENTION_OF_ALL
    found = {name: import_string(path)(night).model._meta.label for name, path in rules.items()}
    assert found == {name: label for name, (label, _reason) in IN_TIME.items()}
    records = {model._meta.label for model in belongings()} - {"exercises.ProgrammeDraft"}  # was never saved
    assert not {label for label, _reason in IN_TIME.values()} & records


def test_no_code_deletes_outside_a_function_or_in_plain_sql() -> None:
    for path in sources():
        assert not any(
            deletes(node) for node in ast.parse(path.read_text()).body if isinstance(node, ast.Expr)
        )
        assert not re.search(r"DELETE\s+FROM|TRUNCATE", path.read_text()), path
    assert deletes(ast.parse("Patient.objects.all().delete()"))  # the question can be answered yes


def test_the_database_protects_every_row_that_another_rests_on() -> None:
    found = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in {"patients", "exercises"}
        for field in model._meta.local_fields
        if field.remote_field
        and field.remote_field.on_delete not in {models.PROTECT, models.DO_NOTHING}
        and not hasattr(model, "pgh_tracked_model")
    }
    assert found == set(CASCADES)


def test_every_row_of_a_patient_keeps_the_patient() -> None:
    for model in owners():
        for field in model._meta.local_fields:
            if field.remote_field:
                protected = field.remote_field.on_delete is models.PROTECT
                assert protected or f"{model._meta.label}.{field.name}" in CASCADES
    assert len(owners()) == 39


def test_the_admin_shows_no_row_of_a_patient() -> None:
    shown = set(admin.site._registry)
    assert shown & set(owners()) == set()
    assert len(shown) >= 4


@pytest.mark.django_db
def test_no_address_answers_delete(
    world: dict[str, Client], addresses: dict[str, str], priya: User, olivia: User
) -> None:
    before = factories.count_rows()
    for name in DOORS:
        for identity in ("anonymous", "patient", "practitioner", "owner", "superuser"):
            response = world[identity].delete(addresses[name])
            assert response.status_code in {302, 403, 404, 405}, name
            if response.status_code == 302:
                assert "/accounts/login/" in response["Location"], name
    assert factories.count_rows() == before
    assert len(DOORS) > 40
