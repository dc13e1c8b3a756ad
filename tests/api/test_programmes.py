from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.actors import Actor
from clinic.models import AuditEntry, OutgoingEmail, User
from exercises import actions
from exercises.models import Exercise, Programme, ProgrammeItem, Routine
from patients.models import Patient
from tests import factories
from tests.api.conftest import V1, Api, audited, codes

By = Callable[[User | None], Api]
KEYS = {
    "id",
    "patient",
    "name",
    "routine",
    "stage",
    "stage_name",
    "starts_on",
    "ends_on",
    "review_on",
    "reminder_time",
    "state",
    "version",
    "items",
    "assigned_by",
    "assigned_at",
    "ended_at",
}
ITEM_KEYS = {
    "id",
    "exercise",
    "exercise_version",
    "side",
    "times_per_day",
    "days_per_week",
    "every_n_days",
    "sets_min",
    "sets_max",
    "reps_min",
    "reps_max",
    "hold_s_min",
    "hold_s_max",
    "duration_s_min",
    "duration_s_max",
    "sets_open",
    "tempo_up_s",
    "tempo_down_s",
    "rest_s",
    "load_note",
    "cue",
    "kit",
    "note",
    "dose_in_words",
}


def line(**changes: Any) -> dict[str, Any]:
    body = {
        "exercise": "toe-curls-and-spreads",
        "exercise_version": 1,
        "side": "left",
        "times_per_day": 2,
        "days_per_week": 5,
        "sets_min": 3,
        "reps_min": 10,
        "reps_max": 15,
    }
    return {name: value for name, value in (body | changes).items() if value is not ...}


@pytest.fixture
def plan(margaret: Patient, toe_curls: Exercise, today: datetime) -> dict[str, Any]:
    return {
        "patient": str(margaret.pk),
        "name": "First weeks",
        "starts_on": (today.date() + timedelta(days=1)).isoformat(),
        "weeks": 4,
        "reminder_time": "18:00:00",
        "items": [line()],
    }


def test_assigns_through_the_action(
    by: By, priya: User, margaret: Patient, basics: Routine, plan: dict[str, Any], today: datetime
) -> None:
    answer = by(priya).post("programmes/", plan | {"routine": "article-basics"})
    assert answer.status_code == 201, answer.content
    made, item = Programme.objects.get(), ProgrammeItem.objects.get()
    body = answer.json()
    assert (set(body), set(body["items"][0])) == (KEYS, ITEM_KEYS)
    last = (today.date() + timedelta(days=28)).isoformat()
    del plan["weeks"], plan["items"]
    assert body == plan | {
        "id": str(made.pk),
        "routine": "article-basics",
        "stage": None,
        "stage_name": "",
        "ends_on": last,
        "review_on": last,
        "state": "active",
        "version": 1,
        "items": body["items"],
        "assigned_by": "Priya Nair",
        "assigned_at": body["assigned_at"],
        "ended_at": None,
    }
    assert body["items"][0] | line() == body["items"][0]
    assert body["items"][0]["id"] == str(item.pk)
    assert body["items"][0]["dose_in_words"] == ["3 sets of 10–15, left foot", "twice a day, 5 days a week"]
    assert (made.clinic_id, made.assigned_by) == (margaret.clinic_id, priya)
    assert audited("programme.assigned").actor_user == priya
    assert OutgoingEmail.objects.get(letter="plan_ready").object_id == str(made.pk)


