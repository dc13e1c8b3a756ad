"""A clinic of many years, by COPY on top of the seeded one: 10,000 patients with 2 million log rows, then 100,000 patients.

Each row is the copy of one that the actions wrote, with a few columns of its own, so that a column that comes later needs
nothing here. The same in every run, but for the days, which count back from today.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice, product
from random import Random
from typing import Any

from django.db import connection, models
from psycopg import sql

from bench import seed
from clinic.models import AuditEntry, Membership, User
from clinic.roles import Role
from exercises.models import LogEntry, Programme
from patients.models import CautionCheck, Measure, PainScore, Patient

PATIENTS, LOGS, ALL_PATIENTS = 10_000, 2_000_000, 100_000
PRACTITIONERS, READINGS, PAIN_DAYS = 10, 200_000, 50
AT_ONCE = 5000  # lines
SYLLABLES = [
    *("ba", "ber", "cor", "dal", "el", "fin", "gar", "hol", "in", "jan"),
    *("kel", "lo", "mar", "nor", "os"),
]
SYLLABLES += ["pen", "quin", "ros", "sten", "tam"]
GIVEN_NAMES = ["".join(parts).title() for parts in product(SYLLABLES, repeat=2)]
FAMILY_NAMES = ["".join(parts).title() for parts in product(SYLLABLES, repeat=3)]
CHANCES = ["done"] * 7 + ["partly", "not_done", "not_done"]


@dataclass(frozen=True)
class Template:
    """A stored row as COPY writes it; the columns in ``varied`` are given anew for each copy."""

    table: str
    columns: list[str]
    constant: str

    @classmethod
    def of(cls, row: models.Model, *varied: str) -> "Template":
        fields = [
            field for field in row._meta.concrete_fields if field.name in varied or not _is_identity(field)
        ]
        rest: list[str] = [
            str(field.column) for field in fields if field.name not in varied and field.column not in varied
        ]
        columns = [str(row._meta.get_field(name).column) for name in varied] + rest  # type: ignore[union-attr]
        question = sql.SQL("COPY (SELECT {} FROM {} WHERE id = {}) TO STDOUT").format(
            sql.SQL(", ").join(map(sql.Identifier, rest)),
            sql.Identifier(row._meta.db_table),
            sql.Literal(row.pk),
        )
        with connection.cursor() as cursor, cursor.copy(question) as copy:
            constant = b"".join(bytes(part) for part in copy).decode()
        return cls(row._meta.db_table, columns, "\t" + constant)

    def copy(self, rows: Iterable[tuple[str, ...]]) -> None:
        columns = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(self.table), columns)
        lines = ("\t".join(row) + self.constant for row in rows)
        with connection.cursor() as cursor, cursor.copy(into) as copy:
            while chunk := "".join(islice(lines, AT_ONCE)):
                copy.write(chunk)


def _is_identity(field: Any) -> bool:
    return isinstance(field, models.AutoField)


def grow(world: seed.World) -> list[str]:
    """Ids of all patients with a programme, 10,000 of them."""
    others = _practitioners(world)
    first = Programme.objects.filter(patient=world.patients[0]).get()
    numbers = range(seed.PATIENTS, PATIENTS)
    with _unwatched(), _without_indexes(LogEntry), _without_indexes(PainScore):
        _patients(world.patients[0], numbers, [str(world.staff.pk), *others])
        check = CautionCheck.objects.filter(patient=world.patients[0]).get()
        Template.of(check, "id", "patient").copy((_id(5, n), _id(1, n)) for n in numbers)
        _programmes(world, first, numbers)
        _logs(world, first, numbers)
        _pains(world, numbers)
        _readings(world, others)
    settle()
    return [*(str(patient.pk) for patient in world.patients), *(_id(1, n) for n in numbers)]


def grow_register(world: seed.World) -> None:
    """90,000 more patients, who were discharged long ago."""
    staff = [str(pk) for pk in User.objects.order_by("pk").values_list("pk", flat=True)]
    with _unwatched(), _without_indexes(Patient):
        _patients(world.patients[0], range(PATIENTS, ALL_PATIENTS), staff)
    settle()


def settle() -> None:
    """As autovacuum leaves a database; it may not begin while something is measured."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _id(kind: int, number: int) -> str:
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


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
            search = f"{given} {family} {reference} {email}".lower()
            yield _id(1, n), given, family, born, email, reference, staff[n % len(staff)], search

    varied = ("given_name", "family_name", "date_of_birth", "email", "reference", "practitioner", "search")
    Template.of(first, "id", *varied).copy(rows())


def _programmes(world: seed.World, first: Programme, numbers: range) -> None:
    """Of all ages: some end today or in the next weeks."""

    def rows() -> Iterator[tuple[str, ...]]:
        for n in numbers:
            starts, ends = (world.today + timedelta(days=days) for days in (-_days(), n % 60))
            yield (
                _id(2, n),
                _id(1, n),
                str(starts),
                str(ends),
                str(starts + timedelta(days=14 + n % 60)),
                f"{starts} 09:00Z",
            )

    Template.of(first, "id", "patient", "starts_on", "ends_on", "review_on", "assigned_at").copy(rows())
    for place, item in enumerate(first.items.order_by("order")):
        copies = ((_id(3, n * seed.ITEMS + place), _id(2, n)) for n in numbers)
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
                patient, programme = _id(1, n), _id(2, n)
                for place in range(seed.ITEMS):
                    number += 1
                    item, done = _id(3, n * seed.ITEMS + place), chances[number % 10_007]
                    yield _id(4, number), patient, programme, item, day, done, at, at

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
                yield _id(1, n), Measure.PAIN_FOOT.value, day, scores[number % 10_007], at, at

    score = PainScore.objects.filter(patient=world.patients[0]).order_by("pk")[0]
    Template.of(score, "patient", "measure", "on", "score", "recorded_at", "said_at").copy(rows())


def _readings(world: seed.World, others: list[str]) -> None:
    """What each member of staff opened in the years before."""
    staff = [str(world.staff.pk), *others]

    def rows() -> Iterator[tuple[str, ...]]:
        for number in range(READINGS):
            at = world.today - timedelta(days=1 + (READINGS - number) // 500)
            patient = _id(1, seed.PATIENTS + number * 131 // 3 % (PATIENTS - seed.PATIENTS))
            yield (
                f"{at} {8 + number % 10:02}:{number % 60:02}Z",
                staff[number % len(staff)],
                "record.read",
                patient,
                patient,
            )

    entry = AuditEntry.objects.filter(verb="patient.registered").order_by("pk")[0]
    Template.of(entry, "at", "actor_user", "verb", "object_id", "patient_id").copy(rows())


@contextlib.contextmanager
def _unwatched() -> Iterator[None]:
    """Neither triggers nor foreign keys: what is copied keeps to them already. No kept state, for none was amended."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("RESET session_replication_role")


@contextlib.contextmanager
def _without_indexes(model: type[models.Model]) -> Iterator[None]:
    """But for those of constraints: to build them afterwards takes a fraction of the time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = %s::regclass AND NOT indisunique",
            [model._meta.db_table],
        )
        found = cursor.fetchall()
        for name, _how in found:
            cursor.execute(f"DROP INDEX {name}")
        yield
        cursor.execute("SET maintenance_work_mem = '256MB'")
        for _name, how in found:
            cursor.execute(how)
        cursor.execute("RESET maintenance_work_mem")
