"""FHIR R4 (4.0.1) from a copy's rows: plain dictionaries in, plain dictionaries out, nothing read.

``MAPPED`` says what becomes of each model, ``INSIDE`` in whose resource another stands, ``UNMAPPED`` why the rest stays in
the other files of a copy. The mapping is the clinical facts' (section 10); docs/data-rights.md has the table.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from exercises.fhir import asked, clinical, people, programmes, sent
from exercises.fhir.datatypes import Json, instant
from exercises.fhir.world import Row, World

Mapping = Callable[[World, Row], list[Json]]
NAMED: dict[str, Mapping] = {
    "clinic.Clinic": people.organization,
    "clinic.User": people.practitioner,
    "exercises.ExerciseVersion": programmes.exercise,
    "exercises.Routine": programmes.routine,
    "patients.Questionnaire": asked.questionnaire,
}
MAPPED: dict[str, Mapping] = {
    "patients.Patient": people.patient,
    "patients.Carer": people.carer,
    "patients.ConsentRecord": people.consent,
    "patients.Finding": clinical.finding,
    "patients.Evaluation": clinical.evaluation,
    "patients.FootMeasures": clinical.foot,
    "patients.Screening": clinical.screening,
    "patients.SignReport": clinical.sign_report,
    "patients.RaisedFlag": clinical.flag,
    "patients.CautionCheck": clinical.caution_check,
    "patients.PainScore": clinical.pain,
    "patients.Activity": clinical.activity,
    "patients.ActivityScore": clinical.activity_score,
    "patients.ChangeRating": clinical.change,
    "patients.QuestionnaireResponse": asked.answers,
    "patients.SupportAdvice": programmes.support,
    "patients.WearEntry": clinical.worn,
    "patients.Referral": programmes.referral,
    "patients.Message": sent.message,
    "exercises.Programme": programmes.programme,
    "exercises.ProgrammeItem": programmes.item,
    "exercises.ProgrammeRevision": sent.revision,
    "exercises.LogEntry": programmes.log,
    "exercises.DayReport": sent.day_report,
    "exercises.Reminder": sent.reminder,
    "exercises.Alert": sent.alert,
    "clinic.OutgoingEmail": sent.email,
    "clinic.AuditEntry": sent.audit,
}
INSIDE = {
    "exercises.ProgrammePause": "exercises.Programme",
    "exercises.CautionOverride": "exercises.Programme",
    "exercises.AlertNote": "exercises.Alert",
}
UNMAPPED = {
    "patients.EvaluationDraft": "Typed and not signed: no statement of anybody yet.",
    "exercises.ProgrammeDraft": "The same holds for it.",
    "patients.PatientMerge": "Which two records became one; the other one is in no copy.",
    "patients.ImportRow": "The line of a file; the patient came of it.",
    "patients.Restriction": "Who may look into the record; the same holds for the next two.",
    "patients.Opening": "Who looked all the same.",
    "patients.Erasure": "What was deleted.",
    "patients.AccessCode": "A key and no statement about health; the same holds for the next five.",
    "patients.EmailedCode": "A key.",
    "patients.Device": "A browser that opens the plan; Device of FHIR is a medical one.",
    "patients.PlanLink": "A key.",
    "patients.PlanVisit": "A key.",
    "exercises.CalendarFeed": "A key.",
    "exercises.PlanSeen": "What the plan's page showed as new.",
    "exercises.ReminderChoice": "A wish about e-mails; each reminder follows it.",
    "exercises.AlertTrigger": "The numbers that an alert counted.",
}


def resources(world: World, tables: dict[str, Mapping]) -> Iterator[tuple[str, Json]]:
    """Each with the model it came of; what the rows of one model became stands together."""
    for label, mapping in tables.items():
        for row in world.of(label):
            for resource in mapping(world, row):
                yield label, resource
        if label + sent.STATES in world.rows:
            for resource in sent.states(world, label):
                yield label + sent.STATES, resource


def bundle(world: World) -> Json:
    """Of type collection: what the rows name, then the rows."""
    found = [resource for _label, resource in resources(world, NAMED | MAPPED)]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": instant(world.made_at),
        "entry": [{"fullUrl": full_url(world, one), "resource": one} for one in found],
    }


def full_url(world: World, resource: Json) -> str:
    return f"{world.base}/fhir/{resource['resourceType']}/{resource['id']}"


def counted(bundle: Json) -> dict[str, int]:
    """How many resources of each type."""
    types: Counter[str] = Counter(entry["resource"]["resourceType"] for entry in bundle["entry"])
    return dict(sorted(types.items()))


__all__ = ["INSIDE", "MAPPED", "NAMED", "UNMAPPED", "World", "bundle", "counted", "resources"]
