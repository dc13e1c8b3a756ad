"""Patient, clinic, staff, carer, consent."""

from exercises.fhir.datatypes import Json, concept, day, instant, said, term
from exercises.fhir.world import Row, World

PODIATRY = "66"  # of HL7's service types


def patient(world: World, row: Row) -> list[Json]:
    clinic = world.clinic()
    number = {"system": world.canonical("NamingSystem", "clinic-number"), "value": row.get("reference")}
    return [
        world.resource("patients.Patient", row)
        | said(
            identifier=[number] if row.get("reference") else [],
            active=row.get("archived_at") is None,
            name=[{"family": row["family_name"], "given": [row["given_name"]]}],
            telecom=[{"system": "email", "value": row["email"]}] if row.get("email") else [],
            birthDate=day(row["date_of_birth"]),
            communication=[{"language": _language(row["language"]), "preferred": True}],
            generalPractitioner=[person] if (person := world.staff(row.get("practitioner_id"))) else [],
            managingOrganization=clinic,
        )
    ]


def _language(code: str) -> Json:
    return {"coding": [{"system": "urn:ietf:bcp:47", "code": code}]}


def organization(world: World, row: Row) -> list[Json]:
    return [
        world.resource("clinic.Clinic", row)
        | said(
            name=row["name"],
            telecom=[{"system": "phone", "value": row["phone"]}] if row.get("phone") else [],
            address=[{"text": row["address"]}] if row.get("address") else [],
        )
    ]


def practitioner(world: World, row: Row) -> list[Json]:
    person = world.resource("clinic.User", row) | {"name": [{"text": row["name"]}]}
    if not row.get("role"):
        return [person]
    role = said(
        resourceType="PractitionerRole",
        id=f"role-{row['id']}",
        practitioner=world.staff(row["id"]),
        organization=world.clinic(),
        code=[concept(row["role"], world.code(row["role"]))],
        specialty=[term("service-type", PODIATRY)] if row["role"] == "practitioner" else [],
    )
    return [person, role]


def carer(world: World, row: Row) -> list[Json]:
    return [
        world.resource("patients.Carer", row)
        | said(
            active=row["state"] == "agreed",
            patient=world.subject(row),
            name=[{"text": row["name"]}],
            telecom=[{"system": "email", "value": row["email"]}],
            communication=[{"language": _language(row["language"])}],
            period=said(start=instant(row["added_at"]), end=instant(row["stopped_at"])),
        )
    ]


def consent(world: World, row: Row) -> list[Json]:
    """To reminder e-mails; the record does not rest on it."""
    given = row["change"] == "given"
    return [
        world.resource("patients.ConsentRecord", row)
        | said(
            status="active" if given else "inactive",
            scope=term("consentscope", "patient-privacy"),
            category=[concept("Reminder e-mails", world.code("reminders"))],
            patient=world.subject(row),
            dateTime=instant(row["recorded_at"]),
            performer=[person] if (person := world.who(row, "recorded_by_id")) else [],
            organization=[clinic] if (clinic := world.clinic()) else [],
            policyRule=term("v3-ActCode", "OPTIN" if given else "OPTOUT"),
        )
    ]
