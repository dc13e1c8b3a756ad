"""Recording, closing and reopening findings."""

from datetime import date

import pytest
from django.urls import reverse

from clinic.models import AuditEntry
from patients.models import ConfirmedBy, Finding, OnsetPrecision, Severity, Side, Site, Status
from tests.factories import make_finding, make_finding_type
from tests.pages import signed_in

HTMX = {"HX-Request": "true"}
LEFT_FASCIITIS = {"type": "plantar_fasciitis", "side": "left", "confirmed_by": "clinical"}
RESOLVED = {"status": "resolved", "version": "1"}


@pytest.fixture
def add(fasciitis, margaret) -> str:
    make_finding_type("low_back_pain", label="Low back pain", site=Site.BACK, group="Back", position=2)
    make_finding_type("heel_spur", label="Heel spur", needs_imaging=True, position=3)
    return reverse("patients:finding_add", args=[margaret.pk])


def close_url(finding: Finding) -> str:
    return reverse("patients:finding_close", args=[finding.pk])


def reopen_url(finding: Finding) -> str:
    return reverse("patients:finding_reopen", args=[finding.pk])


def page_of(finding: Finding) -> str:
    return reverse("exercises:patient", args=[finding.patient_id])


def entries() -> list[str]:
    """Verbs about findings; registering the patient left an entry of its own."""
    found = AuditEntry.objects.filter(verb__startswith="finding.").order_by("pk")
    return list(found.values_list("verb", flat=True))


# --- recording ------------------------------------------------------------------------------------------------
def test_two_answers_are_enough(as_priya, priya, margaret, add):
    response = as_priya.post(add, LEFT_FASCIITIS)
    finding = Finding.objects.get()
    assert response.headers["Location"] == f"{page_of(finding)}#findings"
    assert (finding.type_id, finding.side, finding.status) == ("plantar_fasciitis", Side.LEFT, Status.ACTIVE)
    assert (finding.patient, finding.clinic, finding.recorded_by) == (margaret, margaret.clinic, priya)
    assert (finding.severity, finding.onset_date, finding.onset_precision) == ("", None, "")
    entry = AuditEntry.objects.get(verb="finding.recorded")
    assert (entry.actor_user, entry.patient_id, entry.object_id) == (priya, margaret.pk, str(finding.pk))


def test_everything_that_can_be_said_is_kept(as_priya, add):
    as_priya.post(
        add,
        {
            "type": "heel_spur",
            "side": "bilateral",
            "severity": "moderate",
            "confirmed_by": "x_ray",
            "onset": "2026-03",
            "note": "Worse in the morning.\nSince the move.",
        },
    )
    finding = Finding.objects.get()
    assert (finding.side, finding.severity) == (Side.BILATERAL, Severity.MODERATE)
    assert finding.confirmed_by == ConfirmedBy.X_RAY
    assert (finding.onset_date, finding.onset_precision) == (date(2026, 3, 1), OnsetPrecision.MONTH)
    assert finding.note.splitlines() == ["Worse in the morning.", "Since the move."]
    assert not finding.lacks_imaging


def test_a_back_needs_no_side(as_priya, add):
    as_priya.post(add, {"type": "low_back_pain", "confirmed_by": "clinical"})
    assert Finding.objects.get().side == Side.NOT_APPLICABLE
    assert Finding.objects.get().in_words == "Low back pain"


def test_htmx_gets_the_section_and_what_to_announce(as_priya, add):
    response = as_priya.post(add, LEFT_FASCIITIS, headers=HTMX)
    page = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in page
    assert page.count('<section id="findings"') == 1
    assert '<p id="findings-said" hx-swap-oob="innerHTML">Recorded: Plantar fasciitis, left.</p>' in page
    assert '<div id="finding-tags" hx-swap-oob="innerHTML">' in page
    assert "checked" not in page  # the form is empty again


@pytest.mark.hazard("HZ-21")
def test_a_heel_spur_without_imaging_is_kept_with_a_warning(as_priya, add):
    page = as_priya.post(
        add, {"type": "heel_spur", "side": "left", "confirmed_by": "clinical"}, headers=HTMX
    ).content.decode()
    assert Finding.objects.get().lacks_imaging
    assert "No imaging recorded" in page


ONSETS = [
    ("2019", date(2019, 1, 1), "year", "2019"),
    ("2026-03", date(2026, 3, 1), "month", "March 2026"),
    ("March 2026", date(2026, 3, 1), "month", "March 2026"),
    ("  mar   2026 ", date(2026, 3, 1), "month", "March 2026"),
    ("2026-03-14", date(2026, 3, 14), "day", "14 March 2026"),
    ("14 March 2026", date(2026, 3, 14), "day", "14 March 2026"),
]


