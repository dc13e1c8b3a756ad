"""Who of a list seems to be known: to the clinic, or from an earlier row. Asked for a whole batch at once."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Lower

from patients.import_columns import folded
from patients.models import ImportRow, Patient, PatientImport, Restriction, RowState

NAME, EMAIL, REFERENCE = "name", "email", "reference"


class Known:
    """The clinic's patients who share a date of birth or an address with one of these rows: two questions in all.

    Whom taking a list back archived, at the moment that the list names, is not among them: the list may come again. Nor is
    anybody whose record is restricted: a list must not find out who that is.
    """

    def __init__(self, clinic_id: UUID, rows: Sequence[ImportRow]) -> None:
        born = {row.said["date_of_birth"] for row in rows}
        addresses = {row.said["email"].lower() for row in rows if row.address}
        taken_back = PatientImport.objects.filter(clinic_id=clinic_id, undone_at=OuterRef("archived_at"))
        closed = Restriction.objects.standing().filter(patient=OuterRef("pk"))
        mine = Patient.objects.filter(~Exists(taken_back), ~Exists(closed), clinic_id=clinic_id)
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
    _refuse_taken_references(patient_import, rows)
    rows = [row for row in rows if row.state == RowState.READY]
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


def taken_references(clinic_id: UUID, rows: Sequence[ImportRow]) -> dict[str, UUID]:
    """Numbers of these rows that patients of the clinic have, archived ones too; a merged record holds none back."""
    asked = {_reference(row) for row in rows} - {""}
    if not asked:
        return {}
    mine = Patient.objects.filter(clinic_id=clinic_id, merged_into=None).annotate(small=Lower("reference"))
    return dict(mine.filter(small__in=asked).values_list("small", "pk"))


def refuse_reference(row: ImportRow, patient_id: UUID | None, number: int = 0) -> None:
    """A number is of one patient: unlike a name it cannot be another person's, so the row has a fault."""
    row.state, row.alike_id, row.called, row.address = RowState.FAULTY, patient_id, "", ""
    fault: dict[str, Any] = {"field": REFERENCE, "code": "known"}
    row.faults = [fault | {"code": "row", "row": number} if number else fault]


def _refuse_taken_references(patient_import: PatientImport, rows: Sequence[ImportRow]) -> None:
    asked = {_reference(row) for row in rows} - {""}
    if not asked:
        return
    taken = taken_references(patient_import.clinic_id, rows)
    standing = patient_import.rows.filter(state__in=[RowState.READY, RowState.DUPLICATE])
    earlier = standing.annotate(small=Lower(KT("said__reference"))).filter(small__in=asked)
    first = dict(earlier.values_list("small", "number"))
    for row in sorted(rows, key=lambda row: row.number):
        if not (reference := _reference(row)):
            continue
        number = first.setdefault(reference, row.number)
        if reference in taken or number != row.number:
            refuse_reference(row, taken.get(reference), 0 if reference in taken else number)


def _reference(row: ImportRow) -> str:
    return str(row.said.get("reference", "")).lower()


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
