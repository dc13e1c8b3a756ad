"""What the pages of patients ask of the database: a few questions, as many for a large plan as for a small one."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.models import User
from exercises import actions
from exercises.models import Done
from patients.models import Measure, Patient
from patients.models.access import MOST_DEVICES
from tests import factories
from tests.doors import DOORS
from tests.exercises.wishes_world import make_carer
from tests.message_factories import make_message

# Every page that a patient can open; also what pages load: a calendar, the copy for a phone without a network.
PAGES = [name for name, door in DOORS.items() if door.patient and "GET" in door.methods]
BY_LINK = "exercises:not_for_me"
MOST = 8


def large_plan(staff: User, patient: Patient, number: int) -> None:
    """``number`` exercises, things to wear, answers of each kind, and devices."""
    now, today = clock.now(), patient.local_day(clock.now())
    exercises = [factories.make_exercise(f"exercise-{number}-{n}") for n in range(number)]
    plan = factories.make_programme(staff, patient, exercises, now=now, name=f"Plan of {number}")
    worn = [factories.make_support(staff, patient, now=now) for _ in range(number)]
    for ago in range(min(number, 5)):
        entry = actions.DayLog(
            performed_on=today - timedelta(days=ago),
            done={} if ago else {item.pk: Done.DONE for item in plan.items.all()},
            pain=dict.fromkeys(Measure, 3),
            wear={} if ago else {advice.pk: Decimal(2) for advice in worn},
            note="It went well.",
        )
        actions.log_day(actor=Actor.patient(patient), patient=patient, entry=entry, now=now)
    for _ in range(number):
        make_message(staff, patient, now=now - timedelta(hours=1))
    for _ in range(min(number, MOST_DEVICES - 2)):
        factories.open_device(Client(), patient, now=now)


def asked(client: Client, patient: Patient, name: str) -> list[str]:
    day = patient.local_day(clock.now()) - timedelta(days=1)
    args = [day.isoformat()] if DOORS[name].about == "day" else []
    if name == BY_LINK:
        client = Client()
        factories.open_plan(client, patient, now=clock.now())
    with CaptureQueriesContext(connection) as queries:
        response = client.get(reverse(name, args=args))
    assert response.status_code == 200, name
    return [query["sql"] for query in queries]


@pytest.mark.django_db
def test_each_page_asks_as_much_of_a_small_plan_as_of_a_large_one(
    client: Client, priya: User, margaret: Patient
) -> None:
    Patient.objects.filter(pk=margaret.pk).update(language="de")  # one question more than in English
    now = clock.now()
    make_carer(margaret)
    factories.confirm_device(client, factories.open_device(client, margaret, now=now), now=now)
    large_plan(priya, margaret, 1)
    small = {name: asked(client, margaret, name) for name in PAGES}
    large_plan(priya, margaret, 10)
    large = {name: asked(client, margaret, name) for name in PAGES}
    counts = {name: (len(small[name]), len(large[name])) for name in PAGES}
    print(counts)  # noqa: T201 (the figures)
    assert {name: count for name, count in counts.items() if count[0] != count[1]} == {}
    assert {name: count for name, count in counts.items() if count[1] > MOST} == {}
    twice = {name: [sql for sql in set(found) if found.count(sql) > 1] for name, found in large.items()}
    assert {name: found for name, found in twice.items() if found} == {}
