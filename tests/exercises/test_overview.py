"""The drawing of the feet on the patient's page."""

import re

import pytest
from django.urls import reverse

from patients.models import Side, Site
from tests.factories import NOON, make_finding, make_finding_type
from tests.pages import text


@pytest.fixture(autouse=True)
def _monday_noon(monkeypatch):
    monkeypatch.setattr("clinic.clock.now", lambda: NOON)


@pytest.fixture
def url(margaret) -> str:
    return reverse("exercises:patient", args=[margaret.pk])


def marks(response) -> list[tuple[str, str, str]]:
    """Foot, region and number of each mark of the drawing."""
    pattern = r'<g class="pin" data-place="(\w+)" data-region="(\w+)">.*?<text [^>]*>(\d+)</text>'
    return re.findall(pattern, response.content.decode())


# --- the feet ------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-02")
@pytest.mark.parametrize(
    ("side", "feet"),
    [(Side.LEFT, ["left"]), (Side.RIGHT, ["right"]), (Side.BILATERAL, ["left", "right"])],
)
def test_a_finding_is_marked_and_listed_on_its_foot(as_priya, priya, margaret, url, side, feet):
    make_finding(priya, margaret, side=side)
    response = as_priya.get(url)
    assert marks(response) == [(foot, "heel", "1") for foot in feet]
    page = text(response)
    left, right = page.index("<dt>Left foot</dt>"), page.index("<dt>Right foot</dt>")
    named = '<dd><span class="n">1</span> Plantar fasciitis</dd>'
    assert (named in page[left:right]) is ("left" in feet)
    assert (named in page[right : page.index("</dl>", right)]) is ("right" in feet)


def test_the_drawing_has_a_name_in_words(as_priya, priya, margaret, url):
    make_finding(priya, margaret)
    back = make_finding_type("low_back_pain", label="Low-back pain", site=Site.BACK, position=2)
    make_finding(priya, margaret, back, Side.NOT_APPLICABLE)
    page = text(as_priya.get(url))
    assert 'role="img" aria-label="Drawing of both feet seen from above' in page
    assert (
        "Left foot: 1 Plantar fasciitis (heel). Right foot: none. Back: 2 Low-back pain (lower back)." in page
    )


def test_only_active_findings_are_marked(as_priya, priya, margaret, url):
    closed = make_finding(priya, margaret)
    as_priya.post(reverse("patients:finding_close", args=[closed.pk]), {"status": "resolved", "version": "1"})
    response = as_priya.get(url)
    assert marks(response) == []
    assert "No active findings." in text(response)  # in the drawing's name
    assert "No active findings recorded." in text(response)


@pytest.mark.hazard("HZ-02")
def test_the_drawing_follows_what_was_just_saved(as_priya, fasciitis, margaret):
    typed = {"type": "plantar_fasciitis", "side": "right", "confirmed_by": "clinical"}
    add = reverse("patients:finding_add", args=[margaret.pk])
    response = as_priya.post(add, typed, headers={"HX-Request": "true"})
    assert marks(response) == [("right", "heel", "1")]
