"""Every letter in every language: neutral words, the same links in both twins, headers, direction, dark mode."""

import functools
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape

import pytest
from django.conf import settings as site
from pytest_django import Settings

from clinic.mail import Letter, verp
from clinic.mail.messages import build, message_id
from clinic.management.commands.preview_emails import preheader_of, sample_letters
from tests.factories import NOON
from tests.mail_lexicon import (
    INSIDE_WORDS,
    WORDS,
    catalogue_names,
    finding_names,
    hits,
    lexicon,
    without_links,
    without_markup,
)
from tests.returned_world import DOMAIN

ENGLISH = "en-gb"
LANGUAGES = [code for code, _name in site.LANGUAGES]
AGAIN_AND_AGAIN = {"exercise_reminder", "carer_plan_ready", "carer_plan_changed", "carer_reminder"}
# What staff are told goes to people who work there: it may say "patient" and "clinic", and nothing of anybody's health.
FOR_STAFF = {"clinic", "patient"}
EACH = [
    (name, language)
    for name in site.LETTERS
    for language in (LANGUAGES if name not in site.STAFF_LETTERS else [ENGLISH])
]


@functools.cache
def samples() -> dict[str, dict[str, Letter]]:
    return sample_letters()


@pytest.fixture
def letter(name: str, language: str) -> Letter:
    return samples()[name][language]


def message_of(letter: Letter, mark: str = "") -> EmailMessage:
    content = build(letter, message_id(7, 0), NOON, mark).content
    return message_from_bytes(content, policy=policy.default)


def links_in(text: str) -> list[str]:
    return sorted(re.findall(r"https?://[^\s<>\"]+", text))


def test_no_letter_and_no_language_is_missing() -> None:
    assert set(samples()) == set(site.LETTERS)
    assert {(name, language) for name, found in samples().items() for language in found} == set(EACH)
    staff = len(site.STAFF_LETTERS)
    assert len(EACH) == 4 * (len(site.LETTERS) - staff) + staff
    assert set(WORDS) == set(LANGUAGES)


@pytest.mark.hazard("HZ-10")
@pytest.mark.parametrize(("name", "language"), EACH)
def test_no_word_of_health_stands_anywhere(
    name: str, language: str, letter: Letter, settings: Settings
) -> None:
    settings.BOUNCE_DOMAIN, settings.MAIL_EVENTS = DOMAIN, {"postmark": "x", "mailgun": "x", "sendgrid": "x"}
    message = message_of(letter, verp.mark(7))
    headers = [f"{field}: {re.sub(r'[^ <]+@[^ >]+', '', str(value))}" for field, value in message.items()]
    parts = [letter.sender_name, letter.subject, preheader_of(letter), *headers]
    parts += [letter.text, without_markup(letter.html)]
    said = without_links("\n".join(parts)).lower().replace("footwork", "")
    words = [word for word in lexicon(language) if name not in site.STAFF_LETTERS or word not in FOR_STAFF]
    assert hits(said, language, words) == []
    assert letter.subject in str(message["Subject"])
    assert len(preheader_of(letter)) > 10
    assert "http" not in preheader_of(letter)


@pytest.mark.parametrize(
    ("language", "text", "word"),
    [
        ("en-gb", "Your heel stretches are ready", "heel"),
        ("en-gb", "Toe curls and spreads", "Toe curls and spreads"),
        ("en-gb", "Dear Margaret", "margaret"),
        ("es", "Tus ejercicios para el pie", "pie"),
        ("de", "Deine Fußübungen", "übung"),
        ("de", "Von der Hauptpraxis", "praxis"),
        ("ar", "تمارين القدم", "القدم"),
        ("ar", "للعلاج", "علاج"),
        ("de", "Plantar fasciitis", "Plantar fasciitis"),
    ],
)
def test_the_lexicon_finds_what_it_should(language: str, text: str, word: str) -> None:
    assert word in hits(text, language)


def test_the_lexicon_holds_the_catalogue_and_the_findings() -> None:
    assert len(catalogue_names()) > 40
    assert len(finding_names()) > 30
    assert {"Toe curls and spreads", "Plantar fasciitis"} <= set(lexicon("ar"))
    assert hits("Alles in Ordnung, Ihr Team", "de") == hits("Todo está bien", "es") == []
    assert set(LANGUAGES) > INSIDE_WORDS


@pytest.mark.hazard("HZ-10")
@pytest.mark.parametrize(("name", "language"), EACH)
def test_both_twins_lead_to_the_same_places(name: str, language: str, letter: Letter) -> None:
    hrefs = sorted(unescape(address) for address in re.findall(r'href="([^"]+)"', letter.html))
    assert links_in(letter.text) == [href for href in hrefs if not href.startswith("tel:")]
    assert any("/help/" in link for link in hrefs)
    message = message_of(letter)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(("name", "language"), EACH)
def test_headers(name: str, language: str, letter: Letter, settings: Settings) -> None:
    message = message_of(letter)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert message["Content-Language"] == letter.language == language
    assert message["Message-ID"] == message_of(letter)["Message-ID"] == message_id(7, 0)
    assert len({message_id(7, 0), message_id(7, 1), message_id(8, 0)}) == 3
    assert ("List-Unsubscribe" in message) is (name in AGAIN_AND_AGAIN)
    if name in AGAIN_AND_AGAIN:
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        way_out = message["List-Unsubscribe"].strip("<>")
        assert way_out in letter.text
        settings.BOUNCE_DOMAIN = DOMAIN
        marked = message_of(letter, verp.mark(7))["List-Unsubscribe"]
        assert marked == f"<{way_out}>, <mailto:u.{verp.mark(7)}@{DOMAIN}>"


@pytest.mark.parametrize(("name", "language"), EACH)
def test_direction_dark_mode_and_size(name: str, language: str, letter: Letter) -> None:
    direction, side = ("rtl", "right") if language == "ar" else ("ltr", "left")
    assert f'<html lang="{language}" dir="{direction}"' in letter.html
    assert f"text-align: {side}" in letter.html
    assert "prefers-color-scheme: dark" in letter.html
    assert '<meta name="color-scheme" content="light dark">' in letter.html
    assert not re.search(r"<img|<link|<script|src=|url\(", letter.html)
    assert len(letter.html.encode()) < 20_000


@pytest.mark.parametrize(
    ("name", "language"), [(name, language) for name, language in EACH if language != ENGLISH]
)
def test_no_sentence_is_left_in_english(name: str, language: str, letter: Letter) -> None:
    english = samples()[name][ENGLISH]
    assert letter.subject != english.subject
    assert preheader_of(letter) != preheader_of(english)

    def lines(text: str) -> set[str]:
        return {line for line in without_links(text).splitlines() if re.search(r"\w \w", line)}

    assert lines(letter.text) & lines(english.text) == set()
