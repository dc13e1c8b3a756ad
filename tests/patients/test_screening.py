"""Asking through the list: every sign answered, advice at once, one flag for each yes."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, Clinic, User
from patients import actions
from patients.models import Patient, RaisedFlag, Screening
from patients.red_flags import Level, Region, asked_about, red_flags
from tests import factories

YES_OF_EACH_LEVEL = {
    Level.EMERGENCY: "hot_joint_fever",
    Level.SAME_DAY: "calf_swelling",
    Level.NEXT_WORKING_DAY: "diabetes_active",
    Level.URGENT: "training_squeeze",
    Level.ROUTINE: "not_better",
}


@pytest.fixture
def foot(margaret: Patient) -> str:
    return reverse("patients:screening_foot", args=[margaret.pk])


def answers(region: Region = Region.FOOT, *positive: str, **fields: str) -> dict[str, str]:
    said = {sign.key: "yes" if sign.key in positive else "no" for sign in asked_about(region)}
    return {"screening_id": str(uuid4()), "note": ""} | said | fields


def shown(response: Any) -> str:
    return " ".join(response.content.decode().split())


# --- works ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("region", Region)
def test_all_negative_is_stored_with_everything_that_was_asked(
    as_priya: Client, priya: User, margaret: Patient, region: Region
) -> None:
    url = reverse(f"patients:screening_{region}", args=[margaret.pk])
    response = as_priya.post(url, answers(region, note="Walks well."))
    assert response.headers["Location"] == reverse("patients:safety", args=[margaret.pk])
    made = Screening.objects.get()
    assert made.asked == [sign.key for sign in asked_about(region)]
    assert (made.region, made.list_version, made.note) == (region, 1, "Walks well.")
    assert (made.patient, made.clinic, made.screened_by) == (margaret, margaret.clinic, priya)
    assert not RaisedFlag.objects.exists()
    entry = AuditEntry.objects.get(verb="screening.recorded")
    assert (entry.actor_user, entry.patient_id, entry.object_id) == (priya, margaret.pk, str(made.pk))
    assert entry.changes == {"region": region, "list_version": 1, "positive": []}


@pytest.mark.hazard("HZ-05")
@pytest.mark.parametrize(("level", "key"), YES_OF_EACH_LEVEL.items())
def test_a_yes_is_stored_with_its_words_and_advised_at_once(
    as_priya: Client, margaret: Patient, foot: str, level: Level, key: str
) -> None:
    response = as_priya.post(foot, answers(Region.FOOT, key), follow=True)
    flag, sign = RaisedFlag.objects.get(), next(sign for sign in red_flags() if sign.key == key)
    assert (flag.key, flag.level, flag.text, flag.decision) == (key, level, sign.text, "")
    assert (flag.screening, flag.patient) == (Screening.objects.get(), margaret)
    page = shown(response)
    assert page.index(flag.advice) < page.index("Record the decision")
    assert "A warning sign is positive" in page
    assert AuditEntry.objects.get(verb="screening.recorded").changes["positive"] == [key]


def test_several_stand_most_urgent_first_with_the_clinic_s_numbers(as_priya: Client, foot: str) -> None:
    response = as_priya.post(foot, answers(Region.FOOT, "not_better", "calf_chest"), follow=True)
    page = shown(response)
    assert 0 < page.index("Call 112 now.") < page.index("Look at it again at the next review.")


def test_urgent_advice_has_the_clinic_s_own_days_and_keeps_them(
    as_priya: Client, margaret: Patient, foot: str
) -> None:
    clinics = Clinic.objects.filter(pk=margaret.clinic_id)
    clinics.update(urgent_days=5)
    within_five = "Arrange an assessment within 5 working days."
    assert within_five in shown(as_priya.get(foot))
    as_priya.post(foot, answers(Region.FOOT, "rest_night_pain"))
    clinics.update(urgent_days=1)
    assert within_five in RaisedFlag.objects.get().advice
    assert "Arrange an assessment within 1 working day." in shown(as_priya.get(foot))


def test_the_rest_is_no_when_the_practitioner_says_so(as_priya: Client, foot: str) -> None:
    data = {"screening_id": str(uuid4()), "tendon_snap": "yes", "calf_chest": "no", "rest": "no"}
    assert as_priya.post(foot, data).status_code == 302
    assert Screening.objects.get().asked == [sign.key for sign in asked_about(Region.FOOT)]
    assert RaisedFlag.objects.get().key == "tendon_snap"


def test_the_form_has_every_sign_by_level_and_no_answer(as_priya: Client, foot: str) -> None:
    page = shown(as_priya.get(foot))
    assert ">I asked about all the others: no</button>" in page
    assert page.count('type="radio"') == 2 * len(asked_about(Region.FOOT))
    assert 'type="radio" name="tendon_snap" value="yes" id="id_tendon_snap_1"><span>Yes' in page
    assert " checked" not in page
    places = [page.index(f">{label}</h3>") for label in ("Emergency", "Same day", "Urgent", "Routine")]
    assert places == sorted(places)
    assert "think of rheumatology" in page
    assert "recommend" not in page.lower()


def test_the_same_form_twice_makes_one(as_priya: Client, foot: str) -> None:
    data = answers(Region.FOOT, "tendon_snap")
    assert [as_priya.post(foot, data).status_code for _ in range(2)] == [302, 302]
    assert (Screening.objects.count(), RaisedFlag.objects.count()) == (1, 1)
    assert AuditEntry.objects.filter(verb="screening.recorded").count() == 1


def test_a_form_of_another_patient_is_refused(as_priya: Client, priya: User, foot: str) -> None:
    data = answers()
    other = factories.make_patient(priya, "Tom", "Reed")
    as_priya.post(reverse("patients:screening_foot", args=[other.pk]), data)
    response = as_priya.post(foot, data)
    assert response.status_code == 422
    assert "belongs to another patient" in shown(response)
    assert Screening.objects.get().patient == other


def test_reading_the_form_is_noted(as_priya: Client, margaret: Patient, foot: str) -> None:
    as_priya.get(foot)
    assert AuditEntry.objects.get(verb="record.read").changes == {"page": "screening"}


@pytest.mark.slow
# --- wrong input ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("region", Region)
def test_one_unanswered_sign_refuses_the_whole(as_priya: Client, margaret: Patient, region: Region) -> None:
    url = reverse(f"patients:screening_{region}", args=[margaret.pk])
    for sign in asked_about(region):
        data = answers(region, note="Kept as typed.")
        del data[sign.key]
        before = factories.count_rows()
        response = as_priya.post(url, data)
        assert response.status_code == 422
        assert dict(response.context["form"].errors) == {sign.key: ["Answer yes or no."]}
        assert f'<a href="#id_{sign.key}_0">' in shown(response)
        assert "Kept as typed." in shown(response)
        assert factories.count_rows() == before


@pytest.mark.hazard("HZ-25")
def test_advice_shows_although_the_rest_is_missing(as_priya: Client, foot: str) -> None:
    """Without script: what was answered with yes is advised in the answer itself, above what is to be repaired."""
    before = factories.count_rows()
    response = as_priya.post(foot, {"training_squeeze": "yes", "calf_chest": "yes"})
    page = shown(response)
    assert response.status_code == 422
    first, second, errors = (
        page.index(text)
        for text in ("<b>Call 112 now.</b>", "Stop loading the foot.</b>", "answers need another look")
    )
    assert first < second < errors
    assert page.count("checked") == 2
    assert factories.count_rows() == before


@pytest.mark.parametrize(
    "wrong",
    [{"tendon_snap": "maybe"}, {"tendon_snap": ["yes", "no"]}, {"tendon_snap": ""}, {"tendon_snap": "\x00"}],
)
def test_what_is_neither_yes_nor_no_is_refused(as_priya: Client, foot: str, wrong: dict[str, Any]) -> None:
    before = factories.count_rows()
    response = as_priya.post(foot, answers() | wrong)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["tendon_snap"]
    assert factories.count_rows() == before


@pytest.mark.parametrize("wrong", [{"note": "a\x00"}, {"note": "x" * 2001}, {"screening_id": "1"}])
def test_other_nonsense_is_refused(as_priya: Client, foot: str, wrong: dict[str, str]) -> None:
    before = factories.count_rows()
    response = as_priya.post(foot, answers() | wrong)
    assert (response.status_code, list(response.context["form"].errors)) == (422, list(wrong))
    assert factories.count_rows() == before


def test_the_action_itself_takes_no_gap_for_a_no(priya: User, margaret: Patient) -> None:
    said = {sign.key: False for sign in asked_about(Region.BACK)}
    del said["cauda_equina"]
    entry = actions.ScreeningEntry(region=Region.BACK, answers=said)
    with pytest.raises(Refused) as refused:
        actions.screen(actor=Actor.staff(priya), patient=margaret, entry=entry, now=factories.NOON)
    assert (refused.value.code, refused.value.field) == ("unanswered", "cauda_equina")
    assert not Screening.objects.exists()


# --- wrong person, wrong method -------------------------------------------------------------------------------
@pytest.mark.parametrize("person", ["olivia", "asha", "carlos", "audrey"])
def test_only_practitioners_screen(
    client: Client, request: pytest.FixtureRequest, foot: str, person: str
) -> None:
    client.force_login(request.getfixturevalue(person))
    assert client.get(foot).status_code == 403
    assert client.post(foot, answers()).status_code == 403
    assert not Screening.objects.exists()


def test_another_clinic_finds_no_patient(client: Client, hugo: User, foot: str) -> None:
    client.force_login(hugo)
    assert client.post(foot, answers()).status_code == 404
    assert not Screening.objects.exists()


def test_other_methods_are_refused(as_priya: Client, foot: str) -> None:
    assert as_priya.put(foot).status_code == 405


def test_the_form_costs_the_same_with_much_on_record(
    as_priya: Client, priya: User, margaret: Patient, foot: str, django_assert_num_queries: Any
) -> None:
    # session, user with membership, patient; savepoint, audit entry, release; clock; findings, signs of the strip
    expected = 10
    factories.make_screening(priya, margaret)
    for _ in range(2):
        with django_assert_num_queries(expected):
            as_priya.get(foot)
        for _number in range(9):
            factories.make_flag(priya, margaret)


def test_success_says_so(as_priya: Client, foot: str) -> None:
    response = as_priya.post(foot, answers())
    assert [str(message) for message in get_messages(response.wsgi_request)] == [
        "Screening saved. All signs were answered with no."
    ]
