"""What a clinic holds beside its patients' rows; and of which models nothing leaves, and why."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import BinaryField, Model, QuerySet

from clinic.models import (
    AuditEntry,
    BounceEvent,
    Clinic,
    Invitation,
    Logo,
    Membership,
    OutgoingEmail,
    Suppression,
    User,
)
from exercises.models import (
    AlertRule,
    Exercise,
    ExerciseVersion,
    Favourite,
    Photo,
    Programme,
    Proposal,
    Routine,
    RoutineItem,
    RoutineStage,
    VersionTranslation,
)
from exercises.rights import rows
from exercises.rights.rows import Row, Rows
from patients.models import (
    FindingCode,
    FindingType,
    MessageTemplate,
    PatientImport,
    Questionnaire,
    QuestionnaireItem,
    RecordDeletion,
)

AT_A_TIME = 2_000


@dataclass(frozen=True, slots=True)
class Table:
    """``of``: the column that names the clinic. ``only``: what else is asked of a row."""

    model: type[Model]
    of: str = "clinic_id"
    withheld: tuple[str, ...] = ()
    only: tuple[tuple[str, Any], ...] = ()

    @property
    def label(self) -> str:
        return self.model._meta.label

    @property
    def columns(self) -> list[str]:
        return [f.attname for f in self.model._meta.concrete_fields if f.attname not in self.withheld]


TABLES = (
    Table(Clinic, of="id"),
    Table(User, of="staff_membership__clinic_id", withheld=("password", "sessions_ended", "last_login")),
    Table(Membership),
    Table(Invitation, withheld=("secret_hash",)),
    Table(Logo),
    Table(
        AuditEntry, only=(("patient_id", None),), withheld=("request_id",)
    ),  # the rest goes with its patient
    Table(OutgoingEmail, withheld=("address_hash", "lease_token", "lease_until")),
    Table(BounceEvent, of="email__clinic_id", withheld=("event_key",)),
    Table(Suppression, withheld=("address_hash",)),
    Table(FindingType),
    Table(FindingCode, of="type__clinic_id"),
    Table(MessageTemplate),
    Table(PatientImport),
    Table(RecordDeletion),
    Table(Questionnaire),
    Table(QuestionnaireItem, of="questionnaire__clinic_id"),
    Table(AlertRule),
    Table(Exercise, withheld=("search",)),
    Table(ExerciseVersion, of="exercise__clinic_id"),
    Table(VersionTranslation, of="version__exercise__clinic_id"),
    Table(Photo),
    Table(Proposal),
    Table(Favourite, of="user__staff_membership__clinic_id"),
    Table(Routine),
    Table(RoutineStage, of="routine__clinic_id"),
    Table(RoutineItem, of="routine__clinic_id"),
)
NOT_EXPORTED = {
    "clinic.Alarm": "The installation's.",
    "clinic.Attempt": "Counters of tries behind a hash, of nobody who could be named.",
    "clinic.AuditEpoch": "The installation's.",
    "clinic.AuditProof": "The installation's.",
    "clinic.AuditSeal": "Over the entries of all clinics together.",
    "clinic.AuditTombstone": "The installation's.",
    "clinic.Deployment": "The installation's.",
    "clinic.JobBeat": "The installation's.",
    "clinic.JobRun": "Where a job stands.",
    "clinic.MailCircuit": "The installation's.",
    "clinic.MailDomainCheck": "The installation's.",
    "clinic.ReturnCount": "Counts of all clinics together.",
    "clinic.SchedulerBeat": "The installation's.",
    "clinic.SendAllowance": "How many e-mails may go this minute.",
    "clinic.SendRate": "The installation's.",
    "clinic.Tally": "The installation's.",
    "exercises.AlertClock": "Where a job stands.",
    "exercises.AlertSweep": "Where a job stands.",
    "exercises.ClinicExport": "The export itself.",
    "exercises.ExportPart": "The export itself.",
}


def chunks(clinic_id: UUID) -> Iterator[tuple[str, list[Row]]]:
    """Every table of the clinic, a bounded number of rows at a time; a table without rows once, empty."""
    for table in TABLES:
        binary = [f.attname for f in table.model._meta.concrete_fields if isinstance(f, BinaryField)]
        left = _rows(table, clinic_id).iterator(AT_A_TIME)
        found = [_readable(row, binary) for row in islice(left, AT_A_TIME)]
        yield table.label, found
        while len(found) == AT_A_TIME:
            found = [_readable(row, binary) for row in islice(left, AT_A_TIME)]
            yield table.label, found


def _rows(table: Table, clinic_id: UUID) -> QuerySet[Any, Row]:
    wanted = table.model._base_manager.filter(**{table.of: clinic_id}, **dict(table.only))
    return wanted.order_by("pk").values(*table.columns)


def _readable(row: Row, binary: list[str]) -> Row:
    return row | {
        name: base64.b64encode(bytes(row[name])).decode() for name in binary if row[name] is not None
    }


def named_in(clinic: Clinic) -> Rows:
    """What the patients' rows of the whole clinic name: see ``rows.named_by``."""
    given = ExerciseVersion.objects.filter(programmeitems__clinic=clinic).distinct()
    used = Programme.objects.filter(clinic=clinic, routine__isnull=False).values_list("routine_id", flat=True)
    return {
        "clinic.Clinic": [{name: getattr(clinic, name) for name in rows.CLINIC}],
        "clinic.User": rows.people(
            list(Membership.objects.filter(clinic=clinic).values_list("user_id", flat=True))
        ),
        "exercises.ExerciseVersion": rows.versions(list(given.values_list("pk", flat=True))),
        "exercises.Routine": rows.routines(set(used)),
        "patients.Questionnaire": rows.questionnaires(
            list(Questionnaire.objects.filter(clinic=clinic).values_list("pk", flat=True))
        ),
    }
