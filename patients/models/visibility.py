"""The one door to rows that speak of a patient."""

import functools
from typing import Any, ClassVar, Generic, Self, TypeVar
from uuid import UUID

from django.db import models

from clinic.actors import Actor, Kind
from clinic.roles import BREAKS_GLASS, Role

Row = TypeVar("Row", bound=models.Model, covariant=True)
PATIENT = "patients.Patient"


class NotClosed(models.Func):
    """Is the record that ``column`` names open to this member of staff: not restricted, or opened by them within the hour?

    ``user_id`` None: of somebody who may not open restricted records. In SQL, because every question about patients
    holds it: to build it as a query of Django's takes longer than the database needs to answer it.
    """

    output_field = models.BooleanField()
    CLOSED = (
        "SELECT shut.patient_id FROM patients_restriction shut WHERE shut.clinic_id = %s AND shut.lifted_at IS NULL"
        " AND NOT EXISTS (SELECT FROM patients_opening door WHERE door.restriction_id = shut.id"
        " AND door.opened_by_id = %s AND door.closed_at IS NULL AND door.ends_at > now())"
    )

    def __init__(self, column: Any, clinic_id: Any, user_id: Any) -> None:
        super().__init__(column, clinic_id, user_id)

    def as_sql(self, compiler: Any, connection: Any, **_more: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        parts = [compiler.compile(part) for part in self.source_expressions]
        (column, _none), (clinic, _clinic), (user, _user) = parts
        closed = self.CLOSED % (clinic, user)
        return f"{column} NOT IN ({closed})", [value for _sql, values in parts for value in values]


class Door(models.Func):
    """Of a patient's row: the key of the opening by which this member of staff has the restricted record open now."""

    output_field = models.UUIDField()
    OPEN = (
        "(SELECT door.id FROM patients_opening door JOIN patients_restriction shut ON shut.id = door.restriction_id"
        " WHERE door.patient_id = %s AND door.opened_by_id = %s AND door.closed_at IS NULL AND door.ends_at > now()"
        " AND shut.lifted_at IS NULL LIMIT 1)"
    )

    def __init__(self, column: Any, user_id: Any) -> None:
        super().__init__(column, user_id)

    def as_sql(self, compiler: Any, connection: Any, **_more: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        (column, _none), (user, values) = [compiler.compile(part) for part in self.source_expressions]
        return self.OPEN % (column, user), list(values)


class VisibleRows(models.QuerySet[Row], Generic[Row]):
    """``seen_by``: roles of the row's own clinic. ``patient_key``: the column that names the patient, if patients read
    such rows of their own; None if they never do."""

    seen_by: ClassVar[frozenset[Role]] = frozenset()
    patient_key: ClassVar[str | None] = None

    def visible_to(self, actor: Actor | None) -> Self:
        """Staff: their clinic, if their role may, without restricted records. Patients: their own. The system: named jobs
        see all. Nobody: none."""
        if actor is None:
            return self.none()
        if actor.kind is Kind.SYSTEM:
            return self
        if actor.kind is Kind.PATIENT:
            return self.filter(**{self.patient_key: actor.patient_id}) if self.patient_key else self.none()
        if actor.clinic_id is None or not actor.has_role(self.seen_by):
            return self.none()
        return self.filter(*_not_closed(self.model, actor, actor.clinic_id), clinic_id=actor.clinic_id)


def _not_closed(model: type[models.Model], actor: Actor, clinic_id: UUID) -> list[NotClosed]:
    clinic = models.Value(clinic_id, models.UUIDField())
    user = models.Value(actor.user_id if actor.has_role(BREAKS_GLASS) else None, models.IntegerField())
    return [NotClosed(models.F(column), clinic, user) for column in naming_a_patient(model)]


@functools.cache
def naming_a_patient(model: type[models.Model]) -> tuple[str, ...]:
    """The columns of a row by which it speaks of a patient, found by its keys so that no model can forget to say so."""
    if model._meta.label == PATIENT:
        return ("pk",)
    return tuple(
        field.attname
        for field in model._meta.concrete_fields
        if field.related_model is not None and field.related_model._meta.label == PATIENT
    )
