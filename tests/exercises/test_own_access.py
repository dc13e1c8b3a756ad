"""The patient's own hands: address and zone, a copy of the data, "not for me"; and what the clinic does about access."""

import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.test import Client

from clinic import clock
from clinic.actors import Actor
from clinic.models import AuditEntry, OutgoingEmail
from exercises import actions, emails, reminders
from exercises.models import CalendarFeed, Programme, ProgrammeItem, Reminder
from exercises.rights.registry import DECLARED
from patients import actions as patient_actions
from patients import emails as patient_emails
from patients.models import (
    AccessCode,
    Device,
    EmailedCode,
    OpenedBy,
    Patient,
    PlanLink,
    VisibleRows,
    hashed,
    new_secret,
)
from patients.readers import readers
from tests import factories
from tests.pages import signed_in, text
from tests.rights_world import unzipped

pytestmark = pytest.mark.django_db
NEW = "margaret@new.example"


@pytest.fixture
def confirmed(client: Client, margaret: Patient) -> Client:
    factories.confirm_device(client, factories.open_device(client, margaret))
    return client


def new_code(address: str) -> str:
    row = EmailedCode.objects.get(new_email=address)
    letter = patient_emails.emailed_code(str(row.pk), clock.now())
    assert letter is not None
    assert letter.to == address
    return factories.code_in(letter.text)


class TestContact:
    def change(self, client: Client, **fields: str):
        return client.post("/today/contact/", {"email": NEW, "time_zone": "Europe/London"} | fields)

    @pytest.mark.hazard("HZ-30")
    def test_the_address_changes_when_the_code_at_the_new_one_is_entered(self, confirmed, margaret):
        link = patient_actions.issue_link(
            actor=Actor.system("t"), patient=margaret, expires_at=clock.now() + timedelta(days=1)
        )[0]
        assert self.change(confirmed)["Location"] == "/today/contact/?done=sent"
        page = text(confirmed.get("/today/contact/?done=sent"))
        assert NEW in page
        margaret.refresh_from_db()
        assert margaret.email != NEW
        done = confirmed.post("/today/contact/confirm/", {"code": new_code(NEW)})
        assert done["Location"] == "/today/contact/?done=saved"
        margaret.refresh_from_db()
        link.refresh_from_db()
        assert margaret.email == NEW
        assert "margaret@new.example" in margaret.search
        assert link.revoked_at is not None
        assert confirmed.get("/today/").status_code == 200
        entry = AuditEntry.objects.get(verb="patient.updated")
        assert (entry.actor_kind, entry.changes) == ("patient", {"fields": ["email"]})

    def test_a_wrong_code_changes_nothing(self, confirmed, margaret):
        self.change(confirmed)
        assert confirmed.post("/today/contact/confirm/", {"code": "00000000"}).status_code == 422
        assert confirmed.post("/today/contact/confirm/", {}).status_code == 422
        margaret.refresh_from_db()
        assert margaret.email != NEW

    def test_the_same_address_needs_no_code(self, confirmed, margaret):
        assert self.change(confirmed, email=margaret.email)["Location"] == "/today/contact/?done=saved"
        assert EmailedCode.objects.count() == 0

    def test_another_zone_moves_the_reminders(self, confirmed, margaret, programme):
        reminders.replan_patient(margaret, clock.now())
        response = self.change(confirmed, email=margaret.email, time_zone="tokyo")
        assert response.status_code == 303
        margaret.refresh_from_db()
        assert margaret.time_zone == "Asia/Tokyo"
        assert AuditEntry.objects.get(verb="patient.updated").changes == {"fields": ["time_zone"]}

    @pytest.mark.parametrize("fields", [{"email": ""}, {"email": "x"}, {"time_zone": "Nowhere"}])
    def test_what_is_wrong_is_said_and_nothing_changes(self, confirmed, fields):
        before = factories.count_rows()
        assert self.change(confirmed, **fields).status_code == 422
        assert factories.count_rows() == before

    def test_asked_for_too_often_it_stops(self, confirmed):
        assert [self.change(confirmed).status_code for _ in range(4)] == [303, 303, 303, 422]


