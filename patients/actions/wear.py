from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from patients.actions.records import open_for_writing
from patients.models import Patient, SupportAdvice, WearEntry


@transaction.atomic
def record_wear(
    *,
    actor: Actor,
    patient: Patient,
    on: date,
    hours: Mapping[UUID, Decimal | None],
    now: datetime,
    said_at: datetime | None = None,
) -> int:
    """Store how long each support was worn on one day, replacing earlier answers of that day; returns how many.

    None is "not answered" and writes nothing: missing is missing, zero hours is an answer. Refuses advice that is not
    in the plan or belongs to somebody else. ``said_at``, of what arrives late: what was said after it stays, and advice
    that has ended since is fine.
    """
    answered = {pk: worn for pk, worn in hours.items() if worn is not None}
    if not answered:
        return 0
    open_for_writing(patient.pk)
    if not all(0 <= worn <= 24 for worn in answered.values()):
        raise Refused(_("A day has 0 to 24 hours."), code="out_of_range")
    advised = SupportAdvice.objects.all() if said_at else SupportAdvice.objects.in_plan()
    mine = advised.about(patient).filter(pk__in=answered)
    if unknown := set(answered) - set(mine.values_list("pk", flat=True)):
        raise Refused(
            _("Your plan has changed. Please look at it again."), code="not_advised", field=str(min(unknown))
        )
    said = said_at or now
    newer = WearEntry.objects.filter(patient=patient, on=on, advice__in=answered, said_at__gt=said)
    for pk in newer.values_list("advice_id", flat=True):
        del answered[pk]
    if not answered:
        return 0
    WearEntry.objects.bulk_create(
        [
            WearEntry(
                clinic_id=patient.clinic_id,
                patient=patient,
                advice_id=pk,
                on=on,
                hours=worn,
                recorded_at=now,
                said_at=said,
            )
            for pk, worn in answered.items()
        ],
        update_conflicts=True,
        unique_fields=["advice", "on"],
        update_fields=["hours", "said_at"],
    )
    audit.record(
        actor,
        "wear.recorded",
        patient,
        patient_id=patient.pk,
        changes={"on": on.isoformat(), "hours": {str(pk): str(worn) for pk, worn in answered.items()}},
    )
    return len(answered)
