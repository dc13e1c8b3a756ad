"""The list of patients and the form that adds one."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEntry
from patients.forms.contact import offered_time_zones
from patients.models import ConsentRecord, Patient, Side
from tests.factories import make_finding, make_patient

LIST, NEW = reverse("patients:list"), reverse("patients:new")
HTMX = {"HX-Request": "true"}
GIVEN = {
    "given_name": "Ana",
    "family_name": "García",
    "date_of_birth": "1971-02-28",
    "email": "ana@patients.example",
    "time_zone": "Europe/Madrid",
    "language": "en-gb",
    "reminders_allowed": "on",
    "note": "Prefers mornings.",
}


@pytest.fixture
def client_of():
    def signed_in(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


def names(response) -> list[str]:
    return [str(row["patient"]) for row in response.context["rows"]]


# --- the list -------------------------------------------------------------------------------------------------
def test_the_list_shows_the_clinic_s_own_patients_by_last_name(as_priya, priya, margaret, heinrich):
    make_patient(priya, "Zoë", "Adams")
    response = as_priya.get(LIST)
    assert response.status_code == 200
    assert names(response) == ["Zoë Adams", "Margaret Hale"]
    assert "Heinrich" not in response.content.decode()
    assert "14 Mar 1956" in response.content.decode()
    assert "2 patients" in response.content.decode()


@pytest.mark.parametrize("typed", ["marg", "HALE", "hale marg", "Märgaret", "margaret.hale@"])
def test_search_compares_beginnings_of_words(as_priya, priya, margaret, typed):
    make_patient(priya, "Ana", "García")
    assert names(as_priya.get(LIST, {"q": typed})) == ["Margaret Hale"]


def test_search_by_htmx_answers_with_the_list_alone(as_priya, margaret):
    response = as_priya.get(LIST, {"q": "nobody"}, headers=HTMX)
    page = response.content.decode()
    assert "<html" not in page
    assert "0 patients found for “nobody”." in page
    assert "Nobody found." in page
    assert "HX-Request" in response.headers["Vary"]


@pytest.mark.parametrize("typed", ["%", "\x00", "!?", "’"])
def test_a_search_without_a_letter_finds_nobody(as_priya, margaret, typed):
    response = as_priya.get(LIST, {"q": typed})
    assert names(response) == []
    assert "Nobody found." in response.content.decode()


@pytest.mark.parametrize("typed", ["\x00", "%", "x" * 10_000, "<script>", " "])
def test_strange_searches_find_nobody_or_everybody_but_never_fail(as_priya, margaret, typed):
    response = as_priya.get(LIST, {"q": typed})
    assert response.status_code == 200
    assert "<script>" not in response.content.decode()


def test_an_empty_clinic_is_invited_to_add_somebody(as_priya):
    page = as_priya.get(LIST).content.decode()
    assert "No patients yet." in page
    assert page.count(f'href="{NEW}"') == 2


def test_25_a_page_and_the_search_stays_in_the_links(as_priya, priya):
    for number in range(26):
        make_patient(priya, f"Ana{number}", "Quinn")
    response = as_priya.get(LIST, {"q": "quinn"})
    assert len(names(response)) == 25
    assert 'href="?q=quinn&amp;page=2"' in response.content.decode()
    assert len(names(as_priya.get(LIST, {"q": "quinn", "page": "2"}))) == 1
    assert len(names(as_priya.get(LIST, {"page": "no number"}))) == 25


def test_the_number_of_queries_does_not_grow(as_priya, priya, margaret, django_assert_num_queries):
    make_finding(priya, margaret)
    # session, user with membership, staff for the filter, count, one page, active findings, what was opened last; signs
    # that wait
    expected = 8
    with django_assert_num_queries(expected):
        as_priya.get(LIST)
    for number in range(9):
        make_finding(priya, make_patient(priya, f"Ana{number}"), side=Side.BILATERAL)
    with django_assert_num_queries(expected):
        assert len(names(as_priya.get(LIST))) == 10


def test_assistants_see_the_list_without_findings(client_of, asha, priya, margaret):
    make_finding(priya, margaret)
    page = client_of(asha).get(LIST).content.decode()
    assert "Margaret Hale" in page
    assert "Plantar fasciitis" not in page
    assert "Plantar fasciitis, left" in client_of(priya).get(LIST).content.decode()


@pytest.mark.parametrize("url", [LIST, NEW])
def test_curators_and_auditors_stay_outside(client_of, carlos, audrey, url):
    assert client_of(carlos).get(url).status_code == 403
    assert client_of(audrey).get(url).status_code == 403


@pytest.mark.parametrize("url", [LIST, NEW])
def test_strangers_are_sent_to_sign_in(client, db, url):
    assert client.get(url).headers["Location"] == f"{reverse('account_login')}?next={url}"


def test_the_list_takes_no_post(as_priya):
    assert as_priya.post(LIST).status_code == 405


# --- a new patient --------------------------------------------------------------------------------------------
def test_the_form_starts_in_the_clinic_s_time_zone(as_priya):
    page = as_priya.get(NEW).content.decode()
    assert 'value="Europe/London"' in page
    zones = page.partition("<datalist")[2].partition("</datalist>")[0]
    assert zones.count("<option value=") == len(offered_time_zones())


def test_adding_a_patient_leads_to_their_page(as_priya, priya):
    response = as_priya.post(NEW, GIVEN)
    patient = Patient.objects.get()
    assert response.headers["Location"] == reverse("exercises:patient", args=[patient.pk])
    assert (patient.full_name, patient.date_of_birth) == ("Ana García", date(1971, 2, 28))
    assert (patient.email, patient.time_zone) == ("ana@patients.example", "Europe/Madrid")
    assert patient.reminders_allowed
    assert patient.clinic == priya.membership.clinic
    assert patient.practitioner == priya
    assert ConsentRecord.objects.get().recorded_by == priya
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor_user, entry.patient_id) == ("patient.registered", priya, patient.pk)


@pytest.mark.parametrize("typed", ["europe/madrid", "  Europe/Madrid ", "Europe/MADRID"])
def test_a_time_zone_is_known_however_it_is_written(as_priya, typed):
    as_priya.post(NEW, GIVEN | {"time_zone": typed})
    assert Patient.objects.get().time_zone == "Europe/Madrid"


CITIES = [
    ("london", "Europe/London"),
    ("New York", "America/New_York"),
    ("new_york", "America/New_York"),
    (" buenos  aires ", "America/Argentina/Buenos_Aires"),
]


@pytest.mark.parametrize(("typed", "zone"), CITIES)
def test_a_city_names_its_time_zone(as_priya, typed, zone):
    as_priya.post(NEW, GIVEN | {"time_zone": typed})
    assert Patient.objects.get().time_zone == zone


@pytest.mark.parametrize("typed", ["28/02/1971", "28 February 1971"])
def test_a_browser_without_a_date_picker_may_write_the_date(as_priya, typed):
    as_priya.post(NEW, GIVEN | {"date_of_birth": typed})
    assert Patient.objects.get().date_of_birth == date(1971, 2, 28)


WRONG = [
    ({"given_name": ""}, "given_name", "This field is required."),
    ({"family_name": "   "}, "family_name", "This field is required."),
    (
        {"given_name": "x" * 10_240},
        "given_name",
        "Ensure this value has at most 80 characters (it has 10240).",
    ),
    ({"given_name": "Ana\x07"}, "given_name", "Remove the control characters from this text."),
    ({"given_name": "Ana\x00"}, "given_name", "Null characters are not allowed."),
    ({"family_name": "Gar\ncía"}, "family_name", "Write this on one line."),
    ({"date_of_birth": "1971-02-30"}, "date_of_birth", "Enter a date that exists, such as 1956-03-14."),
    ({"date_of_birth": "yesterday"}, "date_of_birth", "Enter a date that exists, such as 1956-03-14."),
    ({"date_of_birth": "1071-02-28"}, "date_of_birth", "Enter a date of birth after 1900."),
    ({"date_of_birth": "2971-02-28"}, "date_of_birth", "The date of birth lies in the future."),
    (
        {"time_zone": "Europe/Atlantis"},
        "time_zone",
        "Choose a time zone from the list, such as Europe/London.",
    ),
    ({"time_zone": "Paddington"}, "time_zone", "Choose a time zone from the list, such as Europe/London."),
    (
        {"time_zone": "../../etc/passwd"},
        "time_zone",
        "Choose a time zone from the list, such as Europe/London.",
    ),
    ({"email": "ana at home"}, "email", "Enter a valid email address."),
    ({"email": ""}, "email", "Reminders need an e-mail address."),
    ({"email": "ana@patients.example\r\nBcc: x@y.example"}, "email", "Enter a valid email address."),
    ({"note": "x" * 2_001}, "note", "Ensure this value has at most 2000 characters (it has 2001)."),
    ({"note": "bell \x07"}, "note", "Remove the control characters from this text."),
]


@pytest.mark.slow
@pytest.mark.parametrize(("typed", "field", "message"), WRONG)
def test_bad_input_is_explained_at_its_field_and_nothing_is_written(as_priya, typed, field, message):
    response = as_priya.post(NEW, GIVEN | typed)
    assert response.status_code == 422
    form = response.context["form"]
    assert dict(form.errors) == {field: [message]}
    page = response.content.decode()
    assert "<title>Error: Add a patient" in page
    assert f'href="#id_{field}"' in page
    assert 'value="Ana' in page or field == "given_name"  # what was typed stays
    assert (Patient.objects.count(), ConsentRecord.objects.count(), AuditEntry.objects.count()) == (0, 0, 0)


def test_an_empty_post_names_what_is_missing(as_priya):
    response = as_priya.post(NEW)
    assert response.status_code == 422
    needed = {"given_name", "family_name", "date_of_birth", "time_zone", "language"}
    assert set(response.context["form"].errors) == needed


@pytest.mark.hazard("HZ-32")
def test_a_namesake_is_asked_about_and_can_be_confirmed(as_priya):
    as_priya.post(NEW, GIVEN)
    again = GIVEN | {"given_name": "ana", "email": "other@patients.example"}
    assert "same_person_checked" not in as_priya.get(NEW).content.decode()
    response = as_priya.post(NEW, again)
    assert response.status_code == 422
    assert Patient.objects.count() == 1
    assert 'type="checkbox" name="same_person_checked"' in response.content.decode()
    assert "A patient with this name and date of birth exists." in response.content.decode()
    known = reverse("exercises:patient", args=[Patient.objects.get().pk])
    assert (
        f'<a href="{known}">Look at <bdi>Ana García</bdi>, born 28 February 1971</a>'
        in response.content.decode()
    )
    assert as_priya.post(NEW, again | {"same_person_checked": "on"}).status_code == 302
    assert Patient.objects.count() == 2


def test_another_clinic_s_namesake_is_no_namesake(as_priya, hugo):
    make_patient(hugo, "Ana", "García", date_of_birth=date(1971, 2, 28))
    assert as_priya.post(NEW, GIVEN).status_code == 302


def test_assistants_may_add_patients(client_of, asha):
    assert client_of(asha).post(NEW, GIVEN).status_code == 302
    assert Patient.objects.get().practitioner == asha


@pytest.mark.check(5)
def test_a_clinic_cannot_be_chosen_by_hand(as_priya, priya, hilltop):
    as_priya.post(NEW, GIVEN | {"clinic": str(hilltop.pk), "clinic_id": str(hilltop.pk)})
    assert Patient.objects.get().clinic == priya.membership.clinic
