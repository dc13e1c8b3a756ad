"""What was found, examined, asked and answered."""

from collections.abc import Iterable, Sequence
from typing import Any

from exercises.fhir.datatypes import (
    LOINC,
    SNOMED,
    Json,
    coding,
    concept,
    day,
    feet,
    instant,
    notes,
    period,
    quantity,
    said,
    term,
    told,
)
from exercises.fhir.world import Row, World, kind_of

SEVERITY = {"mild": "255604002", "moderate": "6736007", "severe": "24484000"}
PAIN = "72514-3"  # pain severity, 0 to 10, reported
FOOT = ("56459004", "Foot")
FPI = ("talar_head", "outer_curves", "heel_tilt", "inner_bulge", "arch_shape", "forefoot_turn")
MISTAKE = "entered-in-error"
EXACT = {"year": 4, "month": 7, "day": 10}  # letters of an ISO date


def finding(world: World, row: Row) -> list[Json]:
    if kind_of("patients.Finding", row) == "Observation":
        return _observed(world, row)
    mistake = row["status"] == "entered_in_error"
    return [
        world.resource("patients.Finding", row)
        | said(
            meta={"versionId": str(row["version"]), "lastUpdated": instant(row["changed_at"])},
            clinicalStatus=None if mistake else term("condition-clinical", _clinical_status(row["status"])),
            verificationStatus=term("condition-ver-status", _verification(row)),
            category=[term("condition-category", "problem-list-item")],
            severity=_severity(row["severity"]),
            code=concept(row["label"], *(coding(one["system"], one["code"]) for one in row["codes"])),
            bodySite=feet(row["side"]) if row["site"] == "foot" else [],
            subject=world.subject(row),
            onsetDateTime=_onset(row),
            recordedDate=instant(row["recorded_at"]),
            recorder=world.staff(row["recorded_by_id"]),
            note=_remarks(row),
        )
    ]


def _observed(world: World, row: Row) -> list[Json]:
    """What is no diagnosis; of two feet the sites do not fit into one observation, so the note says the side."""
    sites = feet(row["side"])
    return _observation(
        world,
        "patients.Finding",
        row,
        concept(row["label"], world.code(row["type_id"])),
        category="exam",
        effectiveDateTime=_onset(row),
        bodySite=sites[0] if len(sites) == 1 else None,
        valueBoolean=row["status"] == "active",
        note=_remarks(row),
    )


def _remarks(row: Row) -> list[Json]:
    words = ("side", "severity_scale", "flexibility", "origin", "course", "confirmed_by", "imaging_date")
    return notes(row["note"], told(row, words), row["change_reason"])


def _clinical_status(status: str) -> str:
    return {"active": "active", "resolved": "resolved"}.get(status, "inactive")


def _verification(row: Row) -> str:
    if row["status"] == "entered_in_error":
        return MISTAKE
    if row["status"] == "refuted":
        return "refuted"
    return "unconfirmed" if row["confirmed_by"] == "patient_reported" else "confirmed"


def _severity(severity: str) -> Json | None:
    if not severity:
        return None
    code = SEVERITY.get(severity)
    return concept(severity, *([coding(SNOMED, code)] if code else []))


def _onset(row: Row) -> str | None:
    """As exact as it was said."""
    on = day(row["onset_date"])
    return on[: EXACT[row["onset_precision"]]] if on else None


# --- observations ----------------------------------------------------------------------------------------------


def _observation(world: World, label: str, row: Row, code: Json, **more: Any) -> list[Json]:
    by = more.pop("by", "recorded_by_id")
    usual = {
        "status": MISTAKE if row.get("status") == "entered_in_error" else "final",
        "category": [term("observation-category", more.pop("category", "survey"))],
        "code": code,
        "subject": world.subject(row),
        "effectiveDateTime": day(row.get("on")),
        "issued": instant(row.get("recorded_at")),
        "performer": [person] if (person := world.who(row, by)) else [],
    }
    return [world.resource(label, row) | said(**usual | more)]


