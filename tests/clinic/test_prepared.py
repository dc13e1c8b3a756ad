"""A question that is composed once answers as one that is composed each time, or is refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import CharField, OuterRef, Prefetch, Q, QuerySet, UUIDField
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic import prepared as module
from clinic.actors import Actor
from clinic.models import AuditEntry, User
from clinic.prepared import NotPreparedError, among, prepared
from patients.models import Finding, Patient, RaisedFlag, Screening, about_patient, packed

pytestmark = pytest.mark.django_db
DAY, NOW = date(2026, 11, 23), datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the clinics."""
    monkeypatch.setattr(module, "checked", False)


@pytest.fixture
def comparing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "checked", True)


def seen(actor: Actor, born: date) -> QuerySet[Patient, Any]:
    findings = Finding.objects.visible_to(actor).filter(**about_patient())
    return (
        Patient.objects.visible_to(actor)
        .exclude(date_of_birth=born)
        .values("pk", found=packed(findings.order_by("pk"), "pk", "side"))
    )


def test_each_actor_gets_the_rows_of_their_own_clinic_and_role(
    priya: User, hugo: User, audrey: User, margaret: Patient, finding: Finding
) -> None:
    asked = prepared(seen)
    actors = [Actor.staff(one) for one in (priya, hugo, audrey)]
    actors += [Actor.patient(margaret), Actor.system("job")]
    rows = {actor: asked(actor=actor, born=DAY) for actor in [*actors, *actors[::-1]]}
    assert rows == {actor: list(seen(actor, DAY)) for actor in actors}
    of_priya, of_hugo, of_audrey, *_rest = rows.values()
    assert of_priya == [{"pk": margaret.pk, "found": [[str(finding.pk), finding.side]]}]
    assert of_hugo == of_audrey == []
    assert asked(actor=actors[0], born=margaret.date_of_birth) == []


def test_it_is_composed_twice_and_never_again(priya: User, hugo: User) -> None:
    calls = count()

    def compose(actor: Actor, born: date) -> QuerySet[Patient, Any]:
        next(calls)
        return seen(actor, born)

    asked = prepared(compose)
    for user in (priya, hugo) * 3:
        asked(actor=Actor.staff(user), born=DAY)
    assert next(calls) == 2


