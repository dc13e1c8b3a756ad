"""Archived and merged records through the API: listed on request only, readable, closed for writing."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from clinic.actors import Actor
from clinic.models import User
from exercises import actions
from exercises.models import Exercise, Programme
from patients import actions as patient_actions
from patients.models import FindingType, Patient
from tests import factories
from tests.api.conftest import Api, codes

By = Callable[[User | None], Api]


@pytest.fixture
def archived(priya: User, margaret: Patient, today: datetime) -> Patient:
    return actions.archive_patient(
        actor=Actor.staff(priya), patient=margaret, now=today, reason="Moved away."
    )


def test_lists_name_current_patients_unless_asked(by: By, priya: User, archived: Patient) -> None:
    ana = factories.make_patient(priya, "Ana", "Hale")
    assert [row["id"] for row in by(priya).rows("patients/")] == [str(ana.pk)]
    assert [row["id"] for row in by(priya).rows("patients/", archived="false", q="hale")] == [str(ana.pk)]
    assert [row["id"] for row in by(priya).rows("patients/", archived="true")] == [str(archived.pk)]
    assert by(priya).rows("patients/", archived="true", q="ana") == []
    assert set(codes(by(priya).get("patients/", archived="perhaps"))) == {"archived"}


def test_one_says_when_it_was_archived(by: By, priya: User, archived: Patient) -> None:
    body = by(priya).get(f"patients/{archived.pk}/").json()
    assert datetime.fromisoformat(body["archived_at"]) == archived.archived_at
    assert body["merged_into"] is None


def test_one_says_into_which_it_was_merged(
    by: By, priya: User, margaret: Patient, double: Patient, today: datetime
) -> None:
    patient_actions.merge_patients(
        actor=Actor.staff(priya), kept=margaret, duplicate=double, now=today, reason="Twice."
    )
    body = by(priya).get(f"patients/{double.pk}/").json()
    assert body["merged_into"] == str(margaret.pk)
    assert datetime.fromisoformat(body["archived_at"]) == today


def test_nothing_is_written_in_it(
    by: By,
    priya: User,
    margaret: Patient,
    programme: Programme,
    fasciitis: FindingType,
    toe_curls: Exercise,
    today: datetime,
) -> None:
    item = programme.items.get()
    Patient.objects.filter(pk=margaret.pk).update(archived_at=today, archived_by=priya)
    day = today.date().isoformat()
    bodies: dict[str, dict[str, Any]] = {
        "findings/": {"type": fasciitis.key, "side": "left", "confirmed_by": "clinical"},
        "logs/": {"performed_on": day, "entries": [{"item": str(item.pk), "done": "done"}]},
        "programmes/": {
            "name": "Basics",
            "starts_on": day,
            "weeks": 4,
            "items": [
                {
                    "exercise": toe_curls.slug,
                    "exercise_version": 1,
                    "side": item.side,
                    "times_per_day": 1,
                    "days_per_week": 7,
                    "reps_min": 10,
                    "reps_max": 15,
                }
            ],
        },
    }
    before = None
    for path, body in bodies.items():
        api = by(priya)
        before = factories.count_rows()
        answer = api.post(path, body | {"patient": str(margaret.pk)})
        assert (answer.status_code, answer.json().get("code")) == (409, "archived"), (path, answer.content)
        assert factories.count_rows() == before
