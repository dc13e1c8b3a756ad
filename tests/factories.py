"""Plain functions that build worlds through actions, as the product would. No raw rows where an action exists."""

import functools
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client

from clinic import clock
from clinic.actors import Actor
from clinic.models import Clinic, Membership, User
from clinic.photos import Encoded
from clinic.roles import Role
from exercises import actions
from exercises.models import (
    Done,
    Exercise,
    ExerciseVersion,
    LogEntry,
    Programme,
    ProgrammeItem,
    Proposal,
    Routine,
    RoutineItem,
)
from patients import actions as patient_actions
from patients.models import (
    Activity,
    CautionCheck,
    ConfirmedBy,
    Evaluation,
    Finding,
    FindingType,
    Foot,
    Measure,
    Patient,
    Questionnaire,
    QuestionnaireItem,
    QuestionnaireResponse,
    Side,
    Site,
    SupportAdvice,
    SupportKind,
    SupportSide,
)
from patients.models import stop_token as stop_token_of
from tests.device_factories import code_in as code_in
from tests.device_factories import confirm_device as confirm_device
from tests.device_factories import emailed_codes as emailed_codes
from tests.device_factories import make_code as make_code
from tests.device_factories import open_device as open_device
from tests.moments import NOON as NOON
from tests.moments import TODAY as TODAY
from tests.safety_factories import make_decision as make_decision
from tests.safety_factories import make_flag as make_flag
from tests.safety_factories import make_referral as make_referral
from tests.safety_factories import make_screening as make_screening

PASSWORD = "a long and plain test passphrase"


def make_clinic(name: str = "Riverside Podiatry", **fields: Any) -> Clinic:
    defaults = {
        "sender_name": "Riverside",
        "address": "1 High Street, Riverside",
        "phone": "000 0000 0000",
        "urgent_number": "111",
        "emergency_number": "112",
        "time_zone": "Europe/London",
    }
    return Clinic.objects.create(name=name, **defaults | fields)


def make_staff(clinic: Clinic | None, role: Role | None, name: str, **fields: Any) -> User:
    email = f"{name.split()[0].lower()}@riverside.example" if "email" not in fields else fields.pop("email")
    user = User.objects.create(email=email, password=_hashed_once(), name=name, **fields)
    if clinic and role:
        Membership.objects.create(user=user, clinic=clinic, role=role)
    return user


@functools.cache
def _hashed_once() -> str:
    """Argon2 is slow on purpose: a fifth of a second for every person of every test."""
    return make_password(PASSWORD)


def make_finding_type(key: str = "plantar_fasciitis", **fields: Any) -> FindingType:
    defaults = {
        "label": "Plantar fasciitis",
        "patient_wording": "Heel or arch pain from the sole tissue",
        "group": "Heel",
        "site": Site.FOOT,
        "exclusive_group": key,
        "sides": ["left", "right", "bilateral"],
        "position": 1,
        "source": "test",
    }
    if fields.get("site") == Site.BACK:
        defaults["sides"] = ["not_applicable", "left", "right", "bilateral"]
    kind, _ = FindingType.objects.get_or_create(key=key, defaults=defaults | fields)
    return kind


def make_patient(
    staff: User,
    given_name: str = "Margaret",
    family_name: str = "Hale",
    *,
    cautions: tuple[str, ...] | None = (),
    **fields: Any,
) -> Patient:
    """``cautions`` None: nobody asked, so that no exercises can be assigned."""
    values: dict[str, Any] = {
        "date_of_birth": date(1956, 3, 14),
        "email": f"{given_name.lower()}.{family_name.lower()}@patients.example",
        "time_zone": "Europe/London",
        "note": "",
        "reminders_allowed": True,
        "now": NOON,
    }
    patient = patient_actions.register_patient(
        actor=Actor.staff(staff), given_name=given_name, family_name=family_name, **values | fields
    )
    if cautions is not None:
        members = Membership.objects.filter(clinic=patient.clinic, role=Role.PRACTITIONER)
        by = next((member.user for member in members), staff)
        make_check(by, patient, *cautions, now=(values | fields)["now"])
    return patient


def make_check(staff: User, patient: Patient, *present: str, now: datetime = NOON) -> CautionCheck:
    """What speaks for caution, asked anew."""
    newest = CautionCheck.objects.about(patient).newest_first().first()
    return patient_actions.check_cautions(
        actor=Actor.staff(staff),
        patient=patient,
        present=present,
        note="",
        now=now,
        seen=newest.pk if newest else None,
    )


def make_finding(
    staff: User, patient: Patient, kind: FindingType | None = None, side: Side = Side.LEFT
) -> Finding:
    entry = patient_actions.FindingEntry(
        type=kind or make_finding_type(), side=side, confirmed_by=ConfirmedBy.CLINICAL
    )
    return patient_actions.record_finding(actor=Actor.staff(staff), patient=patient, entry=entry, now=NOON)