class TestExport:
    def test_holds_what_the_patient_may_see_and_nothing_of_another(
        self, confirmed, margaret, heinrich, programme
    ):
        factories.make_log(margaret, programme.items.get())
        page = confirmed.get("/today/export/")
        assert page.status_code == 200
        response = confirmed.post("/today/export/")
        assert response["Content-Disposition"] == 'attachment; filename="my-plan.zip"'
        assert response["Cache-Control"] == "no-store"
        files = unzipped(response.content)
        found = json.loads(files["record.json"])["rows"]
        assert found["patients.Patient"][0]["given_name"] == "Margaret"
        assert [row["done"] for row in found["exercises.LogEntry"]] == ["done"]
        assert found["exercises.ProgrammeItem"][0]["name"]
        assert found["exercises.ProgrammeItem"][0]["dose"]
        assert "fhir.json" not in files
        for text_of in files.values():
            assert "Heinrich" not in text_of
            assert not any(device.secret_hash in text_of for device in Device.objects.all())
        entry = AuditEntry.objects.get(verb="patient.exported")
        assert (entry.patient_id, entry.actor_kind, entry.changes["whole"]) == (margaret.pk, "patient", False)

    def test_reads_in_the_patients_own_language(self, confirmed, margaret, programme):
        Patient.objects.filter(pk=margaret.pk).update(language="de")
        factories.make_log(margaret, programme.items.get())
        page = unzipped(confirmed.post("/today/export/").content)["record.html"]
        assert '<html lang="de" dir="ltr">' in page
        for words in ("Geburtsdatum", "Ihre Programme", "läuft", "Gemacht"):
            assert words in page

    def test_says_who_opened_the_record_as_the_page_does(
        self, confirmed, margaret, heinrich, priya, asha, hugo
    ):
        for staff, patient in ((priya, margaret), (asha, margaret), (hugo, heinrich)):
            signed_in(staff).get(f"/patients/{patient.pk}/")
        files = unzipped(confirmed.post("/today/export/").content)
        found = json.loads(files["record.json"])
        opened = {one["name"]: one for one in found["rows"]["clinic.AuditEntry"]}
        page = text(confirmed.get("/today/opened/"))
        assert {one.name for one in readers(margaret)} == set(opened) == {"Priya Nair", "Asha Moyo"}
        assert set(opened["Priya Nair"]) == {"name", "role", "times", "latest"}
        assert (opened["Priya Nair"]["role"], opened["Priya Nair"]["times"]) == ("practitioner", 1)
        assert found["about"]["rows"]["clinic.AuditEntry"] == 2
        read = files["record.html"]
        for words in ("Who opened your record", "Priya Nair", "works at the desk", "How often"):
            assert words in read
        for name in opened:
            assert name in page
        assert "Priya Nair" in files["csv/clinic-AuditEntry.csv"]
        for hidden in ("record.read", "ip_prefix", "request_id"):
            assert hidden not in files["record.json"]

    def test_every_model_that_patients_may_read_is_in_it(self):
        readable = {
            model
            for model in apps.get_models()
            if isinstance(model._default_manager.all(), VisibleRows)
            and model._default_manager.all().patient_key is not None
        }
        own = {one.model: one.own for one in DECLARED if one.own}
        assert set(own) - {ProgrammeItem} == readable  # an item is reached by its programme
        assert len(readable) >= 15
        for model, names in own.items():
            assert not {name for name in names if "hash" in name or "secret" in name}, model