def component(code: Json, **value: Any) -> Json | None:
    """None where nothing was measured."""
    (stated,) = value.values()
    return None if stated is None or stated == "" else {"code": code, **value}


def evaluation(world: World, row: Row) -> list[Json]:
    """What was replaced by an amendment stays; the amendment says what it amends."""
    parts = [world.ref("patients.FootMeasures", foot["id"]) for foot in _feet_of(world, row)]
    amends = f"Amends {row['amends_id']}: {row['amendment_reason']}" if row["amends_id"] else ""
    return _observation(
        world,
        "patients.Evaluation",
        row,
        concept("Biomechanical evaluation", world.code("biomechanical-evaluation")),
        by="signed_by_id",
        category="exam",
        status=_evaluation_status(row),
        effectiveDateTime=day(row["examined_on"]),
        issued=instant(row["signed_at"]),
        hasMember=[part for part in parts if part],
        component=_measured(
            component(
                _measure(world, "leg_difference_mm"),
                valueQuantity=quantity(row["leg_difference_mm"], "mm", "mm"),
            ),
            component(_measure(world, "leg_difference_method"), valueString=row["leg_difference_method"]),
            component(_measure(world, "shorter_leg"), valueString=row["shorter_leg"]),
        ),
        note=notes(row["gait_note"], row["note"], amends),
    )


def _feet_of(world: World, row: Row) -> Sequence[Row]:
    return world.grouped("patients.FootMeasures", "evaluation_id").get(row["id"], ())


def _evaluation_status(row: Row) -> str:
    if row["status"] == "entered_in_error":
        return MISTAKE
    if row["status"] == "amended":
        return "amended"
    return "corrected" if row["amends_id"] else "final"


def foot(world: World, row: Row) -> list[Json]:
    """Six items of the FPI with a code each, the total only when all six were seen; the rest as measured."""
    whole = world.by_key("patients.Evaluation")[row["evaluation_id"]]
    items = [row[f"fpi_{name}"] for name in FPI]
    total = sum(items) if None not in items else None
    return _observation(
        world,
        "patients.FootMeasures",
        row | {"signed_by_id": whole["signed_by_id"]},  # type: ignore[operator]
        concept(f"Measures of the {row['foot']} foot", world.code("foot-measures")),
        by="signed_by_id",
        category="exam",
        status=_evaluation_status(whole),
        effectiveDateTime=day(whole["examined_on"]),
        issued=instant(whole["signed_at"]),
        bodySite=feet(row["foot"])[0],
        component=_measured(
            *(component(_measure(world, f"fpi_{name}"), valueInteger=row[f"fpi_{name}"]) for name in FPI),
            component(_measure(world, "fpi6"), valueInteger=total),
            *_other_measures(world, row),
        ),
    )


def _other_measures(world: World, row: Row) -> Iterable[Json | None]:
    def measure(name: str) -> Json:
        return _measure(world, name)

    yield component(
        measure("navicular_drop_mm"), valueQuantity=quantity(row["navicular_drop_mm"], "mm", "mm")
    )
    for name in ("windlass", "heel_stance_direction", "arch_measure"):
        yield component(measure(name), valueString=row[name])
    for name in ("windlass_weight_bearing", "jack_arch_rises", "heel_inverts"):
        yield component(measure(name), valueBoolean=row[name])
    for name in ("heel_raises", "heel_raise_pain"):
        yield component(measure(name), valueInteger=row[name])
    unit = row["lunge_unit"]  # as measured, never converted
    yield component(measure("lunge"), valueQuantity=quantity(row["lunge"], unit, unit))
    yield component(
        measure("heel_stance_deg"), valueQuantity=quantity(row["heel_stance_deg"], "degrees", "deg")
    )
    yield component(measure("arch_value"), valueQuantity=quantity(row["arch_value"], "ratio", "1"))


def _measure(world: World, name: str) -> Json:
    return concept(name.replace("_", " "), world.code(name))


