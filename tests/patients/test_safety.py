"""The safety page: what waits for a decision, what was decided, and screenings that were a slip."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from patients import actions
from patients.forms.safety import DecisionForm, keep_up
from patients.models import Decision, Patient, RaisedFlag, RecordStatus, Screening
from patients.red_flags import Region
from tests import factories
from tests.factories import NOON

HOLD = {"decision": "hold", "note": "Waiting for the family doctor.", "version": "1"}
START = {"decision": "may_start", "note": "Examined: the tendon is whole.", "version": "1"}


@pytest.fixture
def flag(priya: User, margaret: Patient) -> RaisedFlag:
    return factories.make_flag(priya, margaret)


@pytest.fixture
def address(margaret: Patient) -> str:
    return reverse("patients:safety", args=[margaret.pk])


def decide_url(flag: RaisedFlag) -> str:
    return reverse("patients:flag_decide", args=[flag.pk])


def error_url(flag: RaisedFlag) -> str:
    return reverse("patients:screening_error", args=[flag.screening_id])


def restore_url(flag: RaisedFlag) -> str:
    return reverse("patients:screening_restore", args=[flag.screening_id])


def shown(response: Any) -> str:
    return " ".join(response.content.decode().split())


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def blocked(patient: Patient) -> bool:
    return RaisedFlag.objects.about(patient).blocking().exists()


# --- the page -------------------------------------------------------------------------------------------------
def test_undecided_signs_come_first_each_with_two_choices_and_no_default(
    as_priya: Client, priya: User, margaret: Patient, flag: RaisedFlag, address: str
) -> None:
    factories.make_decision(priya, factories.make_flag(priya, margaret, "back_fever", region=Region.BACK))
    response = as_priya.get(address)
    text = shown(response)
    assert [one for one, _form in response.context["undecided"]] == [flag]
    assert (
        0 < text.index(flag.text) < text.index("Warning signs with a decision") < text.index("Back pain with")
    )
    assert text.count('type="radio"') == 4
    assert " checked" not in text
    assert AuditEntry.objects.get(verb="record.read").changes == {"page": "safety"}


def test_empty_record_says_so(as_priya: Client, address: str) -> None:
    text = shown(as_priya.get(address))
    assert "Nobody has asked about warning signs yet." in text
    assert "No referral recorded." in text


def test_screenings_say_what_was_answered_and_by_whom(
    as_priya: Client, priya: User, margaret: Patient, address: str
) -> None:
    factories.make_screening(priya, margaret, region=Region.BACK, now=NOON - timedelta(days=1))
    factories.make_screening(priya, margaret, "tendon_snap", "not_better")
    text = shown(as_priya.get(address))
    assert text.index("2 of 11 answered with yes") < text.index("All 8 answered with no")
    assert text.count("asked by Priya Nair, list 1") == 2


def test_the_owner_reads_and_cannot_write(
    client: Client, olivia: User, flag: RaisedFlag, address: str
) -> None:
    client.force_login(olivia)
    text = shown(client.get(address))
    assert flag.text in text
    assert "No decision yet." in text
    assert "<textarea" not in text
    assert "Screen the foot" not in text


@pytest.mark.parametrize("person", ["asha", "carlos", "audrey"])
def test_others_do_not_read_it(
    client: Client, request: pytest.FixtureRequest, address: str, person: str
) -> None:
    client.force_login(request.getfixturevalue(person))
    assert client.get(address).status_code == 403


def test_another_clinic_finds_nothing(client: Client, hugo: User, flag: RaisedFlag, address: str) -> None:
    client.force_login(hugo)
    before = factories.count_rows()
    assert client.get(address).status_code == 404
    assert client.post(decide_url(flag), START).status_code == 404
    assert client.post(error_url(flag), {"reason": "x"}).status_code == 404
    assert client.post(restore_url(flag)).status_code == 404
    assert factories.count_rows() == before


def test_other_methods_are_refused(as_priya: Client, flag: RaisedFlag, address: str) -> None:
    assert as_priya.post(address).status_code == 405
    assert as_priya.get(decide_url(flag)).status_code == 405
    assert as_priya.get(restore_url(flag)).status_code == 405
    assert as_priya.put(error_url(flag)).status_code == 405


def test_the_page_costs_the_same_for_one_of_each_and_for_ten(
    as_priya: Client, priya: User, margaret: Patient, address: str
) -> None:
    # session, user with membership, patient; savepoint, audit entry, release; signs, decisions, screenings, their
    # signs, referrals, slips; clock; findings and signs of the strip
    counts = []
    for number in (1, 9):
        for _ in range(number):
            factories.make_decision(priya, factories.make_flag(priya, margaret))
            factories.make_flag(priya, margaret, "back_fever", region=Region.BACK)
            factories.make_referral(priya, margaret)
            slip = factories.make_screening(priya, margaret)
            actions.enter_screening_in_error(
                actor=Actor.staff(priya), screening=slip, reason="Slip.", now=NOON
            )
        with CaptureQueriesContext(connection) as queries:
            assert as_priya.get(address).status_code == 200
        counts.append(len(queries))
    assert counts == [17, 17]


# --- the strip of every page ----------------------------------------------------------------------------------
def test_every_page_of_the_patient_shows_it_in_words(
    as_priya: Client, margaret: Patient, flag: RaisedFlag
) -> None:
    text = shown(as_priya.get(reverse("exercises:patient", args=[margaret.pk])))
    assert "Check: a warning sign keeps a programme from being sent" in text
    assert f"<b>Same day:</b> {flag.text}" in text
    assert f"<b>What to do:</b> {flag.advice}" in text
    assert f'<a href="{reverse("patients:safety", args=[margaret.pk])}">Record a decision</a>' in text


def test_the_front_desk_sees_neither_sign_nor_tab(client: Client, asha: User, flag: RaisedFlag) -> None:
    client.force_login(asha)
    text = shown(client.get(reverse("exercises:patient", args=[flag.patient_id])))
    assert flag.text not in text
    assert "warning sign" not in text
    assert ">Safety<" not in text


def test_the_owner_is_offered_to_look(client: Client, olivia: User, flag: RaisedFlag) -> None:
    client.force_login(olivia)
    text = shown(client.get(reverse("exercises:patient", args=[flag.patient_id])))
    assert "Look at the warning signs" in text
    assert "Record a decision" not in text


# --- deciding -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("answer", "still"), [(HOLD, True), (START, False)])
def test_a_decision_is_kept_with_its_reason(
    as_priya: Client, priya: User, margaret: Patient, flag: RaisedFlag, answer: dict[str, str], still: bool
) -> None:
    response = as_priya.post(decide_url(flag), answer)
    assert response.headers["Location"] == reverse("patients:safety", args=[margaret.pk])
    assert said(response) == ["Your decision is recorded."]
    flag.refresh_from_db()
    assert (flag.decision, flag.decision_note) == (answer["decision"], answer["note"])
    assert (flag.decided_by, flag.changed_by, flag.version) == (priya, priya, 2)
    assert flag.decided_at == flag.changed_at
    assert blocked(margaret) is still
    entry = AuditEntry.objects.get(verb="flag.decided")
    assert (entry.actor_user, entry.patient_id, entry.object_id) == (priya, margaret.pk, str(flag.pk))
    assert entry.changes == {"key": "tendon_snap", "decision": answer["decision"]}
    assert answer["note"] not in str(entry.changes) + entry.reason


def test_a_changed_mind_blocks_again_and_the_history_keeps_both(
    as_priya: Client, margaret: Patient, flag: RaisedFlag, address: str
) -> None:
    as_priya.post(decide_url(flag), START)
    assert not blocked(margaret)
    as_priya.post(decide_url(flag), HOLD | {"version": "2"})
    assert blocked(margaret)
    kept = flag.history.order_by("pgh_id").values_list("decision", "decision_note")
    assert list(kept) == [("", ""), *((one["decision"], one["note"]) for one in (START, HOLD))]
    text = shown(as_priya.get(address))
    assert text.index(HOLD["note"]) < text.index("Earlier decisions") < text.index(START["note"])
    assert "No programme can be sent and no reminder goes out while this stands." in text


@pytest.mark.hazard("HZ-26")
def test_two_practitioners_at_once_the_second_reads_first(
    as_priya: Client, margaret: Patient, flag: RaisedFlag
) -> None:
    as_priya.post(decide_url(flag), HOLD)
    before = factories.count_rows()
    response = as_priya.post(decide_url(flag), START)  # from a page that was opened before
    text = shown(response)
    assert response.status_code == 422
    assert "Somebody has changed this in the meantime." in text
    form = text[text.index(f'action="{decide_url(flag)}"') :]
    quicker = form.index("Priya Nair decided in the meantime, on ")
    assert quicker < form.index(": <b>No exercises for now</b>") < form.index(HOLD["note"])
    assert form.index(HOLD["note"]) < form.index(START["note"])  # what was typed
    assert 'name="version" value="2"' in text
    assert factories.count_rows() == before
    assert blocked(margaret)
    typed_wrong = as_priya.post(decide_url(flag), START | {"version": "2", "note": ""})
    assert "decided in the meantime" not in shown(typed_wrong)
    as_priya.post(decide_url(flag), START | {"version": "2"})
    assert not blocked(margaret)


def test_after_a_conflict_the_form_speaks_of_the_row_as_it_is_now(priya: User, flag: RaisedFlag) -> None:
    """The other one may have decided between this request's reading and its writing."""
    read_before = RaisedFlag.objects.get()
    factories.make_decision(priya, flag)
    form = DecisionForm(QueryDict("note=Typed&version=1"), flag=read_before)
    keep_up(form, Refused("", code="stale"), read_before)
    assert (form["version"].value(), form["note"].value(), read_before.version) == ("2", "Typed", 2)
    keep_up(form, Refused("", code="no_note"), RaisedFlag(version=7))
    assert form["version"].value() == "2"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"decision": ""}, "decision"),
        ({"decision": "resume"}, "decision"),
        ({"note": ""}, "note"),
        ({"note": "   "}, "note"),
        ({"note": "a\x00"}, "note"),
        ({"note": "x" * 2001}, "note"),
        ({"version": ""}, "version"),
        ({"version": "one"}, "version"),
    ],
)
def test_a_decision_needs_a_choice_and_a_reason(
    as_priya: Client, flag: RaisedFlag, wrong: dict[str, str], field: str
) -> None:
    before = factories.count_rows()
    response = as_priya.post(decide_url(flag), START | wrong)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert factories.count_rows() == before
    flag.refresh_from_db()
    assert flag.decision == ""


