"""Of two answers to one question the one that was said later stands, in whatever order they arrive, each on its own."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic import clock
from clinic.actors import Actor
from clinic.models import User
from exercises.models import DayReport, LogEntry, Programme
from patients import actions as patient_actions
from patients.models import PainScore, Patient, SupportAdvice, WearEntry
from tests import factories
from tests.exercises.test_offline import put
from tests.factories import NOON, TODAY
from tests.pages import text

pytestmark = pytest.mark.hazard("HZ-37")
ARRIVES = NOON + timedelta(hours=9)


@pytest.fixture(autouse=True)
def _evening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: ARRIVES)


@pytest.fixture
def phone(client: Client, margaret: Patient) -> Client:
    factories.open_device(client, margaret, now=ARRIVES)
    return client


@pytest.fixture
def two(priya: User, margaret: Patient) -> Programme:
    exercises = [factories.make_exercise("toe-curls"), factories.make_exercise("heel-raises")]
    return factories.make_programme(priya, margaret, exercises, now=NOON - timedelta(days=3))


@pytest.fixture
def insoles(priya: User, margaret: Patient) -> list[SupportAdvice]:
    return [
        factories.make_support(priya, margaret, now=NOON - timedelta(days=30), side=side)
        for side in ("left", "right")
    ]


def at(hour: int) -> datetime:
    return NOON + timedelta(hours=hour)


def says(phone: Client, hour: int, plan: Programme, supports: Any = (), **answers: Any) -> None:
    """Without a network; all arrive in the evening."""
    form = {
        "performed_on": TODAY.isoformat(),
        "item": [str(item.pk) for item in plan.items.all()],
        "support": [str(one.pk) for one in supports],
        **answers,
    }
    response = put(phone, form, made_at=at(hour))
    assert response.status_code == 200, response.content


def marks(plan: Programme) -> list[str]:
    said = dict(LogEntry.objects.values_list("item_id", "done"))
    return [said.get(item.pk, "") for item in plan.items.all()]


def test_an_answer_given_again_is_the_newest_word(phone, two):
    first = two.items.all()[0]
    says(phone, 1, two, **{f"done-{first.pk}": "done"})
    says(phone, 3, two, **{f"done-{first.pk}": "done"})
    says(phone, 2, two, **{f"done-{first.pk}": "not_done"})
    assert marks(two)[0] == "done"
    assert LogEntry.objects.get().said_at == at(3)


def test_pain_and_hours_given_again_are_the_newest_word(phone, two, insoles):
    left, _right = insoles
    for hour, pain, hours in ((1, "4", "2"), (3, "4", "2"), (2, "8", "6")):
        says(phone, hour, two, [left], pain_foot_24h=pain, **{f"worn-{left.pk}": hours})
    assert (PainScore.objects.get().score, WearEntry.objects.get().hours) == (4, Decimal(2))


def test_a_later_report_of_other_things_leaves_what_a_late_one_says(phone, two, insoles):
    """At ten: foot 3 and two hours. At eleven, without a network: foot 7 and six hours, and a note. At noon: exercises."""
    left, right = insoles
    says(phone, 1, two, [left], pain_foot_24h="3", **{f"worn-{left.pk}": "2"})
    says(phone, 3, two, insoles, all="1", pain_back_24h="1", **{f"worn-{right.pk}": "1"})
    late = {f"done-{item.pk}": "partly" for item in two.items.all()}
    wears = {f"worn-{left.pk}": "6", f"worn-{right.pk}": "8"}
    says(
        phone, 2, two, insoles, pain_foot_24h="7", pain_back_24h="9", note="Worse on stairs", **late, **wears
    )
    assert marks(two) == ["done", "done"]
    assert dict(PainScore.objects.values_list("measure", "score")) == {"pain_foot_24h": 7, "pain_back_24h": 1}
    assert dict(WearEntry.objects.values_list("advice_id", "hours")) == {left.pk: 6, right.pk: 1}
    assert "Worse on stairs" in text(phone.get("/today/"))


def test_a_slip_does_not_keep_out_what_was_said_before_it(phone, two, priya):
    says(phone, 3, two, pain_foot_24h="9")
    patient_actions.enter_outcome_in_error(actor=Actor.staff(priya), outcome=PainScore.objects.get())
    says(phone, 2, two, pain_foot_24h="4")
    score = PainScore.objects.get()
    assert (score.score, score.status) == (4, "recorded")


def test_an_older_word_writes_nothing_but_its_report(phone, two):
    says(phone, 3, two, all="1", pain_foot_24h="2")
    before = factories.count_rows()
    says(phone, 2, two, pain_foot_24h="5", **{f"done-{two.items.all()[0].pk}": "not_done"})
    after = factories.count_rows()
    changed = {table for table in after if after[table] != before[table]}
    assert changed == {"exercises_dayreport", "clinic_auditentry"}


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "first": st.sampled_from(["done", "partly"]),
        "second": st.just("not_done"),
        "pain": st.integers(0, 2),
    },
).filter(bool)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(ANSWERS, min_size=3, max_size=3))
def test_the_order_of_arrival_does_not_matter(phone, two, told):
    """Three reports of one, two and three o'clock; each question has the answer of the last that answered it."""
    items = [item.pk for item in two.items.all()]
    want = {key: answer for each in told for key, answer in each.items()}
    for order in permutations(range(3)):
        LogEntry.objects.all().delete()
        PainScore.objects.all().delete()
        for place in order:
            each = told[place]
            answers = {
                f"done-{pk}": each[key]
                for key, pk in zip(("first", "second"), items, strict=True)
                if key in each
            }
            if "pain" in each:
                answers["pain_foot_24h"] = str(each["pain"])
            says(phone, place + 1, two, **answers)
        assert marks(two) == [want.get("first", ""), want.get("second", "")]
        assert list(PainScore.objects.values_list("score", flat=True)) == (
            [want["pain"]] if "pain" in want else []
        )
    assert DayReport.objects.exists()
