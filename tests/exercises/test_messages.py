"""The clinic writes to a patient: sent by a person, told of by a neutral letter, read behind the link."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, OutgoingEmail
from exercises import actions, emails
from exercises.rights.rows import own_rows
from patients import actions as patient_actions
from patients.actions.messages import UNDO_FOR
from patients.models import Message, Patient, PlanLink, RaisedFlag
from tests import factories
from tests.factories import NOON, TODAY
from tests.message_factories import WORDS, make_message, make_template
from tests.pages import signed_in, text

PAGE = "/today/messages/"
LATER = NOON + timedelta(minutes=6)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOON)


def at(monkeypatch, moment):
    monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture
def thread(margaret: Patient) -> str:
    return f"/patients/{margaret.pk}/messages/"


@pytest.fixture
def phone(client: Client, margaret: Patient) -> Client:
    factories.open_device(client, margaret, now=NOON)
    return client


def form(words: str = WORDS, **fields: object) -> dict[str, object]:
    return {"text": words, "about_day": "", "key": str(uuid4()), **fields}


def letters() -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(letter="message_waiting").order_by("pk"))


def composed(message: Message, now=NOON):
    return emails.message_waiting(str(message.pk), now)


def note(programme, words: str = "The stairs were hard.", day=TODAY) -> None:
    entry = actions.DayLog(performed_on=day, done={}, note=words)
    actions.log_day(actor=Actor.patient(programme.patient), patient=programme.patient, entry=entry, now=NOON)


class TestSending:
    def test_stands_in_the_thread_and_waits_for_its_minutes(self, as_priya, thread, margaret, priya):
        response = as_priya.post(f"{thread}send/", form())
        assert (response.status_code, response["Location"]) == (302, f"{thread}#newest")
        message = Message.objects.get()
        assert (message.patient, message.written_by, message.text) == (margaret, priya, WORDS)
        assert (message.sent_at, message.readable_from) == (NOON, NOON + UNDO_FOR)
        shown = text(as_priya.get(thread))
        assert WORDS in shown
        assert "goes out at 12:05" in shown
        (letter,) = letters()
        assert (letter.object_id, letter.not_before) == (str(message.pk), NOON + UNDO_FOR)
        entry = AuditEntry.objects.get(verb="message.sent")
        assert entry.patient_id == margaret.pk
        assert WORDS not in str(entry.changes)

    def test_answers_a_note(self, as_priya, thread, programme):
        note(programme)
        shown = text(as_priya.get(thread))
        assert "The stairs were hard." in shown
        assert f'href="?day={TODAY}#write"' in shown
        assert f'value="{TODAY}" selected' in text(as_priya.get(f"{thread}?day={TODAY}"))
        as_priya.post(f"{thread}send/", form(about_day=TODAY.isoformat()))
        assert Message.objects.get().about_day == TODAY
        assert "about the note of Monday 23 Nov 2026" in text(as_priya.get(thread))

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"text": ""}, "Write the message."),
            ({"text": " \n "}, "Write the message."),
            ({"text": "x" * 2001}, "2000 characters are the most."),
            ({"text": "a\x01b"}, "Remove the control characters"),
            ({"about_day": "2026-12-01"}, "This day is still to come."),
            ({"about_day": "soon"}, "Choose a day from the list."),
            ({"key": "1"}, "Enter a valid UUID."),
        ],
    )
    def test_a_refusal_keeps_what_was_typed_and_sends_nothing(
        self, as_priya, thread, margaret, change, words
    ):
        before = factories.count_rows()
        response = as_priya.post(f"{thread}send/", form("Hello Margaret.") | change)
        assert response.status_code == 422
        assert words in text(response)
        assert change.get("text", "Hello Margaret.").strip() in response.content.decode()
        assert factories.count_rows() == before

    @pytest.mark.parametrize("who", ["asha", "olivia", "carlos", "audrey", "hugo"])
    def test_who_may_not_write(self, request, who, thread):
        client = signed_in(request.getfixturevalue(who))
        before = factories.count_rows()
        assert client.post(f"{thread}send/", form()).status_code in {403, 404}
        assert factories.count_rows() == before

    def test_owners_read_and_assistants_do_not(self, olivia, asha, thread, priya, margaret):
        make_message(priya, margaret)
        shown = text(signed_in(olivia).get(thread))
        assert WORDS in shown
        assert 'name="text"' not in shown
        assert signed_in(asha).get(thread).status_code == 403
        assert "Messages" not in text(signed_in(asha).get(f"/patients/{margaret.pk}/"))

    def test_not_in_an_archived_record(self, as_priya, thread, margaret, priya):
        actions.archive_patient(actor=Actor.staff(priya), patient=margaret, now=NOON, reason="Moved away.")
        before = factories.count_rows()
        response = as_priya.post(f"{thread}send/", form())
        assert response.status_code == 422
        assert "This record is archived." in text(response)
        assert factories.count_rows() == before

    def test_says_so_where_no_e_mail_goes(self, as_priya, thread, margaret):
        Patient.objects.filter(pk=margaret.pk).update(email="", reminders_allowed=False)
        assert "There is no e-mail address." in text(as_priya.get(thread))
        as_priya.post(f"{thread}send/", form())
        assert letters() == []
        assert "can be read from 12:05 on; no e-mail" in text(as_priya.get(thread))

    def test_tells_that_words_are_not_translated(self, as_priya, thread, margaret):
        Patient.objects.filter(pk=margaret.pk).update(language="de")
        assert "The patient reads the plan in German." in text(as_priya.get(thread))


class TestTakingBack:
    def test_within_its_minutes_the_patient_never_sees_it(
        self, as_priya, thread, phone, priya, margaret, monkeypatch
    ):
        message = make_message(priya, margaret, now=NOON)
        for address in (PAGE, "/today/"):
            shown = text(phone.get(address))
            assert WORDS not in shown
            assert "Your clinic wrote to you." not in shown
        assert as_priya.post(f"/messages/{message.pk}/take-back/").status_code == 302
        assert "the patient never saw it" in text(as_priya.get(thread))
        at(monkeypatch, LATER)
        assert WORDS not in text(phone.get(PAGE))
        assert composed(message, LATER) is None
        assert WORDS not in str(own_rows(margaret, LATER))

    @pytest.mark.parametrize("when", [UNDO_FOR, timedelta(days=1)])
    def test_not_afterwards(self, as_priya, priya, margaret, when):
        message = make_message(priya, margaret, now=NOON - when)
        before = factories.count_rows()
        response = as_priya.post(f"/messages/{message.pk}/take-back/", follow=True)
        assert "The patient may have read it by now" in text(response)
        message.refresh_from_db()
        assert message.taken_back_at is None
        assert {name for name, rows in factories.count_rows().items() if rows != before[name]} <= {
            "clinic_auditentry",  # of reading the page
            "django_session",
        }

    def test_not_twice_and_not_by_another_clinic(self, as_priya, priya, margaret, hugo):
        message = make_message(priya, margaret, now=NOON)
        assert signed_in(hugo).post(f"/messages/{message.pk}/take-back/").status_code == 404
        as_priya.post(f"/messages/{message.pk}/take-back/")
        again = as_priya.post(f"/messages/{message.pk}/take-back/", follow=True)
        assert "taken back already" in text(again)


class TestTheLetter:
    @pytest.mark.hazard("HZ-10")
    def test_leads_to_the_messages_and_says_nothing(self, priya, margaret):
        letter = composed(make_message(priya, margaret))
        assert letter
        assert letter.subject == "A message from Riverside"
        assert "There is a message for you." in letter.text
        assert "/t/?to=messages#" in letter.text
        assert WORDS not in letter.text + letter.html
        assert "Margaret" not in letter.text + letter.html

    def test_in_the_language_of_the_patient(self, priya, margaret):
        Patient.objects.filter(pk=margaret.pk).update(language="es")
        letter = composed(make_message(priya, margaret))
        assert letter
        assert "Hay un mensaje para usted." in letter.text

    def test_one_tells_of_all_that_waits(self, priya, margaret):
        first, second = (make_message(priya, margaret, now=NOON - timedelta(minutes=n)) for n in (20, 10))
        assert composed(first)
        OutgoingEmail.objects.filter(object_id=str(first.pk)).update(state="sent", sent_at=NOON)
        assert composed(second, NOON) is None
        third = make_message(priya, margaret, now=NOON)
        assert composed(third, LATER), "written after that letter went out"

    def test_one_that_did_not_go_out_tells_of_nothing(self, priya, margaret):
        first, second = (make_message(priya, margaret) for _ in range(2))
        OutgoingEmail.objects.filter(object_id=str(first.pk)).update(state="failed")
        assert composed(second)

    @pytest.mark.hazard("HZ-06")
    def test_is_not_wanted_once_read_or_without_a_right_address(self, priya, margaret, phone):
        message = make_message(priya, margaret)
        unwanted = [{"email": "", "reminders_allowed": False}, {"email_doubted_at": NOON}]
        for fields in unwanted:
            kept = {name: getattr(margaret, name) for name in fields}
            Patient.objects.filter(pk=margaret.pk).update(**fields)
            assert composed(message) is None
            Patient.objects.filter(pk=margaret.pk).update(**kept)
        assert PlanLink.objects.count() == 0
        assert composed(message)
        phone.post(PAGE, {"message": [str(message.pk)]})
        assert composed(message) is None
        assert emails.message_waiting(str(uuid4()), NOON) is None

    def test_goes_out_while_a_warning_sign_waits(self, priya, margaret):
        factories.make_flag(priya, margaret)
        assert RaisedFlag.objects.about(margaret).blocking().exists()
        assert composed(make_message(priya, margaret))

    def test_of_a_merged_record_leads_to_the_kept_one(self, priya, margaret, double):
        message = make_message(priya, double)
        actions.merge_patients(
            actor=Actor.staff(priya), kept=margaret, duplicate=double, now=NOON, reason="Twice."
        )
        letter = composed(message)
        assert letter
        assert letter.to == margaret.email


class TestReading:
    @pytest.mark.hazard("HZ-30")
    def test_a_link_alone_says_that_there_is_one_and_no_more(self, client, priya, margaret, programme):
        make_message(priya, margaret)
        factories.open_plan(client, margaret)
        shown = text(client.get("/today/"))
        assert "Your clinic wrote to you." in shown
        assert WORDS not in shown
        before = factories.count_rows()
        response = client.get(PAGE)
        assert response.status_code == 404
        assert "This page opens on your own device" in text(response)
        assert WORDS not in text(response)
        assert client.post(PAGE, {"message": [str(Message.objects.get().pk)]}).status_code == 404
        assert factories.count_rows() == before
        assert Message.objects.unread().count() == 1

    def test_opening_is_not_reading(self, phone, as_priya, thread, priya, margaret, programme):
        message = make_message(priya, margaret, about_day=TODAY - timedelta(days=1))
        before = factories.count_rows()
        shown = text(phone.get(PAGE))
        assert WORDS in shown
        assert "About what you wrote on Sunday 22 November." in shown
        assert "Nobody watches your logs in real time." in shown
        assert factories.count_rows() == before
        assert "not read yet" in text(as_priya.get(thread))
        assert phone.post(PAGE, {"message": [str(message.pk)]}).status_code == 303
        message.refresh_from_db()
        assert message.seen_at == NOON
        assert "read by the patient on 23 Nov 2026, 12:00" in text(as_priya.get(thread))
        shown = text(phone.get(PAGE))
        assert WORDS in shown
        assert "I have read it" not in shown
        assert "Your clinic wrote to you." not in text(phone.get("/today/"))
        assert AuditEntry.objects.filter(verb="message.read").count() == 1

    def test_only_what_stood_on_the_page_and_only_ones_own(self, phone, priya, margaret):
        shown, unseen = make_message(priya, margaret), make_message(priya, margaret, "Later.")
        waiting = make_message(priya, margaret, now=NOON)
        strange = make_message(priya, factories.make_patient(priya, "Ana", "Quinn"))
        keys = [str(one.pk) for one in (shown, waiting, strange)]
        phone.post(PAGE, {"message": [*keys, "nonsense"]})
        assert list(Message.objects.exclude(seen_at=None)) == [shown]
        assert unseen in Message.objects.unread()
        before = factories.count_rows()
        phone.post(PAGE, {"message": keys})
        assert factories.count_rows() == before

    def test_none_yet(self, phone):
        assert "Your clinic has not written to you here." in text(phone.get(PAGE))

    def test_in_pages_of_twenty(self, phone, priya, margaret):
        for number in range(25):
            make_message(priya, margaret, f"Words {number:02}.", now=NOON - timedelta(hours=number + 1))
        shown = text(phone.get(PAGE))
        assert "Words 19." in shown
        assert "Words 20." not in shown
        (older,) = [
            part.partition('"')[0] for part in shown.split('href="')[1:] if part.startswith("?before")
        ]
        shown = text(phone.get(PAGE + older))
        assert "Words 20." in shown
        assert "Words 19." not in shown
        assert phone.get(f"{PAGE}?before=nonsense").status_code == 200

    def test_is_escaped(self, phone, as_priya, thread, priya, margaret):
        make_message(priya, margaret, "<b>bold</b>\n\nsecond paragraph")
        for response in (phone.get(PAGE), as_priya.get(thread)):
            assert "<b>bold" not in response.content.decode()

    def test_belongs_to_ones_own_data(self, priya, margaret):
        make_message(priya, margaret)
        make_message(priya, margaret, "May still be taken back.", now=NOON)
        (row,) = own_rows(margaret, NOON)["patients.Message"]
        assert row["text"] == WORDS
        assert "written_by" not in str(row)

    def test_no_word_of_it_in_the_offline_copy(self, phone, priya, margaret, programme):
        make_message(priya, margaret)
        shown = text(phone.get("/today/offline/"))
        assert WORDS not in shown
        assert "wrote to you" not in shown


class TestThread:
    def test_newest_last_in_pages(self, as_priya, thread, priya, margaret):
        for number in range(17):
            make_message(priya, margaret, f"Words {number:02}.", now=NOON - timedelta(hours=number + 1))
        shown = text(as_priya.get(thread))
        assert shown.index("Words 11.") < shown.index("Words 00.")
        assert "Words 12." not in shown
        (older,) = [
            part.partition('"')[0] for part in shown.split('href="')[1:] if part.startswith("?before")
        ]
        assert "Words 16." in text(as_priya.get(thread + older))
        assert as_priya.get(f"{thread}?before=nonsense").status_code == 200

    def test_reading_is_written_down(self, as_priya, thread, margaret):
        as_priya.get(thread)
        entry = AuditEntry.objects.get(verb="record.read")
        assert (entry.patient_id, entry.changes) == (margaret.pk, {"page": "messages"})

    def test_asks_as_much_for_one_as_for_ten(self, as_priya, thread, priya, margaret, programme):
        counts = []
        for number in (1, 9):
            for n in range(number):
                make_message(priya, margaret)
                make_template(priya, f"Template {number}-{n}")
                note(programme, f"Note {number}-{n}")
            with CaptureQueriesContext(connection) as queries:
                assert as_priya.get(thread).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 15


@pytest.mark.django_db
def test_only_a_person_writes(margaret: Patient) -> None:
    system = Actor.system("test")
    with pytest.raises(Refused):
        patient_actions.send_message(
            actor=system, patient=margaret, entry=patient_actions.MessageEntry(text=WORDS), now=NOON
        )
    assert not Message.objects.exists()