@pytest.mark.hazard("HZ-38")
@pytest.mark.parametrize("who", ["olivia", "asha", "patient", "system"])
def test_nobody_but_a_practitioner_decides(
    request: pytest.FixtureRequest, margaret: Patient, flag: RaisedFlag, who: str
) -> None:
    """Neither a job, nor a patient, nor another role: in the action, whatever the edge."""
    actors = {"patient": lambda: Actor.patient(margaret), "system": lambda: Actor.system("test")}
    actor = actors[who]() if who in actors else Actor.staff(request.getfixturevalue(who))
    with pytest.raises(Refused) as refused:
        actions.decide(actor=actor, flag=flag, decision=Decision.MAY_START, note="Fine.", version=1, now=NOON)
    assert refused.value.code == "not_practitioner"
    assert blocked(margaret)


@pytest.mark.hazard("HZ-38")
def test_nothing_but_a_decision_ends_the_block(priya: User, margaret: Patient, flag: RaisedFlag) -> None:
    """A later list without a yes says nothing about the earlier yes, and time alone ends nothing."""
    factories.make_screening(priya, margaret, now=NOON + timedelta(days=400))
    assert blocked(margaret)


@pytest.mark.parametrize("person", ["olivia", "asha", "carlos", "audrey"])
def test_only_practitioners_decide(
    client: Client, request: pytest.FixtureRequest, flag: RaisedFlag, person: str
) -> None:
    client.force_login(request.getfixturevalue(person))
    for url in (decide_url(flag), error_url(flag), restore_url(flag)):
        assert client.post(url, START | {"reason": "x"}).status_code == 403
    assert RaisedFlag.objects.undecided().count() == 1