def make_support(
    staff: User, patient: Patient, reason: Finding | None = None, *, now: datetime = NOON, **fields: Any
) -> SupportAdvice:
    """An insole for both feet, for the patient's plantar fasciitis."""
    plan: dict[str, Any] = {"kind": SupportKind.PREFABRICATED_INSOLE, "side": SupportSide.BILATERAL}
    known = Finding.objects.about(patient).active().filter(type="plantar_fasciitis").first()
    plan["reason_finding"] = reason or known or make_finding(staff, patient)
    return patient_actions.advise_support(
        actor=Actor.staff(staff), patient=patient, plan=patient_actions.SupportPlan(**plan | fields), now=now
    )


def make_wear(patient: Patient, advice: SupportAdvice, hours: int, day: date = TODAY) -> None:
    patient_actions.record_wear(
        actor=Actor.patient(patient), patient=patient, on=day, hours={advice.pk: Decimal(hours)}, now=NOON
    )


def make_evaluation(
    staff: User,
    patient: Patient,
    feet: dict[Foot, dict[str, Any]] | None = None,
    *,
    now: datetime = NOON,
    amends: Evaluation | None = None,
    **fields: Any,
) -> Evaluation:
    """Signed; ten heel raises of the left foot unless ``feet`` says otherwise."""
    actor = Actor.staff(staff)
    draft = patient_actions.start_draft(actor=actor, patient=patient, now=now, amends=amends)
    entry = patient_actions.EvaluationEntry(
        **{"examined_on": now.date()} | fields,
        feet={Foot.LEFT: {"heel_raises": 10}} if feet is None else feet,
    )
    mark = patient_actions.DraftMark(draft.version, "")
    return patient_actions.sign_evaluation(actor=actor, draft=draft, mark=mark, entry=entry, now=now)


def make_exercise(slug: str = "toe-curls-and-spreads", *, published: bool = True, **fields: Any) -> Exercise:
    defaults: dict[str, Any] = {
        "name": slug.replace("-", " ").capitalize(),
        "movement": "curl the toes towards the floor, then fan them apart",
        "steps": [
            "Sit comfortably with both feet flat on the floor.",
            "Curl your toes down.",
            "Spread them wide.",
        ],
        "stop_rules": ["Stop this exercise and contact your clinic if pain turns sharp or starts to spread."],
        "picture": "toe-curls-and-spreads",
        "alt_text": "First: toes curled down. Second: toes spread wide.",
        "position": "sitting",
        "body_part": "foot",
        "sides": ["left", "right", "both_in_turn"],
        "dose_source": "A",
        "evidence_tag": "practice",
        "reps_min": 10,
        "reps_max": 15,
    }
    exercise = Exercise(slug=slug, **defaults | fields)
    actor = Actor.system("test")
    actions.save_exercise(actor=actor, exercise=exercise)
    exercise.findings.add(make_finding_type("tight_calf", label="Tight calf", position=99))
    if published:
        actions.publish_exercise(actor=actor, exercise=exercise, now=NOON, no_cautions=True)
    return exercise


def make_own_exercise(staff: User, **fields: Any) -> Exercise:
    """Published in the clinic of that person, with a photo."""
    actor, kind = Actor.staff(staff), make_finding_type("tight_calf", label="Tight calf", position=99)
    text = make_exercise("text-of-an-own-exercise", published=False).content()
    Exercise.objects.filter(slug="text-of-an-own-exercise").delete()
    exercise = Exercise(**text | {"name": "Own step tap"} | fields)
    image = Encoded(b"RIFF", 640, 480)
    actions.write_own_exercise(actor=actor, exercise=exercise, findings=[kind], image=image, now=NOON)
    actions.publish_exercise(actor=actor, exercise=exercise, now=NOON, no_cautions=True)
    return exercise


def make_proposal(staff: User, exercise: Exercise) -> Proposal:
    return actions.propose_exercise(actor=Actor.staff(staff), exercise=exercise, note="", now=NOON)


def make_routine(
    signer: User, exercises: list[Exercise], slug: str = "article-basics", **fields: Any
) -> Routine:
    actor = Actor.staff(signer)
    routine = Routine(slug=slug, **{"name": "Article basics"} | fields)
    actions.save_routine(actor=actor, routine=routine)
    RoutineItem.objects.bulk_create(
        RoutineItem(routine=routine, exercise=exercise, order=order)
        for order, exercise in enumerate(exercises, start=1)
    )
    return actions.publish_routine(actor=actor, routine=routine, now=NOON)


def write_routine(staff: User, lines: list[actions.RoutineLine], **fields: Any) -> Routine:
    """Of the clinic unless ``scope`` says otherwise; a practitioner signs it by writing it."""
    plan = actions.RoutinePlan(lines=lines, **{"name": "Our own"} | fields)
    return actions.write_routine(actor=Actor.staff(staff), plan=plan, now=NOON)


