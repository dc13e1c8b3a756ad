"""The page of outgoing e-mail: whose, what became of it, and why; its filters stand in the address."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.models import AuditEntry, Clinic, OutgoingEmail, User
from exercises import outgoing
from exercises.models import Programme
from exercises.outgoing.about import Whom
from exercises.outgoing.kinds import KINDS
from exercises.outgoing.lines import LABELS, MEANS, TONES, Line, Show
from patients.models import Patient
from tests import factories
from tests.exercises.outgoing_world import plan_letter, put
from tests.exercises.wishes_world import name_carer
from tests.message_factories import make_message
from tests.staff_factories import make_invitation

MOST_QUERIES = 15


@pytest.fixture
def failed(programme: Programme) -> OutgoingEmail:
    return plan_letter(programme)


def page(client: Client, **asked: Any) -> str:
    response = client.get(reverse("exercises:outgoing"), asked)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def rows(client: Client, **asked: Any) -> list[OutgoingEmail]:
    response = client.get(reverse("exercises:outgoing"), asked)
    return [line.email for line in response.context["found"].lines]


def make(clinic: Clinic, **fields: Any) -> OutgoingEmail:
    now = clock.now()
    given = {
        "letter": "device_added",
        "object_id": f"00000000-0000-4000-8000-{OutgoingEmail.objects.count():012}",
        "not_before": now,
        "expires_at": now + timedelta(days=2),
    }
    return OutgoingEmail.objects.create(clinic=clinic, **given | fields)


def line(**fields: Any) -> Line:
    return Line(OutgoingEmail(**{"letter": "plan_ready"} | fields), Whom())


def test_every_letter_has_a_name_for_staff_and_every_state_words() -> None:
    assert set(KINDS) == set(settings.LETTERS)
    assert set(LABELS) == set(Show)
    assert set(MEANS) == set(TONES) == set(Show) - {Show.ALL, Show.LOOK}


@pytest.mark.hazard("HZ-22")
def test_a_row_says_to_whom_what_when_and_why(as_priya: Client, failed: OutgoingEmail) -> None:
    shown = page(as_priya)
    assert (
        f'<a href="{reverse("exercises:patient", args=[Patient.objects.get().pk])}"><bdi>Margaret Hale'
        in shown
    )
    for words in (
        "Your plan is ready",
        "Failed",
        "The mail server takes no mail for this address.",
        "23 Nov 2026, 12:00",
    ):
        assert words in shown
    assert "margaret.hale@" not in shown
    assert "not delivered, not read" in shown


@pytest.mark.parametrize(
    ("fields", "show", "why"),
    [
        ({"state": "pending"}, Show.WAITING, ""),
        ({"state": "pending", "deferrals": 2}, Show.RETRIED, "The mail server could not be reached."),
        (
            {"state": "pending", "attempts": 1, "last_code": 450},
            Show.RETRIED,
            "The mail server put it off (its answer was 450).",
        ),
        (
            {"state": "pending", "crashes": 1},
            Show.RETRIED,
            "A fault in the software kept it from being written.",
        ),
        (
            {"state": "pending", "doubt": 1},
            Show.RETRIED,
            "It may have been sent: the confirmation never came. It is tried once more.",
        ),
        ({"state": "sending", "attempts": 1}, Show.RETRIED, "The mail server could not be reached."),
        ({"state": "sent", "attempts": 1}, Show.SENT, ""),
        (
            {"state": "failed", "reason": "The mail server refused the e-mail."},
            Show.FAILED,
            "The mail server refused the e-mail.",
        ),
        (
            {"state": "suppressed"},
            Show.SUPPRESSED,
            "The address fails or does not want our e-mail: nothing is sent to it.",
        ),
        (
            {"state": "expired", "reason": "The time to send it had passed."},
            Show.EXPIRED,
            "The time to send it had passed.",
        ),
    ],
)
def test_states_in_plain_words(fields: dict[str, Any], show: Show, why: str) -> None:
    told = line(**fields)
    assert (told.show, told.why) == (show, why)


def test_tries_and_the_next_one(as_priya: Client, programme: Programme) -> None:
    at = clock.now() + timedelta(minutes=16)
    plan_letter(programme, state="pending", attempts=1, deferrals=2, last_code=450, not_before=at)
    shown = page(as_priya)
    assert "Retried" in shown
    assert f"next {at:%-d %b, %H:%M}" in shown
    assert rows(as_priya, show="retried")
    assert rows(as_priya, show="waiting") == []


@pytest.mark.parametrize("show", [show for show in Show if show not in {Show.ALL, Show.LOOK}])
def test_each_state_is_found_and_counted(as_priya: Client, riverside: Clinic, show: Show) -> None:
    states: dict[Show, dict[str, Any]] = {
        Show.WAITING: {"state": "pending"},
        Show.RETRIED: {"state": "pending", "deferrals": 1},
        Show.SENT: {"state": "sent", "sent_at": clock.now()},
    }
    for one in Show:
        if one not in {Show.ALL, Show.LOOK}:
            make(riverside, **states.get(one, {"state": one.value}))
    found = rows(as_priya, show=show.value)
    assert len(found) == 1
    assert line(state=found[0].state, deferrals=found[0].deferrals).show == show
    counts = as_priya.get(reverse("exercises:outgoing")).context["found"].counts
    assert counts == {one: 1 for one in Show if one not in {Show.ALL, Show.LOOK}} | {Show.LOOK: 2}


def test_by_letter_day_and_order(as_priya: Client, riverside: Clinic, failed: OutgoingEmail) -> None:
    now = clock.now()
    older = make(riverside, not_before=now - timedelta(days=40))
    newer = make(riverside)
    assert rows(as_priya) == [newer, failed]
    assert rows(as_priya, first="") == [newer, failed, older]
    assert rows(as_priya, first="", order="oldest") == [older, failed, newer]
    assert rows(as_priya, letter="plan_ready") == [failed]
    assert rows(as_priya, first="2026-11-23", last="2026-11-23") == [failed]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"show": "lost"}, "lost"),
        ({"letter": "love"}, "love"),
        ({"first": "yesterday"}, "Enter a valid date."),
        ({"first": "2026-11-23", "last": "2026-11-22"}, "This day is before the first."),
        ({"patient": "nobody"}, "valid UUID"),
    ],
)
def test_what_cannot_be_read_is_said_and_finds_nothing(
    as_priya: Client, failed: OutgoingEmail, asked: dict[str, str], words: str
) -> None:
    response = as_priya.get(reverse("exercises:outgoing"), asked)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert response.context["found"].lines == ()


def test_an_address_out_of_order_begins_anew(as_priya: Client, failed: OutgoingEmail) -> None:
    for after in ("x", "2026-11-23_1", "2026-11-23T12:00:00+00:00_x", "9" * 40):
        assert rows(as_priya, after=after) == [failed]
    for sent in ("x", "-1", "9" * 30):
        page(as_priya, sent=sent)


def test_page_by_page_each_row_once(
    as_priya: Client, riverside: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "PAGE", 3)
    at = clock.now()
    made = [make(riverside, not_before=at - timedelta(minutes=number // 2)) for number in range(8)]
    for order in ("", "oldest"):
        seen: list[OutgoingEmail] = []
        after = ""
        for _page in range(3):
            response = as_priya.get(reverse("exercises:outgoing"), {"order": order, "after": after})
            seen += [one.email for one in response.context["found"].lines]
            after = response.context["found"].more
        assert after == ""
        assert len(seen) == 8
        assert set(seen) == set(made)
        assert [e.not_before for e in seen] == sorted((e.not_before for e in made), reverse=not order)


def test_of_one_patient_and_her_carer_alone(
    as_priya: Client, priya: User, margaret: Patient, failed: OutgoingEmail
) -> None:
    other = factories.make_patient(priya, "Ana", "Quinn")
    make_message(priya, other)
    name_carer(margaret)
    found = rows(as_priya, patient=margaret.pk)
    assert {one.letter for one in found} == {"plan_ready", "carer_asked"}
    shown = page(as_priya, patient=margaret.pk)
    assert "E-mail to Margaret Hale" in shown
    assert "Ruth Hale" in shown
    assert "Quinn" not in shown
    entry = AuditEntry.objects.filter(verb="record.read").latest("pk")
    assert (entry.patient_id, entry.changes) == (margaret.pk, {"page": "e-mails"})


def test_what_is_not_kept_any_more_shows_all_the_same(as_priya: Client, riverside: Clinic) -> None:
    made = [make(riverside), make(riverside, object_id="x"), make(riverside, letter="of_old", object_id="1")]
    assert set(rows(as_priya)) == set(made)
    assert page(as_priya).count("not kept") == 3


def test_from_the_patients_page(as_priya: Client, margaret: Patient) -> None:
    shown = as_priya.get(reverse("exercises:patient", args=[margaret.pk])).content.decode()
    assert f"{reverse('exercises:outgoing')}?patient={margaret.pk}" in shown


@pytest.mark.hazard("HZ-31")
def test_another_clinics_rows_and_patients_do_not_show(
    client: Client, hugo: User, margaret: Patient, failed: OutgoingEmail
) -> None:
    client.force_login(hugo)
    assert "Hale" not in page(client)
    assert rows(client, first="") == []
    assert client.get(reverse("exercises:outgoing"), {"patient": str(margaret.pk)}).status_code == 404


def test_only_roles_that_open_patients(
    client: Client, asha: User, carlos: User, audrey: User, failed: OutgoingEmail
) -> None:
    for user, status in ((asha, 200), (carlos, 403), (audrey, 403)):
        client.force_login(user)
        assert client.get(reverse("exercises:outgoing")).status_code == status
        assert ("/e-mail/" in client.get(reverse("exercises:catalogue")).content.decode()) == (status == 200)
        found = OutgoingEmail.objects.visible_to(Actor.staff(User.objects.get(pk=user.pk)))
        assert found.exists() == (status == 200)
    assert not OutgoingEmail.objects.visible_to(None).exists()
    assert not OutgoingEmail.objects.visible_to(Actor.patient(Patient.objects.get())).exists()
    assert OutgoingEmail.objects.visible_to(Actor.system("test")).exists()


def test_invitations_show_to_owners_alone(as_priya: Client, olivia: User) -> None:
    make_invitation(olivia)
    assert rows(as_priya) == []
    assert "Nora Quinn" not in page(as_priya)
    owner = Client()
    owner.force_login(olivia)
    assert "Nora Quinn" in page(owner)
    assert "Invitation to join" in page(owner)


def test_sent_again_says_by_whom_and_has_no_button(
    as_priya: Client, priya: User, failed: OutgoingEmail
) -> None:
    OutgoingEmail.objects.filter(pk=failed.pk).update(not_before=clock.now())
    again = reverse("exercises:outgoing_again", args=[failed.pk])
    assert again in page(as_priya)
    as_priya.post(again)
    shown = page(as_priya)
    assert "Sent again by Priya Nair, " in shown
    assert again not in shown
    assert rows(as_priya, show="look") == []


def test_what_is_empty_says_so(as_priya: Client, margaret: Patient) -> None:
    assert "No e-mail in these days." in page(as_priya)
    assert "Nothing failed and nothing is in doubt" in page(as_priya, show="look")
    assert "No e-mail was found by these filters." in page(as_priya, letter="plan_ready")
    assert "No e-mail to this patient yet." in page(as_priya, patient=margaret.pk)
    assert "There are no more e-mails." in page(as_priya, after=f"{clock.now().isoformat()}_1")


def test_where_staff_look_a_line_counts_what_failed(
    client: Client, as_priya: Client, asha: User, failed: OutgoingEmail
) -> None:
    client.force_login(asha)
    pages = [(as_priya, reverse("exercises:worklist")), (client, reverse("patients:list"))]
    OutgoingEmail.objects.update(not_before=clock.now() - timedelta(days=8))
    for reader, url in pages:
        assert "could not be sent" not in reader.get(url).content.decode()
    OutgoingEmail.objects.update(not_before=clock.now())
    for reader, url in pages:
        shown = reader.get(url).content.decode()
        assert "1 e-mail could not be sent, or may not have been." in shown
        assert f"{reverse('exercises:outgoing')}?show=look" in shown
    as_priya.post(reverse("exercises:outgoing_again", args=[failed.pk]))
    OutgoingEmail.objects.filter(generation=1).update(state="sent", sent_at=clock.now())
    for reader, url in pages:
        assert "could not be sent" not in reader.get(url).content.decode()


def test_the_number_of_questions_does_not_grow(
    as_priya: Client, priya: User, olivia: User, margaret: Patient, programme: Programme
) -> None:
    def count(**asked: Any) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asking:
            page(as_priya, **asked)
        return len(asking)

    put(OutgoingEmail.objects.get())
    few = count()
    name_carer(margaret)
    for number in range(60):
        person = factories.make_patient(priya, "Ana", f"Number {number}", same_person_checked=True)
        make_message(priya, person, now=clock.now())
    make(margaret.clinic, letter="signs_reported", object_id=f"{margaret.pk.hex}:{priya.pk}")
    many = count()
    assert few <= many <= MOST_QUERIES
    assert many <= few + 2  # carers and staff are asked for where there are any
    assert count(patient=margaret.pk) <= MOST_QUERIES + 2  # two of the test's own, round the audit entry
