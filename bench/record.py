"""One record with many rows of every kind, and what a clinic has around it, all written by the actions: the pages that show
one thing of a record are measured on it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bench import seed
from clinic import actions as clinic_actions
from clinic.actors import Actor
from clinic.roles import Role
from exercises import actions
from exercises.models import Done, Exercise, Programme, Scope
from patients import actions as patient_actions
from patients import import_columns, import_files, import_work
from patients.models import (
    ConfirmedBy,
    Decision,
    FindingType,
    Foot,
    Measure,
    Patient,
    Questionnaire,
    QuestionnaireItem,
    ReferralKind,
    Side,
    SupportKind,
    SupportSide,
)
from patients.red_flags import Level, Region, asked_about

EACH, LISTED = 8, 500  # of most kinds; rows of the list that waits


def write(world: seed.World) -> dict[str, Any]:
    """The keys of what the addresses name, by the name of the page."""
    patient, staff, now = world.patients[-1], Actor.staff(world.staff), datetime.now(UTC)
    found = _findings(staff, patient, now)
    programme = Programme.objects.get(patient=patient)
    _diary(patient, programme, now)
    keys = {
        "patient": patient.pk,
        "programme": programme.pk,
        "finding": found["finding"],
        "support": found["support"],
        **_examined(staff, patient, now),
        **_asked(staff, patient, now),
        **_clinic(world, staff, now),
    }
    keys["draft"] = patient_actions.start_draft(actor=staff, patient=patient, now=now).pk
    return keys


def _findings(staff: Actor, patient: Patient, now: datetime) -> dict[str, Any]:
    """One of each group of which the others are not said as well; each said anew once, with a support."""
    kinds = {
        kind.exclusive_group: kind
        for kind in FindingType.objects.filter(
            clinic=None, is_offered=True, site="foot", sides__contains=["left"]
        )
    }
    supports = []
    for kind in list(kinds.values())[:EACH]:
        entry = patient_actions.FindingEntry(type=kind, side=Side.LEFT, confirmed_by=ConfirmedBy.CLINICAL)
        finding = patient_actions.record_finding(actor=staff, patient=patient, entry=entry, now=now)
        plan = patient_actions.SupportPlan(
            kind=SupportKind.HEEL_CUP, side=SupportSide.LEFT, reason_finding=finding
        )
        supports.append(patient_actions.advise_support(actor=staff, patient=patient, plan=plan, now=now))
    return {"finding": finding.pk, "support": supports[-1].pk}


def _diary(patient: Patient, programme: Programme, now: datetime) -> None:
    items = list(programme.items.all())
    for back in range(EACH):
        at = now - timedelta(days=back)
        told = actions.DayLog(
            performed_on=at.date(),
            done={item.pk: Done.PARTLY for item in items},
            note="It ached a little.",
            pain={Measure.PAIN_FOOT: back % 7},
        )
        actions.log_day(actor=Actor.patient(patient), patient=patient, entry=told, now=at)


def _examined(staff: Actor, patient: Patient, now: datetime) -> dict[str, Any]:
    answers = {sign.key: sign.key == "tendon_snap" for sign in asked_about(Region.FOOT)}
    for back in range(EACH, 0, -1):
        at = now - timedelta(days=back)
        draft = patient_actions.start_draft(actor=staff, patient=patient, now=at)
        entry = patient_actions.EvaluationEntry(
            examined_on=at.date(), feet={Foot.LEFT: {"heel_raises": back}}
        )
        mark = patient_actions.DraftMark(draft.version, "")
        signed = patient_actions.sign_evaluation(actor=staff, draft=draft, mark=mark, entry=entry, now=at)
        screened = patient_actions.ScreeningEntry(region=Region.FOOT, answers=answers)
        screening = patient_actions.screen(actor=staff, patient=patient, entry=screened, now=at)
        flag = screening.flags.get()
        patient_actions.decide(
            actor=staff,
            flag=flag,
            decision=Decision.MAY_START,
            note="Examined.",
            version=flag.version,
            now=at,
        )
        stated = patient_actions.ReferralEntry(
            kind=ReferralKind.DOCTOR, urgency=Level.URGENT, reason="Night pain.", referred_on=at.date()
        )
        referral = patient_actions.refer(actor=staff, patient=patient, entry=stated, now=at)
    return {"evaluation": signed.pk, "screening": screening.pk, "referral": referral.pk}


def _asked(staff: Actor, patient: Patient, now: datetime) -> dict[str, Any]:
    """Questionnaires, activities, and messages."""
    asked = Questionnaire(
        code="bench", title="Walking", least_answered=2, licence_holder="Bench", licence_reference="1"
    )
    patient_actions.save_questionnaire(actor=staff, questionnaire=asked)
    items = [
        QuestionnaireItem(position=n, text=f"Question {n}?", lowest=0, highest=4) for n in range(1, EACH)
    ]
    patient_actions.save_questions(actor=staff, questionnaire=asked, items=items)
    patient_actions.publish_questionnaire(actor=staff, questionnaire=asked, now=now)
    activity = patient_actions.name_activity(actor=staff, patient=patient, words="Stairs", now=now)
    for back in range(EACH, 0, -1):
        at = now - timedelta(days=back)
        told = patient_actions.Answers(on=at.date(), answers=dict.fromkeys(range(1, EACH), 2))
        patient_actions.record_response(actor=staff, patient=patient, questionnaire=asked, entry=told, now=at)
        visit = patient_actions.VisitOutcomes(
            on=at.date(), pain={Measure.PAIN_BACK: back}, activities={activity.pk: back}, change=1
        )
        patient_actions.record_visit_outcomes(actor=staff, patient=patient, told=visit, now=at)
        words = patient_actions.MessageEntry(text=f"See you in {back} days.")
        patient_actions.send_message(actor=staff, patient=patient, entry=words, now=at)
    return {"questionnaire": (patient.pk, asked.pk)}


def _clinic(world: seed.World, staff: Actor, now: datetime) -> dict[str, Any]:
    """Routines, words for messages, invitations, and a list of patients that waits to be confirmed."""
    lines = [actions.RoutineLine(exercise=exercise) for exercise in world.exercises[: seed.ITEMS]]
    for number in range(EACH):
        plan = actions.RoutinePlan(name=f"Our own {number}", lines=lines, scope=Scope.CLINIC)
        routine = actions.write_routine(actor=staff, plan=plan, now=now)
        words = patient_actions.TemplateEntry(name=f"Words {number}", text="Until soon.", shared=True)
        template = patient_actions.write_template(actor=staff, entry=words)
        clinic_actions.invite_member(
            actor=Actor.staff(world.owner),
            name=f"Guest {number}",
            email=f"guest{number}@footwork.example",
            role=Role.PRACTITIONER,
            now=now,
        )
    rows = [f"Guest{n},Listed,1960-03-{n % 28 + 1:02},guest{n}@patients.example" for n in range(LISTED)]
    text = "\n".join(["First name,Last name,Date of birth,E-mail", *rows])
    table = import_files.read(text.encode())
    listed = patient_actions.start_import(actor=staff, table=table, file_name="patients.csv")
    patient_actions.name_columns(
        actor=staff,
        patient_import=listed,
        columns=import_columns.guessed(listed.headings),
        day_order=import_columns.DayOrder.YEAR_FIRST,
        now=now,
    )
    import_work.work()
    exercise = Exercise.objects.get(slug=world.exercises[0].slug)
    return {"routine": routine.slug, "template": template.pk, "import": listed.pk, "exercise": exercise.slug}
