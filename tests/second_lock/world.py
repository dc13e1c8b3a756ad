"""What the tests of the second lock share: the tables, and statements as the application's role."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from clinic import within
from clinic.actors import Actor
from clinic.dev.postgres import as_application
from tests.app_client import as_the_application

OURS = ("clinic", "patients", "exercises")


def tables() -> dict[str, type[models.Model]]:
    """Every table of ours, those of history and of many-to-many fields too."""
    return {
        model._meta.db_table: model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in OURS and model._meta.managed and not model._meta.proxy
    }


def names_clinic(model: type[models.Model]) -> bool:
    return any(field.column == "clinic_id" for field in model._meta.concrete_fields)


@contextmanager
def asking(actor: Actor | None) -> Iterator[None]:
    """As the application, on behalf of that actor. What goes wrong in the database is taken back."""
    with transaction.atomic(), as_the_application(), within.actors(actor):
        yield


def ask(statement: str, values: Any = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else [cursor.rowcount]


def one(statement: str, values: Any = None) -> Any:
    (row,) = ask(statement, values)
    return row[0] if isinstance(row, tuple) else row


def count(table: str, where: str = "true", values: Any = None) -> int:
    return int(one(f"SELECT count(*) FROM {table} WHERE {where}", values))  # noqa: S608


def keys(table: str, column: str, value: Any) -> set[str]:
    """Keys of the rows where a column says this, of a table whose keys are UUIDs; else none."""
    key = tables()[table]._meta.pk
    if key is None or key.get_internal_type() != "UUIDField":
        return set()
    return {str(pk) for (pk,) in ask(f"SELECT {key.column} FROM {table} WHERE {column} = %s", [value])}  # noqa: S608


def digest(table: str, clinic_id: Any) -> Any:
    """Of all rows of a clinic, as the owner of the tables sees them."""
    said = "md5(string_agg(row::text, '' ORDER BY row::text))"
    return one(f"SELECT {said} FROM {table} AS row WHERE clinic_id = %s", [clinic_id])  # noqa: S608


def application_url() -> str:
    """Of this run's database, for who signs in as the application's role itself."""
    held = connection.settings_dict
    return as_application(f"postgresql://{held['USER']}@{held['HOST'].replace('/', '%2F')}/{held['NAME']}")
