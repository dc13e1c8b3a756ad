"""P9 and P10: each key opens its own door and no other, and a dump of the database holds none that could be used."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.models import User
from exercises.models import Programme
from patients import actions
from patients.models import Device, Patient, PlanLink, PlanVisit
from tests import factories
from tests.doors import DOORS

pytestmark = [pytest.mark.django_db, pytest.mark.hazard("HZ-30")]
TODAY, DEVICE, ASKED = settings.PATIENT_COOKIE_NAME, settings.DEVICE_COOKIE_NAME, settings.ASKED_COOKIE_NAME
RUNGS = {name: door.rung for name, door in DOORS.items() if door.patient and not door.about}


@pytest.fixture
def keys(priya: User, margaret: Patient, programme: Programme) -> dict[str, str]:
    """One of every kind, of one patient, in the form in which the patient holds it."""
    now, system = clock.now(), Actor.system("test")
    link, secret = actions.issue_link(actor=system, patient=margaret, expires_at=now + timedelta(days=7))
    _visit, visit = actions.open_visit(actor=Actor.patient(margaret), link=link, now=now)
    printed = factories.make_code(priya, margaret)
    browser = Client()
    factories.open_device(browser, margaret)
    browser.post("/today/device/")
    return {
        "link": secret,
        "visit": visit,
        "printed": str(printed),
        "device": browser.cookies[DEVICE].value,
        "asked": browser.cookies[ASKED].value,
        "emailed": factories.emailed_codes()[-1],
        "stop": factories.stop_token(margaret),
    }


def cookie(name: str) -> Callable[[str], int]:
    def try_it(key: str) -> int:
        client = Client()
        client.cookies[name] = key
        return client.get("/today/").status_code

    return try_it


SLOTS: dict[str, tuple[str, Callable[[str], int]]] = {  # its own key, and how it is tried
    "the link's cookie": ("visit", cookie(TODAY)),
    "the device's cookie": ("device", cookie(DEVICE)),
    "the waiting browser's cookie": ("", cookie(ASKED)),
    "the staff's cookie": ("", cookie(settings.SESSION_COOKIE_NAME)),
    "the link": ("link", lambda key: Client().post("/t/open/", {"link": key}).status_code),
    "the printed code": (
        "printed",
        lambda key: Client().post("/c/", {"code": key, "own": "own"}).status_code,
    ),
    "the e-mailed code": (
        "",
        lambda key: Client().post("/c/enter/", {"code": key, "own": "own"}).status_code,
    ),
    "the stop link": ("stop", lambda key: Client().get(f"/u/{key}/").status_code),
}


@pytest.mark.parametrize("slot", SLOTS)
@pytest.mark.check(33)
def test_p9_each_key_in_each_slot(keys: dict[str, str], slot: str) -> None:
    own, try_it = SLOTS[slot]
    before = [model.objects.count() for model in (Device, PlanVisit)]
    for kind, key in keys.items():
        if kind != own:
            assert try_it(key) in {404, 422}, kind
    assert [model.objects.count() for model in (Device, PlanVisit)] == before
    if own:
        assert try_it(keys[own]) in {200, 303}


def status(client: Client, name: str) -> set[int]:
    address = reverse(name)
    methods = DOORS[name].methods.split()
    return {
        client.generic(m, address, content_type="application/x-www-form-urlencoded").status_code
        for m in methods
    }


@pytest.mark.parametrize("rung", ["none", "A", "B", "C", "expired"])
@pytest.mark.check(35)
def test_p9_each_rung_opens_its_pages_and_none_above(
    margaret: Patient, programme: Programme, rung: str
) -> None:
    for name, needs in RUNGS.items():
        client = Client()
        if rung == "A":
            factories.open_plan(client, margaret, now=clock.now())
        elif rung in {"B", "C", "expired"}:
            device = factories.open_device(client, margaret)
            if rung != "B":
                factories.confirm_device(client, device)
        if rung == "expired":
            Device.objects.update(expires_at=clock.now() - timedelta(seconds=1))
        found = status(client, name)
        if rung in {"none", "expired"} or needs > rung:
            assert found == {404}, name
        elif name not in {"patients:device_revoke", "exercises:not_for_me"}:  # of no device; of a link only
            assert not found & {404, 403, 500}, name
    assert len(RUNGS) >= 11
    assert set(RUNGS.values()) == {"A", "B", "C"}


@pytest.mark.hazard("HZ-01")
def test_p9_nothing_of_one_patient_opens_another(keys: dict[str, str], heinrich: Patient) -> None:
    other = Client()
    factories.confirm_device(other, factories.open_device(other, heinrich))
    mine = Device.objects.get(patient__given_name="Margaret")
    assert other.post("/today/devices/revoke/", {"device": mine.pk}).status_code == 404
    other.cookies[ASKED] = keys["asked"]
    assert other.post("/today/confirm/", {"code": keys["emailed"]}).status_code == 422
    assert other.post("/today/contact/confirm/", {"code": keys["emailed"]}).status_code == 422
    mine.refresh_from_db()
    assert mine.revoked_at is None


@pytest.mark.check(33)
def test_p10_a_dump_holds_no_key(keys: dict[str, str]) -> None:
    rows = dump()
    secret = keys["printed"].replace("-", "")[4:]
    wanted = {**keys, "printed secret": secret, "emailed bare": keys["emailed"].replace("-", "")}
    del wanted["stop"]  # signed with the SECRET_KEY, stored nowhere; it can only stop e-mails
    assert {kind for kind, key in wanted.items() if key.lower() in rows} == set()
    assert keys["stop"].lower() not in rows
    assert PlanLink.objects.get().secret_hash in rows  # the dump has the rows of which this speaks


def dump() -> str:
    """Every row of every table as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t')  # noqa: S608 - our own tables
            found += [row for (row,) in cursor.fetchall()]
    return "\n".join(found).lower()
