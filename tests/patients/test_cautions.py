"""What speaks for caution with exercises: asked on a page, kept for good, shown wherever the patient is."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from patients import actions
from patients.cautions import answers, list_version
from patients.models import CautionCheck, Decision, Patient, RaisedFlag, Status, patient_flags
from tests import factories
from tests.factories import NOON
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def tom(priya: User) -> Patient:
    """Nobody has asked him yet."""
    return factories.make_patient(priya, "Tom", "Reed", cautions=None)


def page(patient: Patient) -> str:
    return reverse("patients:cautions", args=[patient.pk])


def post(client: Client, patient: Patient, **said: Any) -> Any:
    newest = CautionCheck.objects.about(patient).newest_first().first()
    data = {"seen": str(newest.pk) if newest else "", "note": ""} | said
    return client.post(reverse("patients:caution_check", args=[patient.pk]), data)


# --- asking -------------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-14")
def test_the_page_asks_each_question_of_the_list_and_nothing_is_chosen_beforehand(
    as_priya: Client, tom: Patient
) -> None:
    response = as_priya.get(page(tom))
    shown = text(response)
    places = [shown.index(answer.label) for answer in answers().values()]
    assert places == sorted(places)
    assert "I asked: none of these" in shown
    assert " checked" not in shown
    assert "not asked yet" in shown
    assert "Nobody has asked yet." in shown


@pytest.mark.hazard("HZ-14")
def test_an_unticked_list_is_no_answer(as_priya: Client, tom: Patient) -> None:
    before = factories.count_rows()
    response = post(as_priya, tom, note="typed")
    assert response.status_code == 422
    assert "Tick what applies, or say that you asked and none of these does." in text(response)
    assert "typed" in text(response)
    assert factories.count_rows() == before


def test_none_of_these_and_some_of_them_contradict_each_other(as_priya: Client, tom: Patient) -> None:
    before = factories.count_rows()
    response = post(as_priya, tom, present=["fall_risk"], none="on")
    assert response.status_code == 422
    assert "Some are ticked above: not none." in text(response)
    assert factories.count_rows() == before


def test_none_is_recorded_as_asked_about_everything(as_priya: Client, priya: User, tom: Patient) -> None:
    assert post(as_priya, tom, none="on")["Location"] == page(tom)
    check = CautionCheck.objects.about(tom).get()
    assert (check.present, check.asked, check.list_version) == ([], list(answers()), list_version())
    assert check.checked_by == priya
    shown = text(as_priya.get(page(tom)))
    assert "None of those asked." in shown
    assert "none of those asked" in shown


@pytest.mark.hazard("HZ-14")
def test_what_applies_stands_at_the_head_of_the_pages_about_the_patient(
    as_priya: Client, tom: Patient
) -> None:
    post(as_priya, tom, present=["knee_pain", "numb_feet"], note="Since the fall.")
    check = CautionCheck.objects.about(tom).get()
    assert (check.present, check.note) == (["numb_feet", "knee_pain"], "Since the fall.")
    for address in ("exercises:patient", "patients:safety", "patients:evaluations"):
        shown = text(as_priya.get(reverse(address, args=[tom.pk])))
        assert "Numb feet (neuropathy)" in shown, address
        assert f'href="{page(tom)}"' in shown, address
    entry = AuditEntry.objects.get(verb="cautions.checked", patient_id=tom.pk)
    assert entry.changes == {
        "list_version": list_version(),
        "present": ["numb_feet", "knee_pain"],
        "raised": [],
    }
    assert "Since" not in str(entry.changes)


def test_a_flag_is_cleared_by_a_check_without_it_and_the_history_says_so(
    as_priya: Client, priya: User, tom: Patient
) -> None:
    post(as_priya, tom, present=["fall_risk", "knee_pain"])
    assert text(as_priya.get(page(tom))).count(" checked") == 2  # the newest answers are filled in
    post(as_priya, tom, present=["knee_pain", "small_objects"])
    assert patient_flags(tom).keys == {"knee_pain", "small_objects"}
    shown = text(as_priya.get(page(tom)))
    assert "New: Small children at home" in shown
    assert "No more: Falls, dizziness or poor balance" in shown
    assert shown.count("by Priya Nair") == 2
    post(as_priya, tom, present=["knee_pain", "small_objects"], note="Asked again.")
    assert "Nothing changed." in text(as_priya.get(page(tom)))


# --- who was quicker, and what is typed twice ------------------------------------------------------------------
def test_a_newer_check_is_not_written_over_and_nothing_typed_is_lost(
    as_priya: Client, riverside: Any, priya: User, tom: Patient
) -> None:
    other = factories.make_staff(riverside, "practitioner", "Nils Berg")  # type: ignore[arg-type]
    factories.make_check(other, tom, "fall_risk")
    before = factories.count_rows()
    response = post(as_priya, tom, present=["knee_pain"], note="mine", seen="")
    assert response.status_code == 422
    shown = text(response)
    assert "Nils Berg has recorded a check in the meantime. Look at it, then save again." in shown
    assert "mine" in shown
    assert 'value="knee_pain"' in shown
    assert factories.count_rows() == before
    newest = CautionCheck.objects.about(tom).get()
    assert f'name="seen" value="{newest.pk}"' in shown  # a second press is about that one
    assert post(as_priya, tom, present=["fall_risk", "knee_pain"]).status_code == 302
    assert patient_flags(tom).keys == {"fall_risk", "knee_pain"}


def test_the_same_form_twice_makes_one_check(as_priya: Client, tom: Patient) -> None:
    for _ in range(2):
        assert post(as_priya, tom, present=["knee_pain"], note="x", seen="").status_code == 302
    assert CautionCheck.objects.about(tom).count() == 1


@pytest.mark.check(15)
@pytest.mark.parametrize(
    ("back", "lands"),
    [
        ("/patients/?q=a", "/patients/?q=a"),
        ("//evil.example/", None),
        ("https://evil.example/", None),
        ("/\\evil.example", None),
        ("", None),
    ],
)
def test_it_goes_back_to_pages_of_ours_only(
    as_priya: Client, tom: Patient, back: str, lands: str | None
) -> None:
    assert post(as_priya, tom, none="on", back=back)["Location"] == (lands or page(tom))


@pytest.mark.parametrize(
    "wrong", [{"present": ["no_such"]}, {"note": "a\x00"}, {"note": "x" * 601}, {"seen": "x"}]
)
def test_what_is_wrong_is_said_and_nothing_is_written(as_priya: Client, tom: Patient, wrong: Any) -> None:
    before = factories.count_rows()
    assert post(as_priya, tom, **{"none": "on"} | wrong).status_code == 422
    assert factories.count_rows() == before


# --- who may -------------------------------------------------------------------------------------------------------
def test_an_owner_reads_and_the_front_desk_does_not(olivia: User, asha: User, tom: Patient) -> None:
    owner = signed_in(olivia)
    shown = text(owner.get(page(tom)))
    assert "Asked so far" in shown
    assert "I asked: none of these" not in shown
    assert post(owner, tom, none="on").status_code == 403
    desk = signed_in(asha)
    assert desk.get(page(tom)).status_code == 403
    assert "Cautions" not in text(desk.get(reverse("exercises:patient", args=[tom.pk])))


def test_only_a_practitioner_of_the_record_and_only_an_open_one(
    olivia: User, priya: User, tom: Patient
) -> None:
    said: dict[str, Any] = {"patient": tom, "present": [], "note": "", "now": NOON}
    with pytest.raises(Refused) as refused:
        actions.check_cautions(actor=Actor.staff(olivia), **said)
    assert refused.value.code == "not_practitioner"
    actions.archive_patient(actor=Actor.staff(priya), patient=tom, now=NOON, reason="Moved.")
    with pytest.raises(Refused) as refused:
        actions.check_cautions(actor=Actor.staff(priya), **said)
    assert refused.value.code == "archived"
    assert not CautionCheck.objects.exists()


def test_what_is_not_on_the_list_is_refused(priya: User, tom: Patient) -> None:
    with pytest.raises(Refused) as refused:
        factories.make_check(priya, tom, "no_such_thing")
    assert (refused.value.code, CautionCheck.objects.count()) == ("unknown", 0)


def test_a_check_that_was_never_there_counts_as_overtaken(as_priya: Client, margaret: Patient) -> None:
    response = post(as_priya, margaret, present=["knee_pain"], seen=str(uuid4()))
    assert response.status_code == 422


# --- flags ---------------------------------------------------------------------------------------------------------
def test_a_finding_whose_key_is_a_flag_counts_as_one_while_it_is_active(
    as_priya: Client, priya: User, margaret: Patient
) -> None:
    kind = factories.make_finding_type("hallux_rigidus", label="Stiff big toe joint")
    finding = factories.make_finding(priya, margaret, kind)
    assert patient_flags(margaret).keys == {"hallux_rigidus"}
    assert "stands among the active findings and counts here too" in text(as_priya.get(page(margaret)))
    actions.close_finding(actor=Actor.staff(priya), finding=finding, status=Status.RESOLVED, now=NOON)
    assert patient_flags(margaret).keys == frozenset()


@pytest.mark.hazard("HZ-14")
def test_a_question_that_is_new_on_the_list_is_never_taken_for_a_no(
    as_priya: Client, priya: User, tom: Patient
) -> None:
    CautionCheck.objects.create(
        clinic_id=tom.clinic_id,
        patient=tom,
        asked=["knee_pain"],
        present=[],
        list_version=1,
        checked_by=priya,
    )
    flags = patient_flags(tom)
    assert not flags.were_asked
    assert flags.unasked == [key for key in answers() if key != "knee_pain"]
    assert "the list has questions that were not asked yet" in text(as_priya.get(page(tom)))


@pytest.mark.hazard("HZ-05", "HZ-14")
def test_a_suspected_tear_raises_its_warning_sign_once(as_priya: Client, priya: User, tom: Patient) -> None:
    post(as_priya, tom, present=["tendon_rupture"])
    flag = RaisedFlag.objects.about(tom).blocking().get()
    assert (flag.key, flag.screening) == ("tendon_snap", None)
    assert AuditEntry.objects.get(verb="flag.raised").patient_id == tom.pk
    assert "Check: a warning sign keeps a programme from being sent" in text(as_priya.get(page(tom)))
    assert "raised on" in text(as_priya.get(reverse("patients:safety", args=[tom.pk])))
    post(as_priya, tom, present=["tendon_rupture", "knee_pain"])
    factories.make_decision(priya, flag, Decision.HOLD)
    post(as_priya, tom, present=["tendon_rupture"])
    assert RaisedFlag.objects.count() == 1  # it waits, then holds
    flag.refresh_from_db()
    factories.make_decision(priya, flag, Decision.MAY_START)
    post(as_priya, tom, present=["tendon_rupture"], note="Still sore.")
    assert RaisedFlag.objects.count() == 1  # the same suspicion, decided about
    post(as_priya, tom, none="on")
    post(as_priya, tom, present=["tendon_rupture"], note="A new snap.")
    assert RaisedFlag.objects.count() == 2


def test_a_sign_from_a_screening_that_waits_is_not_raised_again(priya: User, tom: Patient) -> None:
    factories.make_flag(priya, tom, "tendon_snap")
    factories.make_check(priya, tom, "tendon_rupture")
    assert RaisedFlag.objects.count() == 1


# --- time and cost -------------------------------------------------------------------------------------------------
def test_the_last_one_holds_even_if_the_clock_was_put_back(priya: User, tom: Patient) -> None:
    factories.make_check(priya, tom, "fall_risk")
    factories.make_check(priya, tom, now=NOON - timedelta(days=1))
    assert patient_flags(tom).keys == frozenset()


def test_the_page_costs_the_same_for_one_check_and_for_ten(
    as_priya: Client, priya: User, tom: Patient
) -> None:
    counts = []
    for number in (1, 9):
        for n in range(number):
            factories.make_check(priya, tom, *(["knee_pain"] if n % 2 else ["fall_risk"]))
        with CaptureQueriesContext(connection) as queries:
            assert as_priya.get(page(tom)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
