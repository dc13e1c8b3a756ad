"""What the mapping reads: rows as plain data, with the ways from one row to the resource of another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from exercises.fhir.datatypes import Json, coding

Row = Mapping[str, Any]
# The resource that a row becomes, and what its key begins with; UUIDs of two models never meet, numbers do.
NAMES: Mapping[str, tuple[str, str]] = {
    "clinic.Clinic": ("Organization", "clinic"),
    "clinic.User": ("Practitioner", "staff"),
    "patients.Patient": ("Patient", "patient"),
    "patients.Carer": ("RelatedPerson", "carer"),
    "patients.ConsentRecord": ("Consent", "consent"),
    "patients.Finding": ("Condition", "finding"),
    "patients.Evaluation": ("Observation", "evaluation"),
    "patients.FootMeasures": ("Observation", "foot"),
    "patients.Screening": ("Observation", "screening"),
    "patients.SignReport": ("Observation", "signs"),
    "patients.CautionCheck": ("Observation", "cautions"),
    "patients.PainScore": ("Observation", "pain"),
    "patients.ActivityScore": ("Observation", "activity-score"),
    "patients.ChangeRating": ("Observation", "change"),
    "patients.WearEntry": ("Observation", "worn"),
    "patients.Activity": ("Goal", "activity"),
    "patients.QuestionnaireResponse": ("QuestionnaireResponse", "answers"),
    "patients.Questionnaire": ("Questionnaire", "questionnaire"),
    "patients.RaisedFlag": ("Flag", "flag"),
    "patients.Referral": ("ServiceRequest", "referral"),
    "patients.SupportAdvice": ("DeviceRequest", "support"),
    "patients.Message": ("Communication", "message"),
    "exercises.DayReport": ("Communication", "day"),
    "clinic.OutgoingEmail": ("Communication", "email"),
    "exercises.Programme": ("CarePlan", "programme"),
    "exercises.ProgrammeItem": ("ServiceRequest", "item"),
    "exercises.LogEntry": ("Procedure", "log"),
    "exercises.ProgrammeRevision": ("Provenance", "revision"),
    "exercises.Alert": ("Task", "alert"),
    "exercises.ExerciseVersion": ("ActivityDefinition", "exercise"),
    "exercises.Routine": ("PlanDefinition", "routine"),
    "clinic.AuditEntry": ("AuditEvent", "audit"),
}
# What is seen and is no diagnosis (rule C11): an observation, unless the clinic gave it a code.
OBSERVED = frozenset({"overpronation"})


def kind_of(label: str, row: Row) -> str:
    if label == "patients.Finding" and row["type_id"] in OBSERVED and not row["codes"]:
        return "Observation"
    return NAMES[label][0]


@dataclass(frozen=True)
class World:
    """``base``: the installation's address. ``rows``: of patients; ``named``: what these rows name."""

    base: str
    rows: Mapping[str, Sequence[Row]]
    named: Mapping[str, Sequence[Row]]
    made_at: datetime
    known: dict[str, dict[Any, Row]] = field(default_factory=dict)

    def of(self, label: str) -> Sequence[Row]:
        return self.rows.get(label) or self.named.get(label, ())

    def by_key(self, label: str) -> dict[Any, Row]:
        if label not in self.known:
            self.known[label] = {row["id"]: row for row in self.of(label)}
        return self.known[label]

    def grouped(self, label: str, column: str) -> dict[Any, list[Row]]:
        """Rows of a model by what a column of theirs names."""
        key = f"{label} by {column}"
        if key not in self.groups:
            found: dict[Any, list[Row]] = {}
            for row in self.of(label):
                found.setdefault(row[column], []).append(row)
            self.groups[key] = found
        return self.groups[key]

    @cached_property
    def groups(self) -> dict[str, dict[Any, list[Row]]]:
        return {}

    def id_of(self, label: str, key: Any) -> str:
        return f"{NAMES[label][1]}-{key}"

    def ref(self, label: str, key: Any) -> Json | None:
        """None for what is not in this copy: each reference leads somewhere."""
        row = self.by_key(label).get(key)
        return {"reference": f"{kind_of(label, row)}/{self.id_of(label, key)}"} if row else None

    def subject(self, row: Row) -> Json | None:
        return self.ref("patients.Patient", row.get("patient_id"))

    def staff(self, key: Any) -> Json | None:
        return self.ref("clinic.User", key)

    def who(self, row: Row, *columns: str) -> Json | None:
        """The first of the staff that is named, else the patient."""
        for column in columns:
            if person := self.staff(row.get(column)):
                return person
        return self.subject(row)

    def clinic(self) -> Json | None:
        rows = self.of("clinic.Clinic")
        return self.ref("clinic.Clinic", rows[0]["id"]) if rows else None

    def code(self, code: str, display: str = "") -> Json:
        """Of our own list, for what no public one names."""
        return coding(f"{self.base}/fhir/CodeSystem/footwork", code, display)

    def canonical(self, kind: str, name: str, version: Any = None) -> str:
        url = f"{self.base}/fhir/{kind}/{name}"
        return f"{url}|{version}" if version is not None else url

    def resource(self, label: str, row: Row) -> Json:
        """The beginning of what a row becomes."""
        return {"resourceType": kind_of(label, row), "id": self.id_of(label, row["id"])}