class TestNotForMe:
    @pytest.fixture
    def stranger(self, client: Client, margaret: Patient, programme: Programme) -> Client:
        factories.open_plan(client, margaret, now=clock.now())
        return client

    @pytest.mark.hazard("HZ-01")
    def test_closes_the_links_and_stops_e_mails(self, stranger, margaret, programme):
        by_mail, on_paper = Client(), Client()
        factories.open_device(by_mail, margaret, opened_with=OpenedBy.EMAIL)
        factories.open_device(on_paper, margaret)
        reminders.replan_patient(margaret, clock.now())
        assert "This is not for me" in text(stranger.get("/today/"))
        before = factories.count_rows()
        assert stranger.get("/today/not-for-me/").status_code == 200
        assert factories.count_rows() == before
        response = stranger.post("/today/not-for-me/")
        assert "Margaret" not in text(response)
        assert "Riverside" not in text(response)
        margaret.refresh_from_db()
        assert margaret.email_doubted_at is not None
        assert PlanLink.objects.filter(revoked_at=None).count() == 0
        assert stranger.get("/today/").status_code == 404
        assert by_mail.get("/today/").status_code == 404
        assert on_paper.get("/today/").status_code == 200
        assert emails.plan_ready(str(programme.pk), clock.now()) is None
        assert not Reminder.objects.filter(state="planned").exists()

    def test_is_for_whoever_holds_an_e_mail_only(self, client, margaret):
        factories.open_device(client, margaret)
        assert client.post("/today/not-for-me/").status_code == 404
        margaret.refresh_from_db()
        assert margaret.email_doubted_at is None

    def test_no_link_is_sent_again_before_the_clinic_has_looked(self, stranger, priya, programme):
        stranger.post("/today/not-for-me/")
        staff = signed_in(priya)
        OutgoingEmail.objects.update(state="cancelled")
        response = staff.post(f"/programmes/{programme.pk}/send/", follow=True)
        assert "not for me" in text(response)

    def test_the_clinic_sees_it_and_says_that_the_address_is_right(self, stranger, asha, margaret):
        stranger.post("/today/not-for-me/")
        staff = signed_in(asha)
        assert "said “not for me”" in text(staff.get(f"/patients/{margaret.pk}/"))
        staff.post(f"/patients/{margaret.pk}/access/", {"do": "trust"})
        margaret.refresh_from_db()
        assert margaret.email_doubted_at is None
        assert "not for me" not in text(staff.get(f"/patients/{margaret.pk}/"))
        assert AuditEntry.objects.filter(verb="address.trusted", patient_id=margaret.pk).count() == 1

    def test_another_address_ends_the_doubt_and_what_the_old_one_opened(self, stranger, priya, margaret):
        stranger.post("/today/not-for-me/")
        margaret.refresh_from_db()
        browser = Client()
        factories.open_device(browser, margaret, opened_with=OpenedBy.EMAIL)
        fields = {name: getattr(margaret, name) for name in patient_actions.patients.CONTACT_FIELDS}
        actions.change_contact(
            actor=Actor.staff(priya), patient=margaret, now=clock.now(), **fields | {"email": NEW}
        )
        margaret.refresh_from_db()
        assert margaret.email_doubted_at is None
        assert browser.get("/today/").status_code == 404


