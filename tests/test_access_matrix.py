"""Every URL x every identity x every method, in one table that must be complete.

The identities: nobody, a patient's browser, five roles of one clinic, a practitioner of another clinic, and a
superuser without a clinic. A new URL makes the first test fail until somebody decides who may come in.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from clinic import clock
from clinic.actors import Actor
from clinic.models import AuditEntry, OutgoingEmail, SchedulerBeat, User
from clinic.roles import (
    EDITS_CONTACT,
    READS_CATALOGUE,
    SEES_CLINICAL,
    SEES_PATIENTS,
    SEES_PROGRAMMES,
    WRITES_CLINICAL,
    Role,
)
from exercises.models import Programme, Routine
from patients import actions as patient_actions
from patients.models import Finding, Patient
from tests import factories

METHODS = ("GET", "POST")
ENTERED = {200, 201, 204, 302, 303, 400, 409, 422}  # let in; a form may still find fault with an empty post
ROLES = {
    "assistant": Role.ASSISTANT,
    "practitioner": Role.PRACTITIONER,
    "curator": Role.CURATOR,
    "owner": Role.OWNER,
    "auditor": Role.AUDITOR,
}
IDENTITIES = ("anonymous", "patient", *ROLES, "stranger", "superuser")


@dataclass(frozen=True)
class Door:
    """``roles`` None: open to everybody. ``about`` names the object in the address, which belongs to Riverside."""

    methods: str
    roles: frozenset[Role] | None = None
    about: str = ""
    patient: bool = False  # a patient's cookie is the key
    api: bool = False
    writers: frozenset[Role] | None = None  # who may post, where fewer than may look

    def expected(self, identity: str, method: str) -> set[int]:
        allowed = method in self.methods
        if self.patient:
            entered = ENTERED if identity == "patient" else {404}
        elif self.roles is None:
            entered = ENTERED | {404}
        elif identity in {"anonymous", "patient"}:
            return {403} if self.api else {302}
        else:
            entered = self._for_staff(
                identity, self.writers if method == "POST" and self.writers else self.roles
            )
        if allowed:
            return entered
        return {403, 405} if self.api else {405}

    def _for_staff(self, identity: str, roles: frozenset[Role]) -> set[int]:
        role = None if identity == "superuser" else ROLES.get(identity, Role.PRACTITIONER)
        if role not in roles:
            return {403}
        return {404} if identity == "stranger" and self.about in OBJECTS_OF_A_CLINIC else ENTERED


OBJECTS_OF_A_CLINIC = {"patient", "finding", "programme", "log"}


def staff(methods: str, roles: frozenset[Role], about: str = "") -> Door:
    return Door(methods, roles, about)


def api(
    methods: str, roles: frozenset[Role], about: str = "", writers: frozenset[Role] | None = None
) -> Door:
    return Door(methods, roles, about, api=True, writers=writers)


DOORS: dict[str, Door] = {
    "clinic:home": Door("GET"),
    "clinic:live": Door("GET"),
    "clinic:ready": Door("GET"),
    "clinic:reminders_health": Door("GET"),
    "clinic:mailbox": Door("GET"),
    "clinic:mailbox_message": Door("GET", about="message"),
    "clinic:api_reference": staff("GET", READS_CATALOGUE),
    "clinic:api_schema": api("GET", READS_CATALOGUE),
    "patients:list": staff("GET", SEES_PATIENTS),
    "patients:new": staff("GET POST", EDITS_CONTACT),
    "patients:finding_add": staff("POST", WRITES_CLINICAL, "patient"),
    "patients:finding_close": staff("POST", WRITES_CLINICAL, "finding"),
    "patients:finding_reopen": staff("POST", WRITES_CLINICAL, "finding"),
    "patients:help": Door("GET", about="clinic"),
    "patients:link": Door("GET"),
    "patients:link_open": Door("POST"),
    "patients:link_match": Door("POST"),
    "patients:api-finding-type-list": api("GET", READS_CATALOGUE),
    "patients:api-patient-list": api("GET POST", SEES_PATIENTS),
    "patients:api-patient-detail": api("GET", SEES_PATIENTS, "patient"),
    "patients:api-finding-list": api("GET POST", SEES_CLINICAL, writers=WRITES_CLINICAL),
    "patients:api-finding-detail": api("GET", SEES_CLINICAL, "finding"),
    "exercises:patient": staff("GET", SEES_PATIENTS, "patient"),
    "exercises:patient_edit": staff("GET POST", EDITS_CONTACT, "patient"),
    "exercises:patient_reminders": staff("POST", EDITS_CONTACT, "patient"),
    "exercises:progress": staff("GET", SEES_CLINICAL, "patient"),
    "exercises:assign": staff("GET POST", WRITES_CLINICAL, "patient"),
    "exercises:programme": staff("GET", SEES_PROGRAMMES, "programme"),
    "exercises:programme_resend": staff("POST", EDITS_CONTACT, "programme"),
    "exercises:programme_end": staff("GET POST", WRITES_CLINICAL, "programme"),
    "exercises:catalogue": staff("GET", READS_CATALOGUE),
    "exercises:exercise": staff("GET", READS_CATALOGUE, "exercise"),
    "exercises:today": Door("GET", patient=True),
    "exercises:log": Door("POST", patient=True),
    "exercises:my_reminders": Door("GET POST", patient=True),
    "exercises:leave": Door("POST", patient=True),
    "exercises:unsubscribe": Door("GET POST", about="token"),
    "exercises:api-exercise-list": api("GET", READS_CATALOGUE),
    "exercises:api-exercise-detail": api("GET", READS_CATALOGUE, "exercise"),
    "exercises:api-routine-list": api("GET", READS_CATALOGUE),
    "exercises:api-routine-detail": api("GET", READS_CATALOGUE, "routine"),
    "exercises:api-programme-list": api("GET POST", SEES_PROGRAMMES, writers=WRITES_CLINICAL),
    "exercises:api-programme-detail": api("GET", SEES_PROGRAMMES, "programme"),
    "exercises:api-log-list": api("GET POST", SEES_CLINICAL, writers=WRITES_CLINICAL),
    "exercises:api-log-detail": api("GET", SEES_CLINICAL, "log"),
}


def walk(
    patterns: list[URLPattern | URLResolver], namespace: str = ""
) -> Iterator[tuple[str, Callable[..., object]]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from walk(pattern.url_patterns, inner)
        else:
            yield f"{namespace}{pattern.name}", pattern.callback


ALL = dict(walk(get_resolver().url_patterns))
OURS = {name for name in ALL if name.startswith(("clinic:", "patients:", "exercises:"))}
NOT_OURS = {"account", "mfa", "admin"}


def test_the_table_is_complete() -> None:
    assert set(DOORS) == OURS
    assert {name.partition(":")[0].partition("_")[0] for name in set(ALL) - OURS} == NOT_OURS
    assert len(DOORS) == 45


def test_doors_without_a_lock_are_known_one_by_one() -> None:
    """URLs that need no sign-in: ours give a reason each, DRF's are checked by permission, allauth's are counted."""
    unlocked = {name for name, view in ALL.items() if not getattr(view, "login_required", True)}
    ours = {name for name in unlocked & OURS if not DOORS[name].api}
    assert ours == {
        name for name, door in DOORS.items() if (door.roles is None or door.patient) and not door.api
    }
    assert [name for name in ours if not getattr(ALL[name], "open_because", "")] == []
    assert {name for name in unlocked & OURS if DOORS[name].api} == {n for n, d in DOORS.items() if d.api}
    assert unlocked - OURS == {
        "account_login",
        "account_logout",  # asks, then POST
        "account_confirm_login_code",
        "account_signup",  # routed but closed: the adapter refuses
        "account_inactive",
        "account_confirm_email",
        "account_email_verification_sent",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "mfa_authenticate",
        "mfa_login_webauthn",
    }


@pytest.fixture
def world(
    priya: User,
    olivia: User,
    asha: User,
    carlos: User,
    audrey: User,
    hugo: User,
    margaret: Patient,
    finding: Finding,
    programme: Programme,
    basics: Routine,
) -> dict[str, Client]:
    people = {
        "practitioner": priya,
        "owner": olivia,
        "assistant": asha,
        "curator": carlos,
        "auditor": audrey,
        "stranger": hugo,
        "superuser": User.objects.create_superuser("root@footwork.example", None, name="Root"),
    }
    now = clock.now()
    SchedulerBeat.objects.create(last_tick_at=now, materialised_until=now + timedelta(hours=48))
    OutgoingEmail.objects.update(state="cancelled")  # else the health light is red, rightly
    clients = {name: Client() for name in IDENTITIES}
    for name, user in people.items():
        clients[name].force_login(user)
    link, _secret = patient_actions.issue_link(
        actor=Actor.system("test"), patient=margaret, expires_at=now + timedelta(hours=1)
    )
    _visit, secret = patient_actions.open_visit(actor=Actor.patient(margaret), link=link, now=now)
    clients["patient"].cookies[settings.PATIENT_COOKIE_NAME] = secret
    return clients


@pytest.fixture
def addresses(
    margaret: Patient, finding: Finding, programme: Programme, basics: Routine, priya: User
) -> dict[str, str]:
    item = programme.items.get()
    log = factories.make_log(margaret, item)
    keys: dict[str, object] = {
        "": None,
        "patient": margaret.pk,
        "finding": finding.pk,
        "programme": programme.pk,
        "log": log.pk,
        "exercise": item.version.exercise.slug,
        "routine": basics.slug,
        "clinic": margaret.clinic_id,
        "token": "no-such-token",
        "message": "none.eml",
    }
    return {name: reverse(name, args=[keys[d.about]] if d.about else []) for name, d in DOORS.items()}


@pytest.mark.django_db
def test_everybody_everywhere(world: dict[str, Client], addresses: dict[str, str]) -> None:
    wrong, asked = [], 0
    for name, door in DOORS.items():
        for identity, client in world.items():
            for method in METHODS:
                response = client.generic(
                    method,
                    addresses[name],
                    content_type="application/json" if door.api else "application/x-www-form-urlencoded",
                )
                asked += 1
                if response.status_code not in door.expected(identity, method):
                    wrong.append(f"{identity} {method} {name}: {response.status_code}")
    assert wrong == []
    assert asked == len(DOORS) * len(IDENTITIES) * len(METHODS)


@pytest.mark.django_db
def test_anonymous_visitors_are_sent_to_sign_in(addresses: dict[str, str], client: Client) -> None:
    locked = [name for name, door in DOORS.items() if door.roles is not None and not door.api]
    for name in locked:
        response = client.get(addresses[name])
        assert response["Location"].startswith(reverse("account_login")), name
    assert len(locked) == 16


@pytest.mark.django_db
def test_reading_writes_nothing_but_the_audit_of_reads(
    world: dict[str, Client], addresses: dict[str, str]
) -> None:
    """GET and HEAD leave every table as it was, apart from sessions and entries that say who read a record."""
    before = factories.count_rows()
    read = AuditEntry.objects.exclude(verb="record.read").count()
    for name in DOORS:
        for identity in ("anonymous", "patient", "practitioner", "owner"):
            world[identity].get(addresses[name])
            world[identity].head(addresses[name])
    after = factories.count_rows()
    changed = {table: after[table] - before[table] for table in before if after[table] != before[table]}
    assert set(changed) <= {"clinic_auditentry", "django_session", "clinic_cache"}
    assert AuditEntry.objects.exclude(verb="record.read").count() == read
