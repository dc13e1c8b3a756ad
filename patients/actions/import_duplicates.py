"""Who of a list seems to be known: to the clinic, or from an earlier row. Asked for a whole batch at once."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Lower

from patients.import_columns import folded
from patients.models import ImportRow, Patient, PatientImport, RowState

NAME, EMAIL = "name", "email"


class Known:
    """The clinic's patients who share a date of birth or an address with one of these rows: two questions in all."""

    def __init__(self, clinic_id: UUID, rows: Sequence[ImportRow]) -> None:
        born = {row.said["date_of_birth"] for row in rows}
        addresses = {row.said["email"].lower() for row in rows if row.address}
        mine = Patient.objects.filter(clinic_id=clinic_id)
        namesakes = mine.filter(date_of_birth__in=born).values_list(
            "given_name", "family_name", "date_of_birth", "pk"
        )
        self._names = {folded(given, family, str(on)): pk for given, family, on, pk in namesakes}
        found = (
            mine.filter(merged_into=None).alias(small=Lower("email")).filter(small__in=addresses)
            if addresses
            else mine.none()
        )
        self._addresses = {folded(email): pk for email, pk in found.values_list("email", "pk")}

    def of(self, row: ImportRow) -> tuple[UUID | None, list[dict[str, Any]]]:
        """The patient whom it may be, and by what."""
        same_name, same_address = self._names.get(row.called), self._addresses.get(row.address)
        faults = [{"field": NAME, "code": "known"}] if same_name else []
        faults += [{"field": EMAIL, "code": "known"}] if same_address else []
        return same_name or same_address, faults


def find_duplicates(patient_import: PatientImport, rows: Sequence[ImportRow]) -> None:
    """Marks those rows that seem to be known. Faulty rows are nobody; of two equal rows the first is the person."""
    if not rows:
        return
    known = Known(patient_import.clinic_id, rows)
    names, addresses = _earlier(patient_import, rows)
    for row in sorted(rows, key=lambda row: row.number):
        row.alike_id, faults = known.of(row)
        first = names.setdefault(row.called, row.number)
        if first != row.number:
            faults.append({"field": NAME, "code": "row", "row": first})
        first = addresses.setdefault(row.address, row.number) if row.address else row.number
        if first != row.number:
            faults.append({"field": EMAIL, "code": "row", "row": first})
        if faults:
            row.state, row.faults = RowState.DUPLICATE, faults


def _earlier(
    patient_import: PatientImport, rows: Sequence[ImportRow]
) -> tuple[dict[str, int], dict[str, int]]:
    """Where earlier batches have the same name and date of birth, or the same address."""
    called = {row.called for row in rows}
    written = {row.address for row in rows if row.address}
    checked = patient_import.rows.filter(Q(called__in=called) | Q(address__in=written))
    names: dict[str, int] = {}
    addresses: dict[str, int] = {}
    for name, address, number in checked.order_by("number").values_list("called", "address", "number"):
        names.setdefault(name, number)
        if address:
            addresses.setdefault(address, number)
    return names, addresses