class TestStaff:
    @pytest.fixture
    def running(self, priya, margaret, toe_curls) -> Programme:
        return factories.make_programme(priya, margaret, [toe_curls], now=clock.now())

    def test_a_code_is_shown_once_with_its_qr_code(self, asha, margaret, running):
        staff, address = signed_in(asha), f"/patients/{margaret.pk}/access/"
        assert "None yet." in text(staff.get(address))
        page = staff.post(address, {"do": "issue"})
        code = factories.code_in(page.content.decode())
        assert 'class="qr"' in page.content.decode()
        assert page["Cache-Control"] == "no-store"
        assert str(code) not in text(staff.get(address))
        browser = Client()
        assert browser.post("/c/", {"code": code, "own": "own"}).status_code == 303
        row = AccessCode.objects.get()
        assert row.issued_by == asha
        assert row.expires_at.date() == running.ends_on + timedelta(days=30)

    def test_without_a_running_programme_there_is_no_code(self, priya, margaret):
        response = signed_in(priya).post(f"/patients/{margaret.pk}/access/", {"do": "issue"})
        assert response.status_code == 422
        assert "Assign a programme first" in text(response)
        assert AccessCode.objects.count() == 0

    def test_sees_devices_and_signs_one_out(self, asha, margaret, running):
        browser, staff = Client(), signed_in(asha)
        device = factories.open_device(browser, margaret)
        address = f"/patients/{margaret.pk}/access/"
        assert "Chrome on Android" in text(staff.get(address))
        staff.post(address, {"do": "revoke_device", "device": str(device.pk)})
        assert browser.get("/today/").status_code == 404
        assert Device.objects.get().revoked_by == asha

    def test_ends_a_code_and_all_links(self, asha, margaret, running):
        staff, address = signed_in(asha), f"/patients/{margaret.pk}/access/"
        made, browser = factories.make_code(asha, margaret), Client()
        factories.open_plan(browser, margaret, now=clock.now())
        assert "1 link still works." in text(staff.get(address))
        staff.post(address, {"do": "revoke_code"})
        staff.post(address, {"do": "revoke_links"})
        assert browser.get("/today/").status_code == 404
        assert browser.post("/c/", {"code": str(made), "own": "own"}).status_code == 422

    @pytest.mark.parametrize("posted", [{}, {"do": "nothing"}])
    def test_an_unknown_button_is_refused(self, asha, margaret, posted):
        before = factories.count_rows()
        response = signed_in(asha).post(f"/patients/{margaret.pk}/access/", posted)
        assert response.status_code == 422
        after = factories.count_rows()
        assert {t for t in before if before[t] != after[t]} <= {"django_session"}

    @pytest.mark.hazard("HZ-31")
    def test_another_clinics_device_and_patient_do_not_exist(self, hugo, asha, margaret, heinrich):
        theirs = factories.open_device(Client(), heinrich)
        assert signed_in(hugo).get(f"/patients/{margaret.pk}/access/").status_code == 404
        posted = {"do": "revoke_device", "device": str(theirs.pk)}
        assert signed_in(asha).post(f"/patients/{margaret.pk}/access/", posted).status_code == 404
        assert Device.objects.get().revoked_at is None

    def test_asks_as_much_of_the_database_for_four_devices_as_for_one(
        self, asha, margaret, running, django_assert_max_num_queries
    ):
        staff, address = signed_in(asha), f"/patients/{margaret.pk}/access/"
        factories.open_device(Client(), margaret)
        staff.get(address)
        with django_assert_max_num_queries(30) as one:
            staff.get(address)
        for _number in range(3):
            factories.open_device(Client(), margaret)
        with django_assert_max_num_queries(30) as four:
            staff.get(address)
        assert len(one) == len(four)


@pytest.mark.hazard("HZ-30")
class TestEnding:
    def test_the_end_of_the_last_programme_ends_everything_that_opens_the_plan(
        self, priya, margaret, toe_curls
    ):
        now = clock.now()
        first, last = (
            factories.make_programme(priya, margaret, [toe_curls], now=now, name=name) for name in ("A", "B")
        )
        factories.make_code(priya, margaret)
        browser = Client()
        factories.open_device(browser, margaret)
        CalendarFeed.objects.create(
            clinic=margaret.clinic, patient=margaret, secret_hash=hashed(new_secret())
        )
        actor = Actor.staff(priya)
        actions.end_programme(actor=actor, programme=first, now=now, reason="Done.")
        assert browser.get("/today/").status_code == 200
        actions.end_programme(actor=actor, programme=last, now=now, reason="Done.")
        assert browser.get("/today/").status_code == 404
        for model in (AccessCode, Device, CalendarFeed):
            assert model.objects.filter(revoked_at=None).count() == 0
