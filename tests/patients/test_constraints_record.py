"""The constraints of the clinical record, broken by hand, as in test_constraints.

Rows that a trigger keeps as they were signed are broken by inserting another one.
"""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from patients.models import FPI_ITEMS, Evaluation
from patients.models.support import CHOICES, RANGES
from tests.factories import NOON, TODAY
from tests.patients.record_world import RecordWorld

pytestmark = pytest.mark.slow  # tries everything there is

Break = Callable[[RecordWorld], object]


def one_after_the_other(*steps: Break) -> Break:
    return lambda world: [step(world) for step in steps]


def publish(world: RecordWorld) -> None:
    world.change(
        world.questionnaire,
        stage="published",
        public_domain=True,
        published_by=world.priya,
        published_at=NOON,
    )


def other_foot(**fields: object) -> Break:
    return lambda world: world.copy(world.foot, foot="right", **fields)


def support_with(**fields: object) -> Break:
    return lambda world: world.change(world.support, **fields)


VOCABULARY: dict[str, Break] = {
    "finding_type_sides_known": lambda w: w.change(w.type, sides=["above"]),
    "finding_type_extra_fields_known": lambda w: w.change(w.type, extra_fields=["colour"]),
    "finding_code_once": lambda w: w.copy(w.code),
    "finding_code_system_known": lambda w: w.change(w.code, system="icd9"),
    "finding_code_side_known": lambda w: w.change(w.code, side="above"),
    "finding_code_not_empty": lambda w: w.change(w.code, code=""),
    "finding_flexibility_known": lambda w: w.change(w.finding, flexibility="bendy"),
    "finding_origin_known": lambda w: w.change(w.finding, origin="abroad"),
    "finding_course_known": lambda w: w.change(w.finding, course="long"),
    "finding_imaging_date_needs_imaging": lambda w: w.change(w.finding, imaging_date=TODAY),
    "finding_recurs_of_another": lambda w: w.change(w.finding, recurrence_of=w.finding),
}
EVALUATIONS: dict[str, Break] = {
    "evaluation_id_clinic": lambda w: w.insert_again(w.evaluation, "evaluation_id_clinic"),
    "evaluation_amended_once": one_after_the_other(
        lambda w: w.copy(w.evaluation, amends=w.evaluation),
        lambda w: w.copy(w.evaluation, amends=w.evaluation),
    ),
    "evaluation_status_known": lambda w: w.change(w.evaluation, status="lost"),
    "evaluation_leg_method_known": lambda w: w.copy(w.evaluation, leg_difference_method="guess"),
    "evaluation_shorter_leg_known": lambda w: w.copy(
        w.evaluation, leg_difference_mm=5, leg_difference_method="tape", shorter_leg="both"
    ),
    "evaluation_leg_difference_range": lambda w: w.copy(
        w.evaluation, leg_difference_mm=61, leg_difference_method="tape", shorter_leg="left"
    ),
    "evaluation_leg_difference_whole": lambda w: w.copy(w.evaluation, leg_difference_mm=5),
    "foot_once_per_evaluation": lambda w: w.copy(w.foot),
    "foot_known": lambda w: w.copy(w.foot, foot="both"),
    **{f"foot_{item}_range": other_foot(**{item: 3}) for item in FPI_ITEMS},
    "foot_navicular_drop_range": other_foot(navicular_drop_mm="30.1"),
    "foot_windlass_known": other_foot(windlass="maybe"),
    "foot_windlass_was_done": other_foot(windlass_weight_bearing=True),
    "foot_heel_raises_range": other_foot(heel_raises=101),
    "foot_heel_raise_pain_range": other_foot(heel_raise_pain=11),
    "foot_lunge_range": other_foot(lunge=40, lunge_unit="cm"),
    "foot_heel_stance_direction_known": other_foot(heel_stance_direction="odd"),
    "foot_heel_stance_range": other_foot(heel_stance_deg=4),
    "foot_arch_measure_known": other_foot(arch_measure="another"),
    "foot_arch_value_positive": other_foot(arch_value="0.3"),
    "draft_one_open_per_author": lambda w: w.copy(w.draft),
    "draft_state_known": lambda w: w.change(w.draft, state="lost"),
    "draft_signed_names_its_form": lambda w: w.change(w.draft, state="signed"),
}
OUTCOMES: dict[str, Break] = {
    "pain_source_known": lambda w: w.change(w.pain, source="rumour"),
    "pain_status_known": lambda w: w.change(w.pain, status="lost"),
    "pain_told_to_somebody": lambda w: w.change(w.pain, source="visit"),
    "activity_id_clinic": lambda w: w.insert_again(w.activity, "activity_id_clinic"),
    "activity_place_taken": lambda w: w.copy(w.activity),
    "activity_one_of_three": lambda w: w.copy(w.activity, position=4),
    "activity_in_words": lambda w: w.copy(w.activity, position=2, words=""),
    "activity_scored_once_a_day": lambda w: w.copy(w.activity_score),
    "activity_score_from_0_to_10": lambda w: w.change(w.activity_score, score=11),
    "activity_score_status_known": lambda w: w.change(w.activity_score, status="lost"),
    "change_rated_once_a_day": lambda w: w.copy(w.change_rating),
    "change_from_minus_5_to_5": lambda w: w.change(w.change_rating, rating=-6),
    "change_status_known": lambda w: w.change(w.change_rating, status="lost"),
    "questionnaire_version_once": lambda w: w.copy(w.questionnaire),
    "questionnaire_id_clinic": lambda w: w.insert_again(w.questionnaire, "questionnaire_id_clinic"),
    "questionnaire_stage_known": lambda w: w.change(
        w.questionnaire, stage="lost", public_domain=True, published_by=w.priya, published_at=NOON
    ),
    "questionnaire_scoring_known": lambda w: w.change(w.questionnaire, scoring="luck"),
    "questionnaire_direction_known": lambda w: w.change(w.questionnaire, direction="sideways"),
    "questionnaire_needs_answers": lambda w: w.change(w.questionnaire, least_answered=0),
    "questionnaire_published_with_licence": lambda w: w.change(
        w.questionnaire, stage="published", published_by=w.priya, published_at=NOON
    ),
    "questionnaire_published_by_somebody": lambda w: w.change(
        w.questionnaire, stage="published", public_domain=True
    ),
    "question_place_once": lambda w: w.copy(w.question),
    "question_range": lambda w: w.change(w.question, lowest=10),
    "response_status_known": lambda w: w.change(w.response, status="lost"),
}
SAFETY: dict[str, Break] = {
    "caution_check_id_clinic": lambda w: w.insert_again(w.cautions, "caution_check_id_clinic"),
    "caution_check_asked_first": lambda w: w.copy(w.cautions, present=["no_ice"]),
    "screening_id_clinic": lambda w: w.insert_again(w.screening, "screening_id_clinic"),
    "screening_region_known": lambda w: w.copy(w.screening, region="knee"),
    "screening_asked_something": lambda w: w.copy(w.screening, asked=[]),
    "screening_status_known": lambda w: w.change(w.screening, status="lost"),
    "flag_once_per_screening": lambda w: w.copy(w.flag),
    "flag_id_clinic": lambda w: w.insert_again(w.flag, "flag_id_clinic"),
    "flag_level_known": lambda w: w.copy(w.flag, level="later"),
    "flag_status_known": lambda w: w.change(w.flag, status="lost"),
    "flag_decision_known": lambda w: w.change(
        w.flag, decision="perhaps", decided_by=w.priya, decided_at=NOON, decision_note="x"
    ),
    "flag_decision_whole": lambda w: w.change(w.flag, decision="hold"),
    "referral_kind_known": lambda w: w.change(w.referral, kind="friend"),
    "referral_urgency_known": lambda w: w.change(w.referral, urgency="later"),
    "referral_status_known": lambda w: w.change(w.referral, status="lost"),
    "referral_has_reason": lambda w: w.change(w.referral, reason=""),
    "referral_closed_with_outcome": lambda w: w.change(w.referral, status="closed"),
}
SUPPORT: dict[str, Break] = {
    "support_id_clinic": lambda w: w.insert_again(w.support, "support_id_clinic"),
    **{f"support_{name}_known": support_with(**{name: "odd"}) for name in CHOICES},
    **{f"support_{name}_range": support_with(**{name: high + 1}) for name, (_low, high) in RANGES.items()},
    "worn_once_a_day": lambda w: w.copy(w.wear),
    "worn_within_a_day": lambda w: w.change(w.wear, hours="24.5"),
}
RECORDS: dict[str, Break] = {
    "patient_archived_by_somebody": lambda w: w.change(w.nora, archived_at=NOON),
    "patient_merged_is_archived": lambda w: w.change(w.nora, merged_into=w.patient),
    "merge_once": lambda w: w.copy(w.merge),
    "merge_of_two": lambda w: w.change(w.merge, duplicate=w.patient),
    "merge_undone_by_somebody": lambda w: w.change(w.merge, undone_at=NOON),
}
COMPOSITE_KEYS: dict[str, Break] = {
    "activity_patient_same_clinic": lambda w: w.copy(w.activity, position=2, clinic=w.hilltop),
    "activityscore_activity_same_clinic": lambda w: w.change(w.activity_score, clinic=w.hilltop),
    "cautioncheck_patient_same_clinic": lambda w: w.copy(w.cautions, clinic=w.hilltop),
    "changerating_patient_same_clinic": lambda w: w.change(w.change_rating, clinic=w.hilltop),
    "evaluation_patient_same_clinic": lambda w: w.copy(w.evaluation, clinic=w.hilltop),
    "evaluationdraft_patient_same_clinic": lambda w: w.change(w.draft, clinic=w.hilltop),
    "footmeasures_evaluation_same_clinic": lambda w: w.copy(w.foot, foot="right", clinic=w.hilltop),
    "patientmerge_kept_same_clinic": lambda w: w.change(w.merge, clinic=w.hilltop),
    "patientmerge_duplicate_same_clinic": lambda w: w.change(w.merge, duplicate=make_hilltop_patient(w)),
    "patient_merged_into_same_clinic": lambda w: w.change(
        make_hilltop_patient(w), archived_at=NOON, archived_by=w.priya, merged_into=w.patient
    ),
    "questionnaireresponse_patient_same_clinic": lambda w: w.copy(
        w.response, clinic=w.hilltop, questionnaire=w.copy(w.questionnaire, clinic=w.hilltop)
    ),
    "questionnaireresponse_questionnaire_same_clinic": lambda w: w.copy(
        w.response, questionnaire=w.copy(w.questionnaire, clinic=w.hilltop)
    ),
    "raisedflag_patient_same_clinic": lambda w: w.copy(w.flag, key="calf_swelling", clinic=w.hilltop),
    "referral_patient_same_clinic": lambda w: w.change(w.referral, clinic=w.hilltop),
    "screening_patient_same_clinic": lambda w: w.copy(w.screening, clinic=w.hilltop),
    "supportadvice_patient_same_clinic": lambda w: w.change(w.support, clinic=w.hilltop),
    "wearentry_patient_same_clinic": lambda w: w.change(w.wear, clinic=w.hilltop),
    "evaluation_amends_same_patient": lambda w: w.copy(w.evaluation, patient=w.nora, amends=w.evaluation),
    "evaluationdraft_amends_same_patient": lambda w: w.copy(w.draft, patient=w.nora, amends=w.evaluation),
    "evaluationdraft_evaluation_same_patient": lambda w: w.copy(
        w.draft, patient=w.nora, state="signed", evaluation=w.evaluation
    ),
    "finding_recurrence_of_same_patient": lambda w: w.change(w.finding, recurrence_of=w.noras_finding),
    "raisedflag_screening_same_patient": lambda w: w.copy(w.flag, screening=w.noras_screening),
    "referral_finding_same_patient": lambda w: w.change(w.referral, finding=w.noras_finding),
    "referral_flag_same_patient": lambda w: w.copy(w.referral, patient=w.nora, flag=w.flag),
    "supportadvice_reason_finding_same_patient": lambda w: w.change(
        w.support, reason_finding=w.noras_finding
    ),
    "wearentry_advice_same_patient": lambda w: w.copy(w.wear, patient=w.nora, on=NOON.date().replace(day=1)),
}
BREAKS = {**VOCABULARY, **EVALUATIONS, **OUTCOMES, **SAFETY, **SUPPORT, **RECORDS, **COMPOSITE_KEYS}
STAYS: dict[str, Break] = {
    "activity": lambda w: w.change(w.activity, words="Running"),
    "evaluation": lambda w: w.change(w.evaluation, gait_note="limps"),
    "footmeasures": lambda w: w.change(w.foot, heel_raises=3),
    "questionnaireresponse": lambda w: w.change(w.response, score=1),
    "raisedflag": lambda w: w.change(w.flag, text="Nothing"),
    "screening": lambda w: w.change(w.screening, asked=["calf_swelling"]),
    "cautioncheck": lambda w: w.change(w.cautions, present=["fall_risk"]),
    "deleted evaluation": lambda w: w.foot.delete(),
    "published questionnaire": one_after_the_other(
        publish, lambda w: w.change(w.questionnaire, title="Another")
    ),
    "published question": one_after_the_other(publish, lambda w: w.change(w.question, text="Another?")),
    "question added to a published one": one_after_the_other(
        publish, lambda w: w.copy(w.question, position=2)
    ),
    "question taken from a published one": one_after_the_other(publish, lambda w: w.question.delete()),
}


