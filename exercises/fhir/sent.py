"""What was said, sent and due; tasks of the staff; who did what."""

from exercises.fhir.datatypes import Json, concept, instant, notes, said, term
from exercises.fhir.world import NAMES, Row, World

EMAIL = {
    "sent": "completed",
    "pending": "preparation",
    "sending": "in-progress",
    "unconfirmed": "unknown",
}
TASK = {"raised": "requested", "acknowledged": "accepted", "closed": "completed"}
STATES = " history"


def message(world: World, row: Row) -> list[Json]:
    """Taken back before anybody could read it: not done."""
    taken_back = row["taken_back_at"] is not None
    return [
        world.resource("patients.Message", row)
        | said(
            status="not-done" if taken_back else "completed",
            statusReason=concept("Taken back before it could be read") if taken_back else None,
            category=[term("communication-category", "instruction")],
            subject=world.subject(row),
            recipient=[world.subject(row)],
            sender=world.staff(row["written_by_id"]),
            sent=instant(row["sent_at"]),
            received=instant(row["seen_at"]),
            payload=[{"contentString": row["text"]}],
        )
    ]


def day_report(world: World, row: Row) -> list[Json]:
    return [
        world.resource("exercises.DayReport", row)
        | said(
            status="completed",
            category=[concept("What the patient said of a day", world.code("day-report"))],
            subject=world.subject(row),
            sender=world.subject(row),
            sent=instant(row["made_at"]),
            received=instant(row["received_at"]),
            payload=[{"contentString": row["note"]}] if row["note"].strip() else [],
        )
    ]


def email(world: World, row: Row) -> list[Json]:
    """That one was sent, never what stood in it; a copy of one patient says to whom."""
    return [
        world.resource("clinic.OutgoingEmail", row)
        | said(
            status=EMAIL.get(row["state"], "not-done"),
            statusReason=concept(row["reason"]) if row["reason"] else None,
            category=[term("communication-category", "notification")],
            subject=_alone(world),
            sender=world.clinic(),
            sent=instant(row["sent_at"]),
            reasonCode=[concept(row["letter"].replace("_", " "))],
        )
    ]


def _alone(world: World) -> Json | None:
    patients = world.of("patients.Patient")
    return world.ref("patients.Patient", patients[0]["id"]) if len(patients) == 1 else None


def reminder(world: World, row: Row) -> list[Json]:
    """Sent: a communication. Due, or no longer wanted: a request for one."""
    common = {
        "category": [term("communication-category", "reminder")],
        "subject": world.subject(row),
        "recipient": [world.subject(row)],
        "statusReason": concept(row["reason"]) if row["reason"] else None,
    }
    key = f"reminder-{row['id']}"
    if row["state"] == "posted":
        sent = said(resourceType="Communication", id=key, status="completed", sent=instant(row["due_at"]))
        return [sent | said(**common)]
    request = said(
        resourceType="CommunicationRequest",
        id=key,
        status="active" if row["state"] == "planned" else "revoked",
        occurrenceDateTime=instant(row["due_at"]),
    )
    return [request | said(**common)]


def alert(world: World, row: Row) -> list[Json]:
    """That somebody of the staff should look, with what was noted of it."""
    written = world.grouped("exercises.AlertNote", "alert_id").get(row["id"], [])
    remarks = [
        said(
            authorReference=world.staff(one["written_by_id"]),
            time=instant(one["written_at"]),
            text=one["text"],
        )
        for one in written
    ]
    return [
        world.resource("exercises.Alert", row)
        | said(
            status=TASK[row["state"]],
            intent="order",
            code=concept(row["rule"].replace("_", " "), world.code(row["rule"])),
            for_=world.subject(row),
            authoredOn=instant(row["raised_at"]),
            lastModified=instant(row["closed_at"] or row["acknowledged_at"] or row["last_triggered_at"]),
            owner=world.staff(row["assigned_to_id"]),
            note=[*remarks, *notes(row["closing_note"])],
        )
    ]


# --- who did what ----------------------------------------------------------------------------------------------


def revision(world: World, row: Row) -> list[Json]:
    """One state of a programme, as it was given."""
    return [
        world.resource("exercises.ProgrammeRevision", row)
        | said(
            target=[world.ref("exercises.Programme", row["programme_id"])],
            recorded=instant(row["made_at"]),
            reason=[concept(row["reason"])] if row["reason"] else [],
            activity=concept(f"Version {row['number']} of the programme", world.code("programme-version")),
            agent=[{"who": world.staff(row["made_by_id"]) or world.clinic()}],
        )
    ]


def states(world: World, label: str) -> list[Json]:
    """Of amended rows each kept state: who made it, when and why. What it said stands in the other files."""
    kind = NAMES[label][1]
    found = []
    for row in world.rows.get(label + STATES, ()):
        target = world.ref(label, row["pgh_obj_id"])
        if target:
            who = world.who(_with_patient(world, label, row), "changed_by_id", "recorded_by_id")
            found.append(
                said(
                    resourceType="Provenance",
                    id=f"state-{kind}-{row['pgh_id']}",
                    target=[target],
                    recorded=instant(row["pgh_created_at"]),
                    reason=[concept(row["change_reason"])] if row.get("change_reason") else [],
                    activity=concept(row["pgh_label"], world.code(f"state-{row['pgh_label']}")),
                    agent=[{"who": who or world.clinic()}],
                )
            )
    return found


def _with_patient(world: World, label: str, row: Row) -> Row:
    """A state of a row that names its patient by another row only."""
    return row if "patient_id" in row else world.by_key(label)[row["pgh_obj_id"]]


def audit(world: World, row: Row) -> list[Json]:
    person = world.staff(row["actor_user_id"])
    return [
        world.resource("clinic.AuditEntry", row)
        | said(
            type={"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"},
            subtype=[world.code(row["verb"])],
            action="R" if row["verb"] == "record.read" else "E",
            recorded=instant(row["at"]),
            outcome="0",
            purposeOfEvent=[concept(row["reason"])] if row["reason"] else [],
            agent=[
                said(
                    role=[concept(row["actor_role"] or row["actor_kind"])],
                    who=person,
                    name=row["actor_label"],
                    requestor=True,
                )
            ],
            source={"observer": world.clinic()},
            entity=[{"what": subject}] if (subject := world.subject(row)) else [],
        )
    ]
