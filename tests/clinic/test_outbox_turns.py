"""Letters before what is sent in bulk, clinics by turns, and no clinic faster than its allowance."""

import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from clinic import clock
from clinic.mail import claims, delivery, outbox
from clinic.models import Clinic, OutgoingEmail, SendAllowance
from tests import outbox_world
from tests.outbox_world import LETTERS, TIMES, make_email
from tests.sink import RunningSink

pytestmark = pytest.mark.django_db
numbers = count()


def make_bulk(clinic: Clinic, number: int, **fields: object) -> None:
    now = clock.now()
    values = {"not_before": now - timedelta(minutes=1), "expires_at": now + timedelta(hours=6)} | fields
    claims.open_accounts()
    OutgoingEmail.objects.bulk_create(
        OutgoingEmail(clinic=clinic, letter="plain", object_id=str(next(numbers)), bulk=True, **values)
        for _ in range(number)
    )


def minutes_pass(minutes: float) -> None:
    """For the allowances: as if they had been asked so much earlier."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clinic_sendallowance SET refilled_at = refilled_at - make_interval(secs => %s)",
            [minutes * 60],
        )


def claim_all() -> Counter[Clinic]:
    """Everything that may be sent now, as workers do that never wait for an answer."""
    found: Counter[Clinic] = Counter()
    while claimed := claims.claim(20, bulk=True):
        keys = [claim.id for claim in claimed]
        found.update(email.clinic for email in OutgoingEmail.objects.filter(pk__in=keys))
        assert claims.turn_over({}, claimed) == set(keys)
        claims.turn_over(dict.fromkeys(claimed, ""), [])
    return found


@pytest.mark.hazard("HZ-07")
def test_a_clinic_of_many_does_not_keep_another_waiting(riverside: Clinic, hilltop: Clinic) -> None:
    """5,000 of one, 10 of the other, which came later: minute by minute until all are gone."""
    make_bulk(riverside, 5000)
    make_bulk(hilltop, 10, not_before=clock.now() - timedelta(seconds=1))
    first = claim_all()
    assert first == {riverside: 60, hilltop: 10}  # within the first minute
    gone = 60
    for _ in range(9):
        minutes_pass(1)
        gone += claim_all()[riverside]
    assert 600 <= gone <= 602  # sixty a minute, and the seconds that this test takes
    assert OutgoingEmail.objects.filter(state="pending", clinic=riverside).count() == 5000 - gone


def test_clinics_take_turns(riverside: Clinic, hilltop: Clinic) -> None:
    make_bulk(riverside, 30)
    make_bulk(hilltop, 30)
    order = []
    for _ in range(4):
        (claimed,) = claims.claim(1, bulk=True)
        order.append(OutgoingEmail.objects.get(pk=claimed.id).clinic.name)
    assert len(set(order[:2])) == 2
    assert order[2:] == order[:2]
    assert Counter(OutgoingEmail.objects.get(pk=one.id).clinic_id for one in claims.claim(10, bulk=True)) == {
        riverside.pk: 5,
        hilltop.pk: 5,
    }


@pytest.mark.parametrize(("own", "first", "after"), [(None, 60, 30), (6, 6, 3), (600, 200, 0)])
def test_a_bucket_is_full_at_first_and_fills_by_the_minute(
    riverside: Clinic, own: int | None, first: int, after: int
) -> None:
    make_bulk(riverside, 200)
    SendAllowance.objects.update(per_minute=own)
    assert claim_all()[riverside] == first
    assert not claims.something_is_due()
    minutes_pass(0.5)
    assert claims.something_is_due() is bool(after)
    assert after <= claim_all()[riverside] <= after + 1
    minutes_pass(60)
    assert claim_all()[riverside] <= first  # it holds no more than a minute's


def test_all_clinics_together_keep_to_the_rate_of_the_mail_server(
    riverside: Clinic, hilltop: Clinic, sink: RunningSink, settings: Settings
) -> None:
    settings.MAILS_PER_MINUTE = 30
    make_bulk(riverside, 40)
    make_bulk(hilltop, 40)
    assert claim_all() == {riverside: 15, hilltop: 15}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE clinic_sendrate SET refilled_at = refilled_at - interval '20 seconds'")
    assert 10 <= claim_all().total() <= 11
    make_email(riverside, "code")
    assert outbox.deliver_due() == 1  # a letter waits for no rate
    assert sink.accepted[0].recipients == ["code@patients.example"]


def test_letters_go_first_and_wait_for_no_allowance(riverside: Clinic, sink: RunningSink) -> None:
    make_bulk(riverside, 3, not_before=clock.now() - timedelta(hours=1))
    make_email(riverside, "code")
    assert outbox.deliver_due() == 4
    assert sink.accepted[0].recipients == ["code@patients.example"]
    SendAllowance.objects.update(tokens=0, refilled_at=clock.now())
    make_bulk(riverside, 1)
    make_email(riverside, "another")
    assert outbox.deliver_due() == 1
    assert sink.accepted[-1].recipients == ["another@patients.example"]
    assert OutgoingEmail.objects.get(state="pending").bulk


def test_letters_spend_what_there_is(riverside: Clinic) -> None:
    for number in range(45):
        make_email(riverside, f"letter{number}")
    make_bulk(riverside, 60)
    while claims.claim(20, bulk=False):
        pass
    assert 15 <= claim_all()[riverside] <= 16


def test_a_new_clinic_is_served_without_being_told_of(riverside: Clinic, sink: RunningSink) -> None:
    OutgoingEmail.objects.all().delete()
    SendAllowance.objects.all().delete()
    now = clock.now()
    OutgoingEmail.objects.create(
        clinic=riverside,
        letter="plain",
        object_id="first",
        bulk=True,
        not_before=now - timedelta(minutes=1),
        expires_at=now + timedelta(hours=1),
    )
    assert outbox.deliver_due() == 1


def test_what_is_sent_in_bulk_is_composed_together_and_a_poisoned_one_alone(
    riverside: Clinic, sink: RunningSink, settings: Settings
) -> None:
    settings.LETTERS_IN_BULK = {"plain": "tests.outbox_world.plains"}
    claims.open_accounts()
    for name in ("a", "b", "poison", "held"):
        make_email(riverside, name, bulk=True)
    settings.LETTERS = LETTERS | {"plain": "tests.outbox_world.plain_or_poison"}
    assert outbox.deliver_due() == 3
    assert sorted(taken.recipients[0].partition("@")[0] for taken in sink.accepted) == ["a", "b", "held"]
    states = dict(OutgoingEmail.objects.values_list("object_id", "state"))
    assert states == {"a": "sent", "b": "sent", "held": "sent", "poison": "pending"}
    assert OutgoingEmail.objects.get(object_id="poison").crashes == 1


def test_the_unwanted_of_many_end_and_those_that_are_held_are_asked_by_themselves(
    riverside: Clinic, sink: RunningSink, settings: Settings
) -> None:
    settings.LETTERS_IN_BULK = {"plain": "tests.outbox_world.plains"}
    for name in ("a", "gone", "held"):
        make_email(riverside, name, bulk=True)
    assert outbox.deliver_due() == 2
    assert OutgoingEmail.objects.get(object_id="gone").state == "cancelled"


def test_what_waits_for_long_is_asked_about_anew(
    riverside: Clinic, sink: RunningSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written ahead, then its turn comes late: the links of the first writing are forgotten."""
    monkeypatch.setattr("clinic.mail.composing.STALE", -1.0)
    for number in range(3):
        make_email(riverside, str(number))
    assert outbox.deliver_due() == 3
    assert sorted(outbox_world.unsent) == ["0", "1", "2"]
    assert set(sink.copies().values()) == {1}


