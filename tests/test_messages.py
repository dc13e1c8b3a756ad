"""Every sentence that patients read is translated, and translations fit: figures, plural forms, markup."""

import re

import pytest

from clinic import po
from clinic.dev import messages
from clinic.models import Language

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
