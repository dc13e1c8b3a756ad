"""What ends while something is being opened: whoever comes second waits, and then knows. No key outlives its end."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from clinic import clock
from clinic.actors import Actor
from clinic.models import OutgoingEmail, User
from exercises import actions, emails
from exercises.actions import programmes
from exercises.models import CalendarFeed, Exercise, Programme, Reminder
from patients import actions as patient_actions
from patients import browsers
from patients import emails as patient_emails
from patients.models import Carer, Device, EmailedCode, OpenedBy, Patient, PlanLink, Purpose
from tests import factories
from tests.concurrency.test_screening import meanwhile
from tests.exercises.wishes_world import make_carer
from tests.factories import NOON

SYSTEM = Actor.system("test")
slow = [pytest.mark.django_db(transaction=True), pytest.mark.slow]  # threads that wait for each other


@pytest.fixture
def _threads(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    """One connection for each thread."""
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", False)
    connection.close()
    yield
    connection.close()


@pytest.fixture
def second(priya: User, margaret: Patient, toe_curls: Exercise, programme: Programme) -> Programme:
    return factories.make_programme(priya, margaret, [toe_curls], name="Balance")


def end(priya: User, programme: Programme) -> Callable[[], Any]:
    """As a request does, from a row of its own."""
    own = Programme.objects.select_related("patient").get(pk=programme.pk)
    return lambda: actions.end_programme(actor=Actor.staff(priya), programme=own, now=NOON, reason="Done.")


def standing() -> int:
    return PlanLink.objects.filter(revoked_at=None).count()


@pytest.mark.usefixtures("_threads")
class TestTheLastProgramme:
    pytestmark = slow

    @pytest.mark.hazard("HZ-30")
    def test_of_two_that_end_at_once_one_closes_the_plan(self, priya, margaret, programme, second):
        factories.make_link(margaret)
        waited, refused = meanwhile(end(priya, programme), end(priya, second))
        assert (waited, refused) == (True, None)
        assert not Programme.objects.active().exists()
        assert standing() == 0

    def test_without_the_lock_neither_does(self, priya, margaret, programme, second, monkeypatch):
        """The control: the race is there, and the patient's row is what removes it."""
        monkeypatch.setattr(programmes, "hold", lambda _patient: None)
        factories.make_link(margaret)
        waited, _refused = meanwhile(end(priya, programme), end(priya, second))
        assert not waited
        assert not Programme.objects.active().exists()
        assert standing() == 1

    @pytest.mark.hazard("HZ-30")
    def test_ending_waits_for_the_next_assignment_and_leaves_the_plan_open(
        self, priya, margaret, programme, toe_curls
    ):
        factories.make_link(margaret)
        waited, refused = meanwhile(
            lambda: factories.make_programme(priya, margaret, [toe_curls], name="Balance"),
            end(priya, programme),
        )
        assert (waited, refused) == (True, None)
        assert Programme.objects.active().count() == 1
        assert standing() == 1

    def test_a_code_is_not_handed_over_for_the_one_that_is_ending(self, priya, margaret, programme):
        waited, refused = meanwhile(
            end(priya, programme),
            lambda: actions.issue_code(actor=Actor.staff(priya), patient=margaret, now=NOON),
        )
        assert waited
        assert refused is not None
        assert refused.code == "nothing"


def composed(letter: Callable[..., Any], *what: Any) -> Any:
    """In a transaction of its own, as the worker does."""
    with transaction.atomic():
        return letter(*what)


def carer_stops(carer: Carer) -> Callable[[], Any]:
    return lambda: patient_actions.stop_copies(actor=SYSTEM, carer=carer, now=NOON)


