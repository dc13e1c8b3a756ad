"""A restricted record: gone from everything that staff see, without a letter to the patient, and still the patient's own."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, EmailState, OutgoingEmail, User
from exercises import actions, emails, reminders
from exercises.models import Programme, Reminder, ReminderState
from patients import actions as patient_actions
from patients import alerts
from patients import emails as patient_emails
from patients.models import (
    Carer,
    Patient,
    PatientMerge,
    Purpose,
    Restriction,
    belongings,
)
from patients.models.visibility import VisibleRows, naming_a_patient
from tests import factories
from tests.alert_factories import make_alert
from tests.device_factories import open_device
from tests.doors import DOORS
from tests.message_factories import make_message
from tests.pages import signed_in, text
from tests.patients.test_signs import tell
from tests.restricted_world import REASON, make_opening, make_restriction
from tests.test_access_matrix import addresses, world

__all__ = ["addresses", "world"]  # fixtures
CANARY = "Hale"
STAFF = ("practitioner", "owner", "assistant")  # who sees patients at all
# The only page that still knows a restricted record: it names nobody, and is tried in test_break_glass.
STILL_KNOW = {"patients:break_glass_of"}
ABOUT_MARGARET = {
    *(
        "patient",
        "finding",
        "support",
        "evaluation",
        "draft",
        "programme",
        "log",
        "activity",
        "questionnaire",
    ),
    *("flag", "alert", "screening", "referral", "sent message", "outgoing e-mail", "two patients"),
}


@pytest.mark.slow
@pytest.mark.hazard("HZ-31")
@pytest.mark.django_db
def test_no_door_of_any_kind_opens_for_anybody(
    world: dict[str, Client], addresses: dict[str, str], margaret: Patient, olivia: User
) -> None:
    about = {name: door for name, door in DOORS.items() if door.about in ABOUT_MARGARET and not door.patient}
    make_restriction(olivia, margaret)
    wrong = []
    for name in about.keys() - STILL_KNOW:
        for identity in STAFF:
            for method in set(DOORS[name].methods.split()) & {"GET", "POST"}:
                kind = "application/json" if DOORS[name].api else "application/x-www-form-urlencoded"
                answer = world[identity].generic(method, addresses[name], content_type=kind)
                if answer.status_code not in {403, 404}:
                    wrong.append(f"{identity} {method} {name}: {answer.status_code}")
    assert wrong == []
    assert len(about) > 70


@pytest.mark.slow
@pytest.mark.django_db
def test_no_list_search_count_or_export_names_the_patient(
    world: dict[str, Client], addresses: dict[str, str], margaret: Patient, double: Patient, olivia: User
) -> None:
    """Every page without an object of its own, by every role, and the lists with questions in their address."""
    make_restriction(olivia, margaret)
    make_restriction(olivia, double)
    asked = [
        *(addresses[name] for name, door in DOORS.items() if not door.about and "GET" in door.methods),
        f"{reverse('patients:list')}?q=hale",
        f"{reverse('patients:list')}?q=hael",
        f"{reverse('patients:list')}?archived=1",
        f"{reverse('exercises:worklist')}?who=all",
        f"{reverse('exercises:worklist')}?who=all&show=snoozed",
        f"{reverse('exercises:outgoing')}?first=",
        f"{reverse('clinic:audit')}?patient={margaret.pk}",
        *(f"/api/v1/{kind}/?patient={margaret.pk}" for kind in ("findings", "programmes", "logs")),
    ]
    for identity in (*STAFF, "auditor"):
        for address in asked if identity in STAFF else [reverse("clinic:audit")]:
            page = world[identity].get(address)
            found = b"".join(page.streaming_content) if page.streaming else page.content  # type: ignore[attr-defined]
            assert CANARY not in found.decode(), f"{identity} {address}"
    assert len(asked) > 40


@pytest.mark.django_db
def test_it_is_counted_nowhere(priya: User, asha: User, margaret: Patient, programme: Programme) -> None:
    now = clock.now()
    factories.make_patient(priya, "Ana", "Quinn")
    letter = OutgoingEmail.objects.filter(letter="plan_ready")
    letter.update(state=EmailState.FAILED, not_before=now)
    make_alert(margaret, now=now)
    page = text(signed_in(priya).get(reverse("patients:list")))
    assert "2 patients" in page
    assert signed_in(priya).get("/api/v1/patients/").json()["count"] == 2
    listed = signed_in(priya).get(reverse("exercises:worklist"), {"who": "all"})
    assert (len(listed.context["listed"].rows), listed.context["emails_wait"]) == (1, 1)
    failed = "1 e-mail could not be sent"
    assert failed in text(signed_in(asha).get(reverse("patients:list")))
    make_restriction(priya, margaret)
    assert failed not in text(signed_in(asha).get(reverse("patients:list")))
    page = text(signed_in(priya).get(reverse("patients:list")))
    assert "1 patient" in page
    assert "2 patients" not in page
    assert signed_in(priya).get("/api/v1/patients/").json()["count"] == 1
    listed = signed_in(priya).get(reverse("exercises:worklist"), {"who": "all"})
    assert (len(listed.context["listed"].rows), listed.context["emails_wait"]) == (0, 0)
    sent = signed_in(asha).get(reverse("exercises:outgoing"), {"first": ""})
    assert sent.context["found"].total == 0


def models_of_patients() -> Iterator[Any]:
    for model in {*belongings(), Patient, PatientMerge, Carer}:
        if isinstance(model.objects.all(), VisibleRows):
            yield model


@pytest.mark.django_db
def test_every_kind_of_row_asks_whether_its_record_is_closed(priya: User) -> None:
    """By the question that goes to the database: a new model cannot forget it."""
    actor = Actor.staff(priya)
    looked_at = list(models_of_patients())
    for model in looked_at:
        rows = model.objects.visible_to(actor)
        if priya.staff_membership.role in rows.seen_by:
            asked = str(rows.query)
            assert asked.count("FROM patients_restriction") == len(naming_a_patient(model)), model
            assert naming_a_patient(model), model
    assert len(looked_at) > 25
    assert naming_a_patient(PatientMerge) == ("kept_id", "duplicate_id")


@pytest.mark.django_db
def test_another_clinic_s_restriction_closes_nothing_here(
    priya: User, hugo: User, margaret: Patient, heinrich: Patient
) -> None:
    make_restriction(hugo, heinrich)
    assert Patient.objects.visible_to(Actor.staff(priya)).get() == margaret
    assert not Patient.objects.visible_to(Actor.staff(hugo)).exists()


@pytest.mark.django_db
def test_duplicates_that_were_merged_into_it_are_closed_and_opened_with_it(
    priya: User, olivia: User, margaret: Patient, double: Patient
) -> None:
    actor, now = Actor.staff(priya), clock.now()
    actions.merge_patients(actor=actor, kept=margaret, duplicate=double, now=now, reason="Twice.")
    double.refresh_from_db()
    with pytest.raises(Refused, match="merged"):
        make_restriction(priya, double)
    restriction = make_restriction(priya, margaret)
    assert not Patient.objects.visible_to(Actor.staff(olivia)).exists()
    assert signed_in(olivia).get(reverse("exercises:record", args=[double.pk])).status_code == 404
    actions.lift_restriction(actor=Actor.staff(olivia), restriction=restriction, reason=REASON, now=now)
    assert Patient.objects.visible_to(Actor.staff(olivia)).count() == 2


@pytest.mark.django_db
def test_nothing_is_carried_out_of_it_by_a_merge(priya: User, margaret: Patient, double: Patient) -> None:
    actor, now = Actor.staff(priya), clock.now()
    make_restriction(priya, double)
    make_opening(priya, double)
    before = factories.count_rows()
    with pytest.raises(Refused, match="restricted"):
        actions.merge_patients(actor=actor, kept=margaret, duplicate=double, now=now, reason="Twice.")
    assert factories.count_rows() == before


class TestMail:
    @pytest.fixture
    def posted(self, priya: User, margaret: Patient, programme: Programme) -> dict[str, Any]:
        """Every letter to the patient or the carer, with what composes it."""
        now = clock.now()
        carer = patient_actions.name_carer(
            actor=Actor.patient(margaret),
            patient=margaret,
            name="Ruth",
            email="ruth@families.example",
            language="en-gb",
            now=now,
        )
        device = open_device(Client(), margaret)
        message = make_message(priya, margaret, now=now - timedelta(hours=1))
        reminder = Reminder.objects.earliest("due_at")
        copy = f"{programme.pk.hex}-{carer.pk}"
        Reminder.objects.filter(pk=reminder.pk).update(local_date=now.date())
        return {
            "plan_ready": (emails.plan_ready, programme.pk),
            "plan_changed": (emails.plan_changed, programme.pk),
            "message_waiting": (emails.message_waiting, message.pk),
            "carer_asked": (emails.carer_asked, carer.pk),
            "carer_plan_ready": (emails.carer_plan_ready, copy),
            "device_added": (patient_emails.device_added, device.pk),
        }

    @pytest.mark.django_db
    def test_no_letter_is_composed_any_more(
        self, posted: dict[str, Any], priya: User, margaret: Patient
    ) -> None:
        now = clock.now()
        Carer.objects.update(state="agreed", agreed_at=now)
        written = {
            name: write(str(key), now) for name, (write, key) in posted.items() if name != "carer_asked"
        }
        assert None not in written.values()
        make_restriction(priya, margaret)
        for name, (write, key) in posted.items():
            assert write(str(key), now) is None, name

    @pytest.mark.django_db
    def test_what_waits_is_taken_back_and_reminders_rest(
        self, priya: User, margaret: Patient, programme: Programme
    ) -> None:
        assert OutgoingEmail.objects.under_way().exists()
        restriction = make_restriction(priya, margaret, now=factories.NOON)
        assert not OutgoingEmail.objects.under_way().exists()
        assert set(OutgoingEmail.objects.values_list("reason", flat=True)) == {"The record is restricted."}
        assert set(Reminder.objects.values_list("state", flat=True)) == {ReminderState.CANCELLED}
        now = Reminder.objects.earliest("due_at").due_at - timedelta(hours=1)
        reminders.replan(programme, now)
        due = Reminder.objects.earliest("due_at")
        reminders.post_due(due.due_at)
        due.refresh_from_db()
        assert (due.state, due.reason) == (ReminderState.CANCELLED, "The record is restricted.")
        actions.lift_restriction(actor=Actor.staff(priya), restriction=restriction, reason=REASON, now=now)
        assert Reminder.objects.filter(state=ReminderState.PLANNED).exists()
        reminders.post_due(due.due_at)
        assert OutgoingEmail.objects.under_way().filter(letter="exercise_reminder").count() == 1

    @pytest.mark.django_db
    def test_a_code_that_the_patient_asks_for_is_sent(self, priya: User, margaret: Patient) -> None:
        make_restriction(priya, margaret)
        now = clock.now()
        code = patient_actions.ask_code(
            actor=Actor.patient(margaret),
            patient=margaret,
            purpose=Purpose.DEVICE,
            browser_secret="x" * 43,
            now=now,
        )
        assert patient_emails.emailed_code(str(code.pk), now) is not None


@pytest.mark.django_db
def test_the_plan_stays_the_patient_s_own(
    client: Client, margaret: Patient, programme: Programme, priya: User
) -> None:
    """With a device, from before or opened since; what is logged is kept."""
    code = factories.make_code(priya, margaret)
    open_device(client, margaret)
    make_restriction(priya, margaret)
    page = text(client.get(reverse("exercises:today")))
    assert "Toe curls and spreads" in page
    other = Client()
    assert other.post(reverse("patients:code"), {"code": str(code), "own": "own"}).status_code == 303
    assert client.get(reverse("exercises:my_progress")).status_code == 200


@pytest.mark.hazard("HZ-05")
@pytest.mark.django_db
def test_a_sign_that_waits_behind_the_door_is_not_lost(
    priya: User, olivia: User, asha: User, margaret: Patient
) -> None:
    make_restriction(olivia, margaret)
    tell(margaret, "calf_chest", now=clock.now())
    posted = OutgoingEmail.objects.filter(letter="signs_reported")
    assert posted.count() == 2
    letter = alerts.signs_reported(posted.earliest("pk").object_id, clock.now())
    assert letter
    assert reverse("patients:break_glass_of", args=[margaret.pk]) in letter.text
    page = text(signed_in(priya).get(reverse("exercises:worklist")))
    assert "A warning sign waits in a restricted record" in page
    assert CANARY not in page
    door = text(signed_in(priya).get(reverse("patients:break_glass")))
    assert reverse("patients:break_glass_of", args=[margaret.pk]) in door
    assert CANARY not in door
    assert "restricted record" not in text(signed_in(olivia).get(reverse("exercises:worklist")))
    make_opening(priya, margaret)
    page = text(signed_in(priya).get(reverse("exercises:worklist")))
    assert "A warning sign waits in a restricted record" not in page
    assert CANARY in page


class TestPages:
    @pytest.mark.django_db
    @pytest.mark.parametrize("who", ["olivia", "priya"])
    def test_owners_and_practitioners_restrict_with_a_reason(
        self, request: pytest.FixtureRequest, who: str, margaret: Patient
    ) -> None:
        user = request.getfixturevalue(who)
        client, address = signed_in(user), reverse("exercises:patient_restrict", args=[margaret.pk])
        assert "Restrict this record" in text(client.get(reverse("exercises:record", args=[margaret.pk])))
        before = factories.count_rows()
        refused = client.post(address, {"reason": "too short"})
        assert refused.status_code == 422
        assert "at least ten characters" in text(refused)
        assert factories.count_rows() == before
        done = client.post(address, {"reason": REASON}, follow=True)
        assert "it opens in an emergency only" in text(done)
        assert Restriction.objects.get().restricted_by == user
        entry = AuditEntry.objects.get(verb="restriction.set")
        assert (entry.patient_id, entry.reason, entry.actor_user_id) == (margaret.pk, REASON, user.pk)
        assert client.post(address, {"reason": REASON}).status_code == 404

    @pytest.mark.django_db
    def test_an_owner_lifts_it_from_a_page_that_names_nobody(
        self, olivia: User, priya: User, margaret: Patient
    ) -> None:
        restriction = make_restriction(priya, margaret)
        client = signed_in(olivia)
        page = text(client.get(reverse("patients:restrictions")))
        address = reverse("exercises:restriction_lift", args=[restriction.pk])
        assert address in page
        assert str(margaret.pk)[:8] in page
        assert CANARY not in page + text(client.get(address))
        assert client.post(address, {"reason": "why not"}).status_code == 422
        assert Restriction.objects.standing().exists()
        done = client.post(address, {"reason": "The dispute is settled."}, follow=True)
        assert CANARY in text(done)
        assert AuditEntry.objects.get(verb="restriction.lifted").reason == "The dispute is settled."
        with pytest.raises(Refused, match="lifted already"):
            actions.lift_restriction(
                actor=Actor.staff(olivia), restriction=restriction, reason=REASON, now=clock.now()
            )

    @pytest.mark.django_db
    def test_a_practitioner_lifts_what_is_open_to_them(
        self, priya: User, olivia: User, margaret: Patient
    ) -> None:
        restriction = make_restriction(olivia, margaret)
        address = reverse("exercises:restriction_lift", args=[restriction.pk])
        client = signed_in(priya)
        assert client.post(address, {"reason": REASON}).status_code == 404
        make_opening(priya, margaret)
        assert client.post(address, {"reason": REASON}).status_code == 302
        assert not Restriction.objects.standing().exists()


@pytest.mark.django_db
def test_mail_of_a_restricted_record_is_not_sent_again(
    priya: User, asha: User, margaret: Patient, programme: Programme
) -> None:
    email = OutgoingEmail.objects.get(letter="plan_ready")
    OutgoingEmail.objects.filter(pk=email.pk).update(state=EmailState.FAILED)
    make_restriction(priya, margaret)
    assistant = signed_in(asha)
    email.refresh_from_db()
    before = factories.count_rows()
    assert assistant.post(reverse("exercises:outgoing_again", args=[email.pk])).status_code == 404
    assert factories.count_rows() == before
    make_opening(priya, margaret)
    actor, now = Actor.staff(priya), clock.now()
    before = factories.count_rows()
    with pytest.raises(Refused, match="nothing is sent"):
        actions.send_again(actor=actor, email=email, now=now)
    with pytest.raises(Refused, match="nothing is sent"):
        actions.send_link_again(actor=actor, programme=programme, now=now)
    assert factories.count_rows() == before
