"""Referral to other help, and what came of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.within import made_with
from patients.actions.records import open_for_writing
from patients.actions.safety import practitioner
from patients.models import Finding, Patient, RaisedFlag, Referral, ReferralKind, ReferralStatus
from patients.red_flags import Level

ENDED = (ReferralStatus.CLOSED, ReferralStatus.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralEntry:
    """To whom, how soon, why and since when."""

    kind: ReferralKind
    urgency: Level
    reason: str
    referred_on: date
    recipient: str = ""
    finding: Finding | None = None


@transaction.atomic
def refer(
    *,
    actor: Actor,
    patient: Patient,
    entry: ReferralEntry,
    now: datetime,
    flag: RaisedFlag | None = None,
    key: UUID | None = None,
) -> Referral:
    """Record that the patient was sent to other help. ``key``: as for ``screen``."""
    by = practitioner(actor)
    patient = open_for_writing(patient.pk)
    key = key or uuid4()
    if made := made_with(Referral.objects.all(), key):
        if made.patient_id != patient.pk:
            raise Refused(_("This form belongs to another patient. Start again."), code="other_patient")
        return made
    _refuse_impossible(patient, entry, now)
    if flag and flag.patient_id != patient.pk:
        raise Refused(_("This warning sign belongs to another patient."), code="other_patient")
    referral = Referral.objects.create(
        pk=key,
        clinic_id=patient.clinic_id,
        patient=patient,
        flag=flag,
        referred_by_id=by,
        referred_at=now,
        changed_by_id=by,
        changed_at=now,
        **_columns(entry),
    )
    audit.record(actor, "referral.recorded", referral, changes=_codes(entry))
    return referral


@transaction.atomic
def amend_referral(
    *, actor: Actor, referral: Referral, entry: ReferralEntry, version: int, reason: str, now: datetime
) -> Referral:
    """State it anew. What stood there stays in the history, with who changed it and why."""
    _refuse_impossible(referral.patient, entry, now)
    if referral.outcome_on and entry.referred_on > referral.outcome_on:
        raise Refused(_("The outcome was known before this day."), code="order", field="referred_on")
    return _change(actor, referral, version, now, "amended", why=reason, **_columns(entry))


@transaction.atomic
def close_referral(
    *, actor: Actor, referral: Referral, outcome: str, on: date, version: int, now: datetime
) -> Referral:
    """What came of it, and on which day that was known."""
    if not outcome.strip():
        raise Refused(_("Say what came of it."), code="no_outcome", field="outcome")
    if on > referral.patient.local_day(now):
        raise Refused(_("This day lies in the future."), code="future", field="on")
    if on < referral.referred_on:
        raise Refused(_("The referral was made after this day."), code="order", field="on")
    return _change(
        actor,
        referral,
        version,
        now,
        "closed",
        status=ReferralStatus.CLOSED,
        outcome=outcome,
        outcome_on=on,
    )


@transaction.atomic
def cancel_referral(*, actor: Actor, referral: Referral, version: int, now: datetime) -> Referral:
    """Not needed any more: nobody waits for an outcome."""
    return _change(actor, referral, version, now, "cancelled", status=ReferralStatus.CANCELLED)


@transaction.atomic
def reopen_referral(*, actor: Actor, referral: Referral, version: int, now: datetime) -> Referral:
    """It waits again. An outcome that was written down stays in the history."""
    return _change(
        actor, referral, version, now, "reopened", status=ReferralStatus.OPEN, outcome="", outcome_on=None
    )


@transaction.atomic
def enter_referral_in_error(*, actor: Actor, referral: Referral, version: int, now: datetime) -> Referral:
    return _change(actor, referral, version, now, "entered_in_error", status=ReferralStatus.ENTERED_IN_ERROR)


@transaction.atomic
def restore_referral(*, actor: Actor, referral: Referral, version: int, now: datetime) -> Referral:
    """Undo: it was no slip. It is again what it was before."""
    kept = referral.history.exclude(status=ReferralStatus.ENTERED_IN_ERROR).order_by("-pgh_id").first()
    status = ReferralStatus(kept.status) if kept else ReferralStatus.OPEN
    return _change(actor, referral, version, now, "restored", status=status)


# From which states each change leads on; a state that another person left by now is refused like an old version.
LEADS_FROM: dict[str, tuple[ReferralStatus, ...]] = {
    "amended": (ReferralStatus.OPEN, *ENDED),
    "closed": (ReferralStatus.OPEN,),
    "cancelled": (ReferralStatus.OPEN,),
    "reopened": ENDED,
    "entered_in_error": (ReferralStatus.OPEN, *ENDED),
    "restored": (ReferralStatus.ENTERED_IN_ERROR,),
}


def _change(
    actor: Actor,
    referral: Referral,
    version: int,
    now: datetime,
    what: str,
    *,
    why: str = "",
    **columns: Any,
) -> Referral:
    by = practitioner(actor)
    open_for_writing(referral.patient_id)
    changed = Referral.objects.filter(pk=referral.pk, version=version, status__in=LEADS_FROM[what]).update(
        **columns, version=version + 1, changed_by_id=by, changed_at=now, change_reason=why
    )
    if not changed:
        raise Refused(_("Somebody has changed this referral in the meantime. Read it again."), code="stale")
    referral.refresh_from_db()
    audit.record(
        actor,
        f"referral.{what}",
        referral,
        changes={"kind": referral.kind, "urgency": referral.urgency, "status": referral.status},
    )
    return referral


def _refuse_impossible(patient: Patient, entry: ReferralEntry, now: datetime) -> None:
    if entry.referred_on > patient.local_day(now):
        raise Refused(_("This day lies in the future."), code="future", field="referred_on")
    if entry.referred_on < patient.date_of_birth:
        raise Refused(
            _("This day lies before the patient's date of birth."), code="before_birth", field="referred_on"
        )
    if entry.finding and entry.finding.patient_id != patient.pk:
        raise Refused(_("This finding belongs to another patient."), code="other_patient", field="finding")


def _columns(entry: ReferralEntry) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "urgency": entry.urgency,
        "reason": entry.reason,
        "referred_on": entry.referred_on,
        "recipient": entry.recipient,
        "finding": entry.finding,
    }


def _codes(entry: ReferralEntry) -> dict[str, str]:
    return {
        "kind": entry.kind.value,
        "urgency": entry.urgency.value,
        "referred_on": entry.referred_on.isoformat(),
    }
