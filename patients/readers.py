"""Who opened the record of a patient, for the patient to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from clinic import within
from clinic.models import AuditEntry
from clinic.roles import Role
from patients.models import Patient

LATEST = 5  # times of each person that are listed
# What somebody is in the clinic, in the patient's words.
WORDS: dict[str, Any] = {
    Role.OWNER.value: _("runs the clinic"),
    Role.PRACTITIONER.value: _("practitioner"),
    Role.ASSISTANT.value: _("works at the desk"),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """One person in one role. ``times``: pages of one record within five minutes count once."""

    name: str
    role: Any
    times: int
    latest: Sequence[datetime]  # the newest first


def readers(patient: Patient) -> list[Reader]:
    """Whoever opened it last comes first. What was merged into this record counts, too."""
    with within.every_clinic("readers"):  # patients are shown the record that is kept, and no other
        merged = list(Patient.objects.filter(merged_into=patient).values_list("pk", flat=True))
    opened = AuditEntry.objects.openings([patient.pk, *merged]).order_by()
    people = opened.values("actor_user_id", "actor_label", "actor_role").annotate(
        times=Count("pk"), latest=ArrayAgg("at", order_by="-at")
    )
    found = [
        Reader(row["actor_label"], WORDS.get(row["actor_role"], ""), row["times"], row["latest"][:LATEST])
        for row in people
    ]
    return sorted(found, key=lambda reader: reader.latest[0], reverse=True)
