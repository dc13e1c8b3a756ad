"""Which rows belong to a patient, found by their foreign keys: a merge moves them, a comparison counts them."""

from typing import Any

from django.db import models

from patients.models.patient import Patient

STAYS = {
    "patients.Patient": "merged_into names the record that was kept.",
    "patients.PatientMerge": "It says which two records were merged.",
    "patients.PlanLink": "The duplicate's links are revoked; those of the kept record go on working.",
    "patients.PlanVisit": "It ends with its link.",
    "patients.AccessCode": "The duplicate's code is revoked; that of the kept record goes on working.",
    "patients.Device": "The same holds for the browsers that were opened.",
    "patients.EmailedCode": "It lives for ten minutes.",
    "patients.Carer": "Whoever agreed to copies agreed to those of that record.",
    "patients.ImportRow": "It says which line of a list that record came from.",
    "patients.Restriction": "A restricted record is not merged; afterwards a restriction holds for both.",
    "patients.Opening": "It says who opened that record.",
    "patients.Erasure": "It says what was erased of that record.",
    "exercises.CalendarFeed": "The duplicate's address is revoked; that of the kept record goes on working.",
    "exercises.PlanSeen": "It says what was seen of that record's plan.",
    "exercises.ReminderChoice": "It is a choice about that record's reminders.",
    "patients.ConsentRecord": "Consent was given for the address of that record and says nothing of another address.",
}


def belongings() -> list[Any]:
    """Models whose rows a merge moves, lower apps first. Kept states stay with their row and move by it.

    Typed as Any: each has a ``patient``, a ``clinic`` and ``visible_to``, which a test holds.
    """
    return [model for model in owners() if model._meta.label not in STAYS]


def owners() -> list[type[models.Model]]:
    """Every model with a foreign key to a patient, each once, but the histories."""
    relations = [field for field in Patient._meta.get_fields(include_hidden=True) if field.auto_created]
    related = {
        relation.related_model for relation in relations if relation.one_to_many or relation.one_to_one
    }
    found: list[Any] = [model for model in related if not hasattr(model, "pgh_tracked_model")]
    return sorted(found, key=lambda model: str(model._meta.label))


def told_at(model: type[models.Model]) -> str:
    """The column that says when a row came into being."""
    return next(
        field.name
        for field in model._meta.fields
        if isinstance(field, models.DateTimeField)
        and field.has_db_default()
        and field.name not in {"changed_at", "said_at"}
    )