@pytest.mark.hazard("HZ-37")
def test_the_same_request_twice_makes_one_programme(by: By, priya: User, plan: dict[str, Any]) -> None:
    plan["id"] = str(uuid4())
    first, second = (by(priya).post("programmes/", plan) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Programme.objects.get().pk.hex == plan["id"].replace("-", "")
    assert audited("programme.assigned")
    assert OutgoingEmail.objects.count() == 1


def test_an_id_of_another_clinic_shows_nothing(
    by: By, priya: User, hugo: User, heinrich: Patient, plan: dict[str, Any], toe_curls: Exercise
) -> None:
    theirs = factories.make_programme(hugo, heinrich, [toe_curls])
    answer = by(priya).post("programmes/", plan | {"id": str(theirs.pk)})
    assert (answer.status_code, answer.json()["code"]) == (409, "other_patient")
    assert b"Adler" not in answer.content
    assert Programme.objects.get() == theirs


@pytest.mark.check(4, 6)
def test_lists_those_of_the_clinic_or_of_one_patient(
    by: By, priya: User, hugo: User, heinrich: Patient, programme: Programme, toe_curls: Exercise
) -> None:
    factories.make_programme(hugo, heinrich, [toe_curls])
    abel = factories.make_patient(priya, "Abel", "Adams")
    other = factories.make_programme(priya, abel, [toe_curls])
    assert {row["id"] for row in by(priya).rows("programmes/")} == {str(programme.pk), str(other.pk)}
    (row,) = by(priya).rows("programmes/", patient=abel.pk)
    assert (row["id"], set(row), set(row["items"][0])) == (str(other.pk), KEYS, ITEM_KEYS)
    assert audited("record.read").patient_id == abel.pk
    assert codes(by(priya).get("programmes/", patient=heinrich.pk)) == {"patient": ["does_not_exist"]}


def test_reading_one_is_noted(by: By, asha: User, programme: Programme) -> None:
    answer = by(asha).get(f"programmes/{programme.pk}/")
    assert answer.json()["items"][0]["dose_in_words"] == ["10–15 times, each foot", "once a day, every day"]
    entry = audited("record.read")
    assert (entry.actor_user, entry.patient_id) == (asha, programme.patient_id)


@pytest.mark.slow
@pytest.mark.hazard("HZ-02", "HZ-15")
@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"exercise": "no-such-exercise"}, "items.0.exercise", "does_not_exist"),
        ({"exercise_version": 2}, "items.0.exercise", "does_not_exist"),
        ({"exercise": "a\x00"}, "items.0.exercise", "invalid"),
        ({"exercise_version": 10**40}, "items.0.exercise_version", "max_value"),
        ({"exercise_version": ...}, "items.0.exercise_version", "required"),
        ({"side": "left and both"}, "items.0.side", "invalid_choice"),
        ({"times_per_day": 0}, "items.0.times_per_day", "min_value"),
        ({"times_per_day": "9" * 5000}, "items.0.times_per_day", "max_string_length"),
        ({"days_per_week": 8}, "items.0.days_per_week", "max_value"),
        ({"days_per_week": ...}, "items.0.days_per_week", "frequency"),
        ({"every_n_days": 2}, "items.0.days_per_week", "frequency"),
        ({"sets_min": -3}, "items.0.sets_min", "min_value"),
        ({"sets_min": 10**30}, "items.0.sets_min", "max_value"),
        ({"sets_min": 1e400}, "items.0.sets_min", None),
        ({"sets_max": 2}, "items.0.sets_max", "range"),
        ({"hold_s_max": 5}, "items.0.hold_s_max", "range"),
        ({"hold_s_min": 601}, "items.0.hold_s_min", "max_value"),
        ({"tempo_up_s": 0}, "items.0.tempo_up_s", "min_value"),
        ({"tempo_down_s": 61}, "items.0.tempo_down_s", "max_value"),
        ({"rest_s": 601}, "items.0.rest_s", "max_value"),
        ({"rest_s": "soon"}, "items.0.rest_s", "invalid"),
        ({"sets_open": True}, "items.0.sets_open", "sets"),
        ({"sets_open": None}, "items.0.sets_open", "null"),
        ({"sets_open": "perhaps"}, "items.0.sets_open", "invalid"),
        ({"load_note": "x" * 81}, "items.0.load_note", "max_length"),
        ({"load_note": "two\nlines"}, "items.0.load_note", "line_break"),
        ({"load_note": None}, "items.0.load_note", "null"),
        ({"cue": "with\x00a ball"}, "items.0.cue", "null_characters_not_allowed"),
        ({"cue": "two\nlines"}, "items.0.cue", "line_break"),
        ({"programme": 1, "order": 1}, "items.0.order", "not_settable"),
    ],
)
def test_a_wrong_line_is_explained_and_writes_nothing(
    by: By, priya: User, plan: dict[str, Any], change: dict[str, Any], field: str, code: str | None
) -> None:
    answer = by(priya).post("programmes/", plan | {"items": [line(**change)]})
    if code is None:  # a number too large for JSON does not even parse
        assert answer.status_code == 400
    else:
        assert code in codes(answer)[field]
    assert not Programme.objects.exists()
    assert not OutgoingEmail.objects.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"name": ""}, "name", "blank"),
        ({"name": "x" * 10_000}, "name", "max_length"),
        ({"name": "a\x00"}, "name", "null_characters_not_allowed"),
        ({"starts_on": "2027-02-29"}, "starts_on", "invalid"),
        ({"weeks": 0}, "weeks", "min_value"),
        ({"weeks": 53}, "weeks", "max_value"),
        ({"weeks": "four"}, "weeks", "invalid"),
        ({"reminder_time": "25:00"}, "reminder_time", "invalid"),
        ({"reminder_time": 18}, "reminder_time", "invalid"),
        ({"routine": "none"}, "routine", "does_not_exist"),
        ({"stage": 0}, "stage", "min_value"),
        ({"stage": "two"}, "stage", "invalid"),
        ({"stage_name": "Weeks 1 to 2"}, "stage_name", "not_settable"),
        ({"routine": "a\x00"}, "routine", "null_characters_not_allowed"),
        ({"items": []}, "items", "empty"),
        ({"items": [line()] * 21}, "items", "max_length"),
        ({"items": "toe curls"}, "items", "not_a_list"),
        ({"items": [3]}, "items.0.non_field_errors", "invalid"),
        ({"id": "1"}, "id", "invalid"),
        ({"patient": "1"}, "patient", "invalid"),
    ],
)
def test_a_wrong_plan_is_explained_and_writes_nothing(
    by: By, priya: User, plan: dict[str, Any], change: dict[str, Any], field: str, code: str
) -> None:
    found = codes(by(priya).post("programmes/", plan | change))
    assert code in found.get(field, found.get(f"{field}.non_field_errors", []))
    assert not Programme.objects.exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"starts_on": "2020-01-01"}, "start"),
        ({"starts_on": "9999-12-31"}, "start"),
        ({"reminder_time": "03:00"}, "quiet_hours"),
        ({"items": [line(side="together")]}, "side"),
        ({"stage": 1}, "stage"),
    ],
)
def test_what_the_action_refuses_is_a_conflict(
    by: By, priya: User, plan: dict[str, Any], change: dict[str, Any], code: str
) -> None:
    answer = by(priya).post("programmes/", plan | change)
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert not Programme.objects.exists()
    assert not OutgoingEmail.objects.exists()


