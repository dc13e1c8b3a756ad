"""A mail server that is away: all processes together stop asking, and one asks now and then."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from clinic import clock
from clinic.mail import circuit, outbox
from clinic.models import Clinic, MailCircuit, OutgoingEmail
from tests.outbox_world import make_due, make_email
from tests.sink import Faults, RunningSink

pytestmark = [pytest.mark.django_db, pytest.mark.slow]  # a mail server that hesitates


def pause_is_over() -> None:
    MailCircuit.objects.update(open_until=clock.now() - timedelta(seconds=1))


def pause() -> float:
    return round((MailCircuit.objects.get().open_until - clock.now()).total_seconds(), -1)


def test_a_refused_connection_touches_no_row_and_three_open_the_circuit(
    riverside: Clinic, sink: RunningSink, settings: Settings
) -> None:
    make_email(riverside)
    before = OutgoingEmail.objects.values().get()
    settings.EMAIL_PORT = 1  # nobody listens there
    assert outbox.deliver_due() == 0
    assert OutgoingEmail.objects.values().get() == before
    state = MailCircuit.objects.get()
    assert state.failures == 3
    assert state.opened_at
    assert pause() == 30


@pytest.mark.parametrize("faults", [Faults(banner="421 4.3.2 try later"), Faults(banner_delay=3)])
def test_a_server_that_does_not_greet_is_away(
    riverside: Clinic, sink: RunningSink, settings: Settings, faults: Faults
) -> None:
    settings.OUTBOX["connect"] = 0.3
    make_email(riverside)
    sink.faults = faults
    assert outbox.deliver_due() == 0
    assert OutgoingEmail.objects.get().state == "pending"
    assert (MailCircuit.objects.get().failures, sink.connections) == (3, 3)


def test_it_is_asked_by_one_question(
    riverside: Clinic, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert circuit.may_try()
    with django_assert_num_queries(1):
        assert circuit.may_try()


def test_while_it_is_open_nobody_connects(riverside: Clinic, sink: RunningSink) -> None:
    make_email(riverside)
    MailCircuit.objects.create(failures=3, open_until=clock.now() + timedelta(seconds=20))
    assert outbox.deliver_due() == 0
    assert sink.connections == 0


def test_one_process_wins_the_probe(riverside: Clinic) -> None:
    MailCircuit.objects.create(failures=3, open_until=clock.now() + timedelta(seconds=20))
    assert not circuit.may_try()
    pause_is_over()
    assert [circuit.may_try(), circuit.may_try()] == [True, False]


def test_the_pause_doubles_to_five_minutes_whatever_others_report(riverside: Clinic) -> None:
    for _ in range(3):
        assert circuit.may_try()
        circuit.note_failure()
    pauses = [pause()]
    for _ in range(5):
        pause_is_over()
        assert circuit.may_try()
        circuit.note_failure()
        circuit.note_failure()  # a slow process reports what everybody knows
        pauses.append(pause())
    assert pauses == [30, 60, 120, 240, 300, 300]


def test_a_probe_that_succeeds_closes_it(riverside: Clinic, sink: RunningSink) -> None:
    opened = clock.now() - timedelta(minutes=5)
    MailCircuit.objects.create(failures=6, opened_at=opened, open_until=clock.now() - timedelta(seconds=1))
    make_email(riverside)
    assert outbox.deliver_due() == 1
    state = MailCircuit.objects.get()
    assert (state.failures, state.opened_at) == (0, None)


def test_a_probe_that_fails_keeps_the_time_of_opening(
    riverside: Clinic, sink: RunningSink, settings: Settings
) -> None:
    opened = clock.now() - timedelta(minutes=5)
    MailCircuit.objects.create(failures=3, opened_at=opened, open_until=clock.now() - timedelta(seconds=1))
    make_email(riverside)
    settings.EMAIL_PORT = 1
    outbox.deliver_due()
    state = MailCircuit.objects.get()
    assert (state.failures, state.opened_at) == (4, opened)


def test_any_answer_about_a_message_shows_that_the_server_is_back(
    riverside: Clinic, sink: RunningSink
) -> None:
    MailCircuit.objects.create(failures=2)
    make_email(riverside)
    sink.faults = Faults(rcpt="550 5.1.1 no such user")
    outbox.deliver_due()
    assert MailCircuit.objects.get().failures == 0


def test_a_refused_sender_opens_it_because_every_mail_would_be_refused(
    riverside: Clinic, sink: RunningSink
) -> None:
    for number in range(5):
        make_email(riverside, str(number))
    sink.faults = Faults(mail="550 5.7.1 not you")
    assert outbox.deliver_due() == 0
    assert MailCircuit.objects.get().failures == 3
    assert sum(OutgoingEmail.objects.values_list("deferrals", flat=True)) == 3
    sink.faults = Faults()
    pause_is_over()
    make_due()
    assert outbox.deliver_due() == 5
    assert set(OutgoingEmail.objects.values_list("attempts", flat=True)) == {1}