def make_hilltop_patient(world: RecordWorld):
    return world.copy(world.nora, clinic=world.hilltop)


@transaction.atomic
def attempt(action: Callable[[RecordWorld], object], world: RecordWorld) -> None:
    action(world)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the composite keys wait for the commit otherwise


@pytest.mark.parametrize("name", BREAKS)
def test_the_database_refuses(name, priya, margaret, hilltop):
    world = RecordWorld(priya, margaret, hilltop)
    with pytest.raises(IntegrityError) as refused:
        attempt(BREAKS[name], world)
    assert refused.value.__cause__.diag.constraint_name == name


@pytest.mark.parametrize("name", STAYS)
def test_what_was_signed_stays(name, priya, margaret, hilltop):
    world = RecordWorld(priya, margaret, hilltop)
    with pytest.raises(IntegrityError) as refused:
        attempt(STAYS[name], world)
    assert "stay" in str(refused.value)


def test_an_amendment_in_error_makes_room_for_another_one(priya, margaret, hilltop):
    world = RecordWorld(priya, margaret, hilltop)
    for _ in range(2):
        world.copy(world.evaluation, amends=world.evaluation, status="entered_in_error")
    standing = world.copy(world.evaluation, amends=world.evaluation)
    assert list(Evaluation.objects.amending(world.evaluation.pk)) == [standing]


def test_what_may_change_afterwards_does(priya, margaret, hilltop):
    world = RecordWorld(priya, margaret, hilltop)
    world.change(world.evaluation, status="entered_in_error")
    world.change(world.screening, status="entered_in_error")
    world.change(world.flag, decision="hold", decided_by=priya, decided_at=NOON, decision_note="Seen")
    world.change(world.activity, retired_at=NOON)
    publish(world)
    world.change(world.questionnaire, stage="retired")
    for row in (world.evaluation, world.screening, world.flag, world.activity, world.questionnaire):
        row.refresh_from_db()
    assert world.evaluation.status == world.screening.status == "entered_in_error"
    assert world.flag.decision == "hold"
    assert world.activity.retired_at == NOON
    assert world.questionnaire.stage == "retired"
