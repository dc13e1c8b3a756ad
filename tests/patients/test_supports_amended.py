"""Changing, ending and restoring foot support, and the history that keeps every state."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from clinic.roles import Role
from patients import actions
from patients.actions.supports import PLAN_FIELDS
from patients.forms.support import standing
from patients.models import Finding, Patient, Site, Status, SupportAdvice
from patients.models.history import changes, states
from tests import factories
from tests.factories import NOON, TODAY, count_rows


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def insole(priya: User, margaret: Patient, finding: Finding) -> SupportAdvice:
    return factories.make_support(
        priya, margaret, finding, hours_per_day=8, met_pad=False, note="Ask about the dog.", review_on=TODAY
    )


def url(verb: str, advice: SupportAdvice) -> str:
    return reverse(f"patients:support_{verb}", args=[advice.pk])


def list_url(advice: SupportAdvice) -> str:
    return reverse("patients:support_list", args=[advice.patient_id])


def form_of(advice: SupportAdvice, **fields: object) -> dict[str, object]:
    shown = {name: "" if value is None else value for name, value in standing(advice).items()}
    return shown | fields


def plan_of(advice: SupportAdvice, **fields: object) -> actions.SupportPlan:
    plan = actions.SupportPlan(**{name: getattr(advice, name) for name in PLAN_FIELDS})
    return replace(plan, **fields)  # type: ignore[arg-type]


def amended(user: User, advice: SupportAdvice, **fields: object) -> list[str]:
    return actions.amend_support(
        actor=Actor.staff(user),
        advice=advice,
        plan=plan_of(advice, **fields),
        version=advice.version,
        now=NOON,
    )


def text(response) -> str:
    return str(response.content.decode())


# --- changing ---------------------------------------------------------------------------------------------------
def test_a_change_is_a_new_version_with_its_reason(as_priya, priya, insole):
    response = as_priya.post(
        url("edit", insole), form_of(insole, hours_per_day="10", change_reason="It is comfortable.")
    )
    assert response["Location"] == list_url(insole)
    insole.refresh_from_db()
    assert (insole.hours_per_day, insole.version, insole.changed_by) == (10, 2, priya)
    assert insole.change_reason == "It is comfortable."
    assert [state.hours_per_day for state in insole.history.order_by("pgh_id")] == [8, 10]
    entry = AuditEntry.objects.get(verb="support.amended")
    assert entry.changes == {"version": 2, "hours_per_day": 10}


def test_the_form_shows_what_stands(as_priya, insole):
    form = as_priya.get(url("edit", insole)).context["form"]
    assert (form["hours_per_day"].value(), form["met_pad"].value(), form["side"].value()) == (
        8,
        "no",
        "bilateral",
    )
    assert form["reason_finding"].value() == str(insole.reason_finding_id)
    assert [key for key, group in form.groups.items() if group.is_open] == ["use", "support"]


def test_saving_without_a_change_writes_nothing(as_priya, insole):
    before = count_rows()
    assert as_priya.post(url("edit", insole), form_of(insole)).status_code == 302
    after = count_rows()
    assert {table for table in before if before[table] != after[table]} <= {"django_session"}
    insole.refresh_from_db()
    assert insole.version == 1


def test_a_fault_changes_nothing(as_priya, insole):
    before = count_rows()
    response = as_priya.post(url("edit", insole), form_of(insole, side="", hours_per_day="30"))
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"side", "hours_per_day"}
    assert count_rows() == before


@pytest.mark.hazard("HZ-39")
def test_a_reason_cannot_become_back_pain(as_priya, priya, margaret, insole):
    kind = factories.make_finding_type("low_back_pain", label="Low-back pain", site=Site.BACK, position=2)
    back = factories.make_finding(priya, margaret, kind)
    response = as_priya.post(url("edit", insole), form_of(insole, reason_finding=str(back.pk)))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["reason_finding"]
    with pytest.raises(Refused, match="NICE NG59"):
        amended(priya, insole, reason_finding=back)
    assert insole.history.count() == 1


def test_a_reason_that_was_resolved_may_stay(as_priya, priya, finding, insole):
    actions.close_finding(actor=Actor.staff(priya), finding=finding, status=Status.RESOLVED, now=NOON)
    assert as_priya.post(url("edit", insole), form_of(insole, hours_per_day="6")).status_code == 302
    insole.refresh_from_db()
    assert insole.hours_per_day == 6
    assert "Resolved" in text(as_priya.get(list_url(insole)))


def test_a_review_day_that_has_passed_may_stay_but_not_be_chosen(priya, insole, monkeypatch):
    later = NOON + timedelta(days=9)
    plan = plan_of(insole, hours_per_day=6)
    actor = Actor.staff(priya)
    assert actions.amend_support(actor=actor, advice=insole, plan=plan, version=1, now=later) == [
        "hours_per_day"
    ]
    plan = plan_of(insole, review_on=TODAY + timedelta(days=8))
    with pytest.raises(Refused) as refused:
        actions.amend_support(actor=actor, advice=insole, plan=plan, version=2, now=later)
    assert (refused.value.code, refused.value.field) == ("past", "review_on")


@pytest.mark.hazard("HZ-21")
@pytest.mark.hazard("HZ-39")
def test_staff_read_that_a_reason_entered_in_error_takes_it_out_of_the_plan(as_priya, priya, finding, insole):
    words = "Not in the patient’s plan: its reason was entered in error."
    assert words not in text(as_priya.get(list_url(insole)))
    actions.close_finding(actor=Actor.staff(priya), finding=finding, status=Status.ENTERED_IN_ERROR, now=NOON)
    page = text(as_priya.get(list_url(insole)))
    assert page.count(words) == 1
    assert f'href="{url("edit", insole)}"' in page  # another reason brings it back
    kind = factories.make_finding_type("tight_calf", label="Tight calf", position=2)
    amended(priya, insole, reason_finding=factories.make_finding(priya, insole.patient, kind))
    assert words not in text(as_priya.get(list_url(insole)))


@pytest.mark.hazard("HZ-26")
def test_two_people_at_once_the_second_sees_what_the_first_saved(as_priya, riverside, insole):
    mine = form_of(insole, patient_note="In your walking shoes.")
    nia = factories.make_staff(riverside, Role.PRACTITIONER, "Nia Field")
    amended(nia, insole, hours_per_day=10)
    response = as_priya.post(url("edit", insole), mine)
    page = text(response)
    assert response.status_code == 422
    assert "Somebody else changed this advice while you were writing. Nothing of yours is saved yet." in page
    assert "What <bdi>Nia Field</bdi> saved on" in page
    assert "“10”, was “8”" in page
    assert "In your walking shoes." in page  # nothing typed is lost
    insole.refresh_from_db()
    assert (insole.version, insole.hours_per_day, insole.patient_note) == (2, 10, "")
    assert AuditEntry.objects.filter(verb="support.amended").count() == 1
    # Knowing it now, the same page may be saved.
    assert 'name="version" value="2"' in page
    assert (
        as_priya.post(url("edit", insole), mine | {"version": "2", "hours_per_day": "10"}).status_code == 302
    )
    insole.refresh_from_db()
    assert (insole.version, insole.patient_note) == (3, "In your walking shoes.")


@pytest.mark.hazard("HZ-26")
def test_an_old_version_is_refused_by_the_action(priya, insole):
    stale = SupportAdvice.objects.get(pk=insole.pk)
    amended(priya, insole, hours_per_day=10)
    with pytest.raises(Refused) as refused:
        amended(priya, stale, hours_per_day=4)
    assert refused.value.code == "stale"
    insole.refresh_from_db()
    assert (insole.hours_per_day, insole.version) == (10, 2)


def test_ended_advice_is_not_changed(as_priya, priya, insole):
    actions.end_support(actor=Actor.staff(priya), advice=insole, now=NOON)
    assert as_priya.get(url("edit", insole))["Location"] == list_url(insole)
    assert as_priya.post(url("edit", insole), form_of(insole, hours_per_day="1")).status_code == 302
    with pytest.raises(Refused) as refused:
        amended(priya, insole, hours_per_day=1)
    assert refused.value.code == "not_active"
    insole.refresh_from_db()
    assert insole.hours_per_day == 8


# --- ending, errors, and the way back ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("verb", "back", "status", "words"),
    [
        ("end", "resume", "ended", "Ended: Prefabricated insole, both."),
        (
            "in_error",
            "restore",
            "entered_in_error",
            "Marked as entered in error: Prefabricated insole, both.",
        ),
    ],
)
def test_each_way_out_has_a_way_back(as_priya, insole, verb, back, status, words):
    response = as_priya.post(url(verb, insole))
    assert response["Location"] == f"{list_url(insole)}?moved={insole.pk}"
    insole.refresh_from_db()
    assert (insole.status, insole.version) == (status, 2)
    page = text(as_priya.get(response["Location"]))
    assert words in page
    assert f'action="{url(back, insole)}"' in page
    response = as_priya.post(url(back, insole))
    insole.refresh_from_db()
    assert (insole.status, insole.version) == ("active", 3)
    assert "In use again: Prefabricated insole, both." in text(as_priya.get(response["Location"]))
    verbs = (
        AuditEntry.objects.filter(verb__startswith="support.").order_by("pk").values_list("verb", flat=True)
    )
    past = {"end": "ended", "in_error": "entered_in_error", "resume": "resumed", "restore": "restored"}
    assert list(verbs) == ["support.advised", f"support.{past[verb]}", f"support.{past[back]}"]


def test_what_was_ended_before_the_error_is_ended_after_it(as_priya, insole):
    for verb in ("end", "in_error", "restore"):
        as_priya.post(url(verb, insole))
    insole.refresh_from_db()
    assert insole.status == "ended"


@pytest.mark.parametrize(("first", "second"), [("end", "end"), ("in_error", "in_error"), ("in_error", "end")])
def test_a_second_press_says_so_and_changes_nothing(as_priya, insole, first, second):
    as_priya.post(url(first, insole))
    entries = AuditEntry.objects.count()
    response = as_priya.post(url(second, insole))
    insole.refresh_from_db()
    assert (insole.version, AuditEntry.objects.count()) == (2, entries)
    assert "This advice was changed in the meantime." in text(as_priya.get(response["Location"]))


@pytest.mark.parametrize("verb", ["resume", "restore"])
def test_it_does_not_come_back_for_a_finding_that_was_a_slip(as_priya, priya, finding, insole, verb):
    as_priya.post(url("end" if verb == "resume" else "in_error", insole))
    actions.close_finding(actor=Actor.staff(priya), finding=finding, status=Status.ENTERED_IN_ERROR, now=NOON)
    response = as_priya.post(url(verb, insole))
    assert "The finding that is its reason was entered in error." in text(as_priya.get(response["Location"]))
    insole.refresh_from_db()
    assert insole.version == 2


@pytest.mark.hazard("HZ-26")
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (None, actions.end_support),
        (actions.end_support, actions.resume_support),
        (None, actions.enter_support_in_error),
        (actions.enter_support_in_error, actions.restore_support),
    ],
)
def test_the_record_is_locked_before_anything_is_read(priya, insole, first, second):
    """So what is read of the advice, its history and its reason still stands when it is written."""
    actor = Actor.staff(priya)
    if first:
        first(actor=actor, advice=insole, now=NOON)
    with CaptureQueriesContext(connection) as queries:
        second(actor=actor, advice=insole, now=NOON)
    asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert asked[0].startswith('SELECT "patients_patient"')
    assert asked[0].endswith("FOR NO KEY UPDATE")
    assert len([sql for sql in asked if "FOR NO KEY UPDATE" in sql]) == 1


@pytest.mark.hazard("HZ-26")
def test_it_comes_back_for_the_reason_that_stands_in_the_database(priya, finding, insole):
    """Whoever resumes it may hold a copy from before another reason was chosen."""
    actor, copy = Actor.staff(priya), SupportAdvice.objects.get(pk=insole.pk)
    kind = factories.make_finding_type("tight_calf", label="Tight calf", position=2)
    calf = factories.make_finding(priya, insole.patient, kind)
    amended(priya, insole, reason_finding=calf)
    actions.end_support(actor=actor, advice=insole, now=NOON)
    actions.close_finding(actor=actor, finding=calf, status=Status.ENTERED_IN_ERROR, now=NOON)
    with pytest.raises(Refused) as refused:
        actions.resume_support(actor=actor, advice=copy, now=NOON)
    assert refused.value.code == "no_reason"
    insole.refresh_from_db()
    assert insole.status == "ended"


def test_slips_leave_the_list_and_stay_in_the_history(as_priya, insole):
    as_priya.post(url("in_error", insole))
    page = text(as_priya.get(list_url(insole)))
    assert "1 entered in error" in page
    assert "Nothing to wear is advised at the moment." in page
    page = text(as_priya.get(url("history", insole)))
    assert "“Entered in error”, was “In use”" in page
    assert "It was no error: restore it" in page


def test_an_archived_record_offers_nothing_to_press(as_priya, priya, margaret, finding, insole):
    """In use, ended and made in error: each can be read, none can be moved."""
    actor = Actor.staff(priya)
    ended, slip = (
        factories.make_support(priya, margaret, finding, kind=kind) for kind in ("heel_cup", "heel_lift")
    )
    actions.end_support(actor=actor, advice=ended, now=NOON)
    actions.enter_support_in_error(actor=actor, advice=slip, now=NOON)
    pages = [list_url(insole), f"{list_url(insole)}?moved={ended.pk}", url("history", slip)]
    offers = [url(verb, insole) for verb in ("edit", "end", "in_error")]
    offers += [
        url("resume", ended),
        url("restore", slip),
        reverse("patients:support_new", args=[margaret.pk]),
    ]
    shown = " ".join(text(as_priya.get(page)) for page in pages)
    assert [offer for offer in offers if f'"{offer}"' not in shown] == []
    actions.archive_patient(actor=actor, patient=margaret, now=NOON, reason="Moved away.")
    shown = " ".join(text(as_priya.get(page)) for page in pages)
    assert "Heel lift, both" in shown
    assert [offer for offer in offers if f'"{offer}"' in shown] == []


# --- history ----------------------------------------------------------------------------------------------------
def test_the_history_says_who_what_and_why(as_priya, riverside, insole):
    nia = factories.make_staff(riverside, Role.PRACTITIONER, "Nia Field")
    actions.amend_support(
        actor=Actor.staff(nia),
        advice=insole,
        plan=plan_of(insole, met_pad=True, note="", product="Slim insole"),
        version=1,
        reason="Fits better.",
        now=NOON + timedelta(days=3),
    )
    page = text(as_priya.get(url("history", insole)))
    assert "26 Nov 2026, 12:00 · <bdi>Nia Field</bdi>" in page
    assert "Reason: Fits better." in page
    assert "“Yes”, was “No”" in page
    assert "“Slim insole”, not stated before" in page
    assert "not stated any more, was “Ask about the dog.”" in page
    assert page.index("Version 2") < page.index("Version 1")


def test_changes_are_told_field_by_field(priya, insole):
    amended(priya, insole, hours_per_day=0, met_pad=None)
    rows = list(insole.history.order_by("-pgh_id"))
    told = [(c.label, c.before, c.after) for c in states(rows, PLAN_FIELDS)[0].changes]
    assert told == [("Metatarsal pad", "No", ""), ("Hours a day", "8", "0")]
    first = {c.label: c.after for c in changes(None, rows[1], PLAN_FIELDS)}
    assert first == {
        "Kind": "Prefabricated insole",
        "Side": "Both",
        "Reason": "Plantar fasciitis, left",
        "Metatarsal pad": "No",
        "Hours a day": "8",
        "Note for staff": "Ask about the dog.",
        "Review on": "23 Nov 2026",
    }
    assert changes(rows[1], rows[1], PLAN_FIELDS) == []


@pytest.mark.parametrize("count", [1, 10])
def test_the_history_asks_the_same_however_long(as_priya, priya, insole, count, django_assert_num_queries):
    for hours in range(count):
        amended(priya, insole, hours_per_day=9 + hours)
    as_priya.get(url("history", insole))
    # session, user with membership, advice with patient and reason; savepoint, audit entry, release; states with
    # their people and reasons; findings, flags and the door of the strip
    with django_assert_num_queries(11):
        as_priya.get(url("history", insole))


def test_another_clinics_history_does_not_exist(hugo, insole):
    client = Client()
    client.force_login(hugo)
    assert client.get(url("history", insole)).status_code == 404
