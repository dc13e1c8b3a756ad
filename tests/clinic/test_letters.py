"""Rendering: three templates to a letter."""

from pathlib import Path

import pytest
from pytest_django import Settings

from clinic.mail.letters import Letter, render
from clinic.models import Clinic

CLINIC = Clinic(name="Riverside Podiatry", sender_name="River & Side", phone="000 0000 0000")
CONTEXT = {"clinic": CLINIC, "help_url": "http://testserver/help/7/", "url": "http://testserver/t/?a=1&b=2"}
TEMPLATES = {
    "probe.subject.txt": "A message\n from {{ clinic.sender_name }}\n\n",
    "probe.txt": '{% extends "emails/base.txt" %}{% block content %}Open it: {{ url }}{% endblock content %}'
    "{% block why %}To stop: …{% endblock why %}",
    "probe.html": '{% extends "emails/base.html" %}{% block title %}T{% endblock title %}'
    "{% block preheader %}Before{% endblock preheader %}"
    '{% block content %}<h1>{{ clinic.sender_name }}</h1><a class="button" href="{{ url }}">Open</a>{% endblock content %}'
    "{% block why %}To stop: …{% endblock why %}",
}


@pytest.fixture
def templates(tmp_path: Path, settings: Settings) -> None:
    folder = tmp_path / "emails"
    folder.mkdir()
    for name, content in TEMPLATES.items():
        (folder / name).write_text(content)
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [engine | {"DIRS": [tmp_path, *engine["DIRS"]]}]


def rendered(language: str = "en-gb") -> Letter:
    return render("probe", CONTEXT, to="a@b.example", sender_name="Riverside", language=language)


@pytest.mark.usefixtures("templates")
def test_the_subject_is_one_line_and_text_is_not_escaped() -> None:
    letter = rendered()
    assert letter.subject == "A message from River & Side"
    assert "Open it: http://testserver/t/?a=1&b=2" in letter.text
    assert letter.text == letter.text.strip() + "\n"


@pytest.mark.hazard("HZ-09", "HZ-10")
@pytest.mark.usefixtures("templates")
def test_every_mail_says_that_nobody_watches_where_help_is_and_how_to_stop() -> None:
    letter = rendered()
    for part in (letter.text, letter.html.replace("&quot;", '"')):
        assert 'Nobody watches your logs in real time. If you need help now, open "Get help now".' in part
        assert "http://testserver/help/7/" in part
        assert "000 0000 0000" in part
        assert "To stop: …" in part
        assert "Podiatry" not in part  # the name of a practice says something about its patients


@pytest.mark.usefixtures("templates")
def test_html_is_escaped_and_its_style_sheet_became_attributes() -> None:
    html = rendered().html
    assert "River &amp; Side</h1>" in html
    assert html.lstrip().lower().startswith("<!doctype html>")
    assert 'class="button" href="http://testserver/t/?a=1&amp;b=2" style="' in html
    assert html.count("<style>") == 1
    assert "prefers-color-scheme: dark" in html
    assert "<link" not in html
    assert "<img" not in html


@pytest.mark.usefixtures("templates")
def test_direction_follows_the_language() -> None:
    assert '<html lang="en-gb" dir="ltr"' in rendered().html
    arabic = rendered("ar")
    assert '<html lang="ar" dir="rtl"' in arabic.html
    assert "text-align: right" in arabic.html
    assert arabic.language == "ar"


@pytest.mark.hazard("HZ-09")
def test_a_mail_without_a_way_to_help_is_refused() -> None:
    with pytest.raises(ValueError, match="'help_url'"):
        render("probe", {"clinic": CLINIC}, to="a@b.example", sender_name="x", language="en-gb")
