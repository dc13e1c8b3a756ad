"""What the database refuses of messages, past every action."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.models import User
from patients.models import Message, MessageTemplate, Patient
from tests.factories import NOON
from tests.message_factories import make_message, make_template

pytestmark = pytest.mark.slow  # tries everything there is


class World:
    def __init__(self, priya: User, margaret: Patient, stranger: Patient) -> None:
        self.hilltop = stranger.clinic
        self.message = make_message(priya, margaret, now=NOON)
        self.template = make_template(priya)
        self.shared = make_template(priya, "Ours", shared=True)

    def change(self, row: Any, **fields: Any) -> None:
        type(row).objects.filter(pk=row.pk).update(**fields)

    def copy(self, row: Any, **fields: Any) -> None:
        values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
        values.pop(row._meta.pk.attname)
        type(row).objects.create(**values | fields)


BREAKS: dict[str, Callable[[World], object]] = {
    "message_says_something": lambda w: w.copy(w.message, text=""),
    "message_readable_once_sent": lambda w: w.copy(w.message, readable_from=NOON - timedelta(seconds=1)),
    "message_taken_back_unread": lambda w: w.change(w.message, taken_back_at=w.message.readable_from),
    "message_seen_once_readable": lambda w: w.change(w.message, seen_at=NOON),
    "message_template_once": lambda w: w.copy(w.shared),
    "message_template_complete": lambda w: w.change(w.template, text=""),
    "message_patient_same_clinic": lambda w: w.copy(w.message, clinic_id=w.hilltop.pk),
}
COMPOSITE_KEYS = {name for name in BREAKS if "_same_" in name}


@pytest.fixture
def world(priya: User, margaret: Patient, heinrich: Patient) -> World:
    return World(priya, margaret, heinrich)


@transaction.atomic
def attempt(name: str, world: World) -> None:
    BREAKS[name](world)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the composite keys wait for the commit otherwise


@pytest.mark.hazard("HZ-31")
@pytest.mark.parametrize("name", BREAKS)
def test_the_database_refuses(name: str, world: World) -> None:
    with pytest.raises(IntegrityError) as refused:
        attempt(name, world)
    cause: Any = refused.value.__cause__
    assert cause.diag.constraint_name == name


def test_ones_own_template_may_be_called_as_another_ones(world: World, olivia: User) -> None:
    world.copy(world.template, owner_id=olivia.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        world.copy(world.template)
    assert MessageTemplate.objects.filter(name=world.template.name).count() == 2


@pytest.mark.parametrize(
    "change", [{"text": "Something else."}, {"sent_at": NOON - timedelta(days=1)}, {"about_day": NOON.date()}]
)
def test_a_message_stays_as_it_was_written(world: World, change: dict[str, Any]) -> None:
    rows = Message.objects.filter(pk=world.message.pk)
    for write in (lambda: rows.update(**change), lambda: rows._raw_delete(rows.db)):
        with pytest.raises(IntegrityError, match="stay as they were signed"), transaction.atomic():
            write()
    assert rows.get().text == world.message.text


@pytest.mark.parametrize("ended", [{"seen_at": NOON + timedelta(days=1)}, {"taken_back_at": NOON}])
def test_it_is_read_or_taken_back_once(world: World, ended: dict[str, Any]) -> None:
    rows = Message.objects.filter(pk=world.message.pk)
    rows.update(**ended)
    for change in (dict.fromkeys(ended), {"seen_at": NOON + timedelta(days=2)}):
        with pytest.raises(IntegrityError, match="stay as they were signed"), transaction.atomic():
            rows.update(**change)