@pytest.mark.django_db(transaction=True)
def test_threads_share_the_question_and_not_the_connection(
    priya: User, hugo: User, margaret: Patient, finding: Finding
) -> None:
    asked = prepared(seen)

    def ask(user: User) -> list[dict[str, Any]]:
        try:
            return asked(actor=Actor.staff(user), born=DAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        answers = [*threads.map(ask, [priya, hugo] * 10)]
    assert [bool(answer) for answer in answers] == [True, False] * 10


def derived(born: date) -> QuerySet[Patient]:
    return Patient.objects.filter(date_of_birth__gt=born - timedelta(days=7))


def part_of_a_text(name: str) -> QuerySet[Patient]:
    return Patient.objects.filter(family_name__contains=name)


def sliced(most: int) -> QuerySet[Patient]:
    return Patient.objects.all()[:most]


def a_moment_of_its_own() -> QuerySet[Patient]:
    return Patient.objects.filter(pk__in=[], email_doubted_at=timezone.now()) | Patient.objects.filter(
        email_doubted_at=timezone.now()
    )


def prefetching(actor: Actor) -> QuerySet[Screening]:
    flags = RaisedFlag.objects.visible_to(actor)
    return Screening.objects.prefetch_related(Prefetch("flags", queryset=flags))


def in_a_list_of_parameters(names: list[str]) -> QuerySet[Patient]:
    return Patient.objects.filter(family_name__in=names)


def locking() -> QuerySet[Patient]:
    return Patient.objects.select_for_update()


@pytest.mark.parametrize(
    ("compose", "values"),
    [
        (derived, {"born": DAY}),
        (part_of_a_text, {"name": "Mar"}),
        (sliced, {"most": 5}),
        (a_moment_of_its_own, {}),
        (prefetching, {"actor": Actor.system("job")}),
        (in_a_list_of_parameters, {"names": ["Marsh", "Mars"]}),
        (locking, {}),
        (sliced, {"most": True}),
        (part_of_a_text, {"name": ("Mar",)}),
    ],
)
def test_what_would_stay_as_it_was_for_the_first_is_refused(compose: Any, values: dict[str, Any]) -> None:
    with CaptureQueriesContext(connection) as queries, pytest.raises(NotPreparedError):
        prepared(compose)(**values)
    assert [*queries] == []


def test_a_function_that_branches_on_a_value_is_found_out_while_tests_run(comparing: None) -> None:
    @prepared
    def asked(born: date) -> QuerySet[Patient]:
        return Patient.objects.filter(date_of_birth=born) if born < DAY else Patient.objects.all()

    asked(born=date(1950, 1, 1))
    with pytest.raises(NotPreparedError, match="reads otherwise"):
        asked(born=DAY)


def test_the_same_values_are_compared_once_until_somebody_says_again(comparing: None) -> None:
    days = [DAY, DAY + timedelta(days=1)]
    before = [DAY]

    @prepared
    def asked(born: date) -> QuerySet[Patient]:
        return Patient.objects.filter(date_of_birth=born) if before else Patient.objects.all()

    asked(born=days[0])
    before.clear()
    asked(born=days[0])
    with pytest.raises(NotPreparedError, match="reads otherwise"):
        asked(born=days[1])
    module.compare_again()
    for _turn in range(2):  # what failed is not known as compared
        with pytest.raises(NotPreparedError, match="reads otherwise"):
            asked(born=days[0])


def test_none_and_what_is_given_by_position_are_kinds_of_their_own(
    comparing: None, margaret: Patient
) -> None:
    @prepared
    def asked(newest: bool, *, doubted: datetime | None) -> QuerySet[Patient]:
        return Patient.objects.filter(email_doubted_at=doubted).order_by(
            "-created_at" if newest else "created_at"
        )

    assert asked(True, doubted=None) == asked(False, doubted=None) == [margaret]
    assert asked(True, doubted=NOW) == []


def test_a_list_is_one_value_where_the_database_takes_an_array(comparing: None, margaret: Patient) -> None:
    calls = count()

    @prepared
    def asked(keys: list[UUID], names: list[str]) -> QuerySet[Patient]:
        next(calls)
        named = among("family_name", names, CharField())
        return Patient.objects.filter(among("pk", keys, UUIDField()), named)

    others = [UUID(int=n) for n in range(30)]
    assert asked(keys=[*others, margaret.pk], names=["O'Neill", margaret.family_name]) == [margaret]
    assert asked(keys=others, names=[margaret.family_name]) == []
    assert asked(keys=[margaret.pk], names=[]) == asked(keys=[], names=[]) == []
    assert next(calls) == 3 * 2 + 4  # three kinds: composed twice, and each time to be compared


def test_a_day_of_an_instant_is_that_of_the_time_zone_that_is_active(comparing: None) -> None:
    @prepared
    def asked(on: date) -> QuerySet[AuditEntry]:
        return AuditEntry.objects.filter(at__date=on)

    asked(on=DAY)
    with timezone.override("Pacific/Auckland"):
        asked(on=DAY)


INSTANTS = st.datetimes(timezones=st.just(UTC))


@prepared
def entries(clinic: UUID, person: int, verb: str, first: datetime, on: date) -> QuerySet[AuditEntry]:
    patients = Patient.objects.filter(clinic=clinic, date_of_birth=on, pk=OuterRef("patient_id"))
    mine = AuditEntry.objects.filter(Q(verb=verb) | Q(actor_user_id=person), clinic_id=clinic, at__gte=first)
    return mine.filter(patient_id__in=patients.values("pk")).order_by("-pk")[:20]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    clinic=st.uuids(), person=st.integers(1, 2**31), verb=st.text("ab%'\\ö"), first=INSTANTS, on=st.dates()
)
def test_whatever_the_values_are_it_reads_as_if_composed_for_them(
    comparing: None, clinic: UUID, person: int, verb: str, first: datetime, on: date
) -> None:
    assert entries(clinic=clinic, person=person, verb=verb, first=first, on=on) == []