def _measured(*components: Json | None) -> list[Json]:
    return [one for one in components if one]


def _ticks(world: World, asked: Iterable[str], present: Iterable[str]) -> list[Json]:
    yes = set(present)
    return [
        {"code": concept(key.replace("_", " "), world.code(key)), "valueBoolean": key in yes} for key in asked
    ]


def screening(world: World, row: Row) -> list[Json]:
    flags = world.grouped("patients.RaisedFlag", "screening_id").get(row["id"], [])
    return _observation(
        world,
        "patients.Screening",
        row,
        concept(f"Screening for warning signs, {row['region']}", world.code(f"screening-{row['region']}")),
        by="screened_by_id",
        effectiveDateTime=instant(row["screened_at"]),
        component=_ticks(world, row["asked"], [flag["key"] for flag in flags]),
        note=notes(row["note"]),
    )


def sign_report(world: World, row: Row) -> list[Json]:
    return _observation(
        world,
        "patients.SignReport",
        row,
        concept("Warning signs that the patient ticked", world.code("sign-report")),
        effectiveDateTime=instant(row["made_at"]),
        issued=instant(row["received_at"]),
        component=_ticks(world, row["ticked"], row["ticked"]),
        note=notes(row["note"]),
    )


def caution_check(world: World, row: Row) -> list[Json]:
    return _observation(
        world,
        "patients.CautionCheck",
        row,
        concept("What speaks for caution with exercises", world.code("caution-check")),
        by="checked_by_id",
        effectiveDateTime=instant(row["checked_at"]),
        component=_ticks(world, row["asked"], row["present"]),
        note=notes(row["note"]),
    )


def pain(world: World, row: Row) -> list[Json]:
    of_foot = row["measure"] != "pain_back_24h"
    return _observation(
        world,
        "patients.PainScore",
        row,
        concept(row["measure"].replace("_", " "), coding(LOINC, PAIN), world.code(row["measure"])),
        valueInteger=row["score"],
        bodySite=concept("", coding(SNOMED, *FOOT)) if of_foot else None,
    )


def activity(world: World, row: Row) -> list[Json]:
    return [
        world.resource("patients.Activity", row)
        | said(
            lifecycleStatus="cancelled" if row["retired_at"] else "active",
            description=concept(row["words"]),
            subject=world.subject(row),
            startDate=day(row["named_at"].date()),
            statusDate=day(row["retired_at"].date()) if row["retired_at"] else None,
            expressedBy=world.who(row, "named_by_id"),
        )
    ]


def activity_score(world: World, row: Row) -> list[Json]:
    goal = world.ref("patients.Activity", row["activity_id"])
    return _observation(
        world,
        "patients.ActivityScore",
        row,
        concept("How well an activity can be done, 0 to 10", world.code("my_activities")),
        focus=[goal] if goal else [],
        valueInteger=row["score"],
    )


def change(world: World, row: Row) -> list[Json]:
    return _observation(
        world,
        "patients.ChangeRating",
        row,
        concept("Overall change, -5 to +5", world.code("change_rating")),
        valueInteger=row["rating"],
    )


def worn(world: World, row: Row) -> list[Json]:
    advice = world.ref("patients.SupportAdvice", row["advice_id"])
    return _observation(
        world,
        "patients.WearEntry",
        row,
        concept("Hours worn", world.code("hours-worn")),
        focus=[advice] if advice else [],
        valueQuantity=quantity(row["hours"], "h", "h"),
    )


# --- warning signs ---------------------------------------------------------------------------------------------


def flag(world: World, row: Row) -> list[Json]:
    status = "inactive" if row["decision"] == "may_start" else "active"
    return [
        world.resource("patients.RaisedFlag", row)
        | said(
            status=MISTAKE if row["status"] == "entered_in_error" else status,
            category=[term("flag-category", "safety")],
            code=concept(row["text"], world.code(row["key"])),
            subject=world.subject(row),
            period=period(row["raised_at"]),
            author=world.staff(row["decided_by_id"]),
        )
    ]
