"""Who did what: found by filters in the address, page by page, each as far as one may read."""

import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from clinic import audit, trail
from clinic.actors import Actor
from clinic.models import AuditEntry, Clinic, User
from patients.models import Patient
from tests import factories
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db
PAGE = "/clinic/audit/"
ROOT = Path(__file__).parent.parent.parent


def rows(page: str) -> int:
    return page.count('<td class="when">')


def write(user: User, verb: str = "finding.added", *, times: int = 1, patient: Patient | None = None) -> None:
    for _ in range(times):
        audit.record(
            Actor.staff(user), verb, user.staff_membership.clinic, patient_id=patient.pk if patient else None
        )


def test_entries_written_together_say_what_one_says(
    margaret: Patient, double: Patient, priya: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    actor, changes = Actor.staff(priya), {"scope": "today"}
    for patient in (margaret, double):
        audit.record(actor, "patient.updated", patient, patient_id=patient.pk, changes=changes)
    with django_assert_num_queries(1):
        assert audit.record_each(actor, "patient.updated", [margaret, double], changes=changes) == 2
    assert audit.record_each(actor, "patient.updated", []) == 0
    entries = AuditEntry.objects.filter(verb="patient.updated").order_by("pk").values()
    alike = [{k: v for k, v in entry.items() if k not in {"id", "at", "xid"}} for entry in entries]
    assert alike[2:] == alike[:2]
    assert alike[2]["changes"] == changes
    assert alike[2]["actor_role"] == "practitioner"


def test_owners_and_auditors_read_all_practitioners_their_own(
    olivia: User, audrey: User, priya: User, asha: User, hugo: User
) -> None:
    write(priya, "finding.added")
    write(asha, "patient.updated")
    write(hugo, "programme.assigned")
    for reader in (olivia, audrey):
        page = text(signed_in(reader).get(PAGE))
        assert rows(page) == 2
        assert "finding: added" in page
        assert "patient: updated" in page
    own = text(signed_in(priya).get(PAGE))
    assert rows(own) == 1
    assert "finding: added" in own
    assert "Asha" not in own
    assert signed_in(asha).get(PAGE).status_code == 403
    for reader in (olivia, audrey, priya):
        assert "programme: assigned" not in text(signed_in(reader).get(PAGE))


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_the_ends_of_the_calendar(olivia: User, priya: User, day: str, zone: str) -> None:
    Clinic.objects.update(time_zone=zone)
    write(priya)
    page = signed_in(olivia)
    assert rows(text(page.get(PAGE, {"first": day}))) == (day < "2000")
    assert rows(text(page.get(PAGE, {"last": day}))) == (day > "2000")


def test_filters_stand_in_the_address(olivia: User, priya: User, margaret: Patient, double: Patient) -> None:
    write(priya, "finding.added", patient=margaret)
    write(priya, "cellar.swept", patient=double)
    write(olivia, "member.changed")
    audit.record(Actor.patient(margaret), "day.logged", margaret)
    page = signed_in(olivia)

    def found(**asked: str | int) -> list[str]:
        answer = page.get(PAGE, asked)
        return sorted(line.entry.verb for line in answer.context["found"].lines)

    registered = ["patient.registered"]
    assert found(person=olivia.pk) == ["member.changed"]
    assert "finding.added" in found(person=priya.pk, kind="clinical")
    assert "patient.registered" not in found(person=priya.pk, kind="clinical")
    assert found(person="patient") == ["day.logged"]
    assert found(person="system") == []
    assert found(patient=str(margaret.pk), kind="contact") == registered
    assert found(patient=str(double.pk), kind="other") == ["cellar.swept"]
    assert found(patient=str(uuid4())) == []
    assert found(kind="staff") == ["member.changed"]
    assert "Nothing was found by these filters." in text(page.get(PAGE, {"patient": str(uuid4())}))


def test_days_are_those_of_the_clinic(olivia: User, riverside: Clinic) -> None:
    Clinic.objects.update(time_zone="Europe/Berlin")
    at = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)  # 1 July there
    AuditEntry.objects.create(
        at=at,
        clinic=riverside,
        actor_kind="system",
        actor_label="x",
        verb="a.b",
        object_type="c",
        object_id="1",
    )
    page = signed_in(olivia)

    def found(**asked: str) -> int:
        return rows(text(page.get(PAGE, asked)))

    assert (found(first="2026-07-01", last="2026-07-01"), found(last="2026-06-30")) == (1, 0)
    assert (found(first="2026-07-02"), found(first="2026-06-01")) == (0, 1)
    assert "1 Jul 2026, 00:30:00" in text(page.get(PAGE))


