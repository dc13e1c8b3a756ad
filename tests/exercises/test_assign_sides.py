"""A side that is contrary to what is recorded: said on its line before anything is sent, and nothing is kept back."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from clinic.models import User
from exercises.doses import Limb, Side
from exercises.models import Exercise, ProgrammeItem
from exercises.sides import OTHER, Recorded, contrary, warning
from patients.models import FindingType, Patient
from patients.models import Side as FindingSide
from tests import factories
from tests.exercises.assign_world import typed
from tests.pages import text

WORDS = "Plantar fasciitis is recorded on the left; this exercise is set for the right foot."
RECORDED = st.builds(
    Recorded, st.sampled_from(["Heel spur", "Hallux valgus"]), st.sampled_from(FindingSide.values)
)


@pytest.mark.hazard("HZ-02")
@given(st.none() | st.sampled_from(Side), st.sampled_from(Limb), st.lists(RECORDED, max_size=4))
def test_it_warns_when_one_side_is_set_and_every_finding_is_on_the_other(
    side: Side | None, limb: Limb, recorded: list[Recorded]
) -> None:
    said = warning(side, limb, recorded)
    assert bool(said) == contrary(side, recorded)
    if side not in OTHER or not recorded:
        assert not said
        return
    assert bool(said) == ({one.side for one in recorded} == {OTHER[side]})
    # Seen in a mirror it is the same question.
    mirrored = [Recorded(one.label, OTHER.get(one.side, one.side)) for one in recorded]  # type: ignore[call-overload]
    assert contrary(OTHER[side], mirrored) == contrary(side, recorded)
    if said:
        assert f"set for the {side} " in said
        assert f"recorded on the {OTHER[side]};" in said
        assert all(one.label in said for one in recorded)
        assert (" are " in said) == (len({one.label for one in recorded}) > 1)


@pytest.fixture
def url(margaret: Patient) -> str:
    return reverse("exercises:assign", args=[margaret.pk])


@pytest.fixture
def heel(priya: User, margaret: Patient) -> FindingType:
    """Recorded on the left."""
    return factories.make_finding(priya, margaret).type


def tagged(slug: str, *types: FindingType) -> Exercise:
    exercise = factories.make_exercise(slug)
    exercise.findings.set(types)
    return exercise


def lines(response: Any) -> dict[str, str]:
    return {item.exercise.slug: item.side_warning for item in response.context["form"].items}


@pytest.mark.django_db
@pytest.mark.hazard("HZ-02")
def test_the_line_says_it_before_sending_and_nothing_is_kept_back(
    as_priya: Client, url: str, heel: FindingType
) -> None:
    contrary_one, fitting, untagged = tagged("heel", heel), tagged("arch", heel), tagged("toes")
    data = typed(contrary_one, fitting, untagged) | {"heel-side": "right", "toes-side": "right"}
    page = as_priya.post(url, data | {"update": "1"})
    assert lines(page) == {"heel": WORDS, "arch": "", "toes": ""}
    assert text(page).count(WORDS) == 1
    assert 'name="reason-' not in page.content.decode()
    sent = as_priya.post(url, data)
    assert sent.status_code == 302
    assert dict(ProgrammeItem.objects.values_list("version__exercise__slug", "side")) == {
        "heel": "right",
        "arch": "left",
        "toes": "right",
    }
    assert WORDS in {str(message) for message in get_messages(sent.wsgi_request)}


@pytest.mark.django_db
@pytest.mark.hazard("HZ-02")
def test_changing_the_side_brings_and_takes_the_sentence_of_its_own_line(
    as_priya: Client, url: str, heel: FindingType
) -> None:
    first, second = tagged("heel", heel), tagged("arch", heel)
    data = typed(first, second) | {"arch-side": "right"}
    asked = {
        slug: as_priya.post(f"{url}?part=side&line={slug}", data, headers={"HX-Request": "true"})
        for slug in ("heel", "arch", "gone")
    }
    assert {slug: WORDS in text(page) for slug, page in asked.items()} == {
        "heel": False,
        "arch": True,
        "gone": False,
    }
    assert all("<html" not in page.content.decode() for page in asked.values())
    whole = as_priya.get(url, {"add": "heel"}).content.decode()
    assert 'hx-post="?part=side&amp;line=heel"' in whole
    assert 'hx-target="#side-heel"' in whole
    assert 'id="side-heel"' in whole


@pytest.mark.django_db
@pytest.mark.hazard("HZ-02")
def test_a_plan_that_is_refused_for_something_else_says_it_too(
    as_priya: Client, url: str, heel: FindingType
) -> None:
    page = as_priya.post(url, typed(tagged("heel", heel)) | {"heel-side": "right", "name": ""})
    assert page.status_code == 422
    assert WORDS in text(page)


@pytest.mark.django_db
def test_what_is_on_both_feet_speaks_for_either(
    as_priya: Client, priya: User, margaret: Patient, url: str
) -> None:
    both = factories.make_finding(priya, margaret, side=FindingSide.BILATERAL)
    data = typed(tagged("heel", both.type)) | {"heel-side": "right", "update": "1"}
    assert lines(as_priya.post(url, data)) == {"heel": ""}


@pytest.mark.django_db
def test_a_leg_is_called_a_leg(as_priya: Client, url: str, heel: FindingType) -> None:
    exercise = factories.make_exercise("lift", sides=["right"], body_part="hip")
    exercise.findings.add(heel)
    page = as_priya.get(url, {"add": exercise.slug})  # its only side is set beforehand
    assert "this exercise is set for the right leg." in text(page)