@pytest.mark.parametrize(("typed", "first_day", "precision", "shown"), ONSETS)
def test_an_onset_stays_as_exact_as_it_was_said(as_priya, add, typed, first_day, precision, shown):
    as_priya.post(add, LEFT_FASCIITIS | {"onset": typed})
    finding = Finding.objects.get()
    assert (finding.onset_date, finding.onset_precision) == (first_day, precision)
    assert finding.onset_in_words == shown


@pytest.mark.parametrize("typed", ["1956", "1956-03", "1956-03-14"])
def test_an_onset_may_be_as_old_as_the_patient(as_priya, add, typed):
    """Born on 14 March 1956: what is left open may lie after that day."""
    assert as_priya.post(add, LEFT_FASCIITIS | {"onset": typed}).status_code == 302


NO_ONSET = "Enter a year, a month or a day, such as 2026, 2026-03 or 2026-03-14."
WRONG = [
    ({"type": ""}, "type", "Choose a finding."),
    (
        {"type": "broken_heart"},
        "type",
        "Select a valid choice. broken_heart is not one of the available choices.",
    ),
    ({"side": ""}, "side", "Choose left, right or both."),
    ({"side": ["left", "bilateral"]}, "side", "Choose one side."),
    ({"side": "up"}, "side", "Select a valid choice. up is not one of the available choices."),
    ({"side": "not_applicable"}, "side", "Choose left, right or both for a finding of the foot."),
    ({"severity": "awful"}, "severity", "Select a valid choice. awful is not one of the available choices."),
    ({"confirmed_by": ""}, "confirmed_by", "This field is required."),
    ({"onset": "last spring"}, "onset", NO_ONSET),
    ({"onset": "2026-13"}, "onset", NO_ONSET),
    ({"onset": "2026-02-30"}, "onset", NO_ONSET),
    ({"onset": "31 Smarch 2026"}, "onset", NO_ONSET),
    ({"onset": "0000"}, "onset", NO_ONSET),
    ({"onset": "2999"}, "onset", "The onset lies in the future."),
    ({"onset": "1955"}, "onset", "The onset lies before the patient's date of birth."),
    ({"onset": "1956-02"}, "onset", "The onset lies before the patient's date of birth."),
    ({"onset": "1956-03-13"}, "onset", "The onset lies before the patient's date of birth."),
    ({"onset": "x" * 10_240}, "onset", "Ensure this value has at most 40 characters (it has 10240)."),
    ({"note": "bell \x07"}, "note", "Remove the control characters from this text."),
    ({"note": "x" * 2_001}, "note", "Ensure this value has at most 2000 characters (it has 2001)."),
]


@pytest.mark.slow
@pytest.mark.hazard("HZ-02")
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
@pytest.mark.parametrize(("typed", "field", "message"), WRONG)
def test_bad_input_is_explained_and_nothing_is_written(as_priya, add, typed, field, message, headers):
    response = as_priya.post(add, LEFT_FASCIITIS | typed, headers=headers)
    assert response.status_code == 422
    assert dict(response.context["form"].errors) == {field: [message]}
    assert f'href="#finding-{field}' in response.content.decode()
    assert (Finding.objects.count(), entries()) == (0, [])


@pytest.mark.hazard("HZ-21")
@pytest.mark.parametrize(("key", "side"), [("pes_planus", Side.RIGHT), ("pes_cavus", Side.LEFT)])
def test_what_stands_elsewhere_is_not_named(as_priya, priya, margaret, add, key, side):
    """A flat foot on the left contradicts a high arch on the left, whatever the right foot has."""
    flat = make_finding_type("pes_planus", label="Flat foot", exclusive_group="arch")
    high = make_finding_type("pes_cavus", label="High arch", exclusive_group="arch")
    make_finding(priya, margaret, high, Side.LEFT)
    make_finding(priya, margaret, flat, Side.RIGHT)
    response = as_priya.post(add, {"type": key, "side": side, "confirmed_by": "clinical"})
    named = "Flat foot, right" if side == Side.RIGHT else "High arch, left"
    assert response.context["form"].errors["side"] == [f"“{named}” is recorded already."]
    response = as_priya.post(add, {"type": "pes_planus", "side": "left", "confirmed_by": "clinical"})
    assert response.status_code == 422
    assert response.context["form"].errors["side"] == [
        "This contradicts “High arch, left”. Close that one first, or change it."
    ]
    assert Finding.objects.count() == 2


@pytest.mark.hazard("HZ-21")
def test_both_sides_contradict_either_one(as_priya, priya, margaret, add):
    make_finding(priya, margaret, side=Side.BILATERAL)
    response = as_priya.post(add, LEFT_FASCIITIS)
    assert response.context["form"].errors["side"] == ["“Plantar fasciitis, both” is recorded already."]
    assert Finding.objects.count() == 1


