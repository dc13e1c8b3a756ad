"""Referrals: to whom, why, how soon, and what came of it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from patients import actions
from patients.models import Finding, Patient, Referral, ReferralKind, ReferralStatus
from patients.red_flags import Level
from tests import factories
from tests.factories import NOON

CHANGES = ["close", "cancel", "reopen", "error"]


@pytest.fixture
def new(margaret: Patient) -> str:
    return reverse("patients:referral_new", args=[margaret.pk])


@pytest.fixture
def referral(priya: User, margaret: Patient) -> Referral:
    return factories.make_referral(priya, margaret, recipient="Dr Example")


def typed(**fields: str) -> dict[str, str]:
    return {
        "referral_id": str(uuid4()),
        "kind": "advanced_intervention",
        "recipient": "Foot surgery, Riverside Hospital",
        "urgency": "routine",
        "reason": "No change after twelve weeks.",
        "finding": "",
        "referred_on": "2026-11-20",
    } | fields


def url(what: str, referral: Referral) -> str:
    return reverse(f"patients:referral_{what}", args=[referral.pk])


def shown(response: Any) -> str:
    return " ".join(response.content.decode().split())


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


# --- making one -----------------------------------------------------------------------------------------------
def test_everything_that_can_be_said_is_kept(
    as_priya: Client, priya: User, margaret: Patient, finding: Finding, new: str
) -> None:
    response = as_priya.post(new, typed(finding=str(finding.pk)))
    assert response.headers["Location"] == reverse("patients:safety", args=[margaret.pk])
    made = Referral.objects.get()
    assert (made.kind, made.urgency, made.status) == (
        ReferralKind.ADVANCED_INTERVENTION,
        Level.ROUTINE,
        ReferralStatus.OPEN,
    )
    assert (made.recipient, made.reason) == (
        "Foot surgery, Riverside Hospital",
        "No change after twelve weeks.",
    )
    assert (made.finding, made.flag, str(made.referred_on)) == (finding, None, "2026-11-20")
    assert (made.patient, made.clinic, made.referred_by) == (margaret, margaret.clinic, priya)
    entry = AuditEntry.objects.get(verb="referral.recorded")
    assert (entry.actor_user, entry.patient_id, entry.object_id) == (priya, margaret.pk, str(made.pk))
    assert entry.changes == {
        "kind": "advanced_intervention",
        "urgency": "routine",
        "referred_on": "2026-11-20",
    }
    text = shown(as_priya.get(reverse("patients:safety", args=[margaret.pk])))
    assert "Advanced interventions: Foot surgery, Riverside Hospital" in text
    assert "Waiting for the outcome" in text


def test_the_form_chooses_nothing_but_today(as_priya: Client, margaret: Patient, new: str) -> None:
    response = as_priya.get(new)
    assert " checked" not in shown(response)
    assert response.context["form"]["kind"].value() is None
    assert response.context["form"]["referred_on"].value() == margaret.local_day(clock.now())
    assert [label for _value, label in response.context["form"].fields["urgency"].choices] == [
        "Emergency",
        "Same day",
        "Next working day",
        "Urgent",
        "Routine",
    ]
    assert AuditEntry.objects.get(verb="record.read").changes == {"page": "referral_new"}


def test_from_a_warning_sign(as_priya: Client, priya: User, margaret: Patient, new: str) -> None:
    flag = factories.make_flag(priya, margaret)
    page = shown(as_priya.get(new, {"flag": str(flag.pk)}))
    assert f"Because of the warning sign: {flag.text}" in page
    assert f'name="flag" value="{flag.pk}"' in page
    as_priya.post(new, typed(flag=str(flag.pk)))
    assert Referral.objects.get().flag == flag


@pytest.mark.parametrize("asked", ["", "x", "6f1d3c52-0000-4000-8000-000000000000"])
def test_a_hand_made_sign_is_passed_over(as_priya: Client, new: str, asked: str) -> None:
    response = as_priya.get(new, {"flag": asked})
    assert response.status_code == 200
    assert "Because of the warning sign" not in shown(response)


def test_the_same_form_twice_makes_one(as_priya: Client, new: str) -> None:
    data = typed()
    assert [as_priya.post(new, data).status_code for _ in range(2)] == [302, 302]
    assert Referral.objects.count() == 1


def test_a_form_of_another_patient_is_refused(as_priya: Client, priya: User, new: str) -> None:
    data = typed()
    as_priya.post(
        reverse("patients:referral_new", args=[factories.make_patient(priya, "Tom", "Reed").pk]), data
    )
    assert as_priya.post(new, data).status_code == 422
    assert Referral.objects.count() == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": ""}, "kind"),
        ({"kind": "friend"}, "kind"),
        ({"urgency": ""}, "urgency"),
        ({"urgency": "soon"}, "urgency"),
        ({"reason": ""}, "reason"),
        ({"reason": " \n"}, "reason"),
        ({"reason": "a\x00"}, "reason"),
        ({"reason": "x" * 2001}, "reason"),
        ({"recipient": "x" * 121}, "recipient"),
        ({"recipient": "two\nlines"}, "recipient"),
        ({"referred_on": ""}, "referred_on"),
        ({"referred_on": "2026-02-30"}, "referred_on"),
        ({"referred_on": "2999-01-01"}, "referred_on"),
        ({"referred_on": "1950-01-01"}, "referred_on"),
        ({"finding": str(uuid4())}, "finding"),
        ({"finding": "x"}, "finding"),
        ({"flag": str(uuid4())}, "flag"),
        ({"referral_id": "1"}, "referral_id"),
    ],
)
def test_a_wrong_answer_is_explained_and_kept(
    as_priya: Client, new: str, wrong: dict[str, str], field: str
) -> None:
    before = factories.count_rows()
    response = as_priya.post(new, typed() | wrong)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert shown(response).startswith("<!doctype html>")
    assert "<title>Error: Refer Margaret Hale" in shown(response)
    assert factories.count_rows() == before


def test_findings_and_signs_of_others_are_refused_by_the_action_too(
    priya: User, margaret: Patient, finding: Finding
) -> None:
    other = factories.make_patient(priya, "Tom", "Reed")
    with pytest.raises(Refused, match="finding belongs to another"):
        factories.make_referral(priya, other, finding=finding)
    flag = factories.make_flag(priya, margaret)
    entry = actions.ReferralEntry(
        kind=ReferralKind.OTHER, urgency=Level.ROUTINE, reason="x", referred_on=NOON.date()
    )
    with pytest.raises(Refused, match="warning sign belongs to another"):
        actions.refer(actor=Actor.staff(priya), patient=other, entry=entry, flag=flag, now=NOON)
    assert not Referral.objects.exists()


# --- what came of it ------------------------------------------------------------------------------------------
def test_an_outcome_closes_it_and_it_can_wait_again(
    as_priya: Client, margaret: Patient, referral: Referral
) -> None:
    assert "Dr Example" in shown(as_priya.get(url("close", referral)))
    data = {"outcome": "Seen. Nothing serious.", "on": "2026-11-24", "version": "1"}
    assert said(as_priya.post(url("close", referral), data)) == ["The outcome is recorded."]
    referral.refresh_from_db()
    assert (referral.status, referral.outcome, str(referral.outcome_on), referral.version) == (
        "closed",
        "Seen. Nothing serious.",
        "2026-11-24",
        2,
    )
    as_priya.post(url("reopen", referral), {"version": "2"})
    referral.refresh_from_db()
    assert (referral.status, referral.outcome, referral.outcome_on) == ("open", "", None)
    page = shown(as_priya.get(url("history", referral)))
    assert "Version 3" in page
    assert "Seen. Nothing serious." in page
    verbs = list(AuditEntry.objects.filter(verb__startswith="referral.").values_list("verb", flat=True))
    assert sorted(verbs) == ["referral.closed", "referral.recorded", "referral.reopened"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"outcome": ""}, "outcome"),
        ({"outcome": "  "}, "outcome"),
        ({"on": ""}, "on"),
        ({"on": "2999-01-01"}, "on"),
        ({"on": "2026-11-22"}, "on"),
        ({"version": "x"}, "version"),
    ],
)
def test_an_outcome_needs_words_and_a_possible_day(
    as_priya: Client, referral: Referral, wrong: dict[str, str], field: str
) -> None:
    before = factories.count_rows()
    data = {"outcome": "Seen.", "on": "2026-11-24", "version": "1"} | wrong
    response = as_priya.post(url("close", referral), data)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert factories.count_rows() == before


@pytest.mark.parametrize(
    ("steps", "statuses"),
    [
        (["cancel", "reopen"], ["cancelled", "open"]),
        (["error", "reopen"], ["entered_in_error", "open"]),
        (["cancel", "error", "reopen"], ["cancelled", "entered_in_error", "cancelled"]),
    ],
)
def test_small_changes_each_have_a_way_back(
    as_priya: Client, margaret: Patient, referral: Referral, steps: list[str], statuses: list[str]
) -> None:
    for version, (step, status) in enumerate(zip(steps, statuses, strict=True), start=1):
        response = as_priya.post(url(step, referral), {"version": str(version)})
        assert response.headers["Location"] == reverse("patients:safety", args=[margaret.pk])
        referral.refresh_from_db()
        assert (referral.status, referral.version) == (status, version + 1)


def test_a_slip_leaves_the_list_and_is_found_below_it(as_priya: Client, referral: Referral) -> None:
    as_priya.post(url("error", referral), {"version": "1"})
    page = as_priya.get(reverse("patients:safety", args=[referral.patient_id]))
    assert page.context["found"].referrals == []
    assert "One entry made in error" in shown(page)


def test_an_action_refuses_an_outcome_without_words(priya: User, referral: Referral) -> None:
    with pytest.raises(Refused, match="Say what came of it"):
        actions.close_referral(
            actor=Actor.staff(priya), referral=referral, outcome=" ", on=NOON.date(), version=1, now=NOON
        )


# --- amending -------------------------------------------------------------------------------------------------
def test_an_amended_referral_keeps_what_stood_there(
    as_priya: Client, referral: Referral, django_assert_num_queries: Any
) -> None:
    page = shown(as_priya.get(url("edit", referral)))
    assert "Night pain that does not ease." in page
    data = typed(kind="imaging", change_reason="Wrong service.", version="1")
    assert as_priya.post(url("edit", referral), data).status_code == 302
    referral.refresh_from_db()
    assert (referral.kind, referral.version, referral.change_reason) == ("imaging", 2, "Wrong service.")
    history = shown(as_priya.get(url("history", referral)))
    assert history.index("Wrong service.") < history.index("Night pain that does not ease.")
    assert AuditEntry.objects.get(verb="referral.amended").changes == {
        "kind": "imaging",
        "urgency": "routine",
        "status": "open",
    }


def test_editing_keeps_a_finding_that_was_entered_in_error_since(
    as_priya: Client, priya: User, margaret: Patient, finding: Finding, new: str
) -> None:
    referral = factories.make_referral(priya, margaret, finding=finding)
    safety = reverse("patients:safety", args=[margaret.pk])
    in_error = '<span class="tag">Entered in error</span>'
    assert in_error not in shown(as_priya.get(safety))
    Finding.objects.update(status="entered_in_error")
    page = as_priya.get(url("edit", referral))
    assert page.context["form"]["finding"].value() == finding.pk
    chosen = f'<option value="{finding.pk}" selected>{finding.in_words} (entered in error)</option>'
    assert chosen in shown(page)
    assert in_error in shown(as_priya.get(safety))
    kept = typed(reason="Another reason.", finding=str(finding.pk), version="1")
    assert as_priya.post(url("edit", referral), kept).status_code == 302
    referral.refresh_from_db()
    assert (referral.reason, referral.finding) == ("Another reason.", finding)
    response = as_priya.post(new, typed(finding=str(finding.pk)))  # a new one is never about it
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["finding"])


@pytest.mark.hazard("HZ-26")
def test_an_older_state_does_not_overwrite_a_newer_one(as_priya: Client, referral: Referral) -> None:
    as_priya.post(url("edit", referral), typed(reason="The first change.", version="1"))
    before = factories.count_rows()
    response = as_priya.post(url("edit", referral), typed(reason="The second change.", version="1"))
    text = shown(response)
    assert response.status_code == 422
    assert "Somebody has changed this referral in the meantime." in text
    assert "The first change." in text
    assert "The second change.</textarea>" in text
    assert factories.count_rows() == before
    assert response.context["form"]["version"].value() == "2"


@pytest.mark.parametrize("what", CHANGES)
def test_an_old_version_is_refused_everywhere(as_priya: Client, referral: Referral, what: str) -> None:
    Referral.objects.update(version=2)
    before = factories.count_rows()
    response = as_priya.post(url(what, referral), {"version": "1", "outcome": "x", "on": "2026-11-24"})
    assert response.status_code == (422 if what == "close" else 302)
    assert factories.count_rows() == before
    assert Referral.objects.get().status == "open"


@pytest.mark.parametrize("what", ["cancel", "reopen", "error"])
def test_without_a_version_nothing_is_changed(as_priya: Client, referral: Referral, what: str) -> None:
    before = factories.count_rows()
    assert said(as_priya.post(url(what, referral))) == ["Open the page again, then try once more."]
    assert factories.count_rows() == before


def test_a_closed_one_is_not_moved_behind_its_outcome(as_priya: Client, referral: Referral) -> None:
    as_priya.post(url("close", referral), {"outcome": "Seen.", "on": "2026-11-23", "version": "1"})
    response = as_priya.post(url("edit", referral), typed(referred_on="2026-11-24", version="2"))
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["referred_on"])


@pytest.mark.slow
# --- who, how, cost -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("person", ["olivia", "asha", "carlos", "audrey"])
def test_only_practitioners_refer(
    client: Client, request: pytest.FixtureRequest, referral: Referral, new: str, person: str
) -> None:
    client.force_login(request.getfixturevalue(person))
    before = factories.count_rows()
    assert client.post(new, typed()).status_code == 403
    for what in ("edit", *CHANGES):
        assert client.post(url(what, referral), {"version": "1"}).status_code == 403
    assert client.get(url("history", referral)).status_code == (200 if person == "olivia" else 403)
    after = factories.count_rows()
    after["clinic_auditentry"] -= person == "olivia"  # the reading of the history
    assert {key: value for key, value in after.items() if key != "django_session"} == {
        key: value for key, value in before.items() if key != "django_session"
    }


def test_another_clinic_finds_nothing(client: Client, hugo: User, referral: Referral, new: str) -> None:
    client.force_login(hugo)
    assert client.post(new, typed()).status_code == 404
    for what in ("edit", *CHANGES):
        assert client.post(url(what, referral), {"version": "1"}).status_code == 404
    assert client.get(url("history", referral)).status_code == 404
    assert Referral.objects.get().version == 1


def test_other_methods_are_refused(as_priya: Client, referral: Referral, new: str) -> None:
    for what in ("cancel", "reopen", "error"):
        assert as_priya.get(url(what, referral)).status_code == 405
    assert as_priya.post(url("history", referral)).status_code == 405
    assert as_priya.put(new).status_code == 405


def test_the_history_costs_the_same_for_two_states_and_for_twelve(
    as_priya: Client, priya: User, referral: Referral
) -> None:
    counts = []
    for changes in (2, 10):
        for _ in range(changes // 2):
            for action in (actions.cancel_referral, actions.reopen_referral):
                action(
                    actor=Actor.staff(priya),
                    referral=referral,
                    version=referral.version,
                    now=NOON + timedelta(days=1),
                )
        with CaptureQueriesContext(connection) as queries:
            assert as_priya.get(url("history", referral)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
