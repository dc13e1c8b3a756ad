"""What a patient's own device may keep, and what arrives from it later."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlencode

from clinic import clock
from exercises.models import DayReport, LogEntry, Programme
from patients.models import PainScore, Patient, SignReport
from patients.offline_copy import copy_key
from patients.red_flags import red_flags
from tests import factories
from tests.factories import NOON, TODAY
from tests.pages import text

COPIES = ["/today/offline/", "/today/offline/guide/", "/today/offline/old/"]
LATER = NOON + timedelta(days=9)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def phone(client: Client, margaret: Patient) -> Client:
    """Margaret's own."""
    factories.open_device(client, margaret, now=NOON)
    return client


def put(
    client: Client, form: dict[str, Any], *, key: UUID | None = None, to: str = "reports", made_at: Any = NOON
) -> Any:
    body = json.dumps({"form": urlencode(form, doseq=True), "made_at": made_at and made_at.isoformat()})
    return client.put(f"/today/{to}/{key or uuid4()}/", body, content_type="application/json")


def said(programme: Programme, done: str = "done", **more: Any) -> dict[str, Any]:
    pk = programme.items.get().pk
    return {"performed_on": TODAY.isoformat(), "item": [pk], f"done-{pk}": done, **more}


def test_the_copy_holds_exercises_and_doses_and_nobodys_name_or_pain(phone, priya, margaret, programme):
    item = programme.items.get()
    factories.make_log(margaret, item)
    page = phone.post("/today/log/", {**said(programme), "pain_foot_24h": "7", "note": "Worse on stairs"})
    assert page.status_code == 303
    shown = phone.get("/today/offline/")
    told = text(shown)
    assert item.version.name in told
    assert all(phrase in told for phrase in item.dose_phrases)
    for private in ("Margaret", "Hale", "Worse on stairs", "Done today", str(margaret.pk), margaret.email):
        for path in COPIES:
            assert private not in phone.get(path).content.decode(), (path, private)
    assert "checked" not in shown.content.decode()


def test_the_copy_knows_what_is_due_on_each_of_its_days(phone, priya, margaret, toe_curls):
    version = toe_curls.current
    plans = [factories.item_plan(version, days_per_week=3, side="left")]
    item = factories.make_programme(priya, margaret, [], items=plans, weeks=1).items.get()
    found = re.search(
        r'id="kept-data" type="application/json">(.*?)</script>',
        phone.get("/today/offline/").content.decode(),
    )
    assert found
    kept = json.loads(found[1])
    days = [(TODAY + timedelta(days=n)).isoformat() for n in (0, 2, 4)]
    assert kept == {"zone": "Europe/London", "days": {str(item.pk): days}}


@pytest.mark.hazard("HZ-04")
def test_the_copy_says_what_to_wear_the_next_visit_and_whom_to_call_and_no_more(
    phone, priya, margaret, programme
):
    """The patient's words of the advice, and neither its reason, nor what staff wrote, nor what was answered."""
    reason = factories.make_finding(priya, margaret)
    advice = factories.make_support(
        priya, margaret, reason, hours_per_day=6, patient_note="In both shoes.", note="staff only"
    )
    factories.make_wear(margaret, advice, 4)
    Patient.objects.filter(pk=margaret.pk).update(next_visit_at=NOON + timedelta(days=3))
    told = text(phone.get("/today/offline/"))
    visit = "Your next visit: Thursday 26 November at 12:00."
    for said in (advice.lay_words, "6 hours a day", "In both shoes.", visit, margaret.clinic.phone):
        assert said in told, said
    for private in ("staff only", str(reason.type), "Worn today", "checked", str(reason.pk)):
        assert private not in told, private
    Patient.objects.update(next_visit_at=NOON - timedelta(days=3))
    assert "Your next visit" not in text(phone.get("/today/offline/"))


