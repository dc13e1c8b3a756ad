"""Words in every text of a clinic: a stranger's markup, or a mark by which another clinic's rows are known."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from clinic.models import Clinic, User

OURS = {"clinic", "patients", "exercises"}
# Texts that no person writes: what they mean hangs on their form.
NOT_WRITTEN = {
    "time_zone",
    "picture",
    "search",
    "slug",
    "key",
    "verb",
    "letter",
    "label",
    "object_id",
    "object_type",
    "request_id",
    "colour",
    "token",
    "code",
    "password",
}


def plant(clinic: Clinic, words: str) -> int:
    """In each text column of each row of this clinic that takes them; returns how many columns did. The rows are changed
    past every form, as if somebody had found a way to store what no form takes."""
    planted = 0
    for rows, field in _texts(clinic, len(words)):
        try:
            with transaction.atomic():
                planted += bool(rows.update(**{field.name: words}))
                with connection.cursor() as cursor:  # composite keys would else be judged at the end
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        except DatabaseError:  # a constraint or a trigger keeps them out
            continue
    return planted


def _texts(clinic: Clinic, letters: int) -> Iterator[tuple[models.QuerySet[Any], models.Field]]:
    for model in apps.get_models():
        if model._meta.app_label not in OURS or hasattr(model, "pgh_tracked_model"):
            continue
        for field in model._meta.local_concrete_fields:
            if _is_written(field) and (field.max_length or 999) >= letters:
                yield _rows(model, clinic), field


def _rows(model: type[models.Model], clinic: Clinic) -> models.QuerySet[Any]:
    names = {field.name for field in model._meta.concrete_fields}
    if model is Clinic:
        return model._base_manager.filter(pk=clinic.pk)
    if model is User:
        return model._base_manager.filter(staff_membership__clinic=clinic)
    return model._base_manager.filter(clinic=clinic) if "clinic" in names else model._base_manager.none()


def _is_written(field: models.Field) -> bool:
    if not isinstance(field, models.CharField | models.TextField) or field.choices or field.primary_key:
        return False
    if isinstance(field, models.EmailField | models.URLField | models.SlugField) or field.unique:
        return False
    return field.name not in NOT_WRITTEN and "hash" not in field.name
