"""Questionnaires of a clinic that holds a licence: drafted, published once, retired; and the answers to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic import audit
from clinic.actors import Actor, Kind
from clinic.errors import Refused
from patients.actions.outcomes import refuse_impossible_day
from patients.actions.records import open_for_writing
from patients.models import (
    Patient,
    Questionnaire,
    QuestionnaireItem,
    QuestionnaireResponse,
    TemplateStage,
)
from patients.questionnaire_scoring import Method, Question, Template

FAULTS = {
    "no_question": gettext_lazy("A questionnaire needs at least one question."),
    "too_few_questions": gettext_lazy("The score needs more answers than there are questions."),
    "percent_below_zero": gettext_lazy("A percentage needs questions whose lowest answer is not below zero."),
}
# What a new version takes over: all that a curator may write, but the number of the version.
COPIED = [
    *("code", "language", "title", "instructions", "scoring", "least_answered", "direction"),
    *("important_change", "source", "licence_holder", "licence_reference", "licence_expires_on"),
    "public_domain",
]
ITEM_FIELDS = ["position", "text", "lowest", "highest", "lowest_means", "highest_means", "reversed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answers by the place of the question; None, or no entry, is a question left out.

    ``id`` is made with the form: a second press of its button writes nothing.
    """

    on: date
    answers: Mapping[int, int | None]
    id: UUID = field(default_factory=uuid4)


@transaction.atomic
def save_questionnaire(*, actor: Actor, questionnaire: Questionnaire) -> Questionnaire:
    """Keep a draft of the actor's clinic. What is published stays as it is: make a new version of it."""
    created = questionnaire._state.adding
    if created:
        questionnaire.clinic_id = questionnaire.clinic_id or actor.clinic_id  # type: ignore[assignment]
        _refuse_stranger(actor, questionnaire)
    else:
        _locked_draft(actor, questionnaire)
    try:
        with transaction.atomic():
            questionnaire.save()
    except IntegrityError as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if constraint != "questionnaire_version_once":
            raise
        message = _("A questionnaire with this short code, version and language exists.")
        raise Refused(message, code="version_exists", field="code") from error
    verb = "questionnaire.created" if created else "questionnaire.edited"
    audit.record(actor, verb, questionnaire, changes=_named(questionnaire))
    return questionnaire


@transaction.atomic
def save_questions(
    *, actor: Actor, questionnaire: Questionnaire, items: Sequence[QuestionnaireItem]
) -> list[QuestionnaireItem]:
    """These are the questions of the draft from now on, instead of those before."""
    draft = _locked_draft(actor, questionnaire)
    draft.items.all().delete()
    kept = [
        QuestionnaireItem(questionnaire=draft, **{name: getattr(item, name) for name in ITEM_FIELDS})
        for item in items
    ]
    made = QuestionnaireItem.objects.bulk_create(kept)
    changes = _named(draft) | {"questions": len(made)}
    audit.record(actor, "questionnaire.questions_saved", draft, changes=changes)
    return made


@transaction.atomic
def publish_questionnaire(*, actor: Actor, questionnaire: Questionnaire, now: datetime) -> Questionnaire:
    """Let the clinic ask it. From now on neither its words nor its score change; the version before is retired.

    Refuses a draft without a licence, unless the owner of the rights gave it to everybody, and one that cannot be
    scored.
    """
    if actor.user_id is None:
        raise Refused(_("A person has to publish a questionnaire."), code="nobody")
    draft = _locked_draft(actor, questionnaire)
    if not draft.public_domain and not (draft.licence_holder and draft.licence_reference):
        message = _("“%(title)s” cannot be published without the licence holder and the licence reference.")
        raise Refused(message % {"title": draft.title}, code="no_licence")
    if _expired_on(draft, now.astimezone(ZoneInfo(draft.clinic.time_zone)).date()):
        raise Refused(_("The licence of “%(title)s” has ended.") % {"title": draft.title}, code="expired")
    if faults := template_of(draft).faults():
        raise Refused(str(FAULTS[faults[0]]), code=faults[0])
    for older in _versions(draft).filter(stage=TemplateStage.PUBLISHED):
        retire_questionnaire(actor=actor, questionnaire=older)
    published = {"stage": TemplateStage.PUBLISHED, "published_by_id": actor.user_id, "published_at": now}
    Questionnaire.objects.filter(pk=draft.pk).update(**published)
    for name, value in published.items():
        setattr(questionnaire, name, value)
    audit.record(actor, "questionnaire.published", draft, changes=_named(draft))
    return questionnaire


@transaction.atomic
def retire_questionnaire(*, actor: Actor, questionnaire: Questionnaire) -> Questionnaire:
    """It is not asked any more. Answers to it stay as they are."""
    _refuse_stranger(actor, questionnaire)
    published = Questionnaire.objects.filter(pk=questionnaire.pk, stage=TemplateStage.PUBLISHED)
    if not published.update(stage=TemplateStage.RETIRED):
        message = _("“%(title)s” is not published.")
        raise Refused(message % {"title": questionnaire.title}, code="not_published")
    questionnaire.stage = TemplateStage.RETIRED
    audit.record(actor, "questionnaire.retired", questionnaire, changes=_named(questionnaire))
    return questionnaire


