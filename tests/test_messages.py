"""Every sentence that patients read is translated, and translations fit: figures, plural forms, markup."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from clinic import po
from clinic.dev import messages
from clinic.models import Language

TRANSLATED = [language.value for language in Language if language is not Language.ENGLISH]
FORMS = {"es": 2, "de": 2, "ar": 6}


def path_of(language: str) -> Path:
    return po.LOCALE / language / "LC_MESSAGES" / "django.po"


def catalogue(language: str) -> Catalog:
    return messages.read(path_of(language))


def everything_said(language: str) -> Iterator[tuple[Message, str]]:
    """What was said once and may come back, too."""
    found = catalogue(language)
    for message in [*messages.sentences_of(found), *found.obsolete.values()]:
        yield from ((message, said) for said in messages.forms_of(message.string))


def catalogue_of(*entries: Message) -> Catalog:
    found = Catalog("de")
    for entry in entries:
        found[entry.id] = entry
    return found


# --- what stands in the files ----------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-18")
@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated_and_fits(language: str) -> None:
    found = catalogue(language)
    assert [*messages.stale(found, messages.sentences())] == []
    assert [*messages.faults(found)] == []
    assert found.num_plurals == FORMS[language]
    assert len(found) > 260


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogues_are_in_order(language: str) -> None:
    """As `make messages` writes them, so that two people's changes meet in few lines."""
    text = path_of(language).read_bytes()
    assert messages.written(messages.updated(catalogue(language), messages.sentences())) == text
    assert b"Clinical review: " in text


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_figure_is_said_in_latin_digits_and_never_by_a_word_alone(language: str) -> None:
    """Timer, chart and sentence agree; a span such as 1–2 fits no word for two."""
    for message, said in everything_said(language):
        sentence = messages.forms_of(message.id)[0]
        assert not re.search("[\u0660-\u0669\u06f0-\u06f9]", said), said
        if re.search(r"\d", sentence) and "%(" not in sentence:
            assert sorted(re.findall(r"\d+", said)) == sorted(re.findall(r"\d+", sentence)), said


@pytest.mark.hazard("HZ-18")
def test_telephone_numbers_keep_their_order_in_arabic() -> None:
    """In a line from right to left the groups of a number change places unless it is isolated."""
    held = [
        said
        for message, said in everything_said("ar")
        if ("%(number)s" in said and not message.pluralizable) or "%(phone)s" in said
    ]
    assert len(held) > 8
    assert [said for said in held if not re.search("\u2066%\\((number|phone)\\)s\u2069", said)] == []


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (Message("A", ""), "not translated"),
        (Message("A", "B", flags=["fuzzy"]), "fuzzy"),
        (Message(("%(n)s A", "%(n)s As"), ("%(n)s B",)), "1 plural forms instead of 2"),
        (Message(("%(n)s A", "%(n)s As"), ("ein B", "%(n)s B")), "other placeholders"),
        (Message("Call %(n)s", "Rufen Sie an"), "other placeholders"),
        (Message("<b>A</b>", "B"), "other markup"),
        (Message("A", "<i>B</i>"), "other markup"),
        (Message("A ", "B"), "begins or ends differently"),
    ],
)
def test_faults_are_found(entry: Message, fault: str) -> None:
    found = [*messages.faults(catalogue_of(entry))]
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
    found = catalogue_of(Message("stays", "bleibt"), Message("went", "ging"), Message("never said"))
    said = [messages.Found(word, "", "", "a.py") for word in ("stays", "new")]
    messages.updated(found, said)
    assert {entry.id: entry.string or "" for entry in messages.sentences_of(found)} == {
        "stays": "bleibt",
        "new": "",
    }
    assert {entry.id: entry.string for entry in found.obsolete.values()} == {"went": "ging"}
    again = read_po(io.BytesIO(messages.written(found)))
    messages.updated(again, [messages.Found("went", "", "", "b.html")])
    assert {entry.id: entry.string for entry in messages.sentences_of(again)} == {"went": "ging"}


def test_what_a_tag_renders_by_name_is_given_to_translators() -> None:
    tags = [path.read_text() for path in messages.ROOT.glob("*/templatetags/*.py")]
    named = {name for code in tags for name in re.findall(r'render_to_string\("([^"]+)"', code)}
    assert named == {"exercises/_plan_dates.html", "exercises/_steps.html", "components/field_words.html"}
    assert named <= messages.patient_templates()


def test_no_part_of_a_staff_page_is_given_to_translators() -> None:
    templates = messages.patient_templates()
    assert {"exercises/today.html", "emails/base.txt", "components/field.html", "500.html"} <= templates
    assert (
        not {"base.html", "exercises/patient.html", "patients/findings.html", "account/login.html"}
        & templates
    )


@pytest.mark.parametrize("name", sorted(messages.patient_templates()))
def test_dates_are_written_as_each_language_writes_them(name: str) -> None:
    r"""``|date:_("l j F")``: the order of day and month is the translators' to say, too."""
    source = (messages.TEMPLATES / name).read_text()
    assert re.findall(r'\|date:"[^"]*"', source) == []
