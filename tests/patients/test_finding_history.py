"""What came back, and the history of a finding: who said what, when, and what changed."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import AuditEntry, User
from patients import actions
from patients.models import ConfirmedBy, Finding, Patient, Status, versions_of
from tests.factories import NOON, count_rows, make_finding_type
from tests.pages import signed_in
from tests.patients.test_amend_findings import (
    STATED,
    changed_since,
    edit_url,
    history_url,
    page_of,
)

UNSAID = "Say how it is known: seen at the examination, or the patient says so."
AGAIN = {"confirmed_by": "clinical", "version": "2"}


# --- it came back ---------------------------------------------------------------------------------------------
def recur_url(finding: Finding) -> str:
    return reverse("patients:finding_recur", args=[finding.pk])


def closed(priya: User, finding: Finding, status: Status = Status.RESOLVED) -> Finding:
    return actions.close_finding(actor=Actor.staff(priya), finding=finding, status=status, now=NOON)


def test_what_came_back_is_a_new_finding(as_priya: Client, priya: User, margaret: Patient) -> None:
    hallux = make_finding_type("hallux_valgus", label="Hallux valgus", extra_fields=["origin"])
    entry = actions.FindingEntry.stated(
        type=hallux,
        side="right",
        confirmed_by="x_ray",
        imaging_date=date(2026, 2, 2),
        severity="mild",
        origin="acquired",
        onset_date=date(2025, 1, 1),
        onset_precision="year",
        note="First time",
    )
    earlier = actions.record_finding(actor=Actor.staff(priya), patient=margaret, entry=entry, now=NOON)
    closed(priya, earlier)
    response = as_priya.post(recur_url(earlier), AGAIN, headers={"HX-Request": "true"})
    assert (
        "Recorded as come back: Hallux valgus, right. Edit it to say since when." in response.content.decode()
    )
    again = Finding.objects.get(recurrence_of=earlier)
    assert (again.type, again.side, again.origin, again.status) == (hallux, "right", "acquired", "active")
    assert (again.confirmed_by, again.imaging_date) == (ConfirmedBy.CLINICAL, None)
    assert (again.severity, again.onset_date, again.note, again.version) == ("", None, "", 1)
    earlier.refresh_from_db()
    assert earlier.status == Status.RESOLVED
    page = as_priya.get(page_of(again)).content.decode()
    assert "Came back" in page
    assert f'href="{history_url(earlier)}"' in as_priya.get(history_url(again)).content.decode()
    told = AuditEntry.objects.filter(verb="finding.recorded").latest("pk")
    assert told.changes["recurrence_of"] == str(earlier.pk)


@pytest.mark.parametrize("status", [Status.ACTIVE, Status.REFUTED, Status.ENTERED_IN_ERROR])
def test_only_what_was_resolved_comes_back(
    as_priya: Client, priya: User, finding: Finding, status: Status
) -> None:
    if status is not Status.ACTIVE:
        closed(priya, finding, status)
    before = count_rows()
    response = as_priya.post(recur_url(finding), AGAIN)
    assert response.status_code == 422
    assert response.context["problem"] == "Only a resolved finding can come back."
    assert changed_since(before) == set()


def test_it_comes_back_once(as_priya: Client, priya: User, finding: Finding) -> None:
    closed(priya, finding)
    as_priya.post(recur_url(finding), AGAIN)
    response = as_priya.post(recur_url(finding), AGAIN)
    assert response.context["problem"] == "“Plantar fasciitis, left” is recorded already."
    assert Finding.objects.count() == 2


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"confirmed_by": ""}, UNSAID),
        ({"confirmed_by": "x_ray"}, UNSAID),  # needs its date: recorded by the form with all the questions
        ({"version": ""}, "Open the page again, then try once more."),
        ({"version": "1"}, "Somebody else changed this finding meanwhile."),
    ],
)
def test_nobody_is_made_to_say_what_they_did_not(
    as_priya: Client, priya: User, finding: Finding, typed: dict[str, str], problem: str
) -> None:
    closed(priya, finding)
    before = count_rows()
    response = as_priya.post(recur_url(finding), AGAIN | typed)
    assert (response.status_code, response.context["problem"]) == (422, problem)
    assert changed_since(before) == set()


@pytest.mark.parametrize("said", ["clinical", "patient_reported"])
def test_it_came_back_has_a_button_for_each_way_of_knowing(
    as_priya: Client, priya: User, finding: Finding, said: str
) -> None:
    closed(priya, finding)
    page = as_priya.get(page_of(finding)).content.decode()
    assert f'name="confirmed_by" value="{said}"' in page
    as_priya.post(recur_url(finding), AGAIN | {"confirmed_by": said})
    assert Finding.objects.get(recurrence_of=finding).confirmed_by == said
    assert AuditEntry.objects.latest("pk").changes["confirmed_by"] == said


# --- the history page -----------------------------------------------------------------------------------------
def test_the_history_is_one_click_away_and_says_what_changed(
    as_priya: Client, olivia: User, finding: Finding
) -> None:
    as_priya.post(edit_url(finding), STATED | {"note": "New\nlines", "reason": "Seen again"})
    page = as_priya.get(page_of(finding)).content.decode()
    assert f'href="{history_url(finding)}"' in page
    assert "Amended, version 2" in page
    page = signed_in(olivia).get(history_url(finding)).content.decode()
    for words in ("History of “Plantar fasciitis, left”", "Version 2", "stands now", "Seen again"):
        assert words in page
    assert "“New<br>lines”, not stated before" in page
    assert page.index("Version 2") < page.index("Version 1")  # newest first
    assert "23 Nov 2026, 12:00 · <bdi>Priya Nair</bdi>" in page
    assert edit_url(finding) not in page  # owners read
    entry = AuditEntry.objects.get(verb="record.read", changes__page="finding_history")
    assert (entry.actor_user, entry.patient_id) == (olivia, finding.patient_id)


def test_the_history_takes_the_same_queries_however_long_it_is(
    as_priya: Client, priya: User, finding: Finding
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert as_priya.get(history_url(finding)).status_code == 200
        return len(captured)

    one = queries()
    for number in range(1, 10):
        entry = actions.FindingEntry.of(finding).but(note=f"Visit {number}")
        finding = actions.amend_finding(
            actor=Actor.staff(priya),
            finding=finding,
            entry=entry,
            version=number,
            reason="",
            now=NOON + timedelta(days=number),
        )
    assert len(versions_of(finding)) == 10
    assert one == queries()


# --- who ------------------------------------------------------------------------------------------------------
def test_who_may(olivia: User, asha: User, carlos: User, audrey: User, hugo: User, finding: Finding) -> None:
    before = count_rows()
    for user in (olivia, asha, carlos, audrey):
        client = signed_in(user)
        for url in (edit_url(finding), recur_url(finding)):
            assert client.post(url, STATED | {"severity": "mild"}).status_code == 403
        assert client.get(edit_url(finding)).status_code == 403
        assert client.get(history_url(finding)).status_code == (200 if user == olivia else 403)
    stranger = signed_in(hugo)
    for url in (edit_url(finding), history_url(finding)):
        assert stranger.get(url).status_code == 404
    for url in (edit_url(finding), recur_url(finding)):
        assert stranger.post(url, STATED).status_code == 404
    assert changed_since(before) == {"clinic_auditentry"}  # olivia read it
    finding.refresh_from_db()
    assert finding.version == 1


def test_these_addresses_and_methods(as_priya: Client, client: Client, finding: Finding) -> None:
    assert as_priya.get(recur_url(finding)).status_code == 405
    assert as_priya.post(history_url(finding)).status_code == 405
    assert as_priya.put(edit_url(finding)).status_code == 405
    for url in (edit_url(finding), history_url(finding)):
        assert client.get(url).headers["Location"].startswith(reverse("account_login"))
