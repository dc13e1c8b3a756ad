"""The one door to rows that speak of a patient."""

from typing import ClassVar, Generic, Self, TypeVar

from django.db import models

from clinic.actors import Actor, Kind
from clinic.roles import Role

Row = TypeVar("Row", bound=models.Model, covariant=True)


class VisibleRows(models.QuerySet[Row], Generic[Row]):
    """``seen_by``: roles of the row's own clinic. ``patient_key``: the column that names the patient, if patients read
    such rows of their own; None if they never do."""

    seen_by: ClassVar[frozenset[Role]] = frozenset()
    patient_key: ClassVar[str | None] = None

    def visible_to(self, actor: Actor | None) -> Self:
        """Staff: their clinic, if their role may. Patients: their own. The system: named jobs see all. Nobody: none."""
        if actor is None:
            return self.none()
        if actor.kind is Kind.SYSTEM:
            return self
        if actor.kind is Kind.PATIENT:
            return self.filter(**{self.patient_key: actor.patient_id}) if self.patient_key else self.none()
        if actor.clinic_id is None or not actor.has_role(self.seen_by):
            return self.none()
        return self.filter(clinic_id=actor.clinic_id)
