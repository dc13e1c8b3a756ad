"""The same form sent again: the same message is one, and what was corrected in it is not taken for sent."""

import pytest

from clinic import clock
from patients.models import Message, Patient
from tests import factories
from tests.exercises.test_messages import form, letters
from tests.factories import NOON, TODAY
from tests.message_factories import make_message
from tests.pages import text


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def thread(margaret: Patient) -> str:
    return f"/patients/{margaret.pk}/messages/"


def test_sent_twice_is_one_message(as_priya, thread):
    once = form()
    for _ in range(2):
        assert as_priya.post(f"{thread}send/", once).status_code == 302
    assert Message.objects.count() == len(letters()) == 1


def test_a_message_of_another_record_keeps_its_key(as_priya, thread, priya, margaret):
    other = factories.make_patient(priya, "Ana", "Quinn")
    made = make_message(priya, other)
    before = factories.count_rows()
    assert as_priya.post(f"{thread}send/", form(key=str(made.pk))).status_code == 422
    assert factories.count_rows() == before


@pytest.mark.parametrize("change", [{"text": "Call 000 0000 instead."}, {"about_day": TODAY.isoformat()}])
def test_what_was_corrected_in_a_form_that_was_sent_is_not_lost(as_priya, thread, change):
    once = form()
    as_priya.post(f"{thread}send/", once)
    before = factories.count_rows()
    response = as_priya.post(f"{thread}send/", once | change)
    assert response.status_code == 422
    assert "Another message was sent from this form already" in text(response)
    assert factories.count_rows() == before
    typed = {name: response.context["form"][name].value() for name in ("text", "about_day", "key")}
    assert typed["key"] != once["key"]
    assert typed["text"] == (once | change)["text"]
    assert as_priya.post(f"{thread}send/", typed).status_code == 302
    assert Message.objects.count() == len(letters()) == 2


def test_what_was_taken_back_is_not_on_its_way(as_priya, thread):
    once = form()
    as_priya.post(f"{thread}send/", once)
    as_priya.post(f"/messages/{once['key']}/take-back/")
    before = factories.count_rows()
    response = as_priya.post(f"{thread}send/", once)
    assert response.status_code == 422
    assert "This message was taken back: nothing was sent now." in text(response)
    assert response.context["form"]["key"].value() != once["key"]
    assert factories.count_rows() == before
