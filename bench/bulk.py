"""A clinic of many years, by COPY on top of the seeded one: 10,000 patients with 2 million log rows and 10,000 open
alerts, then 100,000 patients. The same in every run, but for the days, which count back from today.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random

from bench import record, seed
from bench.rows import Template, key, settle, unwatched, without_indexes
from clinic.actors import Actor
from clinic.models import AuditEntry, Membership, User
from clinic.roles import Role
from exercises import actions
from exercises.alert_rules import Rule
from exercises.alert_triggers import Trigger
from exercises.models import Alert, AlertTrigger, LogEntry, Programme
from patients.models import CautionCheck, Measure, PainScore, Patient

PATIENTS, LOGS, ALL_PATIENTS = 10_000, 2_000_000, 100_000
PRACTITIONERS, READINGS, PAIN_DAYS = 10, 200_000, 50
SYLLABLES = [
    *("ba", "ber", "cor", "dal", "el", "fin", "gar", "hol", "in", "jan"),
    *("kel", "lo", "mar", "nor", "os"),
]
SYLLABLES += ["pen", "quin", "ros", "sten", "tam"]
GIVEN_NAMES = ["".join(parts).title() for parts in product(SYLLABLES, repeat=2)]
FAMILY_NAMES = ["".join(parts).title() for parts in product(SYLLABLES, repeat=3)]
CHANCES = ["done"] * 7 + ["partly", "not_done", "not_done"]


def grow(world: seed.World) -> list[str]:
    """Ids of all patients with a programme, 10,000 of them."""
    others = _practitioners(world)
    first = Programme.objects.filter(patient=world.patients[0]).get()
    numbers = range(seed.PATIENTS, PATIENTS)
    with unwatched(), without_indexes(LogEntry), without_indexes(PainScore):
        _patients(world.patients[0], numbers, [str(world.staff.pk), *others])
        check = CautionCheck.objects.filter(patient=world.patients[0]).get()
        Template.of(check, "id", "patient").copy((key(5, n), key(1, n)) for n in numbers)
        _programmes(world, first, numbers)
        _logs(world, first, numbers)
        _pains(world, numbers)
        _readings(world, others)
        _alerts(world, first, numbers[::3])
    world.full_record = record.write(world)
    settle()
    return [*(str(patient.pk) for patient in world.patients), *(key(1, n) for n in numbers)]


def grow_register(world: seed.World) -> None:
    """90,000 more patients, who were discharged long ago."""
    staff = [str(pk) for pk in User.objects.order_by("pk").values_list("pk", flat=True)]
    with unwatched(), without_indexes(Patient):
        _patients(world.patients[0], range(PATIENTS, ALL_PATIENTS), staff)
    settle()


def _practitioners(world: seed.World) -> list[str]:
    found = []
    for number in range(1, PRACTITIONERS):
        name = f"{GIVEN_NAMES[number * 17]} {FAMILY_NAMES[number * 171]}"
        user = User.objects.create_user(f"bench{number}@footwork.example", None, name=name)
        Membership.objects.create(user=user, clinic=world.clinic, role=Role.PRACTITIONER)
        found.append(str(user.pk))
    return found


def _patients(first: Patient, numbers: range, staff: list[str]) -> None:
    def rows() -> Iterator[tuple[str, ...]]:
        for n in numbers:
            given, family = GIVEN_NAMES[n * 37 % 400], FAMILY_NAMES[n * 7919 % 8000]
            reference, email = f"RV-{n:06}", f"{given}.{family}.{n}@patients.example".lower()
            born = f"{1930 + n % 75}-{1 + n % 12:02}-{1 + n % 28:02}"
            search = f"{given} {family} {reference} {email} {n:06}".lower()
            yield key(1, n), given, family, born, email, reference, staff[n % len(staff)], search

    varied = ("given_name", "family_name", "date_of_birth", "email", "reference", "practitioner", "search")
    Template.of(first, "id", *varied).copy(rows())


def _programmes(world: seed.World, first: Programme, numbers: range) -> None:
    """Of all ages: some end today or in the next weeks."""

    def rows() -> Iterator[tuple[str, ...]]:
        for n in numbers:
            starts, ends = (world.today + timedelta(days=days) for days in (-_days(), n % 60))
            yield (
                key(2, n),
                key(1, n),
                str(starts),
                str(ends),
                str(starts + timedelta(days=14 + n % 60)),
                f"{starts} 09:00Z",
            )

    Template.of(first, "id", "patient", "starts_on", "ends_on", "review_on", "assigned_at").copy(rows())
    for place, item in enumerate(first.items.order_by("order")):
        copies = ((key(3, n * seed.ITEMS + place), key(2, n)) for n in numbers)
        Template.of(item, "id", "programme").copy(copies)


def _days() -> int:
    """On which those who come by COPY kept a diary."""
    return round((LOGS - seed.LOGS) / ((PATIENTS - seed.PATIENTS) * seed.ITEMS))


def _logs(world: seed.World, first: Programme, numbers: range) -> None:
    """Day by day, as they come in: those of one patient lie far apart."""
    random = Random(2)  # noqa: S311 - made-up rows, the same in every run
    chances = random.choices(CHANCES, k=10_007)  # a prime: no pattern over the weeks

    def rows() -> Iterator[tuple[str, ...]]:
        number = 0
        for back in range(_days(), 0, -1):
            day = str(world.today - timedelta(days=back))
            at = f"{day} 18:00Z"
            for n in numbers:
                patient, programme = key(1, n), key(2, n)
                for place in range(seed.ITEMS):
                    number += 1
                    item, done = key(3, n * seed.ITEMS + place), chances[number % 10_007]
                    yield key(4, number), patient, programme, item, day, done, at, at

    entry = LogEntry.objects.filter(programme=first).order_by("performed_on", "item")[0]
    varied = ("patient", "programme", "item", "performed_on", "done", "recorded_at", "said_at")
    Template.of(entry, "id", *varied).copy(rows())


def _pains(world: seed.World, numbers: range) -> None:
    random = Random(3)  # noqa: S311 - made-up rows, the same in every run
    scores = [str(random.randint(0, 10)) for _ in range(10_007)]

    def rows() -> Iterator[tuple[str, ...]]:
        number = 0
        for back in range(PAIN_DAYS, 0, -1):
            day = str(world.today - timedelta(days=back))
            at = f"{day} 18:00Z"
            for n in numbers:
                number += 1
                yield key(1, n), Measure.PAIN_FOOT.value, day, scores[number % 10_007], at, at

    score = PainScore.objects.filter(patient=world.patients[0]).order_by("pk")[0]
    Template.of(score, "patient", "measure", "on", "score", "recorded_at", "said_at").copy(rows())


def _readings(world: seed.World, others: list[str]) -> None:
    """What each member of staff opened in the years before."""
    staff = [str(world.staff.pk), *others]

    def rows() -> Iterator[tuple[str, ...]]:
        for number in range(READINGS):
            at = world.today - timedelta(days=1 + (READINGS - number) // 500)
            patient = key(1, seed.PATIENTS + number * 131 // 3 % (PATIENTS - seed.PATIENTS))
            yield (
                f"{at} {8 + number % 10:02}:{number % 60:02}Z",
                staff[number % len(staff)],
                "record.read",
                patient,
                patient,
            )

    entry = AuditEntry.objects.filter(verb="patient.registered").order_by("pk")[0]
    Template.of(entry, "at", "actor_user", "verb", "object_id", "patient_id").copy(rows())


def _alerts(world: seed.World, first: Programme, numbers: range) -> None:
    """Three of each, which nobody has closed, raised over the last weeks: some hundreds for each practitioner."""
    on, now = str(world.today), datetime.now(UTC)
    found = [
        Trigger(Rule.PAIN_SEVERE, world.today, "bench", {"on": on, "measure": Measure.PAIN_FOOT, "score": 9}),
        Trigger(Rule.NEW_NOTE, world.today, "bench", {"on": on}),
        Trigger(Rule.NO_LOG, world.today, "bench", {"days": 7, "last": on}),
        Trigger(Rule.PLAN_ENDING, world.today, "bench", {"plan": str(first.pk), "on": on}),
    ]
    actions.raise_alerts(actor=Actor.system("bench"), patient=first.patient, found=found, now=now)
    for place, told in enumerate(found):
        alert = Alert.objects.get(patient=first.patient, rule=told.rule)
        known = [
            (key(6, place * len(numbers) + turn), n) for turn, n in enumerate(numbers) if turn % 4 != place
        ]
        times = (str(now - timedelta(minutes=7 * turn)) for turn in range(len(known)))
        rows = ((pk, key(1, n), at, at) for (pk, n), at in zip(known, times, strict=True))
        Template.of(alert, "id", "patient", "raised_at", "last_triggered_at").copy(rows)
        Template.of(AlertTrigger.objects.get(alert=alert), "alert").copy((pk,) for pk, _n in known)
