"""The plan as the patient last saw it. Opening it is not seeing what is new: they say so, or log."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from clinic import audit
from clinic.actors import Actor
from exercises import plan_changes
from exercises.models import PlanSeen, Programme, ProgrammeItem
from exercises.plan_changes import ItemShot, ProgrammeShot, Shot, SupportShot
from patients.actions.records import open_for_writing
from patients.models import Patient, SupportAdvice


@transaction.atomic
def note_plan_seen(*, actor: Actor, patient: Patient, shown: str, now: datetime) -> bool:
    """What stands in the plan now is known to the patient from here on. ``shown``: the digest of what their page held;
    a plan that was changed behind that page has not been seen, and False comes back."""
    known = PlanSeen.objects.filter(patient=patient, plan__digest=shown)
    if known.update(seen_at=now):  # the usual case: nothing was new
        return True
    patient = open_for_writing(patient.pk)
    programmes = Programme.objects.filter(patient=patient).active().with_current_items()
    shot = snapshot(programmes, SupportAdvice.objects.about(patient).for_plan())
    if shot.get("digest") != shown:
        return False
    _keep(patient, shot, now)
    audit.record(actor, "plan.seen", patient, patient_id=patient.pk, changes={"digest": shown})
    return True


def note_first_plan(programme: Programme, items: Iterable[ProgrammeItem], now: datetime) -> None:
    """The first programme is the plan as it was sent: opening it, nothing is new. Later ones change nothing here."""
    shot = shot_of(programme, items)
    row = PlanSeen(patient_id=programme.patient_id, clinic_id=programme.clinic_id, plan=shot, seen_at=now)
    PlanSeen.objects.bulk_create([row], ignore_conflicts=True)


def shot_of(programme: Programme, items: Iterable[ProgrammeItem]) -> Shot:
    """One programme alone, as a version of it is kept."""
    return plan_changes.sealed(
        {"programmes": [_programme(programme)], "items": _items(programme, items), "supports": None}
    )


def snapshot(programmes: Iterable[Programme], supports: Iterable[SupportAdvice]) -> Shot:
    """``programmes``: those that are not ended, read ``with_items``."""
    ordered = sorted(programmes, key=lambda one: (one.starts_on, str(one.pk)))
    return plan_changes.sealed(
        {
            "programmes": [_programme(one) for one in ordered],
            "items": [shot for one in ordered for shot in _items(one, one.current)],
            "supports": [_support(advice) for advice in supports],
        }
    )


def _keep(patient: Patient, shot: Shot, now: datetime) -> None:
    PlanSeen.objects.bulk_create(
        [PlanSeen(patient=patient, clinic_id=patient.clinic_id, plan=shot, seen_at=now)],
        update_conflicts=True,
        unique_fields=["patient"],
        update_fields=["plan", "seen_at"],
    )


def _programme(programme: Programme) -> ProgrammeShot:
    return {
        "id": str(programme.pk),
        "name": programme.name,
        "starts_on": programme.starts_on.isoformat(),
        "ends_on": programme.ends_on.isoformat(),
    }


def _items(programme: Programme, items: Iterable[ProgrammeItem]) -> list[ItemShot]:
    return [
        {
            "id": str(item.pk),
            "exercise": str(item.version.exercise_id),
            "version": str(item.version_id),
            "name": item.version.name,
            "programme": str(programme.pk),
            "dose": _stated(item),
            "side": item.side,
            "limb": item.version.limb.value,
            "kit": item.kit,
            "note": item.note,
        }
        for item in items
    ]


def _stated(item: ProgrammeItem) -> dict[str, object]:
    columns = {**item.dose_fields(), **{name: getattr(item, name) for name in plan_changes.OFTEN}}
    return {name: value for name, value in columns.items() if value not in (None, "", False)}


def _support(advice: SupportAdvice) -> SupportShot:
    return {
        "id": str(advice.pk),
        "what": advice.lay_words,
        "hours": advice.hours_per_day,
        "advice": [advice.product, advice.wear_in_plan, advice.patient_note],
    }
