"""What may be claimed, in exactly the words that were agreed, wherever the product shows it.

Every patient page and every letter says that nobody watches and where help is: the pages are taken from the access
matrix, so that a new page is looked at without being named here.
"""

import json
import re
import tomllib
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.management.commands.preview_emails import sample_letters
from exercises import actions
from exercises.models import DoseSource, Programme
from patients.models import Patient, carer_token
from tests import factories
from tests.doors import DOORS
from tests.exercises.wishes_world import name_carer
from tests.factories import NOON
from tests.test_wording import offences, patient_templates, sources

ROOT = Path(settings.BASE_DIR)
PURPOSE = "Footwork helps podiatry clinics share home exercise programmes and helps patients record what they did and how it felt."
NOT_DIAGNOSIS = "Footwork does not diagnose conditions or choose treatment. Your practitioner does."
NOT_MONITORED = 'Nobody watches your logs in real time. If you need help now, open "Get help now".'
UNSIGNED = "This file follows the shape of DCB0129. No Clinical Safety Officer has signed it."
INTENDED_USE = (
    "Footwork is software for podiatry clinics. Qualified practitioners use it to record findings and assessments, to choose "
    "exercises and foot-support advice for a patient, and to share them as a home programme. Patients use it to read that "
    "programme, to record what they did and how it felt, and to read general safety advice. It stores, shows, counts and passes "
    "on what people enter. It does not diagnose, does not select or change treatment, does not calculate risk and does not "
    "monitor patients. A qualified practitioner makes every clinical decision. It is not for emergencies. It is not intended to "
    "be a medical device and no regulator has assessed it; anyone who changes its purpose must assess that again."
)
DOSE_TAGS = [
    "Dose from the article",
    "Dose from a published trial",
    "Dose from a clinic handout",
    "Starting value without a source: confirm before use",
]
AIM = re.compile(r"This exercise works the [a-z ]+\.$|This stretch is for the [a-z ]+\.$")


def words(text: str) -> str:
    return " ".join(unescape(text).split())


def test_the_allowed_wording_is_not_forbidden() -> None:
    """But for the intended use, which has to name what it denies."""
    for text in (PURPOSE, NOT_DIAGNOSIS, NOT_MONITORED, UNSIGNED, *DOSE_TAGS):
        assert offences(text, patient=True) == []


def test_documents_say_it() -> None:
    readme = words(re.sub(r"^> ?", "", (ROOT / "README.md").read_text(), flags=re.MULTILINE))
    assert INTENDED_USE in readme
    for name in ("README.md", "plan.md", "safety-case.md", "hazard-log.md", "traceability.md"):
        assert UNSIGNED in words((ROOT / "docs/clinical-safety" / name).read_text()), name


@pytest.mark.django_db
def test_the_front_page_says_what_footwork_is_for(client: Client) -> None:
    page = words(client.get(reverse("clinic:home")).content.decode())
    assert PURPOSE in page
    assert NOT_DIAGNOSIS in page


def test_staff_pages_say_it_too(as_priya: Client, margaret: Patient) -> None:
    assert NOT_DIAGNOSIS in words(as_priya.get(reverse("patients:list")).content.decode())


def test_where_doses_come_from() -> None:
    assert [str(label) for label in DoseSource.labels] == DOSE_TAGS


def test_exercises_name_the_part_they_work_and_promise_nothing() -> None:
    files = sorted((ROOT / "exercises/data/exercises").glob("*.toml"))
    purposes = {path.stem: tomllib.loads(path.read_text())["purpose"] for path in files}
    assert [slug for slug, purpose in purposes.items() if not AIM.fullmatch(purpose)] == []
    assert len(purposes) >= 3


def test_red_flags_are_reviewed_text_with_a_source() -> None:
    flags = json.loads((ROOT / "patients/data/red_flags.json").read_text())["red_flags"]
    assert [flag["key"] for flag in flags if not (flag["text"] and flag["source"])] == []


# --- every patient page and every letter ------------------------------------------------------------------------
PATIENT_DOORS = [
    name
    for name, door in DOORS.items()
    if "GET" in door.methods
    and not door.api
    and door.about != "photo"  # a picture is no page
    and (door.patient or (door.roles is None and not name.startswith("clinic:")))
]
NOBODYS = {  # they do not know whose patient this is
    "patients:link",
    "patients:code",
    "patients:code_email",
    "patients:code_enter",
}


@pytest.fixture
def phone(client: Client, programme: Programme, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    factories.open_plan(client, programme.patient)
    device = factories.open_device(client, programme.patient, now=NOON)
    factories.confirm_device(client, device, now=NOON)
    return client


def _feed(patient: Patient) -> str:
    _feed, secret = actions.make_feed(actor=Actor.patient(patient), patient=patient, now=NOON)
    return secret


@pytest.mark.hazard("HZ-09", "HZ-17", "HZ-24")
@pytest.mark.parametrize("name", PATIENT_DOORS)
def test_every_patient_page_says_that_nobody_watches_and_links_to_help(
    phone: Client, programme: Programme, name: str
) -> None:
    about: dict[str, list[object]] = {
        "": [],
        "clinic": [programme.clinic_id],
        "token": [factories.stop_token(programme.patient)],
        "programme": [programme.pk],
        "feed": [_feed(programme.patient)],
        "carer": [carer_token(name_carer(programme.patient))],
        "day": [NOON.date() - timedelta(days=1)],
    }
    response = phone.get(reverse(name, args=about[DOORS[name].about]))
    assert response.status_code == 200
    if not response["Content-Type"].startswith("text/html"):
        return
    page = words(response.content.decode())
    assert NOT_MONITORED in page
    assert NOT_DIAGNOSIS in page
    assert (f'href="/help/{programme.clinic_id}/"' in page) == (name not in NOBODYS)
    shown = {template.name for template in response.templates} & set(sources())  # Django's own widgets aside
    assert shown <= patient_templates()
    assert "base_document.html" in shown


def test_there_are_patient_pages() -> None:
    assert {"exercises:today", "exercises:my_reminders", "patients:help"} <= set(PATIENT_DOORS)
    assert len(PATIENT_DOORS) >= 5


@pytest.mark.hazard("HZ-09")
@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/today/", "/today/reminders/", "/u/no-such-token/"])
def test_a_closed_page_says_it_without_knowing_anybody(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 404
    page = words(response.content.decode())
    assert NOT_MONITORED in page
    assert NOT_DIAGNOSIS in page
    assert "call your clinic, or the emergency number where you are" in page


def test_stopping_reminders_says_it(client: Client, margaret: Patient) -> None:
    page = words(client.post(f"/u/{factories.stop_token(margaret)}/").content.decode())
    assert "Reminders are stopped" in page
    assert NOT_MONITORED in page
    assert f'href="/help/{margaret.clinic_id}/"' in page


@pytest.mark.hazard("HZ-09", "HZ-17", "HZ-24")
def test_every_letter_says_it() -> None:
    letters = sample_letters()
    assert set(letters) == set(settings.LETTERS)
    for name, versions in letters.items():
        letter = versions[settings.LANGUAGE_CODE]
        assert letter.subject == "A message from Riverside", name
        for body in (letter.text, letter.html):
            assert NOT_MONITORED in words(body), name
            assert "/help/" in body, name