def test_an_empty_reason_is_refused_by_the_actions_too(priya: User, flag: RaisedFlag) -> None:
    actor = Actor.staff(priya)
    with pytest.raises(Refused, match="Say why"):
        actions.decide(actor=actor, flag=flag, decision=Decision.HOLD, note=" ", version=1, now=NOON)
    with pytest.raises(Refused, match="Say what was wrong"):
        actions.enter_screening_in_error(actor=actor, screening=Screening.objects.get(), reason=" ", now=NOON)


# --- a slip ---------------------------------------------------------------------------------------------------
def test_a_screening_entered_in_error_takes_its_signs_with_it_and_can_come_back(
    as_priya: Client, priya: User, margaret: Patient, flag: RaisedFlag, address: str
) -> None:
    as_priya.post(decide_url(flag), HOLD)
    assert flag.text in shown(as_priya.get(error_url(flag)))
    response = as_priya.post(error_url(flag), {"reason": "Another patient's answers."})
    assert response.headers["Location"] == address
    flag.refresh_from_db()
    assert (flag.status, flag.version, flag.change_reason) == (
        RecordStatus.ENTERED_IN_ERROR,
        3,
        "Another patient's answers.",
    )
    assert not blocked(margaret)
    assert "One entry made in error" in shown(as_priya.get(address))
    entry = AuditEntry.objects.get(verb="screening.entered_in_error")
    assert (entry.actor_user, entry.patient_id) == (priya, margaret.pk)

    as_priya.post(restore_url(flag))
    flag.refresh_from_db()
    assert (flag.status, flag.decision, flag.version) == (RecordStatus.RECORDED, "hold", 4)
    assert "Earlier decisions" not in shown(
        as_priya.get(address)
    )  # decided once, however many states there are
    assert blocked(margaret)
    assert AuditEntry.objects.filter(verb="screening.restored").count() == 1


