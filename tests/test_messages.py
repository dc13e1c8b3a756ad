"""Every sentence that patients read is translated, and translations fit: figures, plural forms, markup.

The second half opens every page that patients have, with each translated sentence in ⟦brackets⟧: what stands outside of
them was never given to translators.
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

from clinic import clock, po
from clinic.actors import Actor
from clinic.dev import messages
from clinic.models import Language, User
from clinic.views import errors
from exercises import actions, emails
from exercises.models import Exercise, Programme
from patients import actions as patient_actions
from patients.models import Patient
from tests import factories
from tests.doors import DOORS
from tests.factories import NOON

TRANSLATED = [language.value for language in Language if language is not Language.ENGLISH]
FORMS = {"es": 2, "de": 2, "ar": 6}


def catalogue(language: str) -> po.Catalogue:
    path = po.LOCALE / language / "LC_MESSAGES" / "django.po"
    return po.read(path.read_text(encoding="utf-8"))


# --- what stands in the files ----------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-18")
@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated_and_fits(language: str) -> None:
    found = catalogue(language)
    assert [*messages.stale(found, messages.sentences())] == []
    assert [*messages.faults(found)] == []
    assert found.forms == FORMS[language]
    assert len(found.entries) > 260


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogues_are_in_order(language: str) -> None:
    """As `make messages` writes them, so that two people's changes meet in few lines."""
    path = po.LOCALE / language / "LC_MESSAGES" / "django.po"
    text = path.read_text(encoding="utf-8")
    assert po.written(messages.updated(po.read(text), messages.sentences())) == text
    assert "X-Clinical-Review: " in text


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_figure_is_said_in_latin_digits_and_never_by_a_word_alone(language: str) -> None:
    """Timer, chart and sentence agree; a span such as 1–2 fits no word for two."""
    for entry in catalogue(language).entries.values():
        for said in entry.said:
            assert not re.search("[\u0660-\u0669\u06f0-\u06f9]", said), said
            if re.search(r"\d", entry.sentence) and "%(" not in entry.sentence:
                assert sorted(re.findall(r"\d+", said)) == sorted(re.findall(r"\d+", entry.sentence)), said


@pytest.mark.hazard("HZ-18")
def test_telephone_numbers_keep_their_order_in_arabic() -> None:
    """In a line from right to left the groups of a number change places unless it is isolated."""
    held = [
        said
        for entry in catalogue("ar").entries.values()
        for said in entry.said
        if ("%(number)s" in said and not entry.plural) or "%(phone)s" in said
    ]
    assert len(held) > 8
    assert [said for said in held if not re.search("\u2066%\\((number|phone)\\)s\u2069", said)] == []


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (po.Entry("A", said=[""]), "not translated"),
        (po.Entry("A", said=["B"], fuzzy=True), "fuzzy"),
        (po.Entry("%(n)s A", "%(n)s As", said=["%(n)s B"]), "1 plural forms instead of 2"),
        (po.Entry("%(n)s A", "%(n)s As", said=["ein B", "%(n)s B"]), "other placeholders"),
        (po.Entry("Call %(n)s", said=["Rufen Sie an"]), "other placeholders"),
        (po.Entry("<b>A</b>", said=["B"]), "other markup"),
        (po.Entry("A", said=["<i>B</i>"]), "other markup"),
        (po.Entry("A ", said=["B"]), "begins or ends differently"),
    ],
)
def test_faults_are_found(entry: po.Entry, fault: str) -> None:
    found = [*messages.faults(po.Catalogue("Plural-Forms: nplurals=2;", [], {entry.key: entry}))]
    assert len(found) == 1
    assert fault in found[0]


CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
class Staff:
    word = _("for staff")
class Patient:
    word = _("for" " patients")
def words(n):
    return ngettext("%(n)s day", "%(n)s days", n), pgettext("month", "May"), _(variable)
"""
TEMPLATE = """{% load i18n %}{% translate "One" %} {% translate variable %} {{ day|date:_("l j F") }}
{% blocktranslate count n=n trimmed %}
  {{ n }} thing of {{ a }}
{% plural %}
  {{ n }} things of {{ a }}
{% endblocktranslate %}{% translate "May" context "month" %}{% include "x.html" with label=_("Two") only %}"""


def test_sentences_are_found_in_code_and_in_templates() -> None:
    code = [
        (one.context, one.sentence, one.plural)
        for one in messages.of_code(CODE, "a.py", ("Patient", "words"))
    ]
    assert code == [("", "for patients", ""), ("", "%(n)s day", "%(n)s days"), ("month", "May", "")]
    found = {(one.context, one.sentence, one.plural) for one in messages.of_template(TEMPLATE, "a.html")}
    thing = ("", "%(n)s thing of %(a)s", "%(n)s things of %(a)s")
    assert found == {("", "One", ""), ("", "l j F", ""), ("", "Two", ""), thing, ("month", "May", "")}


def test_an_update_keeps_what_was_translated() -> None:
    old = po.Catalogue("Plural-Forms: nplurals=2;", [], {})
    for entry in (po.Entry("stays", said=["bleibt"]), po.Entry("went", said=["ging"])):
        old.entries[entry.key] = entry
    now = messages.updated(
        old, [messages.Found("stays", "", "", "a.py"), messages.Found("new", "", "", "a.py")]
    )
    assert {key: (entry.said, entry.gone) for key, entry in now.entries.items()} == {
        ("", "stays"): (["bleibt"], False),
        ("", "new"): ([""], False),
        ("", "went"): (["ging"], True),
    }
    back = messages.updated(now, [messages.Found("went", "", "", "b.html")])
    assert back.entries["", "went"].said == ["ging"]
    assert not back.entries["", "went"].gone


def test_no_part_of_a_staff_page_is_given_to_translators() -> None:
    templates = messages.patient_templates()
    assert {"exercises/today.html", "emails/base.txt", "components/pain_scale.html", "500.html"} <= templates
    assert (
        not {"base.html", "exercises/patient.html", "patients/findings.html", "account/login.html"}
        & templates
    )


@pytest.mark.parametrize("name", sorted(messages.patient_templates()))
def test_dates_are_written_as_each_language_writes_them(name: str) -> None:
    r"""``|date:_("l j F")``: the order of day and month is the translators' to say, too."""
    source = (messages.TEMPLATES / name).read_text()
    assert re.findall(r'\|date:"[^"]*"', source) == []


# --- what stands on the pages ----------------------------------------------------------------------------------
class Pseudo:
    """German, with every sentence of ours in brackets instead."""

    def __init__(self, real: Any) -> None:
        self.real = real
        found = messages.sentences()
        self.known = {
            f"{one.context}{po.CONTEXT_END}{one.sentence}" if one.context else one.sentence for one in found
        }

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def gettext(self, sentence: str) -> str:
        if sentence in self.known:
            return f"⟦{sentence.rpartition(po.CONTEXT_END)[2]}⟧"
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
    "Heel raises", "Deutsch",
    "Riverside Podiatry", "Margaret", "Footwork", "Hold on to the wall.", "Two hours on the first day.", "Soft Step 2",
    "Take it slowly.", "Riverside", "Deutsch", "Europe/London", "Toe curls and spreads",
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
    if hasattr(factories, "open_device"):
        factories.open_device(client, german)
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
    if not response.headers.get("Content-Type", "").startswith("text/html") or response.status_code in {
        302,
        303,
    }:
        pytest.skip("no page")
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
