"""Foot support: advising, changing, ending, and what staff read of it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from patients import actions
from patients.models import Finding, Patient, Side, Site, Status, SupportAdvice
from tests import factories
from tests.factories import NOON, TODAY, count_rows
from tests.pages import signed_in

BACK_ALONE = "NICE NG59 advises against foot orthotics for low back pain. Record the foot-related reason."


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def insole(priya: User, margaret: Patient, finding: Finding) -> SupportAdvice:
    return factories.make_support(priya, margaret, finding, hours_per_day=8, note="Ask about the dog.")


@pytest.fixture
def back(priya: User, margaret: Patient) -> Finding:
    kind = factories.make_finding_type(
        "low_back_pain", label="Low-back pain", site=Site.BACK, group="Back", position=2
    )
    return factories.make_finding(priya, margaret, kind, Side.NOT_APPLICABLE)


def list_url(patient: Patient) -> str:
    return reverse("patients:support_list", args=[patient.pk])


def new_url(patient: Patient) -> str:
    return reverse("patients:support_new", args=[patient.pk])


def url(verb: str, advice: SupportAdvice) -> str:
    return reverse(f"patients:support_{verb}", args=[advice.pk])


def typed(reason: Finding, **fields: object) -> dict[str, object]:
    answers = {"kind": "prefabricated_insole", "side": "left", "reason_finding": str(reason.pk)}
    return answers | {"advice_id": str(uuid4())} | fields


def text(response) -> str:
    return str(response.content.decode())


# --- advising ---------------------------------------------------------------------------------------------------
def test_three_answers_are_enough(as_priya, priya, margaret, finding):
    response = as_priya.post(new_url(margaret), typed(finding))
    assert response["Location"] == list_url(margaret)
    advice = SupportAdvice.objects.get()
    assert (advice.kind, advice.side, advice.reason_finding) == ("prefabricated_insole", "left", finding)
    assert (advice.status, advice.version, advice.recommended_by) == ("active", 1, priya)
    assert (advice.patient, advice.clinic, advice.recommended_at) == (margaret, margaret.clinic, NOON)
    assert (advice.hours_per_day, advice.met_pad, advice.comfort, advice.review_on) == (None,) * 4
    assert (advice.arch_support, advice.product) == ("", "")
    assert "Saved: Prefabricated insole, left." in text(as_priya.get(list_url(margaret)))


def test_everything_that_can_be_said_is_kept(as_priya, margaret, finding):
    said = {
        "product": "Full-length insole",
        "arch_support": "high",
        "medial_post_deg": "4",
        "lateral_post_deg": "0",
        "heel_lift_mm": "6",
        "met_pad": "no",
        "heel_cushioning": "soft",
        "forefoot_cushioning": "firm",
        "length_allowance_mm": "12",
        "width": "wide",
        "toe_box": "deep",
        "extra_depth": "yes",
        "fastening": "laces",
        "comfort": "0",
        "heel_drop_mm": "-2",
        "heel_counter": "firm",
        "torsion_resists": "yes",
        "bends_at_toes": "no",
        "forefoot_rocker": "",
        "wear_in_plan": "Two hours, then one more each day.",
        "hours_per_day": "8",
        "patient_note": "In your walking shoes.",
        "note": "Left edge is rough.",
        "review_on": TODAY.isoformat(),
        "replace_by": "2027-11-23",
    }
    assert as_priya.post(new_url(margaret), typed(finding, **said)).status_code == 302
    advice = SupportAdvice.objects.get()
    words = {"yes": True, "no": False, "": None}
    for name, value in said.items():
        stored = getattr(advice, name)
        assert str(stored) == value if value not in words else stored is words[value], name
    assert (advice.comfort, advice.lateral_post_deg) == (0, 0)


def test_the_audit_has_codes_and_numbers_and_no_text(as_priya, priya, margaret, finding):
    as_priya.post(
        new_url(margaret), typed(finding, hours_per_day="8", note="A private word.", product="Brand")
    )
    entry = AuditEntry.objects.get(verb="support.advised")
    assert (entry.actor_user, entry.patient_id) == (priya, margaret.pk)
    assert entry.object_id == str(SupportAdvice.objects.get().pk)
    assert (entry.changes["side"], entry.changes["hours_per_day"]) == ("left", 8)
    assert entry.changes["reason_finding"] == str(finding.pk)
    assert set(entry.changes["texts"]) >= {"note", "product"}
    assert "private" not in str(entry.changes)
    assert "Brand" not in str(entry.changes)


def test_the_form_chooses_nothing_and_folds_what_is_empty(as_priya, margaret, finding):
    page = text(as_priya.get(new_url(margaret)))
    assert " checked" not in page
    assert f'<option value="{finding.pk}">Plantar fasciitis, left</option>' in page
    assert "<details" in page
    assert " open>" not in page


def test_a_group_with_a_fault_stands_open(as_priya, margaret, finding):
    page = text(as_priya.post(new_url(margaret), typed(finding, heel_lift_mm="61")))
    assert page.count('<details class="card" open>') == 1
    assert "Enter a whole number from 0 to 60." in page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answers", "field", "message"),
    [
        ({"kind": ""}, "kind", "Choose what it is."),
        (
            {"kind": "wheelchair"},
            "kind",
            "Select a valid choice. wheelchair is not one of the available choices.",
        ),
        ({"hours_per_day": "25"}, "hours_per_day", "Enter a whole number from 0 to 24."),
        ({"hours_per_day": "-1"}, "hours_per_day", "Enter a whole number from 0 to 24."),
        ({"hours_per_day": "2.5"}, "hours_per_day", "Enter a whole number from 0 to 24."),
        ({"heel_drop_mm": "-11"}, "heel_drop_mm", "Enter a whole number from -10 to 100."),
        ({"medial_post_deg": "16"}, "medial_post_deg", "Enter a whole number from 0 to 15."),
        ({"comfort": "11"}, "comfort", "Enter a whole number from 0 to 10."),
        ({"review_on": "2026-11-22"}, "review_on", "This day is past."),
        ({"replace_by": "2026-11-22"}, "replace_by", "This day is past."),
        ({"review_on": "soon"}, "review_on", "Enter a date that exists, such as 2027-03-14."),
        ({"note": "a\x07b"}, "note", "Remove the control characters from this text."),
        ({"reason_finding": ""}, "reason_finding", "Choose the finding of the foot that is the reason."),
        ({"reason_finding": "none"}, "reason_finding", "Choose an active finding of this patient’s foot."),
    ],
)
def test_wrong_input_is_explained_and_nothing_is_stored(as_priya, margaret, finding, answers, field, message):
    before = count_rows()
    response = as_priya.post(new_url(margaret), typed(finding, product="Kept words") | answers)
    assert response.status_code == 422
    assert response.context["form"].errors == {field: [message]}
    assert "Kept words" in text(response)
    assert text(response).count("<title>Error: ") == 1
    assert count_rows() == before


@pytest.mark.hazard("HZ-02")
@pytest.mark.parametrize(
    ("side", "message"),
    [
        ([""], "Choose left, right or both."),
        ([], "Choose left, right or both."),
        (["left", "right"], "Choose one side."),
    ],
)
def test_a_support_without_one_side_is_refused(as_priya, margaret, finding, side, message):
    before = count_rows()
    response = as_priya.post(new_url(margaret), typed(finding) | {"side": side})
    assert response.status_code == 422
    assert response.context["form"].errors == {"side": [message]}
    assert count_rows() == before


@pytest.mark.hazard("HZ-02")
@pytest.mark.parametrize(("side", "word"), [("left", "left"), ("right", "right"), ("bilateral", "both")])
def test_each_side_is_kept_and_said_in_words(as_priya, margaret, finding, side, word):
    as_priya.post(new_url(margaret), typed(finding) | {"side": side})
    assert SupportAdvice.objects.get().side == side
    assert f"Prefabricated insole, {word}" in text(as_priya.get(list_url(margaret)))


@pytest.mark.hazard("HZ-02")
def test_the_other_foot_than_the_reason_is_pointed_out(as_priya, priya, margaret, finding):
    factories.make_support(priya, margaret, finding, side="left")
    factories.make_support(priya, margaret, finding, side="bilateral")
    assert "Other foot than the reason" not in text(as_priya.get(list_url(margaret)))
    factories.make_support(priya, margaret, finding, side="right")
    assert text(as_priya.get(list_url(margaret))).count("Other foot than the reason") == 1


# --- back pain alone is no reason -------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-39")
def test_the_form_refuses_back_pain_with_the_note(as_priya, margaret, finding, back):
    page = text(as_priya.get(new_url(margaret)))
    assert str(back.pk) not in page
    before = count_rows()
    response = as_priya.post(new_url(margaret), typed(back))
    assert response.status_code == 422
    assert response.context["form"].errors == {"reason_finding": [BACK_ALONE]}
    assert BACK_ALONE in text(response)
    assert count_rows() == before


@pytest.mark.hazard("HZ-39")
def test_the_action_refuses_back_pain_with_the_note(priya, margaret, back):
    before = count_rows()
    with pytest.raises(Refused) as refused:
        factories.make_support(priya, margaret, back)
    assert (refused.value.code, refused.value.field) == ("back_alone", "reason_finding")
    assert refused.value.message == BACK_ALONE
    assert count_rows() == before


@pytest.mark.hazard("HZ-39")
def test_with_back_pain_alone_the_page_offers_a_finding_instead(as_priya, margaret, back):
    page = text(as_priya.get(new_url(margaret)))
    assert BACK_ALONE in page
    assert "Save the advice" not in page
    assert f'href="/patients/{margaret.pk}/#findings"' in page
    page = text(as_priya.get(list_url(margaret)))
    assert "There is no active finding of the foot." in page
    assert new_url(margaret) not in page


@pytest.mark.hazard("HZ-39")
def test_a_leg_length_difference_is_a_reason(as_priya, priya, margaret, back):
    kind = factories.make_finding_type("leg_length_difference", label="Leg length difference", position=3)
    difference = factories.make_finding(priya, margaret, kind, Side.RIGHT)
    assert as_priya.post(new_url(margaret), typed(difference) | {"kind": "heel_lift"}).status_code == 302
    assert SupportAdvice.objects.get().reason_finding == difference


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.REFUTED, Status.ENTERED_IN_ERROR])
def test_a_closed_finding_is_no_reason_for_new_advice(as_priya, priya, margaret, finding, status):
    actions.close_finding(actor=Actor.staff(priya), finding=finding, status=status, now=NOON)
    response = as_priya.post(new_url(margaret), typed(finding))
    assert response.status_code == 422
    assert not SupportAdvice.objects.exists()
    with pytest.raises(Refused) as refused:
        factories.make_support(priya, margaret, finding)
    assert refused.value.code == "no_reason"


def test_another_patients_finding_is_no_reason(as_priya, priya, margaret, finding):
    other = factories.make_finding(priya, factories.make_patient(priya, "Dana", "Wells"))
    before = count_rows()
    assert as_priya.post(new_url(margaret), typed(other)).status_code == 422
    with pytest.raises(Refused) as refused:
        factories.make_support(priya, margaret, other)
    assert (refused.value.code, refused.value.field) == ("no_reason", "reason_finding")
    assert count_rows() == before


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"side": ""}, "no_side"),
        ({"kind": "wheelchair"}, "unknown"),
        ({"arch_support": "huge"}, "unknown"),
        ({"comfort": 11}, "out_of_range"),
        ({"review_on": TODAY - timedelta(days=1)}, "past"),
    ],
)
def test_the_action_refuses_by_itself(priya, margaret, finding, fields, code):
    before = count_rows()
    with pytest.raises(Refused) as refused:
        factories.make_support(priya, margaret, finding, **fields)
    assert (refused.value.code, refused.value.field) == (code, next(iter(fields)))
    assert count_rows() == before


@pytest.mark.slow
# --- who may come in --------------------------------------------------------------------------------------------
def test_four_questions_of_every_address(
    as_priya, olivia, asha, carlos, hugo, client, margaret, finding, insole
):
    reads = [list_url(margaret), url("history", insole)]
    forms = [new_url(margaret), url("edit", insole)]
    posts = [url(verb, insole) for verb in ("end", "resume", "in_error", "restore")]
    before = count_rows()
    for address in reads:
        assert as_priya.post(address).status_code == 405
        assert signed_in(asha).get(address).status_code == 403
    for address in posts:
        assert as_priya.get(address).status_code == 405
        assert signed_in(hugo).post(address).status_code == 404
    for address in forms + posts:
        for user in (olivia, asha, carlos):
            assert signed_in(user).post(address, typed(finding)).status_code == 403
    for address in reads + forms:
        assert signed_in(hugo).get(address).status_code == 404
        assert signed_in(carlos).get(address).status_code == 403
        assert client.get(address)["Location"].startswith(reverse("account_login"))
    after = count_rows()
    assert {table for table in before if before[table] != after[table]} <= {"django_session"}
    assert text(signed_in(olivia).get(list_url(margaret))).count("Prefabricated insole, both") > 0
    assert "Change" not in text(signed_in(olivia).get(list_url(margaret)))


@pytest.mark.usefixtures("each_reading")
def test_looking_is_noted(as_priya, margaret, insole):
    for address, page in (
        (list_url(margaret), "support"),
        (new_url(margaret), "support_form"),
        (url("edit", insole), "support_form"),
        (url("history", insole), "support_history"),
    ):
        as_priya.get(address)
        entry = AuditEntry.objects.latest("pk")
        assert (entry.verb, entry.patient_id, entry.changes) == ("record.read", margaret.pk, {"page": page})


@pytest.mark.parametrize("count", [1, 10])
def test_the_number_of_queries_does_not_grow(as_priya, priya, margaret, finding, count):
    from_the_start = NOON - timedelta(days=30)
    for _ in range(count):
        advice = factories.make_support(priya, margaret, finding, now=from_the_start)
        factories.make_wear(margaret, advice, 6)
    as_priya.get(list_url(margaret))
    with CaptureQueriesContext(connection) as queries:
        page = text(as_priya.get(list_url(margaret)))
    assert page.count("Answered on 1 of the last 14 days") == count
    # session, user with membership, patient; savepoint, audit entry, release; advice; hours; findings and flags of
    # the strip
    assert len(queries) == 11
