"""What a row says beside its columns: an exercise's name and dose, a finding's name and codes."""

from typing import Any

from exercises.models import ProgrammeItem
from patients.coding import codings_for
from patients.models import Finding


def finding(row: Finding) -> dict[str, Any]:
    """Verified codes only (rules C10 and C11 of the vocabulary)."""
    codings = codings_for(row.type.codes.all(), row.side)
    return {
        "label": row.type.label,
        "patient_wording": row.type.patient_wording,
        "codes": [{"system": coding.uri, "code": coding.code} for coding in codings],
    }


def item(row: ProgrammeItem) -> dict[str, Any]:
    return {
        "exercise": row.version.exercise.slug,
        "version_number": row.version.number,
        "name": row.version.name,
        "body_part": row.version.body_part,
        "dose": [str(phrase) for phrase in row.dose_phrases],
    }
