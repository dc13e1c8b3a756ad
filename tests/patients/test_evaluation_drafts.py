"""An evaluation being filled in: started, kept while somebody types, discarded and brought back."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry
from clinic.roles import Role
from patients import actions
from patients.models import DraftState, Evaluation, EvaluationDraft
from tests import factories
from tests.pages import signed_in
from tests.patients.evaluation_world import SEVEN, Window, on, start, text, verbs

LONDON_LATE = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # half past midnight on 1 July in London


@pytest.fixture
def window(as_priya, margaret) -> Window:
    return start(as_priya, margaret)


# --- starting -------------------------------------------------------------------------------------------------
def test_a_draft_is_dated_where_the_patient_lives(priya, margaret):
    draft = actions.start_draft(actor=Actor.staff(priya), patient=margaret, now=LONDON_LATE)
    assert draft.answers == {"examined_on": "2026-07-01"}
    assert (draft.author, draft.clinic_id, draft.saved_at) == (priya, margaret.clinic_id, LONDON_LATE)


def test_pressing_again_opens_the_same_draft(as_priya, window, margaret):
    again = start(as_priya, margaret)
    assert again.draft == window.draft
    assert verbs() == ["evaluation_draft.started"]


def test_each_author_has_a_draft_of_their_own(window, riverside, margaret):
    paul = factories.make_staff(riverside, Role.PRACTITIONER, "Paul Grey")
    his = start(signed_in(paul), margaret)
    assert his.draft != window.draft
    assert signed_in(paul).get(window.url).status_code == 404
    page = text(signed_in(paul).get(reverse("patients:evaluations", args=[margaret.pk])))
    assert "Priya Nair has a draft" in page


def test_nothing_is_chosen_beforehand_and_every_field_names_its_foot(window):
    page = window.open()
    assert " checked" not in page
    assert page.count('type="radio" name="left-') == page.count('type="radio" name="right-') > 50
    for label in ("Left foot: talar head", "Right foot: talar head", "Right foot: resting calcaneal stance"):
        assert label in page


# --- saving while somebody types ------------------------------------------------------------------------------
def test_saving_keeps_what_was_typed_and_answers_totals(window):
    answers = on("left", **SEVEN) | on("right", fpi_talar_head=1) | {"gait_note": "Short steps."}
    response = window.autosave(**answers)
    said = response.json()
    assert (response.status_code, said["version"]) == (200, 2)
    assert said["said"].startswith("Draft saved ")
    assert said["fpi"] == {
        "left": "FPI-6 total +7. Published band: pronated. This describes posture; it is not a diagnosis.",
        "right": "No total: 1 of 6 items is scored.",
    }
    stored = window.stored()
    marks = {"window": window.marks["window"], "step": 1}
    assert (stored.answers, stored.version) == (answers | marks, 2)
    assert "Short steps." in window.open()


def test_the_time_of_saving_is_the_clinics(window):
    window.draft.clinic.time_zone = "Asia/Tokyo"
    window.draft.clinic.save(update_fields=["time_zone"])
    said = window.autosave(gait_note="x").json()["said"]
    local = window.stored().saved_at.astimezone(ZoneInfo("Asia/Tokyo"))
    assert said == f"Draft saved {local:%H:%M}"


@pytest.mark.slow
@pytest.mark.parametrize("typed", ["abc", "-4", "999", "4,5,6", "<b>4</b>", "٤"])
def test_a_draft_keeps_what_cannot_be_right(window, typed):
    assert window.autosave(**on("left", navicular_drop_mm=typed)).status_code == 200
    assert window.stored().answers["left-navicular_drop_mm"] == typed
    page = window.open()
    shown = typed.replace("<", "&lt;").replace(">", "&gt;")
    assert f'name="left-navicular_drop_mm" value="{shown}"' in page
    assert 'class="error"' not in page  # it is judged when it is signed


def test_only_the_forms_fields_are_kept_and_nul_cannot_break_it(window):
    window.autosave(**{"note": "a\0b", "foreign": "x", "left-foreign": "y", "csrfmiddlewaretoken": "z"})
    assert set(window.stored().answers) == {"note", "window", "step"}
    assert window.stored().answers["note"] == "ab"


def test_each_window_leaves_one_entry_not_one_for_each_pause(as_priya, window):
    for number in range(4):
        window.autosave(gait_note=f"{number}")
    other = Window(as_priya, window.draft)
    other.open()
    other.autosave(gait_note="5")
    assert verbs() == ["evaluation_draft.started", "evaluation_draft.saved", "evaluation_draft.saved"]
    assert AuditEntry.objects.get(verb="evaluation_draft.saved", changes={"version": 6})


# --- two windows ----------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-26")
def test_the_second_of_two_windows_is_told_and_loses_nothing(as_priya, window):
    other = Window(as_priya, window.draft)
    other.open()
    assert window.autosave(gait_note="first window").status_code == 200
    refused = other.autosave(gait_note="second window")
    assert refused.status_code == 409
    assert refused.json()["said"].startswith("This draft was changed in another window.")
    assert window.stored().answers["gait_note"] == "first window"
    # Its buttons show a page with what was typed there, and a way to see the other side.
    page = other.post(gait_note="second window", leave="1")
    assert page.status_code == 409
    assert "second window" in page.content.decode()
    assert "Open what is saved in a new tab" in text(page)
    assert window.stored().answers["gait_note"] == "first window"
    # Who saves now has been told.
    assert other.post(gait_note="both", leave="1").status_code == 302
    assert window.stored().answers["gait_note"] == "both"
    assert window.autosave(gait_note="late").status_code == 409


@pytest.mark.hazard("HZ-26")
def test_signing_in_a_window_that_is_behind_signs_nothing(as_priya, window):
    other = Window(as_priya, window.draft)
    other.open()
    window.autosave(gait_note="newer")
    response = other.post(examined_on="2026-01-05", gait_note="older")
    assert (response.status_code, Evaluation.objects.count()) == (409, 0)
    assert window.stored().answers["gait_note"] == "newer"


def test_an_answer_that_was_lost_on_the_way_back_is_no_conflict(window):
    behind = dict(window.marks)
    window.autosave(gait_note="kept, but the answer was lost")
    window.marks["version"] = behind["version"]
    assert window.autosave(gait_note="tried again").status_code == 200
    assert window.stored().answers["gait_note"] == "tried again"


def test_a_save_that_arrives_late_does_not_undo_a_newer_one(window):
    behind = dict(window.marks) | {"step": "1"}
    window.marks["step"] = "1"
    window.autosave(gait_note="second")
    late = window.client.post(f"{window.url}save/", {"gait_note": "first"} | behind)
    assert (late.status_code, window.stored().answers["gait_note"]) == (409, "second")


@pytest.mark.parametrize(
    "marks",
    [
        {"version": "", "window": "", "step": ""},
        {"version": "x", "window": "\0", "step": "-1"},
        {"version": "9" * 30, "window": "f" * 99, "step": "²"},
    ],
)
def test_marks_that_were_tampered_with_are_behind(window, marks):
    window.autosave(gait_note="kept")
    response = window.client.post(f"{window.url}save/", {"gait_note": "forged"} | marks)
    assert (response.status_code, window.stored().answers["gait_note"]) == (409, "kept")


# --- leaving, discarding, bringing back -----------------------------------------------------------------------
def test_without_script_a_button_saves_and_leaves(window, margaret):
    response = window.post(gait_note="typed", leave="1", **on("left", lunge="abc"))
    assert response["Location"] == reverse("patients:evaluations", args=[margaret.pk])
    page = window.client.get(response["Location"])
    assert "Continue draft" in text(page)
    assert "Draft saved" in text(page)
    assert window.stored().answers["left-lunge"] == "abc"


def test_a_discarded_draft_can_be_brought_back(window, margaret):
    window.autosave(gait_note="typed")
    response = window.client.post(f"{window.url}discard/")
    assert window.stored().state == DraftState.DISCARDED
    page = text(window.client.get(response["Location"]))
    assert "Your draft was discarded. Undo" in page
    assert "Continue draft" not in page
    assert window.autosave(gait_note="late").status_code == 409
    assert window.client.get(window.url)["Location"] == reverse("patients:evaluations", args=[margaret.pk])
    assert window.client.post(f"{window.url}restore/")["Location"] == window.url
    assert (window.stored().state, window.stored().answers["gait_note"]) == (DraftState.OPEN, "typed")
    assert verbs()[-2:] == ["evaluation_draft.discarded", "evaluation_draft.restored"]


def test_what_cannot_be_discarded_or_brought_back_is_refused(priya, window, margaret):
    actor = Actor.staff(priya)
    with pytest.raises(Refused) as refused:
        actions.restore_draft(actor=actor, draft=window.draft)
    assert refused.value.code == "not_discarded"
    actions.discard_draft(actor=actor, draft=window.draft)
    with pytest.raises(Refused) as refused:
        actions.discard_draft(actor=actor, draft=window.draft)
    assert refused.value.code == "closed"
    other = actions.start_draft(actor=actor, patient=margaret, now=clock.now())
    before = factories.count_rows()
    page = window.client.post(f"{window.url}restore/", follow=True)
    assert "You have another draft for this patient by now." in text(page)
    assert window.client.post(f"{window.url}discard/", follow=True).status_code == 200
    assert factories.count_rows() | {"clinic_auditentry": 0} == before | {"clinic_auditentry": 0}
    assert list(EvaluationDraft.objects.open()) == [other]


# --- who ------------------------------------------------------------------------------------------------------
def test_only_the_author_has_the_draft(olivia, asha, carlos, audrey, hugo, client, window):
    before = window.stored().answers
    addresses = [window.url, *(f"{window.url}{name}/" for name in ("save", "discard", "restore"))]
    for url in addresses:
        for user in (olivia, asha, carlos, audrey):
            assert signed_in(user).post(url, window.marks).status_code == 403
        assert signed_in(hugo).post(url, window.marks).status_code == 404
        assert "Not saved yet" in client.post(url, window.marks).content.decode()
    stored = window.stored()
    assert (stored.answers, stored.state, stored.version) == (before, DraftState.OPEN, 1)


def test_these_addresses_take_posts_only(window, margaret):
    for name in ("save", "discard", "restore"):
        assert window.client.get(f"{window.url}{name}/").status_code == 405
    assert window.client.get(reverse("patients:evaluation_new", args=[margaret.pk])).status_code == 405
    assert window.client.put(window.url).status_code == 405


def test_reading_the_form_leaves_an_entry(window):
    read = AuditEntry.objects.filter(verb="record.read", changes={"page": "evaluation_draft"})
    assert read.count() == 1
    window.client.head(window.url)
    assert read.count() == 1  # within five minutes it is the same reading


def test_the_number_of_queries_does_not_grow(window, priya, margaret, django_assert_num_queries):
    # session, user with membership, draft; savepoint, reading, release; earlier visit, its feet; clock; findings, flags; the door of a restricted record
    factories.make_finding(priya, margaret)
    window.client.post(f"{window.url}discard/")
    factories.make_evaluation(priya, margaret)
    window.client.post(f"{window.url}restore/")
    with django_assert_num_queries(13):
        window.client.get(window.url)
    window.client.post(f"{window.url}discard/")
    for _ in range(9):
        factories.make_evaluation(priya, margaret)
    window.client.post(f"{window.url}restore/")
    with django_assert_num_queries(13):
        window.client.get(window.url)
