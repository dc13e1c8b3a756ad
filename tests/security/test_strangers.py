"""More than was asked for: ids of another clinic in every field, and columns that no form has."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.forms import BaseForm
from django.test import Client

from clinic.models import AuditEntry, Clinic, Membership, User
from exercises.actions import RoutineLine
from patients.models import Patient
from tests import factories, test_access_matrix
from tests.doors import DOORS
from tests.message_factories import make_template
from tests.security.filled import Forms
from tests.security.test_source import below

pytestmark = [pytest.mark.slow, pytest.mark.django_db]  # tries everything there is
world, addresses = test_access_matrix.world, test_access_matrix.addresses  # fixtures


@pytest.fixture
def theirs(hilltop: Clinic, hugo: User, heinrich: Patient, toe_curls: Any) -> dict[str, Any]:
    """One of each thing of Hilltop, by the words that are in the names of fields."""
    programme = factories.make_programme(hugo, heinrich, [toe_curls])
    own = factories.make_own_exercise(hugo, name="Own one of Hilltop")
    finding = factories.make_finding(hugo, heinrich)
    return {
        "programme": programme.pk,
        "item": programme.items.get().pk,
        "ending": programme.pk,
        "finding": finding.pk,
        "exercise": own.slug,
        "add": own.slug,
        "routine": factories.write_routine(hugo, [RoutineLine(exercise=own)], name="Theirs").slug,
        "version": own.current_id,
        "template": make_template(hugo, "Theirs", "Words of theirs.").pk,
        "activity": factories.make_activity(hugo, heinrich).pk,
        "practitioner": hugo.pk,
        "user": hugo.pk,
        "member": hugo.staff_membership.pk,
        "support": factories.make_support(hugo, heinrich, finding).pk,
        "patient": heinrich.pk,
        "kept": heinrich.pk,
        "clinic": hilltop.pk,
    }


def tables_of_clinics() -> Iterator[tuple[str, str]]:
    for model in apps.get_models():
        if model._meta.managed and not hasattr(model, "pgh_tracked_model"):
            names = {field.column for field in model._meta.local_concrete_fields}
            if "clinic_id" in names:
                yield model._meta.db_table, "clinic_id"
    yield Clinic._meta.db_table, "id"


def fingerprint(clinic: Clinic) -> list[tuple[str, str]]:
    """Of every row of a clinic."""
    parts = [
        f"SELECT '{table}', coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM \"{table}\" t"  # noqa: S608
        f" WHERE t.{column} = %(clinic)s"
        for table, column in sorted(tables_of_clinics())
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), {"clinic": clinic.pk})
        return sorted(cursor.fetchall())


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def poster(name: str) -> str:
    door = DOORS[name]
    if door.patient:
        return "patient"
    return next(
        (one for one in ("practitioner", "owner", "curator") if door.expected(one, "POST") != {403}), ""
    )


def posts(
    world: dict[str, Client], addresses: dict[str, str]
) -> Iterator[tuple[str, Client, str, dict[str, Any]]]:
    """Each door that takes a form of ours, who posts, where, and what: as its page shows it, filled in."""
    for name, door in DOORS.items():
        if "POST" not in door.methods or door.api or (door.roles is None and not door.patient):
            continue
        client, address, fields = world[poster(name)], addresses[name], {}
        if "GET" in door.methods:
            page = client.get(address)
            here = [
                fields for action, fields in Forms(page.content.decode()).found if action in {"", address}
            ]
            fields = max(here, key=len, default={})
        yield name, client, address, fields


def every_field() -> set[str]:
    """Of our forms."""
    return {
        name
        for form in below(BaseForm)
        if form.__module__.startswith(("clinic", "patients", "exercises"))
        for name in getattr(form, "base_fields", {})
    }


@pytest.mark.check(3)
def test_ids_of_another_clinic_are_taken_in_no_field(
    world: dict[str, Client],
    addresses: dict[str, str],
    theirs: dict[str, Any],
    hilltop: Clinic,
    margaret: Patient,
    record_property: Any,
) -> None:
    factories.confirm_device(world["patient"], factories.open_device(world["patient"], margaret))
    before, fuzzed, refused = fingerprint(hilltop), 0, 0
    for name, client, address, fields in posts(world, addresses):
        named = {*fields, *every_field(), *theirs} - {"csrfmiddlewaretoken"}
        foreign = {one: key for one in sorted(named) for word, key in theirs.items() if word in one}
        with taken_back():
            answer = client.post(address, fields | foreign)
            fuzzed += 1
            refused += answer.status_code >= 400
            assert answer.status_code < 500, name
            body = answer.content.decode(errors="replace")
            assert "Heinrich" not in body, name
            assert "Adler" not in body, name
            assert answer.status_code >= 400 or fingerprint(hilltop) == before, name
    record_property("fuzzed", fuzzed)
    assert fuzzed > 90
    assert refused > 20


def surplus(olivia: User, hilltop: Clinic) -> dict[str, Any]:
    """Columns that only actions write, each with a value that somebody might like."""
    columns: dict[str, Any] = {}
    for model in apps.get_models():
        if model._meta.app_label not in {"clinic", "patients", "exercises"}:
            continue
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.ForeignKey) and field.related_model is User:
                columns |= {field.name: olivia.pk, field.attname: olivia.pk}
            elif isinstance(field, models.ForeignKey) and field.related_model is Clinic:
                columns |= {field.name: hilltop.pk, field.attname: hilltop.pk}
    return columns | {
        "is_superuser": "on",
        "is_staff": "on",
        "is_active": "on",
        "created_at": "1999-01-01",
        "recorded_at": "1999-01-01",
        "assigned_at": "1999-01-01",
        "signed_at": "1999-01-01",
        "secret_hash": "0" * 64,
        "archived_at": "1999-01-01",
        "password": "x",
    }


def by_whom(user: User) -> int:
    """How many rows name this person."""
    columns = [
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        if model not in {User, Membership, AuditEntry}
        and model._meta.app_label in {"clinic", "patients", "exercises"}
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.ForeignKey)
        and field.related_model is User
        and field.name != "practitioner"
    ]
    counts = [f'SELECT count(*) FROM "{table}" WHERE "{column}" = %(user)s' for table, column in columns]  # noqa: S608
    question = f"SELECT sum(count) FROM ({' UNION ALL '.join(counts)}) AS all_of_them"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(question, {"user": user.pk})
        return int(cursor.fetchone()[0])


@pytest.mark.check(5)
def test_what_no_form_has_is_not_taken(
    world: dict[str, Client],
    addresses: dict[str, str],
    olivia: User,
    hilltop: Clinic,
    margaret: Patient,
    record_property: Any,
) -> None:
    factories.confirm_device(world["patient"], factories.open_device(world["patient"], margaret))
    extra, before, hers = surplus(olivia, hilltop), fingerprint(hilltop), by_whom(olivia)
    fuzzed, taken = 0, 0
    assert len(extra) > 20
    for name, client, address, fields in posts(world, addresses):
        mine = client is world["owner"]
        added = {one: value for one, value in extra.items() if one not in fields}
        with taken_back():
            answer = client.post(address, added | fields)
            fuzzed += 1
            taken += answer.status_code in {302, 303}
            assert answer.status_code < 500, name
            if answer.status_code >= 400:
                continue
            assert fingerprint(hilltop) == before, name
            assert mine or by_whom(olivia) == hers, name
            assert not User.objects.filter(is_superuser=True).exclude(name="Root").exists(), name
            assert not User.objects.filter(is_staff=True).exclude(name="Root").exists(), name
            assert not Patient.objects.filter(created_at__year=1999).exists(), name
    record_property("fuzzed", fuzzed)
    assert fuzzed > 90
    assert taken > 25
