"""Signing an evaluation: limits and units, both feet, amendments, and that what was signed stays."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry
from clinic.roles import Role
from patients import actions
from patients.models import DraftState, Evaluation, EvaluationDraft, EvaluationStatus, Foot, FootMeasures
from tests import factories
from tests.pages import signed_in
from tests.patients.evaluation_world import SEVEN, Window, on, start, text, verbs

pytestmark = pytest.mark.slow  # tries everything there is

MINUS = "\N{MINUS SIGN}"
DAY = {"examined_on": "2026-01-05"}
RAISES = on("left", heel_raises=12)


@pytest.fixture
def window(as_priya, margaret) -> Window:
    return start(as_priya, margaret)


def signed(window: Window, **answers: str) -> Evaluation:
    response = window.post(**DAY | answers)
    assert response.status_code == 302, text(response)[:600]
    made = window.stored().evaluation
    assert made
    return made


# --- what is stored -------------------------------------------------------------------------------------------
def test_everything_that_can_be_measured_is_stored(window, priya, margaret):
    legs = {"leg_difference_mm": "5,5", "shorter_leg": "left", "leg_difference_method": "block"}
    left = on(
        "left",
        **SEVEN,
        navicular_drop_mm="9,5",
        arch_value="0.345",
        arch_measure="arch_height_index",
        windlass="positive",
        windlass_weight_bearing="yes",
        jack_arch_rises="no",
        heel_raises="21",
        heel_raise_pain="0",
        heel_inverts="yes",
        lunge=f"{MINUS}2,5",
        lunge_unit="cm",
        heel_stance_deg="4",
        heel_stance_direction="everted",
    )
    evaluation = signed(window, **left, **legs, gait_note="Short steps.\nLeft.", note="Tired.")
    assert (evaluation.patient, evaluation.clinic, evaluation.signed_by) == (margaret, margaret.clinic, priya)
    assert (evaluation.examined_on, evaluation.status) == (date(2026, 1, 5), EvaluationStatus.SIGNED)
    assert (evaluation.leg_difference_mm, evaluation.shorter_leg) == (Decimal("5.5"), "left")
    assert (evaluation.leg_difference_method, evaluation.note) == ("block", "Tired.")
    assert evaluation.gait_note.splitlines() == ["Short steps.", "Left."]
    foot = evaluation.feet.get()  # the right foot was not measured: no row
    assert foot.foot == Foot.LEFT
    stored = {name: getattr(foot, name) for name in SEVEN}
    assert stored == SEVEN
    assert (foot.navicular_drop_mm, foot.arch_value, foot.arch_measure) == (
        Decimal("9.5"),
        Decimal("0.345"),
        "arch_height_index",
    )
    assert (foot.windlass, foot.windlass_weight_bearing, foot.jack_arch_rises) == ("positive", True, False)
    assert (foot.heel_raises, foot.heel_raise_pain, foot.heel_inverts) == (21, 0, True)
    assert (foot.lunge, foot.lunge_unit) == (Decimal("-2.5"), "cm")
    assert (foot.heel_stance_deg, foot.heel_stance_direction) == (Decimal(4), "everted")
    entry = AuditEntry.objects.get(verb="evaluation.signed")
    assert entry.changes == {"examined_on": "2026-01-05", "feet": ["left"]}
    assert (entry.actor_user, entry.patient_id, entry.object_id) == (priya, margaret.pk, str(evaluation.pk))


@pytest.mark.hazard("HZ-02")
def test_each_value_lands_on_the_foot_whose_field_it_was(window):
    evaluation = signed(
        window, **on("left", heel_raises=9, lunge=7, lunge_unit="cm"), **on("right", heel_raises=24)
    )
    stored = {foot.foot: (foot.heel_raises, foot.lunge) for foot in evaluation.feet.all()}
    assert stored == {"left": (9, Decimal(7)), "right": (24, None)}


def test_empty_is_null_and_zero_is_zero(window):
    foot = signed(window, **on("right", fpi_talar_head=0, navicular_drop_mm=0, heel_raises=0)).feet.get()
    assert (foot.foot, foot.fpi_talar_head, foot.navicular_drop_mm, foot.heel_raises) == ("right", 0, 0, 0)
    empty = {f.name for f in FootMeasures._meta.fields if getattr(foot, f.name) in {None, ""}}
    assert len(empty) == 16
    assert "fpi_heel_tilt" in empty
    assert "heel_raise_pain" in empty


@pytest.mark.hazard("HZ-22")
@pytest.mark.parametrize(
    "said", [{"heel_stance_deg": "0"}, {"heel_stance_direction": "vertical"}, {"heel_stance_deg": "0,0"}]
)
def test_an_upright_heel_is_vertical_whichever_was_said(window, said):
    foot = signed(window, **on("left", **said)).feet.get()
    assert (foot.heel_stance_deg, foot.heel_stance_direction) == (0, "vertical")


# --- limits ---------------------------------------------------------------------------------------------------
HEEL = "Enter the size of the angle from 0 to 30 degrees, without a sign. The word says the direction."
LUNGE = f"Enter a lunge of {MINUS}5 to 25 cm, or of 0 to 70 degrees."
DROP = "Enter a navicular drop from 0 to 30 mm, such as 7.5."
RATIO = "Enter a ratio above 0 with up to three decimals, such as 0.345."
COUNT = "Enter a whole number of heel raises from 0 to 100."
PAIN = "Enter the pain during heel raises as a whole number from 0 to 10."
SLIPS = [
    ({"navicular_drop_mm": "30.1"}, "navicular_drop_mm", DROP),
    ({"navicular_drop_mm": "-1"}, "navicular_drop_mm", DROP),
    ({"navicular_drop_mm": "7.55"}, "navicular_drop_mm", DROP),
    ({"navicular_drop_mm": "7 mm"}, "navicular_drop_mm", DROP),
    ({"navicular_drop_mm": "1e1"}, "navicular_drop_mm", DROP),
    ({"navicular_drop_mm": "NaN"}, "navicular_drop_mm", DROP),
    ({"heel_raises": "101"}, "heel_raises", COUNT),
    ({"heel_raises": "10.5"}, "heel_raises", COUNT),
    ({"heel_raise_pain": "11"}, "heel_raise_pain", PAIN),
    ({"lunge": "-5.1", "lunge_unit": "cm"}, "lunge", LUNGE),
    ({"lunge": "70.1", "lunge_unit": "deg"}, "lunge", LUNGE),
    ({"lunge": "25.1", "lunge_unit": "cm"}, "lunge", f"Enter a lunge of {MINUS}5 to 25 cm."),
    ({"lunge": "-1", "lunge_unit": "deg"}, "lunge", "Enter a lunge of 0 to 70 degrees."),
    ({"lunge": "10"}, "lunge_unit", "Choose cm or degrees."),
    ({"lunge_unit": "cm"}, "lunge", "Enter the size of the lunge."),
    ({"heel_stance_deg": "-4", "heel_stance_direction": "everted"}, "heel_stance_deg", HEEL),
    ({"heel_stance_deg": "+4", "heel_stance_direction": "everted"}, "heel_stance_deg", HEEL),
    ({"heel_stance_deg": "30.5", "heel_stance_direction": "everted"}, "heel_stance_deg", HEEL),
    (
        {"heel_stance_deg": "4"},
        "heel_stance_direction",
        "Choose everted or inverted, or enter 0 degrees for a vertical heel.",
    ),
    ({"heel_stance_direction": "inverted"}, "heel_stance_deg", "Enter the size of the angle in degrees."),
    (
        {"heel_stance_deg": "0", "heel_stance_direction": "everted"},
        "heel_stance_direction",
        "Choose vertical for 0 degrees.",
    ),
    ({"arch_value": "0", "arch_measure": "arch_index"}, "arch_value", RATIO),
    ({"arch_value": "0.1234", "arch_measure": "arch_index"}, "arch_value", RATIO),
    ({"arch_value": "0.3"}, "arch_measure", "Choose which index this is."),
    ({"arch_measure": "arch_index"}, "arch_value", "Enter the value of the index."),
    (
        {"windlass_weight_bearing": "yes"},
        "windlass",
        "Choose whether the windlass test was positive or negative.",
    ),
    (
        {"windlass": "not_done", "windlass_weight_bearing": "no"},
        "windlass",
        "Choose whether the windlass test was positive or negative.",
    ),
    ({"fpi_heel_tilt": "3"}, "fpi_heel_tilt", "Choose one of the answers."),
    ({"windlass": "perhaps"}, "windlass", "Choose one of the answers."),
]


@pytest.mark.hazard("HZ-22")
@pytest.mark.parametrize(
    ("typed", "field", "message"), SLIPS, ids=[f"{s[1]}-{n}" for n, s in enumerate(SLIPS)]
)
def test_a_value_outside_its_limits_is_refused_at_its_field_and_kept(window, typed, field, message):
    response = window.post(**DAY, **on("right", **typed))
    assert (response.status_code, Evaluation.objects.count()) == (422, 0)
    errors = response.context["form"].errors
    assert {name: list(said) for name, said in errors.items()} == {f"right-{field}": [message]}
    page = response.content.decode()
    assert f'id="id_right-{field}_error"' in page
    assert "<title>Error: " in page
    stored = window.stored()
    assert stored.state == DraftState.OPEN
    assert on("right", **typed).items() <= stored.answers.items()


LIMITS = [
    {"navicular_drop_mm": "30"},
    {"heel_raises": "100", "heel_raise_pain": "10"},
    {"lunge": "-5", "lunge_unit": "cm"},
    {"lunge": "25", "lunge_unit": "cm"},
    {"lunge": "0", "lunge_unit": "deg"},
    {"lunge": "70", "lunge_unit": "deg"},
    {"heel_stance_deg": "30", "heel_stance_direction": "inverted"},
    {"arch_value": "0.001", "arch_measure": "arch_index"},
    {"windlass": "not_done"},
    {"fpi_heel_tilt": "-2"},
]


@pytest.mark.parametrize("typed", LIMITS, ids=["-".join(typed.values()) for typed in LIMITS])
def test_the_limits_themselves_are_allowed(window, typed):
    assert signed(window, **on("left", **typed)).feet.count() == 1


LEGS = [
    (
        {"leg_difference_mm": "61", "shorter_leg": "left", "leg_difference_method": "tape"},
        "leg_difference_mm",
    ),
    ({"leg_difference_mm": "5", "shorter_leg": "left"}, "leg_difference_method"),
    ({"leg_difference_mm": "5", "leg_difference_method": "tape"}, "shorter_leg"),
    ({"leg_difference_mm": "0", "leg_difference_method": "tape", "shorter_leg": "left"}, "shorter_leg"),
    ({"leg_difference_method": "tape"}, "leg_difference_mm"),
    ({"shorter_leg": "left"}, "leg_difference_mm"),
]


@pytest.mark.parametrize(("typed", "field"), LEGS)
def test_a_leg_length_difference_needs_method_and_leg(window, typed, field):
    response = window.post(**DAY, **typed)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])


def test_no_difference_between_the_legs_is_a_measure(window):
    evaluation = signed(window, leg_difference_mm="0", leg_difference_method="tape")
    assert (evaluation.leg_difference_mm, evaluation.shorter_leg) == (0, "")


# --- refusals -------------------------------------------------------------------------------------------------
def test_an_empty_form_is_refused(window):
    response = window.post(**DAY)
    assert response.status_code == 422
    assert "Nothing is filled in: enter at least one measure or note." in text(response)
    assert Evaluation.objects.count() == 0


def test_the_day_is_needed_and_lies_in_the_patients_life(window, margaret):
    tomorrow = margaret.local_day(clock.now()) + timedelta(days=1)
    for day, message in (
        ("", "Enter the day of the examination."),
        ("31/02/2026", "Enter a date that exists, such as 2026-03-14."),
        (tomorrow.isoformat(), "The day of the examination lies in the future."),
        ("1956-03-13", "The day of the examination lies before the patient's date of birth."),
    ):
        response = window.post(examined_on=day, **RAISES)
        assert (response.status_code, response.context["form"].errors) == (422, {"examined_on": [message]})
    assert Evaluation.objects.count() == 0
    assert signed(window, examined_on="1956-03-14", **RAISES).examined_on == margaret.date_of_birth


def test_control_characters_are_refused_and_kept(window):
    response = window.post(**DAY, gait_note="a\x07b")
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["gait_note"])
    assert window.stored().answers["gait_note"] == "a\x07b"


# --- once -----------------------------------------------------------------------------------------------------
def test_signing_twice_makes_one_evaluation(window):
    marks = dict(window.marks)
    evaluation = signed(window, **RAISES)
    window.marks = marks
    again = window.post(**DAY, **RAISES)
    assert again["Location"] == reverse("patients:evaluation", args=[evaluation.pk])
    assert (Evaluation.objects.count(), verbs().count("evaluation.signed")) == (1, 1)
    assert window.client.get(window.url)["Location"] == again["Location"]


def test_the_action_itself_signs_once(priya, window):
    entry = actions.EvaluationEntry(examined_on=date(2026, 1, 5), feet={Foot.LEFT: {"heel_raises": 3}})
    how = {
        "actor": Actor.staff(priya),
        "draft": window.draft,
        "mark": actions.DraftMark(1, ""),
        "entry": entry,
    }
    first = actions.sign_evaluation(**how, now=clock.now())
    assert actions.sign_evaluation(**how, now=clock.now()) == first
    assert Evaluation.objects.count() == 1


def test_other_values_after_signing_are_shown_and_not_signed(as_priya, window):
    other = Window(as_priya, window.draft)
    other.open()
    signed(window, **RAISES)
    response = other.post(**DAY, **on("left", heel_raises=44))
    assert response.status_code == 409
    assert "This draft was signed or discarded in the meantime." in text(response)
    assert 'value="44"' in response.content.decode()
    assert FootMeasures.objects.get().heel_raises == 12


def test_rows_stay_as_they_were_signed(window):
    evaluation = signed(window, **RAISES)
    for change in (
        lambda: Evaluation.objects.filter(pk=evaluation.pk).update(gait_note="other"),
        lambda: Evaluation.objects.filter(pk=evaluation.pk).update(examined_on=date(2026, 1, 6)),
        lambda: evaluation.feet.update(heel_raises=50),
        lambda: evaluation.feet.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="stay as they were signed"), transaction.atomic():
            change()
    assert evaluation.feet.get().heel_raises == 12


# --- amending -------------------------------------------------------------------------------------------------
def amend(window: Window, evaluation: Evaluation) -> Window:
    response = window.client.post(reverse("patients:evaluation_amend", args=[evaluation.pk]))
    draft = EvaluationDraft.objects.open().get(author_id=window.draft.author_id)
    assert response["Location"] == reverse("patients:evaluation_draft", args=[draft.pk])
    amending = Window(window.client, draft)
    amending.open()
    return amending


def test_an_amendment_begins_with_what_was_signed(window):
    legs = {"leg_difference_mm": "5", "shorter_leg": "right", "leg_difference_method": "tape"}
    left = on("left", fpi_talar_head=-1, lunge="8.5", lunge_unit="cm", jack_arch_rises="no", heel_raises=0)
    evaluation = signed(window, **left, **legs, note="Tired.")
    amending = amend(window, evaluation)
    assert amending.stored().answers == DAY | left | legs | {"note": "Tired."}
    page = amending.open()
    assert 'value="-1" id="id_left-fpi_talar_head_1" checked' in page
    assert "Amend the evaluation of 5 January 2026" in page


def test_an_amendment_replaces_and_needs_a_reason(window, priya):
    first = signed(window, **RAISES)
    amending = amend(window, first)
    refused = amending.post(**DAY, **on("left", heel_raises=21))
    assert refused.context["form"].errors == {"amendment_reason": ["Say why this evaluation is amended."]}
    second = signed(amending, amendment_reason="Digits exchanged.", **on("left", heel_raises=21))
    first.refresh_from_db()
    assert (first.status, second.status) == (EvaluationStatus.AMENDED, EvaluationStatus.SIGNED)
    assert (second.amends, second.amendment_reason) == (first, "Digits exchanged.")
    assert (first.feet.get().heel_raises, second.feet.get().heel_raises) == (12, 21)
    assert list(Evaluation.objects.standing()) == [second]
    assert AuditEntry.objects.filter(verb="evaluation.signed").latest("pk").changes["amends"] == str(first.pk)
    third = signed(amend(window, second), amendment_reason="Once more.", **on("left", heel_raises=22))
    assert (third.amends.amends, list(Evaluation.objects.standing())) == (first, [third])


def test_only_one_of_two_amendments_wins(window, priya, riverside, margaret):
    first = signed(window, **RAISES)
    paul = factories.make_staff(riverside, Role.PRACTITIONER, "Paul Grey")
    his = actions.start_draft(actor=Actor.staff(paul), patient=margaret, now=clock.now(), amends=first)
    signed(amend(window, first), amendment_reason="Mine.", **RAISES)
    response = Window(signed_in(paul), his, {"version": "1", "window": "0" * 32, "step": "0"}).post(
        **DAY, **RAISES, amendment_reason="His."
    )
    assert response.status_code == 422
    assert "What this amends was amended or entered in error by now." in text(response)
    assert Evaluation.objects.count() == 2
    assert EvaluationDraft.objects.get(pk=his.pk).answers["amendment_reason"] == "His."


def test_a_new_evaluation_never_opens_the_draft_of_an_amendment(window, priya, margaret):
    """Else the values of today would end in a visit of the past."""
    first = signed(window, **RAISES)
    amend(window, first)
    before = factories.count_rows()
    response = window.client.post(reverse("patients:evaluation_new", args=[margaret.pk]), follow=True)
    assert "You have a draft for this patient already. Sign or discard it first." in text(response)
    assert factories.count_rows() == before  # the reading was written down a moment ago


def test_an_amendment_waits_for_the_open_draft_and_for_what_stands(window, priya, margaret):
    first = signed(window, **RAISES)
    start(window.client, margaret)
    before = factories.count_rows()
    response = window.client.post(reverse("patients:evaluation_amend", args=[first.pk]))
    assert response.status_code == 422
    assert "You have a draft for this patient already. Sign or discard it first." in text(response)
    assert factories.count_rows() == before
    Evaluation.objects.filter(pk=first.pk).update(status=EvaluationStatus.ENTERED_IN_ERROR)
    with pytest.raises(Refused) as refused:
        actions.start_draft(actor=Actor.staff(priya), patient=margaret, now=clock.now(), amends=first)
    assert refused.value.code == "not_standing"
