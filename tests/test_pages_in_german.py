"""No page of patients says anything in English to somebody who reads another language.

Every page that patients have is opened with each translated sentence in ⟦brackets⟧: what stands outside of them was never
given to translators.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import trans_real

from clinic import clock
from clinic.actors import Actor
from clinic.dev import messages
from clinic.models import User
from clinic.views import errors
from exercises import actions, emails
from exercises.models import Exercise, Programme
from patients import actions as patient_actions
from patients.models import Patient, carer_token
from patients.red_flags import red_flags
from tests import factories
from tests.doors import DOORS
from tests.exercises.wishes_world import make_carer
from tests.factories import NOON


class Pseudo:
    """German, with every sentence of ours in brackets instead."""

    def __init__(self, real: Any) -> None:
        self.real = real
        found = messages.sentences()
        self.known = {
            f"{one.context}{trans_real.CONTEXT_SEPARATOR}{one.sentence}" if one.context else one.sentence
            for one in found
        }

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def gettext(self, sentence: str) -> str:
        if sentence in self.known:
            return f"⟦{sentence.rpartition(trans_real.CONTEXT_SEPARATOR)[2]}⟧"
        said = str(self.real.gettext(sentence))
        return said if said == sentence else f"⟦{said}⟧"

    def ngettext(self, sentence: str, plural: str, number: int) -> str:
        if sentence in self.known:
            return f"⟦{sentence if number == 1 else plural}⟧"
        return f"⟦{self.real.ngettext(sentence, plural, number)}⟧"


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(trans_real._translations, "de", Pseudo(trans_real.translation("de")))  # type: ignore[attr-defined]


class Texts(HTMLParser):
    """What is read of a page in its own language: texts and the attributes that are read out."""

    SKIPPED = {"script", "style", "svg", "datalist"}
    EMPTY = {"meta", "link", "br", "img", "input", "source", "hr", "path", "option"}
    READ = {"alt", "aria-label", "title", "placeholder"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.found: list[str] = []
        self.language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        foreign = given.get("lang", self.language) != self.language or tag in self.SKIPPED
        if not (self.is_hidden or foreign):
            self.found += [value for name, value in attrs if value and self._is_read(name, value)]
        if tag not in self.EMPTY:
            self.open.append((tag, foreign))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self.is_hidden and data.strip():
            self.found.append(" ".join(data.split()))

    def _is_read(self, name: str, value: str) -> bool:
        """Words for scripts too: whatever has a space in it is no key."""
        return name in self.READ or (name.startswith("data-") and " " in value.strip())

    @property
    def is_hidden(self) -> bool:
        return any(foreign for _tag, foreign in self.open)


BRACKETS = re.compile(r"⟦[^⟦⟧]*⟧")
# People, places, addresses, and what a practitioner wrote.
DATA = (
    "Heel raises", "Deutsch", "English", "Español", "العربية", "Chrome on Android",
    "Riverside Podiatry", "Margaret", "Footwork", "Hold on to the wall.", "Two hours on the first day.", "Soft Step 2",
    "Take it slowly.", "Article basics", "Ruth Hale", "Riverside", "Deutsch", "Europe/London", "Toe curls and spreads",
)  # fmt: skip


def left_over(text: str) -> str:
    """What stands outside of the brackets and is no name, figure or address."""
    joined = text
    while (shorter := BRACKETS.sub(" ", joined)) != joined:
        joined = shorter
    for known in sorted(DATA, key=len, reverse=True):
        joined = joined.replace(known, " ")
    joined = re.sub(r"https?://\S+|[\w.+-]+@[\w.-]+", " ", joined)
    return joined.strip() if re.search(r"[^\W\d_]{2,}", joined) else ""


def in_english(html: str) -> list[str]:
    texts = Texts()
    texts.feed(html)
    assert texts.language == "de"
    return [text for text in _sentences(texts.found) if left_over(text)]


def _sentences(texts: list[str]) -> Iterator[str]:
    """A sentence with markup inside comes in pieces: put them together until the brackets are closed."""
    held = ""
    for text in texts:
        held = f"{held} {text}".strip()
        if held.count("⟦") == held.count("⟧"):
            yield held
            held = ""
    if held:
        yield held


def test_the_reader_of_pages_finds_what_is_not_translated() -> None:
    page = """<html lang="de"><title>⟦A⟧ – Footwork</title><p>⟦Today, <b>Margaret</b>⟧</p><p lang="en">Curl.</p>
    <svg><text>x</text></svg><img alt="Both feet"><b data-x="key" data-said="Now rest">12</b><p>Not done</p><p>⟦one of ⟦two⟧⟧, 12</p><b>⟦x⟧ left</b></html>"""
    assert in_english(page) == ["Both feet", "Now rest", "Not done", "⟦x⟧ left"]


@pytest.fixture
def german(priya: User, margaret: Patient, monkeypatch: pytest.MonkeyPatch, pseudo: None) -> Patient:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    patient_actions.set_language(actor=Actor.staff(priya), patient=margaret, language="de")
    return margaret


@pytest.fixture
def phone(client: Client, german: Patient) -> Client:
    factories.open_plan(client, german)
    factories.confirm_device(client, factories.open_device(client, german))
    return client


@pytest.fixture
def plan(priya: User, german: Patient, toe_curls: Exercise) -> Programme:
    factories.make_support(
        priya,
        german,
        hours_per_day=8,
        wear_in_plan="Two hours on the first day.",
        product="Soft Step 2",
        patient_note="Take it slowly.",
        review_on=NOON.date(),
    )
    hard = factories.make_exercise(
        "heel-raises", kit_options=["backpack", "ball"], hold_s_min=5, hold_s_max=10
    )
    factories.make_check(priya, german, "reach_limited")
    assert toe_curls.current
    assert hard.current
    items = [
        factories.item_plan(toe_curls.current),
        factories.item_plan(hard.current, kit="backpack", note="Hold on to the wall."),
    ]
    return factories.make_programme(priya, german, [], items=items)


def pages_of_patients() -> list[str]:
    found = []
    for name, door in DOORS.items():
        if door.patient and "GET" in door.methods:
            try:
                found.append(reverse(name))
            except NoReverseMatch:  # about one thing: opened by the tests of that page
                continue
    return sorted(found)


@pytest.mark.parametrize("address", pages_of_patients())
def test_no_page_of_a_patient_says_anything_in_english(phone: Client, plan: Programme, address: str) -> None:
    response = phone.get(address)
    assert response.status_code == 200
    if not response.headers["Content-Type"].startswith("text/html"):
        return
    assert in_english(response.content.decode()) == []
    assert response.headers["Content-Language"] == "de"


def test_todays_page_in_all_its_states(phone: Client, priya: User, german: Patient, plan: Programme) -> None:
    item = plan.items.first()
    assert item
    pages = [
        phone.post(
            "/today/log/", {"performed_on": "2026-03-04", "item": str(item.pk), f"done-{item.pk}": "maybe"}
        ),
        phone.post("/today/log/", {"performed_on": "2020-01-01"}),
        phone.post("/today/log/", {"performed_on": ""}),
        phone.post("/today/reminders/", {"programme": str(plan.pk), "at": "23:00"}),
        phone.post("/today/reminders/", {"programme": str(plan.pk), "at": "soon"}),
    ]
    given = {
        f"done-{item.pk}": "done",
        "performed_on": NOON.date().isoformat(),
        "pain_foot_24h": "3",
        "item": str(item.pk),
    }
    pages.append(phone.post("/today/log/", given, follow=True))
    phone.post("/today/reminders/", {"do": "stop"})
    pages.append(phone.get("/today/reminders/"))
    actions.end_programme(actor=Actor.staff(priya), programme=plan, reason="Over.", now=NOON)
    pages.append(phone.get("/today/"))
    for page in pages:
        assert in_english(page.content.decode()) == []


def test_pages_with_answers_that_are_refused(phone: Client, plan: Programme) -> None:
    """The sentences of forms are translated too."""
    wrong = [
        ("/today/signs/", {}),
        ("/today/signs/", {"sign": "of_another_list"}),
        ("/today/carer/", {}),
        ("/today/carer/", {"name": "Ruth", "email": "ruth", "language": "de"}),
        ("/today/contact/", {}),
        ("/today/contact/", {"email": "nobody", "time_zone": "Moon"}),
        ("/today/confirm/", {"code": "1"}),
    ]
    for address, data in wrong:
        page = phone.post(address, data)
        assert page.status_code == 422, address
        assert in_english(page.content.decode()) == [], address


def test_pages_of_one_day_and_after_a_sign(phone: Client, german: Patient, plan: Programme) -> None:
    day = NOON.date().isoformat()
    assert in_english(phone.get(reverse("exercises:earlier", args=[day]), follow=True).content.decode()) == []
    told = phone.post("/today/signs/", {"sign": red_flags()[0].key}, follow=True)
    assert told.status_code == 200
    assert in_english(told.content.decode()) == []
    for address in ("/today/", "/today/sheet/", "/today/guide/"):
        assert in_english(phone.get(address).content.decode()) == [], address


def test_the_page_after_the_wrong_person_said_so(client: Client, german: Patient, plan: Programme) -> None:
    factories.open_plan(client, german)
    page = client.post("/today/not-for-me/", headers={"accept-language": "de"}, follow=True)
    assert page.status_code == 200
    assert in_english(page.content.decode()) == []


def test_pages_of_the_person_who_helps(client: Client, phone: Client, german: Patient) -> None:
    carer = make_carer(german, language="de")
    assert in_english(phone.get("/today/carer/").content.decode()) == []
    address = reverse("patients:carer", args=[carer_token(carer)])
    pages = [Client().get(address), Client().post(address, {"do": "agree"}), Client().post(address)]
    for page in pages:
        assert in_english(page.content.decode()) == []


def test_pages_for_a_code(client: Client, german: Patient) -> None:
    german_browser = {"accept-language": "de"}
    for name in ("patients:code", "patients:code_email", "patients:code_enter"):
        address = reverse(name)
        pages = [
            client.get(address, headers=german_browser),
            client.post(address, {}, headers=german_browser),
        ]
        if name != "patients:code_email":
            pages.append(
                client.post(address, {"code": "ABCD-EFGH-JKLM", "own": "yes"}, headers=german_browser)
            )
        for page in pages:
            assert in_english(page.content.decode()) == [], address


def test_pages_that_anybody_may_open(client: Client, german: Patient) -> None:
    stop = reverse("exercises:unsubscribe", args=[factories.stop_token(german)])
    for address in (
        reverse("patients:help", args=[german.clinic_id]),
        reverse("patients:link"),
        stop,
        reverse("exercises:today"),  # closed: no key
        "/nothing/here/",
    ):
        page = client.get(f"{address}?lang=de")
        assert in_english(page.content.decode()) == [], address
        again = client.get(address, headers={"accept-language": "de-CH,de;q=0.9,en;q=0.5"})
        assert in_english(again.content.decode()) == [], address
        assert again.headers["Content-Language"] == "de"
    assert in_english(client.post(f"{stop}?lang=de").content.decode()) == []
    refused = Client(enforce_csrf_checks=True).post(
        "/t/open/", {"link": "x"}, headers={"accept-language": "de"}
    )
    assert refused.status_code == 403
    assert in_english(refused.content.decode()) == []


def test_pages_of_faults(pseudo: None) -> None:
    request = RequestFactory().get("/today/")
    with translation.override("de"):
        assert in_english(errors.server_error(request).content.decode()) == []
        away = translation.get_language()
        page = render_to_string("503.html")
    assert away == "de"
    assert in_english(page) == []


def test_letters(german: Patient, plan: Programme) -> None:
    opening = emails.Opening(secret="s" * 43, works_until=NOON)
    for compose in (emails.plan_ready_letter, emails.reminder_letter):
        letter = compose(german, opening)
        assert in_english(letter.html) == []
        assert left_over(letter.subject) == ""
        assert [line for line in letter.text.split("\n\n") if left_over(line)] == []
        assert f"/t/?lang=de#{'s' * 43}" in letter.text
        assert letter.language == "de"
    assert NOON.strftime("%B") in letter.text  # ⟦l j F, H:i⟧ is a format, filled in
