"""A clinic of fixed size: 500 patients, 5,000 exercises, 50,000 log rows. Bulk rows, the same in every run."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import OuterRef, Subquery

from bench.rows import Template, key, unwatched
from clinic import session_limits
from clinic.actors import Actor
from clinic.models import Clinic, Membership, User
from clinic.roles import Role
from exercises import actions
from exercises.actions import search_index
from exercises.models import (
    BodyPart,
    Done,
    Exercise,
    ExerciseVersion,
    Kind,
    LogEntry,
    Programme,
    ProgrammeItem,
    Routine,
    RoutineItem,
    Stage,
)
from patients import actions as patient_actions
from patients.models import CautionCheck, FindingType, Measure, PainScore, Patient

PATIENTS, EXERCISES, LOGS, ITEMS = 500, 5000, 50_000, 4
REGISTERED = 50  # patients who came by the actions; the others are copies of the first
PARTS = ["calf", "heel", "toe", "arch", "ankle", "hip", "shin", "sole", "knee", "back"]
MOVES = ["stretch", "raise", "roll", "press", "curl", "lift", "balance", "drop", "slide", "turn"]
MANNERS = ["seated", "slow", "loaded", "one-leg", "gentle", "wall", "banded", "long", "short", "self-paced"]
DAYS = LOGS // (PATIENTS * ITEMS)
GIVEN = ["Margaret", "Heinrich", "Amara", "Li", "Zoë", "Omar", "Ingrid", "Tomás", "Aoife", "Priit"]
FAMILY = ["Hale", "Adler", "Okonjo", "Wei", "Lindqvist", "Haddad", "Berg", "Núñez", "Byrne", "Tamm"]


@dataclass
class World:
    clinic: Clinic
    staff: User
    owner: User
    patients: list[Patient] = field(default_factory=list)
    exercises: list[Exercise] = field(default_factory=list)
    routine_slug: str = ""
    everybody: list[str] = field(
        default_factory=list
    )  # with a programme, once the clinic has grown (bench/bulk.py)
    full_record: dict[str, Any] = field(default_factory=dict)  # keys by name (bench/record.py)
    today: date = field(default_factory=lambda: datetime.now(UTC).date())


def build() -> World:
    clinic = Clinic.objects.create(
        name="Benchmark Clinic",
        sender_name="Benchmark",
        phone="000",
        urgent_number="111",
        emergency_number="112",
        time_zone="UTC",
    )
    staff = User.objects.create_user("bench@footwork.example", None, name="Bench Practitioner")
    owner = User.objects.create_user("owner@footwork.example", None, name="Bench Owner")
    Membership.objects.create(user=staff, clinic=clinic, role=Role.PRACTITIONER)
    Membership.objects.create(user=owner, clinic=clinic, role=Role.OWNER)
    world = World(clinic, staff, owner)
    _catalogue(world)
    _patients(world)
    _history(world)
    return world


def _catalogue(world: World) -> None:
    actor, now = Actor.staff(world.staff), datetime.now(UTC)
    kinds = list(FindingType.objects.all())
    for number in range(EXERCISES):
        manner, part = MANNERS[number % 10], PARTS[number // 10 % 10]
        exercise = Exercise(
            slug=f"bench-{number}",
            name=f"{manner.title()} {part} {MOVES[number // 100 % 10]} {number} {FAMILY[number % 7]}",
            aliases=[f"{part} movement {number}"],
            movement=f"move the {part} slowly and stop when it hurts",
            purpose=f"This exercise works the {PARTS[number % 10]}.",
            kind=Kind.values[number % len(Kind.values)],
            body_part=BodyPart.values[number % len(BodyPart.values)],
            difficulty=1 + number % 3,
            equipment=["towel"] if number % 4 else [],
            kit_options=["ball", "tin"] if number % 5 and number >= ITEMS else [],  # no choice in programmes
            evidence_tag="practice",
            steps=["Sit on a chair.", "Move slowly.", "Hold, then let go."],
            stop_rules=["Stop and tell your clinic if pain turns sharp.", "Stop if your foot goes numb."],
            picture="toe-curls-and-spreads",
            alt_text="First: toes curled. Second: toes spread.",
            position="sitting",
            sides=["left", "right", "both_in_turn"],
            dose_source="D",
            sets_min=3,
            reps_min=10,
            reps_max=15,
            hold_s_min=5,
        )
        world.exercises.append(exercise)
    _published(world, kinds, now)
    routine = Routine(slug="bench-routine", name="Benchmark routine")
    actions.save_routine(actor=actor, routine=routine)
    RoutineItem.objects.bulk_create(
        RoutineItem(routine=routine, exercise=exercise, order=order)
        for order, exercise in enumerate(world.exercises[:ITEMS], start=1)
    )
    actions.publish_routine(actor=actor, routine=routine, now=now)
    world.routine_slug = routine.slug


def _published(world: World, kinds: list[FindingType], now: datetime) -> None:
    """What saving, tagging and publishing leave behind, in a few statements: the actions take a minute for 5,000."""
    Exercise.objects.bulk_create(world.exercises, batch_size=1000)
    versions = [
        ExerciseVersion(exercise=row, number=1, published_by=world.staff, published_at=now, **row.content())
        for row in world.exercises
    ]
    ExerciseVersion.objects.bulk_create(versions, batch_size=1000)
    newest = ExerciseVersion.objects.filter(exercise=OuterRef("pk")).values("pk")
    Exercise.objects.update(current=Subquery(newest), stage=Stage.PUBLISHED)
    for row, version in zip(world.exercises, versions, strict=True):
        row.current, row.stage = version, Stage.PUBLISHED
    tags = Exercise.findings.through
    tags.objects.bulk_create(
        tags(exercise_id=row.pk, findingtype_id=kinds[number % len(kinds)].pk)
        for number, row in enumerate(world.exercises)
    )
    search_index.index(world.exercises)
    for row in world.exercises[:20]:
        actions.add_favourite(actor=Actor.staff(world.staff), exercise=row)


def _patients(world: World) -> None:
    actor, now = Actor.staff(world.staff), datetime.now(UTC) - timedelta(days=DAYS)
    for number in range(REGISTERED):
        given, family, born, email = _person(number)
        patient = patient_actions.register_patient(
            actor=actor,
            now=now,
            reminders_allowed=True,
            given_name=given,
            family_name=family,
            date_of_birth=born,
            email=email,
            time_zone="UTC",
            note="",
        )
        patient_actions.check_cautions(actor=actor, patient=patient, present=[], note="", now=now)
        items = [
            actions.ItemPlan(
                version=exercise.current,
                side="both_in_turn",
                times_per_day=1,
                days_per_week=7,
                dose=exercise.current.dose_fields(),
            )
            for exercise in world.exercises[:ITEMS]
            if exercise.current
        ]
        plan = actions.ProgrammePlan(
            name="Benchmark plan", items=items, starts_on=now.date(), weeks=12, reminder_time=time(18, 0)
        )
        actions.assign_programme(actor=actor, patient=patient, plan=plan, now=now)
        world.patients.append(patient)
    world.patients += _copies(world.patients[0])


def _person(number: int) -> tuple[str, str, date, str]:
    born = date(1950 + number % 40, 1 + number % 12, 1 + number % 28)
    family = f"{FAMILY[number // 10 % 10]}{number}"
    return GIVEN[number % 10], family, born, f"patient{number}@patients.example"


def _copies(first: Patient) -> list[Patient]:
    """With their check of cautions and their programme."""
    numbers = range(REGISTERED, PATIENTS)

    def people() -> Iterator[tuple[str, ...]]:
        for n in numbers:
            given, family, born, email = _person(n)
            person = Patient(given_name=given, family_name=family, email=email, reference=f"RV-{n:06}")
            person.fill_search()
            yield key(1, n), given, family, str(born), email, person.reference, person.search

    check, programme = CautionCheck.objects.get(patient=first), Programme.objects.get(patient=first)
    varied = ("given_name", "family_name", "date_of_birth", "email", "reference", "search")
    with unwatched():
        Template.of(first, "id", *varied).copy(people())
        Template.of(check, "id", "patient").copy((key(5, n), key(1, n)) for n in numbers)
        Template.of(programme, "id", "patient").copy((key(2, n), key(1, n)) for n in numbers)
        for place, item in enumerate(programme.items.order_by("order")):
            copies = ((key(3, n * ITEMS + place), key(2, n)) for n in numbers)
            Template.of(item, "id", "programme").copy(copies)
    return list(Patient.objects.filter(pk__in=[key(1, n) for n in numbers]).order_by("pk"))


def _history(world: World) -> None:
    random = Random(1)  # noqa: S311 - made-up rows, the same in every run
    items = list(ProgrammeItem.objects.select_related("programme").order_by("programme_id", "order"))
    days = [str(world.today - timedelta(days=back)) for back in range(DAYS, 0, -1)]
    first, patient = items[0], items[0].programme.patient_id
    told = {"clinic": world.clinic, "patient_id": patient}
    log = LogEntry.objects.create(
        **told, programme=first.programme, item=first, performed_on=days[0], done=Done.DONE, plan_version=1
    )
    pain = PainScore.objects.create(**told, measure=Measure.PAIN_FOOT, on=days[0], score=3)
    logs = (
        (
            str(uuid4()),
            str(item.programme.patient_id),
            str(item.programme_id),
            str(item.pk),
            day,
            random.choice(Done.values),
        )
        for item in items
        for day in days
        if (item, day) != (first, days[0])
    )
    pains = (
        (str(one.pk), str(measure), day, str(random.randint(0, 10)))
        for one in world.patients
        for day in days
        for measure in Measure.values
        if (one.pk, measure, day) != (patient, pain.measure, days[0])
    )
    with unwatched():
        Template.of(log, "id", "patient", "programme", "item", "performed_on", "done").copy(logs)
        Template.of(pain, "patient", "measure", "on", "score").copy(pains)


def session_of(user: User) -> str:
    """Signed in with both steps a moment ago."""
    Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {}})
    session = SessionStore()
    session_limits.begin(session, datetime.now(UTC))
    session[SESSION_KEY] = str(user.pk)
    (session[BACKEND_SESSION_KEY],) = settings.AUTHENTICATION_BACKENDS
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    far = datetime(2099, 1, 1, tzinfo=UTC).timestamp()  # confirmed: dangerous pages are measured too
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [{"method": "password", "at": far, "reauthenticated": True}]
    session.create()
    return str(session.session_key)


def patient_cookie(patient: Patient) -> str:
    now = datetime.now(UTC)
    actor = Actor.patient(patient)
    link, _ = patient_actions.issue_link(actor=actor, patient=patient, expires_at=now + timedelta(days=1))
    return patient_actions.open_visit(actor=actor, link=link, now=now)[1]
