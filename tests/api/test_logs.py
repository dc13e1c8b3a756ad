from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.actors import Actor
from clinic.models import AuditEntry, User
from exercises import actions
from exercises.models import Done, Exercise, LogEntry, Programme
from exercises.schedule import local_day
from patients.models import PainScore, Patient
from tests import factories
from tests.api.conftest import V1, Api, audited, codes

By = Callable[[User | None], Api]
KEYS = {
    "id",
    "patient",
    "programme",
    "item",
    "exercise",
    "performed_on",
    "done",
    "plan_version",
    "recorded_at",
}


@pytest.fixture
def running(priya: User, margaret: Patient, toe_curls: Exercise, today: datetime) -> Programme:
    """Began five days ago, due every day."""
    return factories.make_programme(priya, margaret, [toe_curls], now=today - timedelta(days=5))


@pytest.fixture
def sheet(margaret: Patient, running: Programme, today: datetime) -> dict[str, Any]:
    return {
        "patient": str(margaret.pk),
        "performed_on": (local_day(today, margaret.time_zone) - timedelta(days=1)).isoformat(),
        "entries": [{"item": str(running.items.get().pk), "done": "partly"}],
        "pain_foot": 4,
    }


def log(patient: Patient, programme: Programme, now: datetime) -> LogEntry:
    day = local_day(now, patient.time_zone)
    done = {item.pk: Done.DONE for item in programme.items.all()}
    entry = actions.DayLog(performed_on=day, done=done)
    actions.log_day(actor=Actor.patient(patient), patient=patient, entry=entry, now=now)
    return LogEntry.objects.get(programme=programme)


def test_a_returned_paper_day_is_recorded(
    by: By, priya: User, margaret: Patient, running: Programme, sheet: dict[str, Any]
) -> None:
    answer = by(priya).post("logs/", sheet)
    assert answer.status_code == 201, answer.content
    made = LogEntry.objects.get()
    body = answer.json()
    assert body == {
        "patient": str(margaret.pk),
        "performed_on": sheet["performed_on"],
        "entries": [
            {
                "id": str(made.pk),
                "patient": str(margaret.pk),
                "programme": str(running.pk),
                "item": sheet["entries"][0]["item"],
                "exercise": "toe-curls-and-spreads",
                "performed_on": sheet["performed_on"],
                "done": "partly",
                "plan_version": 1,
                "recorded_at": body["entries"][0]["recorded_at"],
            }
        ],
    }
    entry = audited("day.logged")
    assert (entry.actor_user, entry.actor_kind, entry.patient_id) == (priya, "staff", margaret.pk)
    assert [(score.measure, score.score) for score in PainScore.objects.all()] == [("pain_foot_24h", 4)]


@pytest.mark.hazard("HZ-37")
def test_recording_again_replaces(by: By, priya: User, sheet: dict[str, Any]) -> None:
    by(priya).post("logs/", sheet)
    sheet["entries"][0]["done"] = "done"
    assert by(priya).post("logs/", sheet).status_code == 201
    assert LogEntry.objects.get().done == "done"


@pytest.mark.check(4, 6)
def test_lists_those_of_the_clinic_of_one_patient_or_programme(
    by: By,
    priya: User,
    olivia: User,
    hugo: User,
    heinrich: Patient,
    margaret: Patient,
    running: Programme,
    toe_curls: Exercise,
    today: datetime,
) -> None:
    theirs = factories.make_programme(hugo, heinrich, [toe_curls], now=today)
    log(heinrich, theirs, today)
    mine = log(margaret, running, today)
    for query in ({}, {"patient": margaret.pk}, {"programme": running.pk}):
        (row,) = by(olivia).rows("logs/", **query)
        assert (row["id"], set(row)) == (str(mine.pk), KEYS)
    assert AuditEntry.objects.filter(verb="record.read", patient_id=margaret.pk).count() == 1
    assert codes(by(priya).get("logs/", patient=heinrich.pk)) == {"patient": ["does_not_exist"]}
    assert codes(by(priya).get("logs/", programme=theirs.pk)) == {"programme": ["does_not_exist"]}
    assert codes(by(priya).get("logs/", programme="'")) == {"programme": ["invalid"]}


