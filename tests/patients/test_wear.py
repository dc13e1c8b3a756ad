"""Hours worn: zero is an answer, no answer is none, and the mean knows the difference."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from patients import actions, support_notes, wear
from patients.models import FindingType, Patient, Status, SupportAdvice, WearEntry
from tests import factories
from tests.factories import NOON, TODAY, count_rows

hours = st.decimals(min_value=0, max_value=24, places=1)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def insole(priya: User, margaret: Patient) -> SupportAdvice:
    return factories.make_support(priya, margaret, now=NOON - timedelta(days=30))


def record(patient: Patient, answers: dict, on: date = TODAY) -> int:
    return actions.record_wear(actor=Actor.patient(patient), patient=patient, on=on, hours=answers, now=NOON)


def stored() -> dict[date, Decimal]:
    return dict(WearEntry.objects.values_list("on", "hours"))


# --- counting ---------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-23")
@given(st.dictionaries(st.integers(min_value=0, max_value=20), hours))
def test_the_mean_counts_answered_days_alone(answers):
    """Whatever the gaps: as if the unanswered days did not exist."""
    worn = wear.over(
        {TODAY - timedelta(days=back): value for back, value in answers.items()},
        since=date(2026, 1, 1),
        today=TODAY,
    )
    inside = [value for back, value in answers.items() if back < 14]
    assert (worn.asked, worn.answered) == (14, len(inside))
    if not inside:
        assert worn.mean is None
        return
    assert worn.mean is not None
    assert abs(worn.mean - sum(inside) / len(inside)) <= Decimal("0.05")
    assert min(inside) - Decimal("0.05") <= worn.mean <= max(inside) + Decimal("0.05")


def test_days_before_the_advice_were_never_asked():
    worn = wear.over({TODAY: Decimal(3)}, since=TODAY - timedelta(days=2), today=TODAY)
    assert [(day.on, day.hours) for day in worn.days] == [
        (TODAY, Decimal(3)),
        (TODAY - timedelta(days=1), None),
        (TODAY - timedelta(days=2), None),
    ]
    assert (worn.asked, worn.answered, worn.mean) == (3, 1, Decimal("3.0"))


@pytest.mark.parametrize(
    ("value", "words"),
    [("0", "0 hours"), ("0.0", "0 hours"), ("1.0", "1 hour"), ("1.5", "1.5 hours"), ("10.0", "10 hours")],
)
def test_hours_in_words(value, words):
    assert wear.in_words(Decimal(value)) == words


# --- recording --------------------------------------------------------------------------------------------------
def test_an_answer_is_stored_for_its_day_and_may_be_replaced(margaret, insole):
    assert record(margaret, {insole.pk: Decimal(8)}) == 1
    assert record(margaret, {insole.pk: Decimal("6.5")}) == 1
    assert stored() == {TODAY: Decimal("6.5")}
    entry = WearEntry.objects.get()
    assert (entry.patient, entry.clinic, entry.recorded_at) == (margaret, margaret.clinic, NOON)
    assert [state.hours for state in entry.history.order_by("pgh_id")] == [Decimal(8), Decimal("6.5")]
    audited = AuditEntry.objects.filter(verb="wear.recorded").latest("pk")
    assert audited.changes == {"on": "2026-11-23", "hours": {str(insole.pk): "6.5"}}
    assert audited.patient_id == margaret.pk


@pytest.mark.hazard("HZ-37")
def test_the_same_answer_twice_is_one_row_in_one_state(margaret, insole):
    record(margaret, {insole.pk: Decimal(8)})
    record(margaret, {insole.pk: Decimal(8)})
    assert WearEntry.objects.get().history.count() == 1


@pytest.mark.hazard("HZ-23")
def test_zero_is_an_answer_and_none_is_not(margaret, insole):
    assert record(margaret, {insole.pk: Decimal(0)}) == 1
    before = count_rows()
    assert record(margaret, {insole.pk: None}, TODAY - timedelta(days=1)) == 0
    assert record(margaret, {}) == 0
    assert count_rows() == before
    assert stored() == {TODAY: Decimal(0)}


@pytest.mark.parametrize("value", ["-0.5", "24.5"])
def test_a_day_has_24_hours(margaret, insole, value):
    with pytest.raises(Refused) as refused:
        record(margaret, {insole.pk: Decimal(value)})
    assert refused.value.code == "out_of_range"
    assert stored() == {}


def test_only_what_the_patient_is_to_wear(priya, margaret, insole):
    dana = factories.make_patient(priya, "Dana", "Wells")
    theirs = factories.make_support(priya, dana)
    ended = factories.make_support(priya, margaret)
    actions.end_support(actor=Actor.staff(priya), advice=ended, now=NOON)
    before = count_rows()
    for foreign in (theirs.pk, ended.pk, uuid4()):
        with pytest.raises(Refused) as refused:
            record(margaret, {insole.pk: Decimal(2), foreign: Decimal(3)})
        assert (refused.value.code, refused.value.field) == ("not_advised", str(foreign))
    assert count_rows() == before


@pytest.mark.hazard("HZ-21")
@pytest.mark.parametrize("status", [Status.ENTERED_IN_ERROR, Status.RESOLVED])
def test_hours_are_taken_while_the_reason_was_no_slip(priya, margaret, insole, status):
    actions.close_finding(actor=Actor.staff(priya), finding=insole.reason_finding, status=status, now=NOON)
    if status is Status.RESOLVED:
        assert record(margaret, {insole.pk: Decimal(2)}) == 1
        return
    before = count_rows()
    with pytest.raises(Refused) as refused:
        record(margaret, {insole.pk: Decimal(2)})
    assert (refused.value.code, refused.value.field) == ("not_advised", str(insole.pk))
    assert count_rows() == before


# --- what staff read --------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-23")
def test_the_page_says_zero_as_zero_and_silence_as_silence(as_priya, margaret, insole):
    for back, value in ((0, 0), (1, 8), (4, 4)):
        record(margaret, {insole.pk: Decimal(value)}, TODAY - timedelta(days=back))
    page = as_priya.get(reverse("patients:support_list", args=[margaret.pk])).content.decode()
    assert "4.0 hours a day: the mean of 3 answered days." in page
    assert "Answered on 3 of the last 14 days; days without an answer are not counted." in page
    assert page.count(">not answered</td>") == 11
    assert page.count("<td>0 hours</td>") == 1


def test_the_page_without_any_answer(as_priya, margaret, insole):
    page = as_priya.get(reverse("patients:support_list", args=[margaret.pk])).content.decode()
    assert "No answer on the last 14 days." in page
    assert "0 hours" not in page


# --- the reviewed notes -----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_every_note_is_of_a_finding_of_the_foot_and_names_its_source():
    call_command("load_vocabularies", verbosity=0)
    feet = set(FindingType.objects.filter(site="foot").values_list("key", flat=True))
    noted = {key for key in FindingType.objects.values_list("key", flat=True) if support_notes.note_for(key)}
    assert noted <= feet
    assert len(noted) == 11
    assert support_notes.note_for("low_back_pain") is None
    notes = {key: note for key in noted if (note := support_notes.note_for(key))}
    assert all(note.direction and note.evidence and note.source for note in notes.values())
    assert {key for key, note in notes.items() if not note.verified} == {
        "hallux_valgus",
        "metatarsalgia",
        "hallux_rigidus",
    }
