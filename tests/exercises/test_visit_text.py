"""Before the visit, as plain text: word by word what the screen says."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import User
from exercises.models import Done, Effort, MissReason, Programme
from patients.models import (
    ConsentRecord,
    Finding,
    Measure,
    Patient,
)
from tests.exercises.record_world import (
    make_change,
    make_evaluation,
    make_pain,
    make_referral,
    make_screening,
    make_support,
    make_wear,
)
from tests.exercises.visit_world import say
from tests.factories import (
    NOON,
    make_exercise,
    make_programme,
)

MINUS = "\N{MINUS SIGN}"


@pytest.fixture(autouse=True)
def _monday_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Monday, 23 November 2026, 12:00 UTC."""
    monkeypatch.setattr("clinic.clock.now", lambda: NOON)


@pytest.fixture
def url(margaret: Patient) -> str:
    return reverse("exercises:visit", args=[margaret.pk])


@pytest.fixture
def two(priya: User, margaret: Patient) -> Programme:
    """Two exercises a day since Thursday, 12 November."""
    exercises = [make_exercise(), make_exercise("heel-raises-near-wall")]
    return make_programme(priya, margaret, exercises, now=NOON - timedelta(days=11))


# --- as text ------------------------------------------------------------------------------------------------------
TEXT = f"""\
BEFORE THE VISIT
Margaret Hale, born 14 March 1956
Findings: Plantar fasciitis, left

Since the visit on 18 Nov 2026, 6 days: 2 of 12 exercises done, 0 partly, 2 not done, 8 not logged.
Foot pain: 6 on 19 Nov and 4 on 21 Nov, 2 answers. Last log: 20 Nov 2026.

BY WEEK
23 Nov to 23 Nov: 0 of 2 done, 0 partly, 0 not done, 2 not logged
18 Nov to 22 Nov: 2 of 10 done, 0 partly, 2 not done, 6 not logged; why: It hurt: 2; 2 entered later

WHY SOMETHING WAS LEFT OUT
It hurt: 2

HOW HARD IT WAS
Easy: 0
Just right: 2
Hard: 0
No answer: 0

PLAN AND VISITS
18 Nov 2026: Visit

HOURS WORN
Heel cup, left: 6.5 h a day on 2 of 4 days answered, 8 h advised

MEASURES
FPI-6, left: +7 pronated, 18 Nov
Overall change, {MINUS}5 to +5: +2, 18 Nov

THE PATIENT WROTE
20 Nov 2026: Sore afterwards.

SAFETY
Cautions: none of those asked.
Foot: no sign, 23 Nov
Imaging: waiting since 18 Nov

REMINDERS
Reminders are on, agreed on 23 Nov 2026 (told the clinic).

Foot problems and back pain often occur together. Research on whether one causes the other is mixed.
Not logged does not mean not done, and no log does not mean no problem.
"""


@pytest.fixture
def seeded(priya: User, margaret: Patient, finding: Finding, two: Programme) -> None:
    ConsentRecord.objects.update(recorded_at=NOON)
    make_evaluation(priya, margaret, 5, left=[1, 1, 1, 1, 2, 1])
    make_change(margaret, 5, 2)
    say(margaret, two, 4, done=Done.DONE, efforts=Effort.RIGHT)
    say(margaret, two, 3, done=Done.NOT_DONE, reasons=MissReason.PAIN, note="Sore afterwards.", late=1)
    make_pain(margaret, Measure.PAIN_FOOT, 4, 6)
    make_pain(margaret, Measure.PAIN_FOOT, 2, 4)
    worn = make_support(priya, finding, hours_per_day=8, recommended_at=NOON - timedelta(days=3))
    make_wear(worn, 2, 5)
    make_wear(worn, 1, 8)
    make_screening(priya, margaret)
    make_referral(priya, margaret)


def test_the_text_says_the_same_word_by_word(
    as_priya: Client, margaret: Patient, url: str, seeded: None
) -> None:
    response = as_priya.get(url + "text/")
    assert response.content.decode() == TEXT
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    disposition = response.headers["Content-Disposition"]
    assert disposition == 'attachment; filename="before-the-visit-2026-11-23.txt"'
    page = as_priya.get(url).content.decode()
    shown = page[page.index('rows="16" readonly>') + len('rows="16" readonly>') :].partition("</textarea>")[0]
    assert shown == TEXT


def test_the_text_obeys_the_span(as_priya: Client, url: str, seeded: None) -> None:
    said = as_priya.get(url + "text/?span=2").content.decode()
    assert "10 Nov 2026 to 23 Nov 2026: 2 of 24 exercises done" in said
    assert f'{url}text/?span=2"' in as_priya.get(url + "?span=2").content.decode()