def item_plan(version: ExerciseVersion, **fields: Any) -> actions.ItemPlan:
    defaults: dict[str, Any] = {
        "side": version.sides[-1],
        "times_per_day": 1,
        "days_per_week": 7,
        "dose": version.dose_fields(),
    }
    return actions.ItemPlan(version=version, **defaults | fields)


def make_programme(
    staff: User, patient: Patient, exercises: list[Exercise], *, now: datetime = NOON, **fields: Any
) -> Programme:
    plan: dict[str, Any] = {
        "name": "Article basics",
        "items": [item_plan(exercise.current) for exercise in exercises if exercise.current],
        "starts_on": now.date(),
        "weeks": 4,
        "reminder_time": time(18, 0),
    }
    return actions.assign_programme(
        actor=Actor.staff(staff), patient=patient, plan=actions.ProgrammePlan(**plan | fields), now=now
    )


def make_log(
    patient: Patient,
    item: ProgrammeItem,
    day: date = TODAY,
    done: Done = Done.DONE,
    at: datetime | None = None,
) -> LogEntry:
    entry = actions.DayLog(performed_on=day, done={item.pk: done})
    now = at or datetime.combine(day, time(19, 0), tzinfo=UTC)
    actions.log_day(actor=Actor.patient(patient), patient=patient, entry=entry, now=now)
    return LogEntry.objects.get(item=item, performed_on=day)


def make_activity(staff: User, patient: Patient, words: str = "Walking the dog") -> Activity:
    return patient_actions.name_activity(actor=Actor.staff(staff), patient=patient, words=words, now=NOON)


def tell(
    staff: User,
    patient: Patient,
    day: date = TODAY,
    *,
    change: int | None = None,
    activities: dict[Activity, int] | None = None,
    **pain: int,
) -> int:
    """Answers given at a visit: ``tell(priya, margaret, pain_foot_24h=4)``."""
    told = patient_actions.VisitOutcomes(
        on=day,
        pain={Measure(name): score for name, score in pain.items()},
        activities={activity.pk: score for activity, score in (activities or {}).items()},
        change=change,
    )
    now = datetime.combine(day, time(12, 0), tzinfo=UTC)
    return patient_actions.record_visit_outcomes(
        actor=Actor.staff(staff), patient=patient, told=told, now=now
    )


def make_questionnaire(
    curator: User, *, questions: int = 3, published: bool = True, **fields: Any
) -> Questionnaire:
    """Of the clinic's own invention: the project ships no licensed text."""
    defaults: dict[str, Any] = {
        "code": "walking",
        "title": "Walking",
        "least_answered": 2,
        "licence_holder": "Riverside Podiatry",
        "licence_reference": "RP 14",
    }
    questionnaire = Questionnaire(**defaults | fields)
    actor = Actor.staff(curator)
    patient_actions.save_questionnaire(actor=actor, questionnaire=questionnaire)
    items = [
        QuestionnaireItem(position=place, text=f"Question {place}?", lowest=0, highest=4)
        for place in range(1, questions + 1)
    ]
    patient_actions.save_questions(actor=actor, questionnaire=questionnaire, items=items)
    if published:
        patient_actions.publish_questionnaire(actor=actor, questionnaire=questionnaire, now=NOON)
    return questionnaire


def answer(
    staff: User,
    patient: Patient,
    questionnaire: Questionnaire,
    answers: dict[int, int | None],
    day: date = TODAY,
) -> QuestionnaireResponse:
    return patient_actions.record_response(
        actor=Actor.staff(staff),
        patient=patient,
        questionnaire=questionnaire,
        entry=patient_actions.Answers(on=day, answers=answers),
        now=datetime.combine(day, time(12, 0), tzinfo=UTC),
    )


def count_rows() -> dict[str, int]:
    """Rows of every table: what a refusal or a read must leave as it was."""
    with connection.cursor() as cursor:  # all in one question: many tests ask it twice
        cursor.execute(_count_all())
        return dict(cursor.fetchall())


@functools.cache
def _count_all() -> str:
    stored = [model._meta for model in apps.get_models() if model._meta.managed and not model._meta.proxy]
    tables = sorted({meta.db_table for meta in stored})
    return " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables)  # noqa: S608


def make_link(patient: Patient, days: int = 1) -> str:
    """The secret of a link to the patient's plan that works from now on."""
    expires = clock.now() + timedelta(days=days)
    _link, secret = patient_actions.issue_link(
        actor=Actor.system("test"), patient=patient, expires_at=expires
    )
    return secret


def open_plan(client: Client, patient: Patient, *, now: datetime = NOON) -> None:
    """The patient pressed the button of an e-mail in this browser."""
    link, _secret = patient_actions.issue_link(
        actor=Actor.system("test"), patient=patient, expires_at=now + timedelta(days=7)
    )
    _visit, secret = patient_actions.open_visit(actor=Actor.patient(patient), link=link, now=now)
    client.cookies[settings.PATIENT_COOKIE_NAME] = secret


def stop_token(patient: Patient) -> str:
    """What stands in the stop link of the patient's e-mails."""
    return stop_token_of(patient)
