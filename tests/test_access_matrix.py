"""Every URL x every identity x every method, in one table that must be complete.

The identities: nobody, a patient's browser, five roles of one clinic, a practitioner of another clinic, and a
superuser without a clinic. A new URL makes the first test fail until somebody decides who may come in.
"""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from clinic import clock
from clinic.actors import Actor
from clinic.models import AuditEntry, OutgoingEmail, SchedulerBeat, User
from exercises import actions as exercise_actions
from exercises.actions import RoutineLine
from exercises.models import Programme, Routine
from patients import actions as patient_actions
from patients.models import Finding, Patient
from tests import factories
from tests.alert_factories import make_alert
from tests.doors import DOORS, IDENTITIES, METHODS
from tests.message_factories import make_message, make_template
from tests.patients.import_world import make_import
from tests.restricted_world import make_erasure, make_opening, make_restriction
from tests.staff_factories import make_invitation

pytestmark = pytest.mark.slow  # tries everything there is


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
NOT_OURS = {"account", "mfa", "admin", "usersessions"}


@pytest.mark.check(1)
@pytest.mark.hazard("HZ-31")
def test_the_table_is_complete() -> None:
    assert set(DOORS) == OURS
    assert {name.partition(":")[0].partition("_")[0] for name in set(ALL) - OURS} == NOT_OURS
    assert len(DOORS) == 232


@pytest.mark.check(1)
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


NOBODYS: dict[str, object] = {  # keys of nothing that is there: the doors are tried without it
    "": None,
    "feed": "x" * 43,
    "carer": "no-such-token",
    "token": "no-such-token",
    "provider": "no-such-service",
    "report": uuid.uuid4(),
    "hand-over": uuid.uuid4(),
    "logo": uuid.uuid4(),
    "message": "none.eml",
}


@pytest.fixture
def addresses(
    margaret: Patient,
    double: Patient,
    finding: Finding,
    programme: Programme,
    basics: Routine,
    priya: User,
    carlos: User,
    olivia: User,
) -> dict[str, str]:
    item = programme.items.get()
    other = factories.make_patient(priya, "Ana", "Quinn")
    merged = patient_actions.merge_patients(
        actor=Actor.staff(priya), kept=double, duplicate=other, now=clock.now(), reason="Twice."
    )
    log = factories.make_log(margaret, item)
    flag = factories.make_flag(priya, margaret)
    evaluation = factories.make_evaluation(priya, margaret)
    draft = patient_actions.start_draft(actor=Actor.staff(priya), patient=margaret, now=clock.now())
    own = factories.make_own_exercise(priya)
    listed = make_import(priya)
    keys: dict[str, object] = {
        **NOBODYS,
        **_closed(priya, olivia),
        "patient": margaret.pk,
        "two patients": (margaret.pk, double.pk),
        "merge": merged.merge.pk,
        "finding": finding.pk,
        "support": factories.make_support(priya, margaret, finding).pk,
        "evaluation": evaluation.pk,
        "draft": draft.pk,
        "programme": programme.pk,
        "log": log.pk,
        "activity": factories.make_activity(priya, margaret).pk,
        "questionnaire": (margaret.pk, factories.make_questionnaire(carlos).pk),
        "flag": flag.pk,
        "alert": make_alert(margaret).pk,
        "screening": flag.screening_id,
        "referral": factories.make_referral(priya, margaret).pk,
        "exercise": item.version.exercise.slug,
        "own exercise": own.slug,
        "import": listed.pk,
        "import row": (listed.pk, 2),
        "clinic export": exercise_actions.ask_export(actor=Actor.staff(olivia), now=clock.now()).pk,
        "proposal": factories.make_proposal(priya, own).pk,
        "photo": own.photo_id,
        "routine": basics.slug,
        "own routine": factories.write_routine(
            priya, [RoutineLine(exercise=item.version.exercise)], name="Ours"
        ).slug,
        "clinic": margaret.clinic_id,
        "colleague": priya.staff_membership.pk,
        "invitation": make_invitation(olivia).pk,
        "day": clock.now().date() - timedelta(days=1),
        "sent message": make_message(priya, margaret, now=clock.now()).pk,
        "outgoing e-mail": OutgoingEmail.objects.filter(letter="plan_ready").earliest("pk").pk,
        "message template": make_template(priya, shared=True).pk,
    }
    return {name: reverse(name, args=_arguments(keys[door.about])) for name, door in DOORS.items()}


def _closed(priya: User, olivia: User) -> dict[str, object]:
    """A restricted record that Priya has opened, and one that she has erased."""
    closed, gone = (factories.make_patient(priya, name, "Quist") for name in ("Nora", "Nils"))
    return {
        "restriction": make_restriction(olivia, closed).pk,
        "opening": make_opening(priya, closed).pk,
        "erasure": make_erasure(priya, gone).pk,
    }


def _arguments(key: object) -> list[object]:
    if isinstance(key, tuple):
        return list(key)
    return [] if key is None else [key]


@pytest.mark.timeout(900)
@pytest.mark.check(2, 3)
@pytest.mark.hazard("HZ-01", "HZ-31")
@pytest.mark.django_db
def test_everybody_everywhere(
    world: dict[str, Client],
    addresses: dict[str, str],
    margaret: Patient,
    record_property: Callable[..., None],
) -> None:
    wrong, asked = [], 0
    for name, door in DOORS.items():
        if door.patient:  # some of these doors close the plan behind them
            factories.open_plan(world["patient"], margaret, now=clock.now())
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
    record_property("matrix", f"{len(DOORS)} x {len(IDENTITIES)} x {len(METHODS)} = {asked}")
    assert wrong == []
    assert asked == len(DOORS) * len(IDENTITIES) * len(METHODS)


@pytest.mark.check(2)
@pytest.mark.django_db
def test_anonymous_visitors_are_sent_to_sign_in(addresses: dict[str, str], client: Client) -> None:
    locked = [name for name, door in DOORS.items() if door.roles is not None and not door.api]
    for name in locked:
        response = client.get(addresses[name])
        assert response["Location"].startswith(reverse("account_login")), name
    assert len(locked) == 162


OF_READING = ["record.read", "record.printed", "record.exported", "import.exported"]


@pytest.mark.check(7)
@pytest.mark.django_db
def test_reading_writes_nothing_but_the_audit_of_reads(
    world: dict[str, Client], addresses: dict[str, str]
) -> None:
    """GET and HEAD leave every table as it was, apart from sessions and entries that say who read a record."""
    before = factories.count_rows()
    read = AuditEntry.objects.exclude(verb__in=OF_READING).count()
    for name in DOORS:
        for identity in ("anonymous", "patient", "practitioner", "owner"):
            world[identity].get(addresses[name])
            world[identity].head(addresses[name])
    after = factories.count_rows()
    changed = {table: after[table] - before[table] for table in before if after[table] != before[table]}
    assert set(changed) <= {"clinic_auditentry", "django_session", "clinic_cache"}
    assert AuditEntry.objects.exclude(verb__in=OF_READING).count() == read