@transaction.atomic
def new_version(*, actor: Actor, questionnaire: Questionnaire) -> Questionnaire:
    """A draft with the words of a published one, to be changed and published under the next number."""
    _refuse_stranger(actor, questionnaire)
    versions = _versions(questionnaire).select_for_update()
    if any(version.stage == TemplateStage.DRAFT for version in versions):
        message = _("There is a draft of “%(title)s” already. Change that one.")
        raise Refused(message % {"title": questionnaire.title}, code="draft_exists")
    newest = _versions(questionnaire).aggregate(newest=Max("version"))["newest"]
    draft = Questionnaire.objects.create(
        clinic_id=questionnaire.clinic_id,
        version=newest + 1,
        **{name: getattr(questionnaire, name) for name in COPIED},
    )
    QuestionnaireItem.objects.bulk_create(
        QuestionnaireItem(questionnaire=draft, **{name: getattr(item, name) for name in ITEM_FIELDS})
        for item in questionnaire.items.all()
    )
    audit.record(actor, "questionnaire.new_version", draft, changes=_named(draft))
    return draft


@transaction.atomic
def record_response(
    *, actor: Actor, patient: Patient, questionnaire: Questionnaire, entry: Answers, now: datetime
) -> QuestionnaireResponse:
    """Keep the answers of one day and their score, which is none when too few were given.

    Refuses what is not published, whose licence had ended on that day, and answers that the questions do not offer.
    """
    open_for_writing(patient.pk)
    refuse_impossible_day(patient, entry.on, now)
    asked = Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
    if asked.clinic_id != patient.clinic_id or asked.stage != TemplateStage.PUBLISHED:
        raise Refused(_("This questionnaire is not published."), code="not_published")
    if _expired_on(asked, entry.on):
        raise Refused(_("The licence had ended on that day."), code="expired", field="on")
    if earlier := QuestionnaireResponse.objects.filter(pk=entry.id).first():
        return _same(earlier, patient, asked)
    template = template_of(asked)
    given = {place: answer for place, answer in entry.answers.items() if answer is not None}
    _refuse_wrong_answers(template, given)
    response = QuestionnaireResponse.objects.create(
        id=entry.id,
        clinic_id=patient.clinic_id,
        patient=patient,
        questionnaire=asked,
        on=entry.on,
        answers={str(place): answer for place, answer in sorted(given.items())},
        score=template.score(given),
        recorded_by_id=actor.user_id,  # type: ignore[misc]  # the column refuses anybody but staff
        recorded_at=now,
    )
    changes = _named(asked) | {"on": entry.on.isoformat(), "answered": len(given)}
    audit.record(actor, "questionnaire_response.recorded", response, changes=changes)
    return response


def template_of(questionnaire: Questionnaire) -> Template:
    """What the scoring needs of it."""
    return Template(
        method=Method(questionnaire.scoring),
        least_answered=questionnaire.least_answered,
        questions={
            item.position: Question(item.lowest, item.highest, item.reversed)
            for item in questionnaire.items.all()
        },
    )


def answer_name(place: int) -> str:
    """Of the answer to the question at that place, in the form and the refusal."""
    return f"answer-{place}"


def _refuse_wrong_answers(template: Template, given: Mapping[int, int]) -> None:
    if not given:
        raise Refused(_("Give at least one answer."), code="empty")
    for place, answer in given.items():
        question = template.questions.get(place)
        if question is None:
            raise Refused(_("There is no such question."), code="unknown_question")
        if not question.accepts(answer):
            message = _("Choose a number from %(lowest)s to %(highest)s.")
            ends = {"lowest": question.lowest, "highest": question.highest}
            raise Refused(message % ends, code="out_of_range", field=answer_name(place))


def _same(earlier: QuestionnaireResponse, patient: Patient, asked: Questionnaire) -> QuestionnaireResponse:
    if (earlier.patient_id, earlier.questionnaire_id) != (patient.pk, asked.pk):
        raise Refused(_("Open the questionnaire again."), code="other_form")
    return earlier


def _locked_draft(actor: Actor, questionnaire: Questionnaire) -> Questionnaire:
    locked = (
        Questionnaire.objects.select_for_update(of=("self",))
        .select_related("clinic")
        .get(pk=questionnaire.pk)
    )
    _refuse_stranger(actor, locked)
    if locked.stage != TemplateStage.DRAFT:
        message = _("“%(title)s” is published and stays as it is. Make a new version to change it.")
        raise Refused(message % {"title": locked.title}, code="not_draft")
    return locked


def _refuse_stranger(actor: Actor, questionnaire: Questionnaire) -> None:
    """A questionnaire is a clinic's own: named jobs and its own staff write it."""
    own = actor.kind is Kind.SYSTEM or actor.clinic_id == questionnaire.clinic_id
    if questionnaire.clinic_id is None or not own:
        raise Refused(_("Only the clinic's own staff can do this."), code="other_clinic")


def _versions(questionnaire: Questionnaire) -> Any:
    """All versions of it in its language, this one too."""
    same = {"code": questionnaire.code, "language": questionnaire.language}
    return Questionnaire.objects.filter(clinic_id=questionnaire.clinic_id, **same)


def _expired_on(questionnaire: Questionnaire, day: date) -> bool:
    return questionnaire.licence_expires_on is not None and questionnaire.licence_expires_on < day


def _named(questionnaire: Questionnaire) -> dict[str, Any]:
    """For the audit: codes and numbers only."""
    return {
        "code": questionnaire.code,
        "version": questionnaire.version,
        "language": questionnaire.language,
    }
