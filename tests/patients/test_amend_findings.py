"""Findings said anew: every version stays, and two people at one finding do not overwrite each other."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import AuditEntry, Clinic, User
from clinic.roles import Role
from patients import actions
from patients.models import (
    Finding,
    FindingType,
    OnsetPrecision,
    Patient,
    Severity,
    Side,
    Site,
    Status,
    versions_of,
)
from tests.factories import NOON, count_rows, make_finding, make_finding_type, make_staff
from tests.pages import signed_in

STATED = {"type": "plantar_fasciitis", "side": "left", "confirmed_by": "clinical", "version": "1"}


def edit_url(finding: Finding) -> str:
    return reverse("patients:finding_edit", args=[finding.pk])


def history_url(finding: Finding) -> str:
    return reverse("patients:finding_history", args=[finding.pk])


def page_of(finding: Finding) -> str:
    return reverse("exercises:patient", args=[finding.patient_id])


def verbs() -> list[str]:
    entries = AuditEntry.objects.filter(verb__startswith="finding.").order_by("pk")
    return list(entries.values_list("verb", flat=True))


def told(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def changed_since(before: dict[str, int]) -> set[str]:
    return {k for k, v in count_rows().items() if v != before[k]} - {"django_session"}


@pytest.fixture
def mary(riverside: Clinic) -> User:
    """A second practitioner of the clinic."""
    return make_staff(riverside, Role.PRACTITIONER, "Mary Okafor")


# --- amending -------------------------------------------------------------------------------------------------
def test_the_form_shows_what_stands(as_priya: Client, priya: User, margaret: Patient) -> None:
    flat = make_finding_type("flat_foot", label="Flat foot", extra_fields=["flexibility"])
    entry = actions.FindingEntry.stated(
        type=flat,
        side="bilateral",
        confirmed_by="x_ray",
        severity="mild",
        severity_scale="Own scale",
        flexibility="semi_rigid",
        onset_date=date(2026, 3, 1),
        onset_precision="month",
        course="chronic",
        imaging_date=date(2026, 4, 2),
        note="Since the move.",
    )
    finding = actions.record_finding(actor=Actor.staff(priya), patient=margaret, entry=entry, now=NOON)
    response = as_priya.get(edit_url(finding))
    form = response.context["form"]
    shown = {name: form[name].value() for name in form.fields}
    assert shown == {
        "type": "flat_foot",
        "side": "bilateral",
        "severity": "mild",
        "confirmed_by": "x_ray",
        "onset": "2026-03",
        "flexibility": "semi_rigid",
        "origin": "",
        "imaging_date": date(2026, 4, 2),
        "course": "chronic",
        "severity_scale": "Own scale",
        "note": "Since the move.",
        "reason": None,
        "version": 1,
    }
    sent = {name: "" if value is None else value for name, value in shown.items()}
    response = as_priya.post(edit_url(finding), sent, follow=True)
    assert told(response) == ["Nothing was changed."]
    finding.refresh_from_db()
    assert (finding.version, verbs()) == (1, ["finding.recorded"])
    assert AuditEntry.objects.filter(verb="record.read", changes__page="finding_edit").count() == 1


def test_a_new_version_leaves_the_old_one_in_the_history(
    as_priya: Client, priya: User, mary: User, finding: Finding
) -> None:
    typed = STATED | {"severity": "severe", "onset": "March 2026", "reason": "Walked further"}
    response = signed_in(mary).post(edit_url(finding), typed)
    assert response.headers["Location"] == f"{page_of(finding)}#findings"
    finding.refresh_from_db()
    assert (finding.version, finding.changed_by, finding.change_reason) == (2, mary, "Walked further")
    assert (finding.recorded_by, finding.recorded_at) == (priya, NOON)
    assert (finding.severity, finding.onset_date) == (Severity.SEVERE, date(2026, 3, 1))
    assert finding.onset_precision == OnsetPrecision.MONTH
    entry = AuditEntry.objects.get(verb="finding.amended")
    assert (entry.actor_user, entry.patient_id) == (mary, finding.patient_id)
    assert entry.changes == {"fields": ["severity", "onset_date", "onset_precision"], "version": 2}
    newest, first = versions_of(finding)
    assert (newest.row.version, newest.row.changed_by, newest.row.change_reason) == (
        2,
        mary,
        "Walked further",
    )
    assert [(change.label, change.before, change.after) for change in newest.changes] == [
        ("Severity", "", "Severe"),
        ("Since", "", "March 2026"),
    ]
    assert (first.row.version, first.row.changed_by, first.row.changed_at) == (1, priya, NOON)
    assert first.row.change_reason == ""
    assert {change.label: change.after for change in first.changes} == {
        "Finding": "Plantar fasciitis",
        "Side": "Left",
        "Status": "Active",
        "Confirmed by": "Clinical examination",
    }


def test_what_was_stated_can_be_taken_back(as_priya: Client, finding: Finding) -> None:
    as_priya.post(edit_url(finding), STATED | {"severity": "none", "note": "Seen."})
    as_priya.post(edit_url(finding), STATED | {"version": "2"})
    finding.refresh_from_db()
    assert (finding.severity, finding.note, finding.version) == ("", "", 3)
    changes = [(change.label, change.before, change.after) for change in versions_of(finding)[0].changes]
    assert changes == [("Severity", "None", ""), ("Note", "Seen.", "")]


def test_the_type_can_be_corrected_with_its_rules(
    as_priya: Client, finding: Finding, margaret: Patient
) -> None:
    """Site and group are those of the new type, so its contradictions hold at once."""
    high = make_finding_type("high_arch", label="High arch", exclusive_group="arch")
    make_finding_type("flat_foot", label="Flat foot", exclusive_group="arch")
    as_priya.post(edit_url(finding), STATED | {"type": "flat_foot"})
    finding.refresh_from_db()
    assert (finding.type_id, finding.exclusive_group) == ("flat_foot", "arch")
    add = reverse("patients:finding_add", args=[margaret.pk])
    response = as_priya.post(add, {"type": high.key, "side": "bilateral", "confirmed_by": "clinical"})
    assert response.context["form"].errors["side"] == [
        "This contradicts “Flat foot, left”. Close that one first, or change it."
    ]
    page = response.content.decode()
    assert f'href="{edit_url(finding)}">Change “Flat foot, left” instead</a>' in page


def test_an_amendment_that_contradicts_is_refused(
    as_priya: Client, priya: User, margaret: Patient, finding: Finding
) -> None:
    right = make_finding(priya, margaret, side=Side.RIGHT)
    before = count_rows()
    response = as_priya.post(edit_url(finding), STATED | {"side": "bilateral", "note": "Both hurt"})
    assert response.status_code == 422
    assert response.context["form"].errors == {"side": ["“Plantar fasciitis, right” is recorded already."]}
    assert "Both hurt" in response.content.decode()
    assert changed_since(before) == set()
    right.refresh_from_db()
    finding.refresh_from_db()
    assert (finding.side, finding.version, right.version) == (Side.LEFT, 1, 1)


WRONG = [
    ({"side": ""}, "side", "Choose left, right or both."),
    ({"onset": "2999"}, "onset", "The onset lies in the future."),
    ({"onset": "1955"}, "onset", "The onset lies before the patient's date of birth."),
    (
        {"flexibility": "rigid"},
        "flexibility",
        "“Flexibility” is not asked for “Plantar fasciitis”. Leave it empty.",
    ),
    ({"origin": "acquired"}, "origin", "“Origin” is not asked for “Plantar fasciitis”. Leave it empty."),
    ({"imaging_date": "2026-03-01"}, "imaging_date", "A date of a picture needs X-ray, ultrasound or MRI."),
    (
        {"confirmed_by": "mri", "imaging_date": "2999-01-01"},
        "imaging_date",
        "The picture lies in the future.",
    ),
    (
        {"confirmed_by": "mri", "imaging_date": "1950-01-01"},
        "imaging_date",
        "The picture lies before the patient's date of birth.",
    ),
    (
        {"imaging_date": "yesterday"},
        "imaging_date",
        "Enter a date that exists, such as 2026-03-14.",
    ),
    ({"severity_scale": "Own"}, "severity", "Choose the severity that this scale gives."),
    ({"course": "slow"}, "course", "Select a valid choice. slow is not one of the available choices."),
    ({"reason": "x" * 301}, "reason", "Ensure this value has at most 300 characters (it has 301)."),
    ({"reason": "a\nb"}, "reason", "Write this on one line."),
    ({"version": ""}, "version", "This field is required."),
    ({"version": "x"}, "version", "Enter a whole number."),
]


@pytest.mark.slow
@pytest.mark.parametrize(("typed", "field", "message"), WRONG)
def test_wrong_input_is_explained_and_nothing_is_written(
    as_priya: Client, finding: Finding, typed: dict[str, str], field: str, message: str
) -> None:
    before = count_rows()
    response = as_priya.post(edit_url(finding), STATED | {"note": "Kept"} | typed)
    assert response.status_code == 422
    assert dict(response.context["form"].errors) == {field: [message]}
    page = response.content.decode()
    assert message.partition("(")[0] in page.replace("&#x27;", "'")
    assert "Kept" in page
    assert changed_since(before) == set()


def test_what_was_entered_in_error_is_not_amended(as_priya: Client, priya: User, finding: Finding) -> None:
    actions.close_finding(actor=Actor.staff(priya), finding=finding, status=Status.ENTERED_IN_ERROR, now=NOON)
    response = as_priya.post(edit_url(finding), STATED | {"version": "2", "severity": "mild"})
    assert response.context["form"].non_field_errors() == [
        "This was entered in error. Make it active again before you change it."
    ]
    finding.refresh_from_db()
    assert finding.version == 2


def test_a_hidden_type_stays_with_what_is_on_record(as_priya: Client, finding: Finding) -> None:
    FindingType.objects.filter(pk="plantar_fasciitis").update(is_offered=False)
    assert 'value="plantar_fasciitis"' in as_priya.get(edit_url(finding)).content.decode()
    assert as_priya.post(edit_url(finding), STATED | {"severity": "mild"}).status_code == 302


@pytest.mark.slow
def test_a_heel_spur_without_a_picture_is_kept_with_a_warning(as_priya: Client, finding: Finding) -> None:
    make_finding_type("heel_spur", label="Heel spur", needs_imaging=True)
    response = as_priya.post(edit_url(finding), STATED | {"type": "heel_spur"}, follow=True)
    assert told(response) == [
        "Changed: Heel spur, left.",
        "Check: “Heel spur” is usually seen on a picture, and none is stated.",
    ]
    seen = STATED | {
        "type": "heel_spur",
        "version": "2",
        "confirmed_by": "x_ray",
        "imaging_date": "2026-03-02",
    }
    response = as_priya.post(edit_url(finding), seen, follow=True)
    assert told(response) == ["Changed: Heel spur, left."]
    assert "X-ray (2 Mar 2026)" in response.content.decode()


# --- two people at one finding --------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-26")
def test_the_second_of_two_sees_what_the_first_changed_and_loses_nothing(
    as_priya: Client, mary: User, finding: Finding
) -> None:
    as_priya.post(edit_url(finding), STATED | {"severity": "severe", "reason": "Limps"})
    mine = STATED | {"side": "right", "note": "Wrong foot typed"}
    before = count_rows()
    response = signed_in(mary).post(edit_url(finding), mine)
    assert response.status_code == 409
    assert changed_since(before) == set()
    page = response.content.decode()
    for words in ("Somebody else changed this finding meanwhile", "Priya Nair", "Reason: Limps", "Severe"):
        assert words in page
    form = response.context["form"]
    assert (form["side"].value(), form["note"].value()) == ("right", "Wrong foot typed")
    assert 'name="version" value="2"' in page  # saved again, it is a decision
    assert [state.row.version for state in response.context["meanwhile"]] == [2]
    signed_in(mary).post(edit_url(finding), mine | {"version": "2", "severity": "severe"})
    finding.refresh_from_db()
    assert (finding.version, finding.side, finding.severity) == (3, Side.RIGHT, Severity.SEVERE)
    assert [state.row.changed_by.name for state in versions_of(finding)] == [
        "Mary Okafor",
        "Priya Nair",
        "Priya Nair",
    ]


def test_a_slip_in_a_stale_form_does_not_make_it_fresh(
    as_priya: Client, mary: User, finding: Finding
) -> None:
    as_priya.post(edit_url(finding), STATED | {"severity": "severe"})
    response = signed_in(mary).post(edit_url(finding), STATED | {"onset": "soon"})
    assert response.status_code == 422
    assert 'name="version" value="1"' in response.content.decode()


def test_closing_is_a_version_too(as_priya: Client, mary: User, finding: Finding) -> None:
    close = reverse("patients:finding_close", args=[finding.pk])
    signed_in(mary).post(close, {"status": "refuted", "reason": "Ultrasound shows none", "version": "1"})
    finding.refresh_from_db()
    assert (finding.version, finding.changed_by, finding.status) == (2, mary, Status.REFUTED)
    assert as_priya.post(edit_url(finding), STATED | {"severity": "mild"}).status_code == 409
    as_priya.post(reverse("patients:finding_reopen", args=[finding.pk]), {"version": "2"})
    changes = [
        (v.row.version, v.row.changed_by.name, v.row.change_reason, [(c.before, c.after) for c in v.changes])
        for v in versions_of(finding)
    ]
    assert changes[:2] == [
        (3, "Priya Nair", "", [("Refuted", "Active")]),
        (2, "Mary Okafor", "Ultrasound shows none", [("Active", "Refuted")]),
    ]


@pytest.mark.hazard("HZ-26")
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["plain", "htmx"])
def test_nobody_closes_on_the_right_what_they_read_as_left(
    as_priya: Client, mary: User, finding: Finding, headers: dict[str, str]
) -> None:
    signed_in(mary).post(edit_url(finding), STATED | {"side": "right"})
    before = count_rows()
    close = reverse("patients:finding_close", args=[finding.pk])
    response = as_priya.post(close, {"status": "resolved", "version": "1"}, headers=headers)
    assert response.status_code == 422
    assert response.context["problem"] == "Somebody else changed this finding meanwhile."
    assert changed_since(before) == set()
    section = response.content.decode().partition('<section id="findings"')[2]
    assert "Plantar fasciitis, right" in section
    assert 'name="version" value="2"' in section
    as_priya.post(close, {"status": "resolved", "version": "2"}, headers=headers)
    finding.refresh_from_db()
    assert (finding.status, finding.version) == (Status.RESOLVED, 3)


@pytest.mark.hazard("HZ-26")
def test_nobody_reopens_what_was_changed_since(
    as_priya: Client, priya: User, mary: User, finding: Finding
) -> None:
    actions.close_finding(actor=Actor.staff(priya), finding=finding, status=Status.RESOLVED, now=NOON)
    signed_in(mary).post(edit_url(finding), STATED | {"version": "2", "side": "right"})
    before = count_rows()
    reopen = reverse("patients:finding_reopen", args=[finding.pk])
    for version, problem in (
        ("2", "Somebody else changed this finding meanwhile."),
        ("", "Open the page again, then try once more."),
    ):
        response = as_priya.post(reopen, {"version": version})
        assert (response.status_code, response.context["problem"]) == (422, problem)
    assert changed_since(before) == set()
    as_priya.post(reopen, {"version": "3"})
    finding.refresh_from_db()
    assert (finding.status, finding.side, finding.version) == (Status.ACTIVE, Side.RIGHT, 4)


def test_a_reason_that_is_too_long_closes_nothing(as_priya: Client, finding: Finding) -> None:
    close = reverse("patients:finding_close", args=[finding.pk])
    assert (
        as_priya.post(close, {"status": "resolved", "reason": "x" * 301, "version": "1"}).status_code == 422
    )
    finding.refresh_from_db()
    assert (finding.status, finding.version) == (Status.ACTIVE, 1)


def test_sides_that_a_type_knows(as_priya: Client, finding: Finding) -> None:
    make_finding_type(
        "lbp_with_sciatica",
        label="Sciatica",
        site=Site.BACK,
        sides=["left", "right", "bilateral", "unknown"],
    )
    response = as_priya.post(edit_url(finding), STATED | {"type": "lbp_with_sciatica", "side": ""})
    assert response.context["form"].errors["side"] == ["Choose a side, or “Not known”."]
    response = as_priya.post(
        edit_url(finding), STATED | {"type": "lbp_with_sciatica", "side": "not_applicable"}
    )
    assert response.context["form"].errors["side"] == [
        "Sides of “Sciatica” that can be stated: left, right, both, not known."
    ]
    as_priya.post(edit_url(finding), STATED | {"type": "lbp_with_sciatica", "side": "unknown"})
    finding.refresh_from_db()
    assert (finding.side, finding.site) == (Side.UNKNOWN, Site.BACK)
    response = as_priya.post(edit_url(finding), STATED | {"version": "2", "side": "unknown"})
    assert response.context["form"].errors["side"] == [
        "Choose left, right or both for a finding of the foot."
    ]
