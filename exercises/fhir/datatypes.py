"""The small parts of FHIR R4 that every resource is made of, as plain values. Nothing stated is left out, never empty."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

Json = dict[str, Any]
SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
TERMS = "http://terminology.hl7.org/CodeSystem/"
FEET = {"left": ("22335008", "Left foot"), "right": ("7769000", "Right foot")}


def said(**fields: Any) -> Json:
    """Without what is not stated; zero and "no" are statements. A trailing underscore is taken off a name."""
    return {
        name.rstrip("_"): value
        for name, value in fields.items()
        if value is not None and value not in ("", [], {})
    }


def coding(system: str, code: str, display: str = "") -> Json:
    return said(system=system, code=code, display=display)


def concept(text: str = "", *codings: Json) -> Json:
    return said(coding=list(codings), text=text)


def term(system: str, code: str) -> Json:
    """A code of HL7's own lists."""
    return {"coding": [{"system": TERMS + system, "code": code}]}


def instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None


def day(on: date | None) -> str | None:
    return on.isoformat() if on else None


def period(start: Any, end: Any = None) -> Json:
    return said(start=_moment(start), end=_moment(end))


def _moment(value: Any) -> str | None:
    return instant(value) if isinstance(value, datetime) else day(value)


def number(value: Any) -> Any:
    """As JSON has numbers."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def quantity(value: Any, unit: str, code: str) -> Json | None:
    if value is None:
        return None
    return {"value": number(value), "unit": unit, "system": UCUM, "code": code}


def notes(*texts: str | None) -> list[Json]:
    return [{"text": text} for text in texts if text and text.strip()]


def told(row: Mapping[str, Any], names: Iterable[str]) -> str:
    """Columns for which FHIR has no place of its own, in one line: ``flexibility: rigid; origin: acquired``."""
    return "; ".join(
        f"{name.replace('_', ' ')}: {row[name]}" for name in names if row.get(name) not in (None, "")
    )


def feet(side: str) -> list[Json]:
    """Body sites of the feet that a side speaks of: two for both."""
    wanted = FEET if side in {"bilateral", "both_in_turn", "together"} else {side}
    return [concept("", coding(SNOMED, *FEET[foot])) for foot in FEET if foot in wanted]
