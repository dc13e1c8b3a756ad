"""One patient's copy: all rows of theirs with what these name, and how many of each, so that an omission shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic.actors import Actor
from exercises import fhir
from exercises.rights import rows
from exercises.rights.rows import Rows
from patients.models import Patient
from patients.readers import readers

READERS = "clinic.AuditEntry"  # of the patient's own copy: people and times, no row as it is stored
FORMAT = 1  # of the files: raised when a name in them changes its meaning


@dataclass(frozen=True, slots=True)
class Copy:
    """``whole``: what the clinic holds; else what the patient may see of it."""

    patient: Patient
    made_at: datetime
    made_by: str
    whole: bool
    rows: Rows
    named: Rows

    @property
    def counts(self) -> dict[str, int]:
        return {label: len(found) for label, found in self.rows.items()}

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def about(self) -> dict[str, Any]:
        """The head of each file."""
        clinic = self.patient.clinic
        return {
            "format": FORMAT,
            "patient": str(self.patient.pk),
            "clinic": {"id": str(clinic.pk), "name": clinic.name},
            "made_at": self.made_at,
            "made_by": self.made_by,
            "whole": self.whole,
            "rows": self.counts,
        }

    def bundle(self, base: str) -> dict[str, Any]:
        """As a FHIR R4 Bundle; of the whole copy only, for a resource has to say more than a patient's own page does."""
        return fhir.bundle(fhir.World(base, self.rows, self.named, self.made_at))


def clinic_copy(actor: Actor, patient: Patient, now: datetime) -> Copy:
    """For the clinic to hand over; ``patient`` was reached through ``visible_to``."""
    found = rows.rows_of([patient.pk])
    named = rows.named_by(found, patient.clinic)
    return Copy(patient, now, actor.label, True, rows.with_names(found, named["clinic.User"]), named)


def own_copy(patient: Patient, now: datetime) -> Copy:
    """What the patient takes from the plan's page, with who opened the record, as that page says it."""
    opened = [
        {"name": one.name, "role": str(one.role), "times": one.times, "latest": list(one.latest)}
        for one in readers(patient)
    ]
    found = {**rows.own_rows(patient, now), READERS: opened}
    return Copy(patient, now, "", False, found, {})
