"""Catalogue, programmes, what was done; foot support and referrals: whatever was asked for and became of it."""

from datetime import datetime
from typing import Any

from exercises.fhir.clinical import MISTAKE
from exercises.fhir.datatypes import (
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
from exercises.fhir.world import Row, World

THERAPY = ("229065009", "Exercise therapy")
DONE = {"done": "completed", "partly": "stopped", "not_done": "not-done"}
REFERRAL = {"open": "active", "closed": "completed", "cancelled": "revoked", "entered_in_error": MISTAKE}
PRIORITY = {"emergency": "stat", "same_day": "asap", "routine": "routine"}
SUPPORT = {"active": "active", "ended": "completed", "entered_in_error": MISTAKE}
MEASURES = {
    "medial_post_deg": ("degrees", "deg"),
    "lateral_post_deg": ("degrees", "deg"),
    "heel_lift_mm": ("mm", "mm"),
    "length_allowance_mm": ("mm", "mm"),
    "heel_drop_mm": ("mm", "mm"),
    "hours_per_day": ("hours a day", "h/d"),
    "comfort": ("score", "{score}"),
}
YES_OR_NO = ("met_pad", "extra_depth", "torsion_resists", "bends_at_toes", "forefoot_rocker")
CHOSEN = (
    *("arch_support", "heel_cushioning", "forefoot_cushioning", "width", "toe_box", "fastening"),
    "heel_counter",
)


def exercise(world: World, row: Row) -> list[Json]:
    """A version as it was published. Its name may be used again, its number never."""
    return [
        world.resource("exercises.ExerciseVersion", row)
        | said(
            url=world.canonical("ActivityDefinition", row["slug"]),
            version=str(row["number"]),
            title=row["name"],
            status="active",
            date=instant(row["published_at"]),
            description="\n".join([row["purpose"], *row["steps"], *row["stop_rules"]]).strip(),
            kind="ServiceRequest",
            code=concept(row["name"], coding(SNOMED, *THERAPY)),
            timingTiming=_stated(row),
            relatedArtifact=[{"type": "citation", "citation": source} for source in row["sources"]],
        )
    ]


def _stated(row: Row) -> Json | None:
    """How often, where a source says it."""
    if not row["times_per_day_min"]:
        return None
    every = row["every_n_days"]
    most = row["times_per_day_max"]
    repeat = said(
        frequency=row["times_per_day_min"],
        frequencyMax=most if most and most > row["times_per_day_min"] else None,
        period=every or 1,
        periodUnit="d",
    )
    return {"repeat": repeat}


def routine(world: World, row: Row) -> list[Json]:
    stage = {"draft": "draft", "published": "active"}.get(row["stage"], "retired")
    return [
        world.resource("exercises.Routine", row)
        | said(
            url=world.canonical("PlanDefinition", row["slug"]),
            title=row["name"],
            type=term("plan-definition-type", "clinical-protocol"),
            status=stage,
            description=row["basis"],
            action=[
                said(
                    title=item["name"],
                    definitionCanonical=world.canonical(
                        "ActivityDefinition", item["exercise"], item["version_number"]
                    ),
                )
                for item in row["items"]
            ],
        )
    ]


def programme(world: World, row: Row) -> list[Json]:
    items = world.grouped("exercises.ProgrammeItem", "programme_id").get(row["id"], [])
    routines = world.by_key("exercises.Routine")
    from_routine = routines.get(row["routine_id"])
    author = world.staff(row["assigned_by_id"])
    return [
        world.resource("exercises.Programme", row)
        | said(
            meta={"versionId": str(row["version"])},
            instantiatesCanonical=[world.canonical("PlanDefinition", from_routine["slug"])]
            if from_routine
            else [],
            status=_plan_status(world, row),
            intent="plan",
            title=row["name"],
            subject=world.subject(row),
            period=period(row["starts_on"], row["ends_on"]),
            created=instant(row["assigned_at"]),
            author=author,
            activity=[{"reference": world.ref("exercises.ProgrammeItem", item["id"])} for item in items],
            note=[*_pauses(world, row), *_overrides(world, row)],
        )
    ]


def _plan_status(world: World, row: Row) -> str:
    """Ended by a person before its last day: taken back; its days are over: completed."""
    today = world.made_at.date()
    if row["state"] == "ended":
        return "revoked" if row["ended_at"].date() < row["ends_on"] else "completed"
    if row["ends_on"] < today:
        return "completed"
    return "on-hold" if any(_covers(pause, today) for pause in _pauses_of(world, row)) else "active"


def _pauses_of(world: World, row: Row) -> list[Row]:
    return world.grouped("exercises.ProgrammePause", "programme_id").get(row["id"], [])


def _covers(pause: Row, today: Any) -> bool:
    return bool(pause["first_day"] <= today and (pause["last_day"] is None or pause["last_day"] >= today))


def _pauses(world: World, row: Row) -> list[Json]:
    found = []
    for pause in _pauses_of(world, row):
        until = day(pause["last_day"]) or "further notice"
        words = f"Paused from {day(pause['first_day'])} until {until}. {pause['reason']}".strip()
        found.append(_annotation(world, words, pause["made_by_id"], pause["made_at"]))
    return found


def _overrides(world: World, row: Row) -> list[Json]:
    """Why exercises were given although a caution speaks against them."""
    rows = world.grouped("exercises.CautionOverride", "programme_id").get(row["id"], [])
    return [
        _annotation(
            world,
            f"Given despite {one['flag']}: {', '.join(one['exercises'])}. {one['reason']}",
            one["given_by_id"],
            one["given_at"],
        )
        for one in rows
    ]


def _annotation(world: World, words: str, person: Any, at: datetime) -> Json:
    return said(authorReference=world.staff(person), time=instant(at), text=words)


def item(world: World, row: Row) -> list[Json]:
    plan = world.by_key("exercises.Programme")[row["programme_id"]]
    replaced = world.ref("exercises.ProgrammeItem", row["succeeds_id"])
    status = "revoked" if row["until_version"] is not None else _plan_status(world, plan)
    return [
        world.resource("exercises.ProgrammeItem", row)
        | said(
            instantiatesCanonical=[
                world.canonical("ActivityDefinition", row["exercise"], row["version_number"])
            ],
            basedOn=[world.ref("exercises.Programme", plan["id"])],
            replaces=[replaced] if replaced else [],
            status=status,
            intent="order",
            code=concept(row["name"], coding(SNOMED, *THERAPY)),
            subject=world.ref("patients.Patient", plan["patient_id"]),
            occurrenceTiming={"repeat": _repeat(row, plan)},
            authoredOn=instant(plan["assigned_at"]),
            requester=world.staff(plan["assigned_by_id"]),
            bodySite=feet(row["side"]) if row["body_part"] == "foot" else [],
            note=notes(told(row, ("side", "kit"))),
            patientInstruction=". ".join([*row["dose"], *([row["note"]] if row["note"] else [])]),
        )
    ]


def _repeat(row: Row, plan: Row) -> Json:
    bounds = period(row["first_day"] or plan["starts_on"], row["last_day"] or plan["ends_on"])
    times, days = row["times_per_day"], row["days_per_week"]
    if row["every_n_days"]:
        often = {"frequency": times, "period": row["every_n_days"], "periodUnit": "d"}
    elif days and days < 7:
        often = {"frequency": times * days, "period": 1, "periodUnit": "wk"}
    else:
        often = {"frequency": times, "period": 1, "periodUnit": "d"}
    return {"boundsPeriod": bounds} | often


def log(world: World, row: Row) -> list[Json]:
    asked = world.by_key("exercises.ProgrammeItem").get(row["item_id"])
    order = world.ref("exercises.ProgrammeItem", row["item_id"])
    return [
        world.resource("exercises.LogEntry", row)
        | said(
            basedOn=[order] if order else [],
            status=DONE[row["done"]],
            statusReason=concept(row["reason"]) if row["reason"] else None,
            code=concept(asked["name"] if asked else "Exercise", coding(SNOMED, *THERAPY)),
            subject=world.subject(row),
            performedDateTime=day(row["performed_on"]),
            recorder=world.subject(row),
            note=notes(told(row, ("effort",))),
        )
    ]


def referral(world: World, row: Row) -> list[Json]:
    why = world.ref("patients.Finding", row["finding_id"])
    return [
        world.resource("patients.Referral", row)
        | said(
            meta={"versionId": str(row["version"]), "lastUpdated": instant(row["changed_at"])},
            status=REFERRAL[row["status"]],
            intent="order",
            category=[concept("Referral", world.code("referral"))],
            priority=PRIORITY.get(row["urgency"], "urgent"),
            code=concept(f"Referral: {row['kind'].replace('_', ' ')}", world.code(f"referral-{row['kind']}")),
            subject=world.subject(row),
            occurrenceDateTime=day(row["referred_on"]),
            authoredOn=instant(row["referred_at"]),
            requester=world.staff(row["referred_by_id"]),
            performerType=concept(row["recipient"]) if row["recipient"] else None,
            reasonCode=[concept(row["reason"])],
            reasonReference=[why] if why else [],
            note=notes(row["outcome"], row["change_reason"]),
        )
    ]


def support(world: World, row: Row) -> list[Json]:
    why = world.ref("patients.Finding", row["reason_finding_id"])
    return [
        world.resource("patients.SupportAdvice", row)
        | said(
            meta={"versionId": str(row["version"]), "lastUpdated": instant(row["changed_at"])},
            status=SUPPORT[row["status"]],
            intent="order",
            codeCodeableConcept=concept(
                row["product"] or row["kind"].replace("_", " "), world.code(row["kind"])
            ),
            parameter=list(_parameters(world, row)),
            subject=world.subject(row),
            authoredOn=instant(row["recommended_at"]),
            requester=world.staff(row["recommended_by_id"]),
            reasonReference=[why] if why else [],
            note=notes(
                row["patient_note"],
                row["wear_in_plan"],
                row["note"],
                told(row, ("side", "review_on", "replace_by")),
                row["change_reason"],
            ),
        )
    ]


def _parameters(world: World, row: Row) -> list[Json]:
    found: list[Json] = []
    for name, (unit, code) in MEASURES.items():
        if row[name] is not None:
            found.append(_parameter(world, name, valueQuantity=quantity(row[name], unit, code)))
    found += [_parameter(world, name, valueBoolean=row[name]) for name in YES_OR_NO if row[name] is not None]
    return found + [
        _parameter(world, name, valueCodeableConcept=concept(row[name])) for name in CHOSEN if row[name]
    ]


def _parameter(world: World, name: str, **value: Any) -> Json:
    return {"code": concept(name.replace("_", " "), world.code(name)), **value}
