from patients.models.contact import ConsentChange, ConsentChannel, ConsentRecord
from patients.models.finding import (
    IMAGING,
    ConfirmedBy,
    Finding,
    FindingType,
    OnsetPrecision,
    Severity,
    Side,
    Site,
    Status,
)
from patients.models.link import (
    PlanLink,
    PlanVisit,
    Scope,
    hashed,
    new_secret,
    patient_of_stop_token,
    stop_token,
)
from patients.models.outcome import Measure, PainScore
from patients.models.patient import Patient
from patients.models.visibility import VisibleRows

__all__ = [
    "IMAGING",
    "ConfirmedBy",
    "ConsentChange",
    "ConsentChannel",
    "ConsentRecord",
    "Finding",
    "FindingType",
    "Measure",
    "OnsetPrecision",
    "PainScore",
    "Patient",
    "PlanLink",
    "PlanVisit",
    "Scope",
    "Severity",
    "Side",
    "Site",
    "Status",
    "VisibleRows",
    "hashed",
    "new_secret",
    "patient_of_stop_token",
    "stop_token",
]