@pytest.mark.usefixtures("_threads")
class TestALetterThatIsBeingWritten:
    pytestmark = slow

    @pytest.mark.hazard("HZ-30")
    def test_its_link_ends_with_the_carer(self, priya, margaret, toe_curls):
        carer = make_carer(margaret)
        factories.make_programme(priya, margaret, [toe_curls])
        copy = OutgoingEmail.objects.get(letter="carer_plan_ready").object_id
        written = []
        waited, _none = meanwhile(
            lambda: written.append(emails.carer_plan_ready(copy, NOON)), carer_stops(carer)
        )
        assert waited
        assert written[0] is not None
        assert (PlanLink.objects.filter(carer=carer).count(), standing()) == (1, 0)

    @pytest.mark.hazard("HZ-30")
    @pytest.mark.parametrize("letter", ["carer_plan_ready", "carer_reminder"])
    def test_there_is_none_for_who_is_going(self, priya, margaret, toe_curls, letter):
        carer = make_carer(margaret)
        programme = factories.make_programme(priya, margaret, [toe_curls])
        about = programme.pk.hex if letter == "carer_plan_ready" else first_reminder(programme)
        written = []
        compose = getattr(emails, letter)
        waited, _none = meanwhile(
            carer_stops(carer),
            lambda: written.append(composed(compose, f"{about}-{carer.pk}", NOON + timedelta(hours=6))),
        )
        assert (waited, written, standing()) == (True, [None], 0)

    def test_the_patients_own_goes_to_no_address_that_is_doubted(self, margaret, programme):
        written = []
        waited, _none = meanwhile(
            lambda: actions.doubt_address(actor=Actor.patient(margaret), patient=margaret, now=NOON),
            lambda: written.append(composed(emails.plan_ready, str(programme.pk), NOON)),
        )
        assert (waited, written, standing()) == (True, [None], 0)

    def test_a_reminder_is_not_written_for_a_plan_that_is_closing(self, priya, margaret, programme):
        key, written = first_reminder(programme), []
        waited, _none = meanwhile(
            end(priya, programme),
            lambda: written.append(composed(emails.exercise_reminder, str(key), NOON + timedelta(hours=6))),
        )
        assert (waited, written, standing()) == (True, [None], 0)

    @pytest.mark.hazard("HZ-30")
    def test_no_code_is_made_after_its_end(self, margaret, programme):
        code = ask(margaret)
        written = []
        waited, _none = meanwhile(
            lambda: actions.close_plan(actor=SYSTEM, patient=margaret, now=NOON, reason="test"),
            lambda: written.append(code_letter(code)),
        )
        assert (waited, written) == (True, [None])
        assert EmailedCode.objects.get().code_hash == ""


@pytest.mark.usefixtures("_threads")
class TestACalendar:
    pytestmark = slow

    def test_that_is_being_made_ends_with_the_plan(self, margaret, programme):
        waited, _none = meanwhile(
            lambda: actions.make_feed(actor=Actor.patient(margaret), patient=margaret, now=NOON),
            lambda: actions.close_plan(actor=SYSTEM, patient=margaret, now=NOON, reason="test"),
        )
        assert waited
        assert not CalendarFeed.objects.filter(revoked_at=None).exists()


def first_reminder(programme: Programme) -> int:
    return Reminder.objects.filter(programme=programme).order_by("due_at")[0].pk


def ask(patient: Patient) -> EmailedCode:
    return patient_actions.ask_code(
        actor=SYSTEM, patient=patient, purpose=Purpose.DEVICE, browser_secret="x" * 43, now=NOON
    )


def code_letter(code: EmailedCode) -> object:
    return composed(patient_emails.emailed_code, str(code.pk), NOON + timedelta(minutes=1))


class TestACodeThatWasRight:
    """Ended between the look at it and the opening: it opens nothing, and the answer is that of a wrong one."""

    @pytest.fixture
    def between(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
        def then(does: Callable[[], Any]) -> None:
            monkeypatch.setattr(browsers, "label", lambda _agent: (does(), "Chrome")[1])

        return then

    @pytest.mark.hazard("HZ-30")
    def test_printed(self, client: Client, priya, margaret, programme, between):
        made = factories.make_code(priya, margaret)
        between(lambda: factories.make_code(priya, margaret))
        assert client.post("/c/", {"code": str(made), "own": "own"}).status_code == 422
        assert not Device.objects.exists()

    @pytest.mark.hazard("HZ-30")
    def test_emailed(self, client: Client, priya, margaret, programme, between):
        client.post("/c/email/", {"email": margaret.email})
        [code] = factories.emailed_codes()
        between(
            lambda: patient_actions.doubt_address(
                actor=Actor.patient(margaret), patient=margaret, now=clock.now()
            )
        )
        assert client.post("/c/enter/", {"code": code, "own": "own"}).status_code == 422
        assert not Device.objects.filter(opened_with=OpenedBy.EMAIL).exists()
