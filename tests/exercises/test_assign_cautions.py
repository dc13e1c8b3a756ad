"""A patient's cautions at assigning: blocks, reasons, notes and kit, on the page, through the API and in the action."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from exercises.models import CautionOverride, Exercise, Programme
from patients.models import CautionCheck, Patient
from tests import factories
from tests.api.conftest import Api
from tests.exercises.assign_world import (
    NOTE,
    REASON,
    arch_with_kit,
    careful_raises,
    nothing_was_written,
    problems,
    typed,
    with_drafts,
)
from tests.factories import item_plan
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(margaret: Patient) -> str:
    return reverse("exercises:assign", args=[margaret.pk])


@pytest.fixture
def raises(db: None) -> Exercise:
    return careful_raises()


@pytest.fixture
def arch(db: None) -> Exercise:
    return arch_with_kit()


# --- nobody asked --------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-14")
def test_before_anybody_asked_the_page_asks_and_comes_back_to_the_routine(
    as_priya: Client, priya: User, staged: Any
) -> None:
    tom = factories.make_patient(priya, "Tom", "Reed", cautions=None)
    address = reverse("exercises:assign", args=[tom.pk]) + f"?routine={staged.slug}&stage=2"
    response = as_priya.get(address)
    shown = text(response)
    assert "I asked: none of these" in shown
    assert 'id="bench"' not in shown
    form = response.context["asking"]
    said = {"seen": "", "note": "", "none": "on", "back": form["back"].value()}
    answer = as_priya.post(reverse("patients:caution_check", args=[tom.pk]), said)
    assert answer["Location"] == address
    assert 'id="bench"' in text(as_priya.get(address))


@pytest.mark.hazard("HZ-14")
def test_without_a_check_nothing_is_assigned(as_priya: Client, priya: User, toe_curls: Exercise) -> None:
    tom = factories.make_patient(priya, "Tom", "Reed", cautions=None)
    response = as_priya.post(reverse("exercises:assign", args=[tom.pk]), typed(toe_curls, name="By hand"))
    assert response.status_code == 422
    assert problems(response) == ["Nobody has asked this patient about cautions yet. Ask, then assign."]
    assert "By hand" in text(response)
    assert nothing_was_written()
    with pytest.raises(Refused) as refused:
        factories.make_programme(priya, tom, [toe_curls])
    assert refused.value.code == "no_cautions_asked"


@pytest.mark.hazard("HZ-14")
def test_a_list_with_new_questions_is_asked_again_first(
    as_priya: Client, priya: User, toe_curls: Exercise
) -> None:
    tom = factories.make_patient(priya, "Tom", "Reed", cautions=None)
    old = CautionCheck(clinic_id=tom.clinic_id, patient=tom, asked=["knee_pain"], list_version=1)
    old.present, old.checked_by = ["knee_pain"], priya
    old.save(force_insert=True)
    with pytest.raises(Refused) as refused:
        factories.make_programme(priya, tom, [toe_curls])
    assert refused.value.code == "no_cautions_asked"
    shown = text(as_priya.get(reverse("exercises:assign", args=[tom.pk])))
    assert "The earlier answers are filled in." in shown
    assert shown.count(" checked") == 1


# --- blocks --------------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-14")
def test_a_block_names_exercise_and_flag_and_nothing_goes_out(
    as_priya: Client, priya: User, margaret: Patient, url: str, raises: Exercise, toe_curls: Exercise
) -> None:
    factories.make_check(priya, margaret, "recent_surgery")
    before = factories.count_rows()
    response = as_priya.post(url, typed(toe_curls, raises))
    assert response.status_code == 422
    sentence = (
        "Not with “Recent surgery or fracture”: Heel raises near a wall. Not until it is cleared for loading."
    )
    assert problems(response) == [sentence]
    shown = text(response)
    assert 'name="remove" value="heel-raises-near-wall"' in shown.split('id="cautions"')[1]
    assert factories.count_rows() == with_drafts(before)
    # The block itself is the action's: whoever posts by another way meets it as well.
    with pytest.raises(Refused) as refused:
        factories.make_programme(priya, margaret, [toe_curls, raises], reasons={"recent_surgery": "x"})
    assert (refused.value.code, refused.value.message) == ("caution_blocks", sentence)
    assert as_priya.post(url, typed(toe_curls)).status_code == 302


# --- reasons and notes ---------------------------------------------------------------------------------------------
def lines(exercise: Exercise, **fields: Any) -> dict[str, Any]:
    return {f"{exercise.slug}-{name}": value for name, value in fields.items()}


@pytest.mark.hazard("HZ-14")
def test_a_caution_asks_for_a_reason_and_for_the_note_and_keeps_what_was_typed(
    as_priya: Client, priya: User, margaret: Patient, url: str, raises: Exercise
) -> None:
    factories.make_check(priya, margaret, "fall_risk")
    before = factories.count_rows()
    response = as_priya.post(url, typed(raises))
    assert problems(response) == ["Say why it may go ahead.", "Say what to hold on to."]
    response = as_priya.post(url, typed(raises, **{"reason-fall_risk": REASON}))
    assert problems(response) == ["Say what to hold on to."]
    assert REASON in text(response)
    response = as_priya.post(url, typed(raises, **lines(raises, note=NOTE)))
    assert problems(response) == ["Say why it may go ahead."]
    assert NOTE in text(response)
    assert factories.count_rows() == with_drafts(before)


@pytest.mark.hazard("HZ-14")
def test_the_reason_is_stored_with_the_programme_and_the_audit_names_the_flag_alone(
    as_priya: Client, priya: User, margaret: Patient, url: str, raises: Exercise, toe_curls: Exercise
) -> None:
    factories.make_check(priya, margaret, "fall_risk")
    data = typed(raises, toe_curls, **{"reason-fall_risk": f" {REASON} "}, **lines(raises, note=NOTE))
    assert as_priya.post(url, data).status_code == 302
    override = CautionOverride.objects.get()
    assert (override.flag, override.exercises, override.reason, override.given_by) == (
        "fall_risk",
        ["heel-raises-near-wall"],
        REASON,
        priya,
    )
    assert override.programme == Programme.objects.get()
    first, second = override.programme.items.all()
    assert (first.note, second.note) == (NOTE, "")
    entry = AuditEntry.objects.get(verb="programme.assigned")
    assert entry.changes["overridden"] == {"fall_risk": ["heel-raises-near-wall"]}
    assert REASON not in str(entry.changes)


@pytest.mark.hazard("HZ-14")
@pytest.mark.parametrize(
    ("reasons", "note", "code"),
    [
        ({}, NOTE, "reason_needed"),
        ({"fall_risk": "  "}, NOTE, "reason_needed"),
        ({"fall_risk": "x"}, "", "note_needed"),
    ],
)
def test_the_action_refuses_what_lacks_reason_or_note(
    priya: User, margaret: Patient, raises: Exercise, reasons: dict[str, str], note: str, code: str
) -> None:
    factories.make_check(priya, margaret, "fall_risk")
    before = factories.count_rows()
    assert raises.current
    with pytest.raises(Refused) as refused:
        factories.make_programme(
            priya, margaret, [], items=[item_plan(raises.current, note=note)], reasons=reasons
        )
    assert refused.value.code == code
    assert factories.count_rows() == before


def test_what_only_informs_is_shown_and_asks_nothing(
    as_priya: Client, priya: User, margaret: Patient, url: str
) -> None:
    marbles = factories.make_exercise("marble-pick-up", cautions=["small_objects"])
    factories.make_check(priya, margaret, "small_objects")
    shown = text(as_priya.get(url, {"add": marbles.slug}))
    assert "Small parts: choking risk." in shown
    assert as_priya.post(url, typed(marbles)).status_code == 302
    assert not CautionOverride.objects.exists()


# --- kit -----------------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-14")
def test_what_it_is_done_with_has_to_be_chosen_and_brings_its_own_cautions(
    as_priya: Client, priya: User, margaret: Patient, url: str, arch: Exercise
) -> None:
    factories.make_check(priya, margaret, "poor_circulation")
    assert problems(as_priya.post(url, typed(arch))) == ["Choose what it is done with."]
    response = as_priya.post(url, typed(arch, **lines(arch, kit="frozen_bottle")))
    assert problems(response) == ["Not with “No ice”: Arch stretch. Nothing frozen on the foot."]
    assert nothing_was_written()
    assert as_priya.post(url, typed(arch, **lines(arch, kit="tennis_ball"))).status_code == 302
    item = Programme.objects.get().items.get()
    assert (item.kit, item.dose_phrases[-1]) == ("tennis_ball", "with: tennis ball")


@pytest.mark.parametrize("kit", ["", "towel", "a b"])
def test_kit_that_is_no_choice_is_refused(priya: User, margaret: Patient, arch: Exercise, kit: str) -> None:
    assert arch.current
    with pytest.raises(Refused) as refused:
        factories.make_programme(priya, margaret, [], items=[item_plan(arch.current, kit=kit)])
    assert (refused.value.code, Programme.objects.count()) == ("kit", 0)
    assert "tennis ball, frozen water bottle" in refused.value.message


def test_an_exercise_without_a_choice_takes_no_kit(
    priya: User, margaret: Patient, toe_curls: Exercise
) -> None:
    assert toe_curls.current
    with pytest.raises(Refused) as refused:
        factories.make_programme(priya, margaret, [], items=[item_plan(toe_curls.current, kit="towel")])
    assert refused.value.code == "kit"


# --- the page ------------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-14", "HZ-38")
def test_hits_say_what_the_cautions_say_and_stay_where_they_stand(
    as_priya: Client,
    priya: User,
    margaret: Patient,
    url: str,
    raises: Exercise,
    arch: Exercise,
    toe_curls: Exercise,
) -> None:
    before = [one.slug for one in as_priya.get(url).context["shelf"].hits]
    factories.make_check(priya, margaret, "recent_surgery", "poor_circulation")
    response = as_priya.get(url)
    assert [one.slug for one in response.context["shelf"].hits] == before
    shown = text(response)
    assert "Blocked: Recent surgery or fracture" in shown
    assert "Blocked with frozen water bottle: No ice" in shown
    assert 'id="add-heel-raises-near-wall"' in shown


@pytest.mark.hazard("HZ-14")
def test_a_line_names_its_cautions_and_those_of_its_things_by_their_labels(
    as_priya: Client, url: str, raises: Exercise, arch: Exercise
) -> None:
    shown = text(as_priya.get(f"{url}?items={raises.slug}&add={arch.slug}")).split('id="bench"')[1]
    assert "Caution: Fall risk; " in shown
    assert "; Recent surgery or fracture" in shown
    assert "With frozen water bottle: No ice" in shown
    for raw in ("fall risk", "recent surgery", "skin wound", "fall_risk"):
        assert raw not in shown, raw


def test_the_part_about_cautions_can_be_asked_for_alone(
    as_priya: Client, priya: User, margaret: Patient, url: str, arch: Exercise
) -> None:
    factories.make_check(priya, margaret, "poor_circulation")
    data = typed(arch, **lines(arch, kit="frozen_bottle"))
    part = as_priya.post(url + "?part=cautions", data, headers={"HX-Request": "true"})
    assert part.templates[0].name == "exercises/_assign_cautions.html"
    assert "Not with “No ice”" in text(part)
    assert nothing_was_written()


# --- the API -------------------------------------------------------------------------------------------------------
@pytest.fixture
def body(margaret: Patient, raises: Exercise) -> dict[str, Any]:
    line = {
        "exercise": raises.slug,
        "exercise_version": 1,
        "side": "left",
        "times_per_day": 1,
        "days_per_week": 7,
    }
    return {
        "patient": str(margaret.pk),
        "name": "By program",
        "starts_on": (clock.now().date() + timedelta(days=1)).isoformat(),
        "weeks": 4,
        "items": [line | {"reps_min": 10}],
    }


@pytest.mark.hazard("HZ-14")
def test_the_api_refuses_with_code_and_words_and_takes_reason_note_and_kit(
    priya: User, margaret: Patient, body: dict[str, Any]
) -> None:
    api = Api(signed_in(priya))
    factories.make_check(priya, margaret, "fall_risk")
    refused = api.post("programmes/", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "reason_needed")
    assert "Fall risk" in refused.json()["message"]
    body["reasons"] = {"fall_risk": REASON}
    assert api.post("programmes/", body).json()["code"] == "note_needed"
    body["items"][0]["note"] = NOTE
    made = api.post("programmes/", body)
    assert made.status_code == 201, made.content
    assert REASON not in made.content.decode()
    assert (made.json()["items"][0]["note"], made.json()["items"][0]["kit"]) == (NOTE, "")
    assert CautionOverride.objects.get().reason == REASON


@pytest.mark.hazard("HZ-14")
@pytest.mark.parametrize(
    ("present", "code"), [(["recent_surgery"], "caution_blocks"), (None, "no_cautions_asked")]
)
def test_the_api_refuses_blocks_and_unasked_patients(
    priya: User, margaret: Patient, body: dict[str, Any], present: list[str] | None, code: str
) -> None:
    if present is None:
        body["patient"] = str(factories.make_patient(priya, "Tom", "Reed", cautions=None).pk)
    else:
        factories.make_check(priya, margaret, *present)
    refused = Api(signed_in(priya)).post("programmes/", body)
    assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert nothing_was_written()