@pytest.mark.hazard("HZ-03")
def test_a_version_that_is_no_longer_in_use_is_a_conflict(
    by: By, priya: User, plan: dict[str, Any], toe_curls: Exercise
) -> None:
    toe_curls.reps_max = 20
    actor = Actor.system("test")
    actions.save_exercise(actor=actor, exercise=toe_curls)
    actions.publish_exercise(actor=actor, exercise=toe_curls, now=factories.NOON)
    answer = by(priya).post("programmes/", plan)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_published")
    assert not Programme.objects.exists()
    assert by(priya).post("programmes/", plan | {"items": [line(exercise_version=2)]}).status_code == 201


def test_drafts_cannot_be_assigned_or_detected(by: By, priya: User, plan: dict[str, Any]) -> None:
    factories.make_exercise("secret-draft", published=False)
    drafted, invented = (
        by(priya).post("programmes/", plan | {"items": [line(exercise=slug)]})
        for slug in ("secret-draft", "not-there")
    )
    assert codes(drafted) == codes(invented) == {"items.0.exercise": ["does_not_exist"]}


@pytest.mark.hazard("HZ-31")
@pytest.mark.check(3)
def test_foreign_patients_do_not_exist(by: By, priya: User, heinrich: Patient, plan: dict[str, Any]) -> None:
    for unseen in (heinrich.pk, uuid4()):
        answer = by(priya).post("programmes/", plan | {"patient": str(unseen)})
        assert codes(answer) == {"patient": ["does_not_exist"]}
    assert not Programme.objects.exists()


@pytest.mark.check(5)
def test_nothing_else_can_be_set(by: By, priya: User, plan: dict[str, Any]) -> None:
    fields = {field.name: "1" for field in Programme._meta.get_fields()} | plan
    refused = codes(by(priya).post("programmes/", fields))
    assert {"clinic", "state", "version", "assigned_by", "assigned_at", "ended_at"} <= set(refused)
    assert {code for found in refused.values() for code in found} == {"not_settable"}
    assert not Programme.objects.exists()


@pytest.mark.hazard("HZ-38")
def test_who_may(
    by: By,
    olivia: User,
    asha: User,
    carlos: User,
    audrey: User,
    programme: Programme,
    plan: dict[str, Any],
) -> None:
    for user in (carlos, audrey, None):
        assert by(user).get("programmes/").status_code == 403
        assert by(user).get(f"programmes/{programme.pk}/").status_code == 403
    for user in (olivia, asha, carlos, audrey, None):  # practitioners assign, owners and assistants read
        assert by(user).post("programmes/", plan).status_code == 403
    for user in (olivia, asha):
        assert by(user).get("programmes/").status_code == 200
    assert Programme.objects.get() == programme


@pytest.mark.hazard("HZ-31")
def test_another_clinics_programme_does_not_exist(by: By, hugo: User, programme: Programme) -> None:
    assert by(hugo).get(f"programmes/{programme.pk}/").status_code == 404
    assert by(hugo).rows("programmes/") == []
    assert not AuditEntry.objects.filter(verb="record.read").exists()


def test_other_methods_are_refused(by: By, priya: User, programme: Programme) -> None:
    for method in ("PUT", "PATCH", "DELETE"):
        url = f"{V1}programmes/{programme.pk}/"
        assert by(priya).client.generic(method, url, "{}", "application/json").status_code == 405


def test_the_same_queries_for_one_row_and_for_ten(
    by: By, priya: User, programme: Programme, toe_curls: Exercise
) -> None:
    def queries(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(api.rows("programmes/")) == count
        return len(captured)

    api = by(priya)
    one = queries(1)
    for number in range(9):
        patient = factories.make_patient(priya, f"Ada{number}")
        factories.make_programme(priya, patient, [toe_curls, toe_curls])
    assert one == queries(10) == 6  # session, user with membership, count, programmes, items, pauses
