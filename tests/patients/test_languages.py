"""In which language a page speaks: the patient's own for the plan and its e-mails, the reader's where nobody is known,
English for staff."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from exercises.emails import Opening, plan_ready_letter
from exercises.models import Programme
from patients import actions
from patients.models import Patient
from tests import factories
from tests.factories import NOON
from tests.pages import text

GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.3"}
CONTACT = {
    "given_name": "Margaret",
    "family_name": "Hale",
    "date_of_birth": "1956-03-14",
    "email": "margaret.hale@patients.example",
    "time_zone": "Europe/London",
    "note": "",
}


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def phone(client: Client, margaret: Patient) -> Client:
    factories.open_plan(client, margaret)
    return client


def speak(patient: Patient, language: str) -> None:
    actions.set_language(actor=Actor.patient(patient), patient=patient, language=language)


class TestWhoChooses:
    def test_the_patient_at_the_foot_of_any_page(self, phone, margaret, programme):
        page = text(phone.get("/today/reminders/"))
        for code, name in (("en-gb", "English"), ("es", "Español"), ("de", "Deutsch"), ("ar", "العربية")):
            assert f'value="{code}" lang="{code}"' in page
            assert f">{name}</button>" in page
        answer = phone.post("/today/language/", {"language": "ar", "next": "/today/reminders/"})
        assert (answer.status_code, answer["Location"]) == (303, "/today/reminders/")
        page = phone.get("/today/reminders/")
        assert '<html lang="ar" dir="rtl">' in page.content.decode()
        assert "التذكيرات" in page.content.decode()
        margaret.refresh_from_db()
        assert margaret.language == "ar"
        entry = AuditEntry.objects.get(verb="patient.language")
        assert entry.changes == {"from": "en-gb", "to": "ar"}
        assert entry.patient_id == margaret.pk

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "https://evil.example/",
            "//evil.example/today/",
            "/patients/",
            "/today/log/",
            "/today/leave/",
            "/today/?x=1",
            "",
        ],
    )
    def test_the_way_back_is_a_page_of_the_plan(self, phone, elsewhere):
        answer = phone.post("/today/language/", {"language": "es", "next": elsewhere})
        assert answer["Location"] == "/today/"

    @pytest.mark.parametrize("language", ["", "fr", "de-at", "en", "DE"])
    def test_another_language_is_refused_and_nothing_changes(self, phone, margaret, language):
        rows = factories.count_rows()
        assert phone.post("/today/language/", {"language": language}).status_code == 422
        assert factories.count_rows() == rows
        margaret.refresh_from_db()
        assert margaret.language == "en-gb"

    def test_the_same_again_writes_nothing(self, phone, margaret):
        rows = factories.count_rows()
        assert phone.post("/today/language/", {"language": "en-gb"}).status_code == 303
        assert factories.count_rows() == rows

    def test_nobody_without_a_key(self, client, margaret):
        assert client.post("/today/language/", {"language": "de"}).status_code == 404

    def test_staff_for_a_new_patient_and_later(self, as_priya, riverside):
        riverside.language = "es"
        riverside.save()
        page = as_priya.get(reverse("patients:new")).content.decode()
        assert '<option value="es" selected>Spanish</option>' in page
        as_priya.post(reverse("patients:new"), CONTACT | {"language": "de"})
        patient = Patient.objects.get()
        assert patient.language == "de"
        edit = reverse("exercises:patient_edit", args=[patient.pk])
        assert '<option value="de" selected>German</option>' in as_priya.get(edit).content.decode()
        as_priya.post(edit, CONTACT | {"language": "ar"})
        patient.refresh_from_db()
        assert patient.language == "ar"
        assert as_priya.post(edit, CONTACT | {"language": "xx"}).status_code == 422

    def test_who_does_not_say_gets_the_clinics(self, priya, riverside):
        riverside.language = "ar"
        riverside.save()
        assert factories.make_patient(priya).language == "ar"

    def test_an_archived_record_keeps_its_language(self, priya, margaret):
        actions.archive_patient(actor=Actor.staff(priya), patient=margaret, reason="Moved.", now=NOON)
        with pytest.raises(Refused):
            speak(margaret, "de")


class TestWhatSpeaks:
    def test_the_plan_speaks_the_patients_language_whatever_the_browser_prefers(
        self, phone, margaret, programme
    ):
        speak(margaret, "es")
        page = phone.get("/today/", headers=GERMAN)
        assert "Ejercicios de hoy" in text(page)
        assert "10–15 veces, cada pie" in text(page)
        assert "una vez al día, todos los días" in text(page)
        assert "lunes, 23 de noviembre" in text(page)
        assert page.headers["Content-Language"] == "es"

    def test_arabic_runs_from_right_to_left_with_latin_digits(self, phone, margaret, programme):
        speak(margaret, "ar")
        page = text(phone.get("/today/"))
        assert '<html lang="ar" dir="rtl">' in page
        assert "10–15 مرة، لكل قدم" in page
        assert f'value="{NOON.date().isoformat()}"' in page

    def test_help_goes_on_in_the_language_of_the_plan(self, phone, margaret, riverside):
        """The page knows nobody: the browser brings the language along, in a cookie of its session."""
        speak(margaret, "ar")
        phone.get("/today/")
        assert phone.cookies["language"].value == "ar"
        assert phone.cookies["language"]["max-age"] == ""
        page = phone.get(reverse("patients:help", args=[riverside.pk]))
        assert "الحصول على المساعدة الآن" in page.content.decode()
        assert "\u2066112\u2069" in page.content.decode()

    def test_a_browser_that_prefers_the_language_anyway_gets_no_cookie(self, phone, margaret, programme):
        phone.get("/today/")
        assert "language" not in phone.cookies
        speak(margaret, "de")
        phone.get("/today/", headers=GERMAN)
        assert "language" not in phone.cookies

    def test_letters_are_in_the_patients_language_and_their_links_say_so(
        self, margaret: Patient, programme: Programme
    ):
        speak(margaret, "de")
        letter = plan_ready_letter(margaret, Opening(secret="s" * 43, works_until=NOON))
        assert letter.subject == "Eine Nachricht von Riverside"
        assert '<html lang="de" dir="ltr"' in letter.html
        assert f"/t/?lang=de#{'s' * 43}" in letter.text
        assert "?lang=de" in letter.text.partition("/help/")[2].split()[0]
        speak(margaret, "ar")
        letter = plan_ready_letter(margaret, Opening(secret="s" * 43, works_until=NOON))
        assert 'dir="rtl"' in letter.html
        assert "\u2066000 0000 0000\u2069" in letter.text
        speak(margaret, "en-gb")
        letter = plan_ready_letter(margaret, Opening(secret="s" * 43, works_until=NOON))
        assert "lang=" not in letter.text

    @pytest.mark.parametrize("address", ["/t/", "/today/", "/help/"])
    def test_where_nobody_is_known_the_address_then_the_browser_decides(self, client, riverside, address):
        if address == "/help/":
            address = reverse("patients:help", args=[riverside.pk])
        assert '<html lang="en-gb"' in client.get(address).content.decode()
        page = client.get(address, headers=GERMAN)
        assert '<html lang="de"' in page.content.decode()
        assert "Accept-Language" in page.headers["Vary"]
        assert (
            '<html lang="ar" dir="rtl">' in client.get(f"{address}?lang=ar", headers=GERMAN).content.decode()
        )
        for unknown in ("fr", "xx", "../../etc", "de%00"):
            assert (
                '<html lang="de"' in client.get(f"{address}?lang={unknown}", headers=GERMAN).content.decode()
            )
        assert (
            '<html lang="en-gb"' in client.get(address, headers={"accept-language": "fr,pt"}).content.decode()
        )

    @pytest.mark.parametrize("page", ["patients:code", "patients:code_email"])
    def test_where_a_code_is_typed_too(self, client, db, page):
        address = reverse(page)
        assert 'href="?lang=ar" lang="ar"' in client.get(address).content.decode()
        assert '<html lang="ar" dir="rtl">' in client.get(f"{address}?lang=ar").content.decode()

    def test_staff_pages_and_sign_in_stay_english(self, client, priya: User, margaret: Patient):
        sign_in = client.get(reverse("account_login"), headers=GERMAN)
        assert '<html lang="en-gb"' in sign_in.content.decode()
        client.force_login(priya)
        client.cookies["language"] = "de"
        page = client.get(reverse("exercises:patient", args=[margaret.pk]) + "?lang=de", headers=GERMAN)
        assert page.headers["Content-Language"] == "en-gb"
        assert '<html lang="en-gb" dir="ltr">' in page.content.decode()
        assert "Get help now" not in page.content.decode()
        lost = client.get("/nothing/", headers=GERMAN)
        assert "Page not found" in lost.content.decode()

    def test_one_page_does_not_leave_its_language_to_the_next(self, client, priya, margaret):
        client.get("/t/?lang=ar")
        assert '<html lang="en-gb"' in client.get(reverse("account_login")).content.decode()
