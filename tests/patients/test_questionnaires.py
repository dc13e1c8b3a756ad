"""Questionnaires that a clinic adds itself: drafted, published with a licence, never altered."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry
from patients import actions
from patients.actions.questionnaires import template_of
from patients.models import Questionnaire, QuestionnaireItem, TemplateStage
from tests.factories import NOON, TODAY, answer, count_rows, make_questionnaire
from tests.pages import signed_in


def item(place: int, **fields) -> QuestionnaireItem:
    return QuestionnaireItem(position=place, **{"text": f"Question {place}?", "highest": 4} | fields)


def publish(user, questionnaire, now=NOON) -> Questionnaire:
    return actions.publish_questionnaire(actor=Actor.staff(user), questionnaire=questionnaire, now=now)


def verbs() -> list[str]:
    return list(AuditEntry.objects.filter(verb__startswith="questionnaire").values_list("verb", flat=True))


@pytest.fixture
def walking(carlos) -> Questionnaire:
    return make_questionnaire(carlos)


@pytest.fixture
def draft(carlos) -> Questionnaire:
    return make_questionnaire(carlos, published=False)


# --- drafting -------------------------------------------------------------------------------------------------
def test_a_draft_belongs_to_the_clinic_of_whoever_made_it(carlos, riverside):
    draft = make_questionnaire(carlos, published=False)
    assert (draft.clinic, draft.stage, draft.version) == (riverside, TemplateStage.DRAFT, 1)
    assert list(draft.items.values_list("position", "text")) == [
        (1, "Question 1?"),
        (2, "Question 2?"),
        (3, "Question 3?"),
    ]
    assert verbs() == ["questionnaire.created", "questionnaire.questions_saved"]
    entry = AuditEntry.objects.get(verb="questionnaire.questions_saved")
    assert entry.changes == {"code": "walking", "version": 1, "language": "en", "questions": 3}


def test_questions_are_replaced_as_a_whole(carlos, draft):
    actions.save_questions(actor=Actor.staff(carlos), questionnaire=draft, items=[item(1, text="Anew?")])
    assert list(draft.items.values_list("position", "text")) == [(1, "Anew?")]


def test_a_second_one_of_that_code_version_and_language_is_refused(carlos, draft):
    before = count_rows()
    with pytest.raises(Refused) as refused:
        make_questionnaire(carlos, published=False)
    assert (refused.value.code, refused.value.field) == ("version_exists", "code")
    assert count_rows() == before
    assert make_questionnaire(carlos, published=False, language="de").language == "de"


def test_nobody_else_writes_it(carlos, hugo, draft):
    nowhere = Questionnaire(code="other", title="Other", least_answered=1)
    for actor, made in ((Actor.staff(hugo), draft), (Actor.system("x"), nowhere)):
        with pytest.raises(Refused) as refused:
            actions.save_questionnaire(actor=actor, questionnaire=made)
        assert refused.value.code == "other_clinic"
    stranger = Actor.staff(hugo)
    for action, more in (
        (actions.save_questions, {"items": []}),
        (actions.publish_questionnaire, {"now": NOON}),
        (actions.retire_questionnaire, {}),
        (actions.new_version, {}),
    ):
        with pytest.raises(Refused) as refused:
            action(actor=stranger, questionnaire=draft, **more)
        assert refused.value.code == "other_clinic"
    assert (draft.items.count(), Questionnaire.objects.count()) == (3, 1)


# --- publishing -----------------------------------------------------------------------------------------------
def test_publishing_names_who_and_when(carlos, draft):
    publish(carlos, draft)
    draft.refresh_from_db()
    assert (draft.stage, draft.published_by, draft.published_at) == (TemplateStage.PUBLISHED, carlos, NOON)
    assert verbs()[-1] == "questionnaire.published"


@pytest.mark.hazard("HZ-35")
@pytest.mark.parametrize(
    "licence",
    [{"licence_holder": ""}, {"licence_reference": ""}, {"licence_holder": "", "licence_reference": ""}],
)
def test_without_a_licence_nothing_is_published(carlos, licence):
    draft = make_questionnaire(carlos, published=False, **licence)
    before = count_rows()
    with pytest.raises(Refused) as refused:
        publish(carlos, draft)
    message = "“Walking” cannot be published without the licence holder and the licence reference."
    assert (refused.value.code, refused.value.message) == ("no_licence", message)
    draft.refresh_from_db()
    assert (draft.stage, count_rows()) == (TemplateStage.DRAFT, before)


@pytest.mark.hazard("HZ-35")
@pytest.mark.parametrize("missing", ["licence_holder", "licence_reference"])
def test_the_database_refuses_it_too(carlos, missing):
    draft = make_questionnaire(carlos, published=False, **{missing: ""})
    rows = Questionnaire.objects.filter(pk=draft.pk)
    published = {"stage": "published", "published_by": carlos, "published_at": NOON}
    with pytest.raises(IntegrityError, match="questionnaire_published_with_licence"), transaction.atomic():
        rows.update(**published)
    assert rows.update(**published | {"public_domain": True}) == 1


def test_the_public_domain_needs_no_licence(carlos):
    draft = make_questionnaire(
        carlos, published=False, licence_holder="", licence_reference="", public_domain=True
    )
    assert publish(carlos, draft).stage == TemplateStage.PUBLISHED


@pytest.mark.parametrize(
    ("fields", "items", "code"),
    [
        ({}, [], "no_question"),
        ({"least_answered": 3}, [item(1), item(2)], "too_few_questions"),
        ({"scoring": "percent", "least_answered": 1}, [item(1, lowest=-1)], "percent_below_zero"),
        ({"licence_expires_on": TODAY - timedelta(days=1)}, [item(1), item(2)], "expired"),
    ],
)
def test_what_cannot_be_scored_or_asked_is_not_published(carlos, fields, items, code):
    draft = make_questionnaire(carlos, published=False, **fields)
    actions.save_questions(actor=Actor.staff(carlos), questionnaire=draft, items=items)
    with pytest.raises(Refused) as refused:
        publish(carlos, draft)
    assert refused.value.code == code
    draft.refresh_from_db()
    assert draft.stage == TemplateStage.DRAFT


def test_a_licence_lasts_until_the_end_of_its_day(carlos):
    draft = make_questionnaire(carlos, published=False, licence_expires_on=TODAY)
    assert publish(carlos, draft).stage == TemplateStage.PUBLISHED


def test_a_job_publishes_nothing(draft):
    with pytest.raises(Refused) as refused:
        actions.publish_questionnaire(actor=Actor.system("load"), questionnaire=draft, now=NOON)
    assert refused.value.code == "nobody"


# --- what is published stays ----------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-35")
def test_a_published_one_is_not_edited(carlos, walking):
    walking.title = "Running"
    actor = Actor.staff(carlos)
    for action, more in (
        (actions.save_questionnaire, {}),
        (actions.save_questions, {"items": [item(1)]}),
        (actions.publish_questionnaire, {"now": NOON}),
    ):
        with pytest.raises(Refused) as refused:
            action(actor=actor, questionnaire=walking, **more)
        assert refused.value.code == "not_draft"
    walking.refresh_from_db()
    assert (walking.title, walking.items.count()) == ("Walking", 3)


@pytest.mark.hazard("HZ-35")
def test_the_database_keeps_it_too(carlos, walking):
    for change in (
        lambda: Questionnaire.objects.filter(pk=walking.pk).update(scoring="mean"),
        lambda: walking.items.update(highest=9),
        lambda: walking.items.first().delete(),
        lambda: QuestionnaireItem.objects.create(questionnaire=walking, position=9, text="Late?"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    walking.refresh_from_db()
    assert (walking.scoring, walking.items.count()) == ("sum", 3)


@pytest.mark.hazard("HZ-35")
def test_old_answers_score_as_before_after_a_new_version(carlos, priya, margaret, walking):
    old = answer(priya, margaret, walking, {1: 1, 2: 4})
    actor = Actor.staff(carlos)
    second = actions.new_version(actor=actor, questionnaire=walking)
    assert (second.version, second.stage, second.published_by) == (2, TemplateStage.DRAFT, None)
    assert (second.code, second.licence_reference, second.items.count()) == ("walking", "RP 14", 3)
    second.scoring = "mean"
    actions.save_questionnaire(actor=actor, questionnaire=second)
    actions.save_questions(
        actor=actor, questionnaire=second, items=[item(1, reversed=True), item(2, highest=9)]
    )
    publish(carlos, second)
    new = answer(priya, margaret, second, {1: 1, 2: 4})
    old.refresh_from_db()
    assert (old.questionnaire_id, old.score, old.answers) == (walking.pk, Decimal("5.00"), {"1": 1, "2": 4})
    assert new.score == Decimal("3.50")  # (4 - 1 + 4) / 2
    template = template_of(Questionnaire.objects.get(pk=walking.pk))
    assert template.score({1: 1, 2: 4}) == old.score
    page = signed_in(priya).get(reverse("patients:outcome_list", args=[margaret.pk])).content.decode()
    assert "Walking, version 1" in page
    assert "Walking, version 2" in page
    assert "Licence: Riverside Podiatry, RP 14." in page
    assert "→" not in page  # versions are not compared with each other


def test_publishing_a_new_version_retires_the_one_before(carlos, walking):
    second = actions.new_version(actor=Actor.staff(carlos), questionnaire=walking)
    walking.refresh_from_db()
    assert walking.stage == TemplateStage.PUBLISHED
    publish(carlos, second)
    walking.refresh_from_db()
    assert walking.stage == TemplateStage.RETIRED
    assert verbs()[-2:] == ["questionnaire.retired", "questionnaire.published"]


def test_one_draft_at_a_time(carlos, walking):
    actor = Actor.staff(carlos)
    actions.new_version(actor=actor, questionnaire=walking)
    with pytest.raises(Refused) as refused:
        actions.new_version(actor=actor, questionnaire=walking)
    assert refused.value.code == "draft_exists"
    assert Questionnaire.objects.count() == 2


def test_retiring_twice_says_so_and_a_retired_one_can_come_back_as_a_version(carlos, walking):
    actor = Actor.staff(carlos)
    actions.retire_questionnaire(actor=actor, questionnaire=walking)
    with pytest.raises(Refused) as refused:
        actions.retire_questionnaire(actor=actor, questionnaire=walking)
    assert refused.value.code == "not_published"
    assert actions.new_version(actor=actor, questionnaire=walking).version == 2