def test_marking_twice_is_refused_the_second_time(as_priya: Client, flag: RaisedFlag) -> None:
    as_priya.post(error_url(flag), {"reason": "Slip."})
    before = factories.count_rows()
    response = as_priya.post(error_url(flag), {"reason": "Slip."})
    assert response.status_code == 422
    assert "Somebody did this in the meantime." in shown(response)
    assert factories.count_rows() == before


def test_what_is_no_slip_cannot_be_taken_back(as_priya: Client, flag: RaisedFlag) -> None:
    before = RaisedFlag.objects.get().version
    assert said(as_priya.post(restore_url(flag))) == ["Somebody did this in the meantime."]
    assert RaisedFlag.objects.get().version == before


@pytest.mark.parametrize("reason", ["", " ", "a\x00", "two\nlines", "x" * 301])
def test_a_slip_says_what_was_wrong(as_priya: Client, flag: RaisedFlag, reason: str) -> None:
    response = as_priya.post(error_url(flag), {"reason": reason})
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["reason"])
    assert Screening.objects.get().status == RecordStatus.RECORDED


def test_a_slip_cannot_be_decided_about(as_priya: Client, flag: RaisedFlag) -> None:
    as_priya.post(error_url(flag), {"reason": "Slip."})
    assert as_priya.post(decide_url(flag), START | {"version": "2"}).status_code == 422
    assert RaisedFlag.objects.get().decision == ""


def test_what_does_not_exist_is_not_found(as_priya: Client) -> None:
    for name in ("flag_decide", "screening_restore", "screening_error"):
        assert as_priya.post(reverse(f"patients:{name}", args=[uuid4()])).status_code == 404