@pytest.mark.parametrize("path", [*COPIES, "/today/manifest.webmanifest"])
def test_only_a_device_of_ones_own_gets_a_copy(client, margaret, programme, path):
    assert client.get(path).status_code == 404
    factories.open_plan(client, margaret)
    assert client.get(path).status_code == 404
    shared = Client()
    factories.open_device(shared, margaret, own=False, now=NOON)
    assert shared.get(path).status_code == 404
    assert "kept" not in shared.get("/today/").content.decode()
    assert "X-Kept-For" not in shared.get("/today/").headers
    own = Client()
    factories.open_device(own, margaret, now=NOON)
    response = own.get(path)
    assert response.status_code == 200
    assert response.headers["X-Kept-For"] == copy_key(margaret.pk)
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.hazard("HZ-04")
def test_a_copy_says_when_it_ends(phone, programme):
    for path in COPIES[:2]:
        response = phone.get(path)
        assert int(response.headers["X-Show-Until"]) == (NOON + timedelta(days=14)).timestamp() * 1000
        assert f"This is your plan as it was on {TODAY:%-d %B}." in text(response)


def test_a_link_of_somebody_else_over_the_device_gets_no_copy(phone, priya, margaret, programme):
    other = factories.make_patient(priya, "Omar", "Aziz")
    factories.open_plan(phone, other)
    response = phone.get("/today/")
    assert response.status_code == 200
    assert "X-Kept-For" not in response.headers
    assert phone.get("/today/offline/").status_code == 404


def test_the_manifest_is_neutral_and_its_icons_exist(phone, margaret):
    told = phone.get("/today/manifest.webmanifest").json()
    assert told["name"] == f"Footwork – {margaret.clinic.sender_name}"
    assert told["start_url"] == told["scope"] == "/today/"
    for icon in told["icons"]:
        assert (Path(settings.BASE_DIR) / icon["src"].lstrip("/")).is_file()
    assert {icon["purpose"] for icon in told["icons"]} == {"any", "maskable"}


def test_the_worker_is_the_same_for_everybody(client):
    response = client.get("/today/worker.js")
    assert response.headers["Content-Type"].startswith("text/javascript")
    assert response.headers["Cache-Control"] == "no-cache"
    assert b"X-Kept-For" in response.content


def test_copies_cost_the_same_for_one_exercise_and_for_ten(phone, priya, margaret, programme):
    counts: list[list[int]] = []
    for _ in range(2):
        row = []
        for path in COPIES:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                phone.get(path)
            row.append(len(queries))
        counts.append(row)
        versions = (
            [factories.make_exercise(f"exercise-{n}").current for n in range(9)] if len(counts) == 1 else []
        )
        if versions:
            plans = [factories.item_plan(version) for version in versions]
            factories.make_programme(priya, margaret, [], items=plans)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 8


@pytest.mark.hazard("HZ-37")
def test_a_report_that_arrives_twice_counts_once_on_the_day_it_was_said_of(
    phone, margaret, programme, monkeypatch
):
    key, form = uuid4(), said(programme, pain_foot_24h="4", note="On the train")
    monkeypatch.setattr(clock, "now", lambda: LATER)
    factories.open_device(phone, margaret, now=LATER)
    for _ in range(2):
        assert put(phone, form, key=key).status_code == 200
    stored = DayReport.objects.get()
    assert (stored.pk, stored.way, stored.on, stored.made_at, stored.note) == (
        key,
        "offline",
        TODAY,
        NOON,
        "On the train",
    )
    assert LogEntry.objects.get().performed_on == TODAY
    assert PainScore.objects.get().on == TODAY


@pytest.mark.hazard("HZ-37")
def test_what_had_arrived_as_a_page_is_not_stored_again(phone, programme):
    form = said(programme, report=str(uuid4()), note="Twice?")
    assert phone.post("/today/log/", form).status_code == 303
    assert put(phone, form).status_code == 200
    assert DayReport.objects.count() == 1


def test_all_done_is_said_by_one_button(phone, programme):
    assert put(phone, {**said(programme, ""), "all": "1"}).status_code == 200
    assert LogEntry.objects.get().done == "done"