def test_a_second_press_adds_nothing(as_priya, add):
    as_priya.post(add, LEFT_FASCIITIS)
    assert as_priya.post(add, LEFT_FASCIITIS).status_code == 422
    assert (Finding.objects.count(), entries()) == (1, ["finding.recorded"])


# --- closing and reopening ------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", ["resolved", "refuted", "entered_in_error"])
def test_closing_offers_the_way_back(as_priya, priya, finding, status):
    response = as_priya.post(close_url(finding), {"status": status, "version": "1"})
    assert response.headers["Location"] == f"{page_of(finding)}?closed={finding.pk}#findings"
    finding.refresh_from_db()
    assert finding.status == status
    assert entries() == ["finding.recorded", f"finding.{status}"]
    page = as_priya.get(response.headers["Location"]).content.decode()
    assert f"Plantar fasciitis, left is marked as {Status(status).label.lower()}." in page
    assert 'id="finding-undo"' in page


def test_undo_brings_it_back(as_priya, finding):
    as_priya.post(close_url(finding), {"status": "entered_in_error", "version": "1"})
    response = as_priya.post(reopen_url(finding), {"version": "2"})
    assert response.headers["Location"] == f"{page_of(finding)}#findings"
    finding.refresh_from_db()
    assert finding.status == Status.ACTIVE
    assert entries()[-1] == "finding.reopened"


def test_closing_with_htmx_swaps_the_section_with_the_undo(as_priya, finding):
    page = as_priya.post(close_url(finding), RESOLVED, headers=HTMX).content.decode()
    assert 'id="finding-undo"' in page
    assert ">Plantar fasciitis, left is marked as resolved.</p>" in page
    page = as_priya.post(reopen_url(finding), {"version": "2"}, headers=HTMX).content.decode()
    assert 'id="finding-undo"' not in page
    assert ">Plantar fasciitis, left is active again.</p>" in page


@pytest.mark.parametrize("typed", [{}, {"status": "active"}, {"status": "deleted"}])
def test_an_unknown_closing_changes_nothing(as_priya, finding, typed):
    assert as_priya.post(close_url(finding), typed | {"version": "1"}).status_code == 422
    finding.refresh_from_db()
    assert (finding.status, entries()) == (Status.ACTIVE, ["finding.recorded"])


def test_closing_twice_says_so(as_priya, finding):
    as_priya.post(close_url(finding), RESOLVED)
    response = as_priya.post(close_url(finding), RESOLVED | {"status": "refuted"})
    assert response.status_code == 422
    assert "This finding was closed in the meantime." in response.content.decode()
    finding.refresh_from_db()
    assert finding.status == Status.RESOLVED


@pytest.mark.hazard("HZ-21")
def test_reopening_is_refused_when_another_finding_took_its_place(as_priya, priya, margaret, finding):
    as_priya.post(close_url(finding), RESOLVED)
    make_finding(priya, margaret, side=Side.LEFT)
    response = as_priya.post(reopen_url(finding), {"version": "2"}, headers=HTMX)
    assert response.status_code == 422
    assert "“Plantar fasciitis, left” is recorded already." in response.content.decode()
    finding.refresh_from_db()
    assert finding.status == Status.RESOLVED


# --- who ------------------------------------------------------------------------------------------------------
def test_only_practitioners_write(olivia, asha, carlos, audrey, finding, add):
    for user in (olivia, asha, carlos, audrey):
        client = signed_in(user)
        for url in (add, close_url(finding), reopen_url(finding)):
            assert client.post(url, LEFT_FASCIITIS | {"status": "resolved"}).status_code == 403
    finding.refresh_from_db()
    assert (finding.status, Finding.objects.count(), entries()) == (Status.ACTIVE, 1, ["finding.recorded"])


@pytest.mark.hazard("HZ-31")
def test_another_clinic_finds_nothing(hugo, finding, add):
    client = signed_in(hugo)
    for url in (add, close_url(finding), reopen_url(finding)):
        assert client.post(url, LEFT_FASCIITIS | {"status": "resolved"}).status_code == 404
    finding.refresh_from_db()
    assert (finding.status, Finding.objects.count()) == (Status.ACTIVE, 1)


def test_strangers_are_sent_to_sign_in(client, finding, add):
    for url in (add, close_url(finding), reopen_url(finding)):
        assert client.post(url).headers["Location"].startswith(reverse("account_login"))
        assert (
            "Not saved yet" in client.post(url, LEFT_FASCIITIS).content.decode()
        )  # what was typed comes back
    assert Finding.objects.count() == 1


def test_these_addresses_take_posts_only(as_priya, finding, add):
    for url in (add, close_url(finding), reopen_url(finding)):
        assert as_priya.get(url).status_code == 405