def test_reading_one_is_noted(
    by: By, olivia: User, margaret: Patient, running: Programme, today: datetime
) -> None:
    entry = log(margaret, running, today)
    answer = by(olivia).get(f"logs/{entry.pk}/")
    assert (set(answer.json()), answer.json()["done"]) == (KEYS, "done")
    assert audited("record.read").actor_user == olivia


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"patient": "1"}, "patient", "invalid"),
        ({"performed_on": "2026-02-30"}, "performed_on", "invalid"),
        ({"performed_on": None}, "performed_on", "null"),
        ({"entries": "all of them"}, "entries.non_field_errors", "not_a_list"),
        ({"entries": [{"item": "1", "done": "done"}]}, "entries.0.item", "invalid"),
        ({"entries": [{"item": str(uuid4()), "done": "yes"}]}, "entries.0.done", "invalid_choice"),
        ({"entries": [{"item": str(uuid4())}]}, "entries.0.done", "required"),
        (
            {"entries": [{"item": str(uuid4()), "done": "done", "programme": 1}]},
            "entries.0.programme",
            "not_settable",
        ),
        ({"pain_foot": 11}, "pain_foot", "max_value"),
        ({"pain_back": -1}, "pain_back", "min_value"),
        ({"pain_back": 10**30}, "pain_back", "max_value"),
        ({"pain_back": "much"}, "pain_back", "invalid"),
        ({"recorded_at": "2020-01-01"}, "recorded_at", "not_settable"),
    ],
)
def test_wrong_input_is_explained_and_writes_nothing(
    by: By, priya: User, sheet: dict[str, Any], change: dict[str, Any], field: str, code: str
) -> None:
    assert code in codes(by(priya).post("logs/", sheet | change))[field]
    assert not LogEntry.objects.exists()
    assert not PainScore.objects.exists()


def test_an_exercise_is_named_once(by: By, priya: User, sheet: dict[str, Any]) -> None:
    assert codes(by(priya).post("logs/", sheet | {"entries": sheet["entries"] * 2})) == {
        "entries": ["repeated"]
    }
    assert not LogEntry.objects.exists()


def test_what_the_action_refuses_is_a_conflict(
    by: By, priya: User, hugo: User, heinrich: Patient, toe_curls: Exercise, sheet: dict[str, Any]
) -> None:
    foreign = factories.make_programme(hugo, heinrich, [toe_curls]).items.get()
    not_due = [[{"item": str(pk), "done": "done"}] for pk in (foreign.pk, uuid4())]
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"performed_on": "2020-01-01"}, "day"),
        ({"performed_on": "2999-01-01"}, "day"),
        ({"entries": [], "pain_foot": None}, "empty"),
        ({"entries": not_due[0]}, "not_due"),  # the same answer for another clinic's item
        ({"entries": not_due[1]}, "not_due"),  # and for one that nobody has
    ]
    for change, code in refusals:
        answer = by(priya).post("logs/", sheet | change)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert not LogEntry.objects.exists()
    assert not PainScore.objects.exists()


@pytest.mark.hazard("HZ-31")
@pytest.mark.check(3)
def test_foreign_patients_do_not_exist(by: By, priya: User, heinrich: Patient, sheet: dict[str, Any]) -> None:
    answer = by(priya).post("logs/", sheet | {"patient": str(heinrich.pk)})
    assert codes(answer) == {"patient": ["does_not_exist"]}
    assert not LogEntry.objects.exists()


def test_who_may(
    by: By,
    olivia: User,
    asha: User,
    carlos: User,
    audrey: User,
    margaret: Patient,
    running: Programme,
    sheet: dict[str, Any],
    today: datetime,
) -> None:
    entry = log(margaret, running, today)
    for user in (asha, carlos, audrey, None):
        assert by(user).get("logs/").status_code == 403
        assert by(user).get(f"logs/{entry.pk}/").status_code == 403
    for user in (olivia, asha, carlos, audrey, None):  # practitioners write, owners read
        assert by(user).post("logs/", sheet).status_code == 403
    assert LogEntry.objects.get() == entry


@pytest.mark.hazard("HZ-31")
def test_another_clinics_entry_does_not_exist(
    by: By, hugo: User, margaret: Patient, running: Programme, today: datetime
) -> None:
    entry = log(margaret, running, today)
    assert by(hugo).get(f"logs/{entry.pk}/").status_code == 404


def test_other_methods_are_refused(
    by: By, priya: User, margaret: Patient, running: Programme, today: datetime
) -> None:
    entry = log(margaret, running, today)
    for method in ("PUT", "PATCH", "DELETE"):
        answer = by(priya).client.generic(method, f"{V1}logs/{entry.pk}/", "{}", "application/json")
        assert answer.status_code == 405
    assert LogEntry.objects.get() == entry


def test_the_same_queries_for_one_row_and_for_ten(
    by: By, priya: User, margaret: Patient, running: Programme, toe_curls: Exercise, today: datetime
) -> None:
    def queries(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(api.rows("logs/")) == count
        return len(captured)

    api = by(priya)
    log(margaret, running, today)
    one = queries(1)
    for number in range(9):
        patient = factories.make_patient(priya, f"Ada{number}")
        log(patient, factories.make_programme(priya, patient, [toe_curls], now=today), today)
    assert one == queries(10) == 4  # session, user with membership, count, entries