@pytest.mark.parametrize(
    "asked",
    [
        {"person": "root"},
        {"person": "99999999"},
        {"patient": "Margaret"},
        {"kind": "all"},
        {"first": "yesterday"},
        {"first": "2026-02-02", "last": "2026-02-01"},
    ],
)
def test_what_cannot_be_read_is_said_and_lists_nothing(
    olivia: User, priya: User, asked: dict[str, str]
) -> None:
    write(priya)
    answer = signed_in(olivia).get(PAGE, asked)
    assert answer.status_code == 422
    assert rows(text(answer)) == 0
    assert "One answer needs another look" in text(answer)


@pytest.mark.parametrize(
    "before", ["x", "_", "2026-01-01_1", "2026-13-01T00:00:00+00:00_1", "a_b", "_9" * 40]
)
def test_a_made_up_place_begins_at_the_newest(olivia: User, priya: User, before: str) -> None:
    write(priya)
    assert rows(text(signed_in(olivia).get(PAGE, {"before": before}))) == 1


def test_every_entry_once_over_all_pages(
    olivia: User, priya: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """All of one transaction have the same time: the key decides."""
    write(priya, times=2 * trail.PAGE + 7)
    client, seen, url = signed_in(olivia), [], PAGE
    for _page in range(3):
        with django_assert_num_queries(6):  # session, person, zone, staff, entries, seal
            answer = client.get(url)
        seen += [line.entry.pk for line in answer.context["found"].lines]
        url = f"{PAGE}?before={answer.context['found'].older.replace('+', '%2B')}"
    assert answer.context["found"].older == ""
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == len(seen) == AuditEntry.objects.count()
    assert "Newest" in text(answer)


def test_no_reason_and_no_name_of_a_patient(olivia: User, priya: User, margaret: Patient) -> None:
    audit.record(
        Actor.staff(priya), "patient.archived", margaret, patient_id=margaret.pk, reason="Moved to Leeds."
    )
    page = text(signed_in(olivia).get(PAGE))
    assert "Leeds" not in page
    assert "Hale" not in page
    assert str(margaret.pk)[:8] in page


def test_changes_are_read_as_before_and_after(olivia: User, riverside: Clinic) -> None:
    values = {"fields": ["phone"], "before": {"phone": "1"}, "after": {"phone": "2"}}
    audit.record(Actor.staff(olivia), "clinic.updated", riverside, changes=values)
    assert "phone: 1 → 2" in text(signed_in(olivia).get(PAGE))


def test_every_verb_of_the_code_has_a_kind() -> None:
    verbs: set[str] = set()
    for app in ("clinic", "patients", "exercises"):
        for path in (ROOT / app).rglob("*.py"):
            verbs |= set(
                re.findall(
                    r"record(?:_once|_each)?\(\s*[\w.]*actor[\w.()]*,\s*\"(\w+)\.\w+\"", path.read_text()
                )
            )
    known = {prefix for _label, prefixes in trail.KINDS.values() for prefix in prefixes}
    assert verbs - known == set()
    assert len(verbs) > 25


def test_from_a_record_to_who_opened_it(olivia: User, margaret: Patient) -> None:
    page = text(signed_in(olivia).get(reverse("exercises:record", args=[margaret.pk])))
    assert f"{PAGE}?patient={margaret.pk}" in page


def test_reading_writes_nothing(olivia: User, client: Client) -> None:
    page = signed_in(olivia)
    before = factories.count_rows()
    page.get(PAGE)
    assert factories.count_rows() == before


def test_moments_days_and_codes_are_in_words_and_on_the_clinic_s_clock(olivia: User, priya: User) -> None:
    Clinic.objects.update(time_zone="Europe/Lisbon")
    changes = {
        "until": "2026-07-01T16:36:18.561935+00:00",
        "sides": ["both_in_turn", "right"],
        "starts_on": "2026-07-01",
        "number": "2026-99-99",
        "address": "heel_pain@clinic.example",
    }
    audit.record(Actor.staff(priya), "restriction.opened", priya.staff_membership.clinic, changes=changes)
    page = text(signed_in(olivia).get(PAGE))
    assert "until: 1 Jul 2026, 17:36;" in page
    assert "sides: both in turn, right" in page
    assert "starts on: 1 Jul 2026" in page
    assert "number: 2026-99-99" in page
    assert "address: heel_pain@clinic.example" in page
