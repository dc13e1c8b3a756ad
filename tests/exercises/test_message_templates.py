"""Words that practitioners keep for messages: put in by a button, read and changed before anything is sent."""

from uuid import uuid4

import pytest

from clinic import clock
from clinic.models import AuditEntry, User
from patients.models import MessageTemplate, Patient
from tests import factories
from tests.factories import NOON
from tests.message_factories import WORDS, make_template
from tests.pages import signed_in, text


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def thread(margaret: Patient) -> str:
    return f"/patients/{margaret.pk}/messages/"


def form(words: str = WORDS, **fields: object) -> dict[str, object]:
    return {"text": words, "about_day": "", "key": str(uuid4()), **fields}


class TestTemplates:
    ALL = "/messages/templates/"

    def test_put_into_the_message_and_not_sent(self, as_priya, thread, priya):
        made = make_template(priya)
        assert made.name in text(as_priya.get(thread))
        before = factories.count_rows()
        response = as_priya.post(f"{thread}send/", form("Dear Margaret,", insert=str(made.pk)))
        assert response.status_code == 200
        assert f"Dear Margaret,\n\n{made.text}" in response.content.decode()
        assert "Nothing is sent yet." in text(response)
        assert factories.count_rows() == before

    def test_ones_own_and_the_clinics(self, as_priya, thread, priya, riverside, hugo):
        colleague = factories.make_staff(riverside, priya.membership.role, "Bola Ade")
        make_template(priya, "Mine")
        make_template(colleague, "Theirs")
        make_template(colleague, "Ours", shared=True)
        foreign = make_template(hugo, "Foreign", shared=True)
        for address in (thread, self.ALL):
            shown = text(as_priya.get(address))
            assert "Mine" in shown
            assert "Ours" in shown
            assert "Theirs" not in shown
            assert "Foreign" not in shown
        before = factories.count_rows()
        assert as_priya.post(f"{thread}send/", form(insert=str(foreign.pk))).status_code == 404
        assert as_priya.post(f"{thread}send/", form(insert="nonsense")).status_code == 404
        for way in ("", "retire/", "restore/"):
            assert as_priya.post(f"{self.ALL}{foreign.pk}/{way}").status_code == 404
        assert factories.count_rows() == before

    def test_written_changed_put_away_and_used_again(self, as_priya, thread):
        as_priya.post(self.ALL, {"name": "Thanks", "text": "Thank you.", "shared": "on"})
        made = MessageTemplate.objects.get()
        assert (made.owner, made.text) == (None, "Thank you.")
        assert "Thank you." in text(as_priya.get(f"{self.ALL}{made.pk}/"))
        as_priya.post(f"{self.ALL}{made.pk}/", {"name": "Thanks", "text": "Thank you very much."})
        assert "Thank you very much." in text(as_priya.get(self.ALL))
        as_priya.post(f"{self.ALL}{made.pk}/retire/")
        as_priya.get(self.ALL)  # takes the word that it was put away
        assert "Thanks" not in text(as_priya.get(thread))
        assert "in the meantime" in text(as_priya.post(f"{self.ALL}{made.pk}/retire/", follow=True))
        as_priya.post(f"{self.ALL}{made.pk}/restore/")
        assert "Thanks" in text(as_priya.get(thread))
        verbs = AuditEntry.objects.filter(verb__startswith="message_template").order_by("pk")
        assert list(verbs.values_list("verb", flat=True)) == [
            f"message_template.{what}" for what in ("written", "written", "retired", "restored")
        ]

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"name": ""}, "Enter a name."),
            ({"name": "See you at the visit"}, "There is a template of this name already."),
            ({"text": ""}, "Write the words."),
            ({"text": "x" * 2001}, "2000 characters are the most."),
        ],
    )
    def test_a_refusal_changes_nothing(self, as_priya, priya, change, words):
        make_template(priya)
        before = factories.count_rows()
        response = as_priya.post(self.ALL, {"name": "Other", "text": "Words."} | change)
        assert response.status_code == 422
        assert words in text(response)
        assert factories.count_rows() == before

    def test_one_of_the_same_name_stands_in_the_way_of_using_it_again(self, as_priya, priya):
        old = make_template(priya)
        as_priya.post(f"{self.ALL}{old.pk}/retire/")
        make_template(priya)
        assert "of this name already" in text(as_priya.post(f"{self.ALL}{old.pk}/restore/", follow=True))
        old.refresh_from_db()
        assert old.retired_at == NOON

    def test_only_those_who_write_messages_keep_them(self, olivia: User, asha: User):
        for person in (olivia, asha):
            assert signed_in(person).get(self.ALL).status_code == 403