@pytest.mark.hazard("HZ-04")
def test_a_plan_that_was_changed_meanwhile_takes_what_was_said_before(phone, priya, programme, margaret):
    form = said(programme)
    programme.__class__.objects.filter(pk=programme.pk).update(version=programme.version + 1)
    assert put(phone, form | {"effort-unknown": "x", "new_field": "y"}).status_code == 200
    assert LogEntry.objects.get().done == "done"


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"performed_on": ""}, 422),
        ({"performed_on": (TODAY - timedelta(days=31)).isoformat()}, 422),
        ({"performed_on": (TODAY + timedelta(days=1)).isoformat()}, 422),
        ({"pain_foot_24h": "11"}, 422),
    ],
)
def test_refusals_say_why_and_change_nothing(phone, programme, more, status):
    before = factories.count_rows()
    response = put(phone, said(programme) | more)
    assert response.status_code == status
    assert response.json()["message"]
    assert factories.count_rows() == before


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"form": 3, "made_at": "2026-11-25T12:00:00Z"}',
        '{"form": "a=b", "made_at": "noon"}',
        '{"form": "a=b", "made_at": "2026-11-25T12:00:00"}',
        '"x"',
        "\xff",
    ],
)
@pytest.mark.parametrize("to", ["reports", "sign-reports"])
def test_what_no_page_of_ours_sends(phone, to, body):
    before = factories.count_rows()
    response = phone.put(f"/today/{to}/{uuid4()}/", body, content_type="application/json")
    assert response.status_code == 400
    assert factories.count_rows() == before


@pytest.mark.hazard("HZ-01")
def test_nobody_elses_exercise_or_report(phone, priya, margaret, programme, toe_curls):
    other = factories.make_patient(priya, "Omar", "Aziz")
    theirs = factories.make_programme(priya, other, [toe_curls])
    before = factories.count_rows()
    assert put(phone, said(theirs)).status_code == 422
    assert factories.count_rows() == before
    key = uuid4()
    assert put(phone, said(programme), key=key).status_code == 200
    stranger = Client()
    factories.open_device(stranger, other, now=NOON)
    before = factories.count_rows()
    assert put(stranger, said(theirs), key=key).status_code == 422
    assert factories.count_rows() == before


@pytest.mark.parametrize("to", ["reports", "sign-reports"])
def test_without_a_device_there_is_no_such_address(client, margaret, programme, to):
    before = factories.count_rows()
    assert put(client, said(programme), to=to).status_code == 404
    assert client.get("/today/token/").status_code == 404
    factories.open_plan(client, margaret)
    visits = factories.count_rows()
    assert put(client, said(programme), to=to).status_code == 404
    assert client.get("/today/token/").status_code == 404
    assert factories.count_rows() == visits
    assert before["exercises_dayreport"] == visits["exercises_dayreport"]


def test_a_report_needs_the_fresh_token(margaret, programme):
    phone = Client(enforce_csrf_checks=True)
    factories.open_device(phone, margaret, now=NOON)
    body = json.dumps({"form": urlencode(said(programme), doseq=True), "made_at": NOON.isoformat()})
    assert phone.put(f"/today/reports/{uuid4()}/", body, content_type="application/json").status_code == 403
    told = phone.get("/today/token/").json()
    assert told["key"] == copy_key(margaret.pk)
    headers = {"X-CSRFToken": told["token"]}
    sent = phone.put(f"/today/reports/{uuid4()}/", body, content_type="application/json", headers=headers)
    assert sent.status_code == 200


@pytest.mark.hazard("HZ-37")
def test_signs_that_were_ticked_without_a_network_arrive_once(phone, margaret):
    key, form = uuid4(), {"sign": [red_flags()[0].key], "note": ""}
    for _ in range(2):
        assert (
            put(phone, form, key=key, to="sign-reports", made_at=NOON - timedelta(hours=3)).status_code == 200
        )
    stored = SignReport.objects.get()
    assert (stored.pk, stored.made_at) == (key, NOON - timedelta(hours=3))
    before = factories.count_rows()
    empty = put(phone, {"note": ""}, to="sign-reports")
    assert empty.status_code == 422
    assert empty.json()["message"] == "Tick a sign, or write what is new."
    assert factories.count_rows() == before


def test_my_help_is_the_clinics_help(phone, margaret):
    response = phone.get("/today/help/")
    assert margaret.clinic.emergency_number in text(response)
    assert response.headers["X-Kept-For"] == copy_key(margaret.pk)