def test_what_waited_too_long_behind_another_waits_again_as_if_untouched(
    riverside: Clinic, sink: RunningSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clinic.mail.delivery.BEHIND", -1.0)
    for number in range(4):
        make_email(riverside, str(number))
    assert outbox.deliver_due() == 4
    assert set(sink.copies().values()) == {1}
    rows = OutgoingEmail.objects.values_list("state", "attempts", "deferrals", "doubt")
    assert set(rows) == {("sent", 1, 0, 0)}
    assert outbox_world.unsent  # the links of a writing that did not leave


def test_the_next_mail_has_begun_before_the_last_one_is_answered(
    riverside: Clinic, sink: RunningSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        make_email(riverside, str(number))
    begun: list[int] = []
    turn_over = claims.turn_over

    def noted(sent: Any, begin: Any) -> set[int]:
        begun.append(len(begin))
        return turn_over(sent, begin)

    monkeypatch.setattr(claims, "turn_over", noted)
    assert outbox.deliver_due() == 3
    assert begun[:2] == [2, 1]


def test_what_is_in_doubt_begins_behind_no_other(
    riverside: Clinic, sink: RunningSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a worker that dies twice would end a mail as unconfirmed that no server ever heard of."""
    for number in range(3):
        make_email(riverside, str(number))
    OutgoingEmail.objects.update(doubt=1)
    begun: list[int] = []
    turn_over = claims.turn_over

    def noted(sent: Any, begin: Any) -> set[int]:
        begun.append(len(begin))
        return turn_over(sent, begin)

    monkeypatch.setattr(claims, "turn_over", noted)
    assert outbox.deliver_due() == 3
    assert max(begun) == 1


def test_no_mail_begins_behind_another_that_wears_the_connection_out(
    riverside: Clinic, sink: RunningSink, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be handed back and written anew."""
    settings.OUTBOX |= {"per_connection": 3}
    for number in range(10):
        make_email(riverside, str(number))
    handed_back: list[int] = []
    hand_back = claims.hand_back

    def noted(some: Any, *, begun: bool = False) -> int:
        handed_back.append(len(some))
        return hand_back(some, begun=begun)

    monkeypatch.setattr(claims, "hand_back", noted)
    assert outbox.deliver_due() == 10
    assert sum(handed_back) == 0
    assert max(taken.nth for taken in sink.accepted) == 3


def test_a_thread_that_heard_from_a_server_does_not_wait_for_the_one_that_writes(
    riverside: Clinic, sink: RunningSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_email(riverside)
    during: list[float] = []
    turn_over = claims.turn_over

    def noted(sent: Any, begin: Any) -> set[int]:
        during.append(sys.getswitchinterval())
        return turn_over(sent, begin)

    monkeypatch.setattr(claims, "turn_over", noted)
    usual = sys.getswitchinterval()
    assert outbox.deliver_due() == 1
    assert {round(seconds, 6) for seconds in during} == {delivery.TURN}
    assert sys.getswitchinterval() == usual > delivery.TURN


def test_several_connections_carry_at_once(riverside: Clinic, sink: RunningSink, settings: Settings) -> None:
    settings.MAIL_CONNECTIONS = 3
    for number in range(30):
        make_email(riverside, str(number))
    assert outbox.deliver_due() == 30
    assert set(sink.copies().values()) == {1}
    assert {taken.connection for taken in sink.accepted} >= {1, 2}
    assert max(taken.nth for taken in sink.accepted) <= TIMES["per_connection"]
    assert set(OutgoingEmail.objects.values_list("state", "attempts")) == {("sent", 1)}


# --- what the statements read ---------------------------------------------------------------------------------


# Both lead to what waits of a clinic, by its time: one costs as much as the other.
OF_WAITING = {"email_turn", "email_by_state"}


def history(clinic: Clinic, now: datetime) -> None:
    """Years of mails that ended, and a few that wait."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO clinic_outgoingemail (clinic_id, letter, object_id, bulk, generation, state, reason, not_before,
                      expires_at, attempts, deferrals, doubt, crashes, last_error, sent_at)
               SELECT %s, 'plain', n::text, n %% 2 = 0, 0, CASE WHEN n %% 400 < 2 THEN 'pending' ELSE 'sent' END, '',
                      %s - make_interval(mins => n), %s + interval '1 hour', 0, 0, 0, 0, '',
                      CASE WHEN n %% 400 < 2 THEN NULL ELSE now() END
                 FROM generate_series(1, 20000) AS n""",
            [clinic.pk, now, now],
        )
        cursor.execute("ANALYZE clinic_outgoingemail")


@pytest.mark.parametrize("bulk", [False, True])
def test_a_claim_reads_the_partial_index_and_few_rows(riverside: Clinic, bulk: bool) -> None:
    history(riverside, clock.now())
    claims.open_accounts()
    asked = {"bulk": bulk, "most": 10, "lease": 5, "per_minute": 60, "whole": 0, "deployment": None}
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + claims.CLAIM, asked)
        plan = cursor.fetchone()[0][0]["Plan"]
    scans = [
        node
        for node in nodes(plan)
        if node.get("Relation Name") == "clinic_outgoingemail" and "Scan" in node["Node Type"]
    ]
    used = {node.get("Index Name") for node in scans}
    assert used <= OF_WAITING | {"clinic_outgoingemail_pkey"}
    assert used & OF_WAITING
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in scans) <= 40
    assert sum(node.get("Rows Removed by Filter", 0) for node in scans) <= 40


@pytest.mark.parametrize(
    ("work", "index"), [(claims.reap, {"email_leased"}), (claims.expire, {"email_due"} | OF_WAITING)]
)
def test_clearing_up_reads_an_index_of_few_rows(
    riverside: Clinic, work: Callable[[], int], index: set[str]
) -> None:
    history(riverside, clock.now())
    with CaptureQueriesContext(connection) as asked:
        work()
    (question,) = [query["sql"] for query in asked.captured_queries if "FOR UPDATE" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + question.replace("%", "%%"))
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan" not in plan
    assert [name for name in index if f" {name} " in plan]


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]
