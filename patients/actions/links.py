from datetime import datetime, timedelta

from django.db import transaction

from clinic import audit
from clinic.actors import Actor
from patients.actions.holding import hold
from patients.models import Carer, Patient, PlanLink, PlanVisit, Scope, hashed, new_secret

VISIT = timedelta(hours=12)


@transaction.atomic
def issue_link(
    *, actor: Actor, patient: Patient, expires_at: datetime, carer: Carer | None = None
) -> tuple[PlanLink, str]:
    """Mint a link to today's plan. The secret is returned once and stored nowhere."""
    secret = new_secret()
    link = PlanLink.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        carer=carer,
        scope=Scope.TODAY,
        secret_hash=hashed(secret),
        expires_at=expires_at,
    )
    audit.record(actor, "link.issued", link, changes={"scope": link.scope})
    return link, secret


@transaction.atomic
def forget_link(*, actor: Actor, link: PlanLink) -> None:
    """The e-mail that carried it surely did not leave: the link never existed for anybody."""
    audit.record(actor, "link.forgotten", link)
    link.delete()


@transaction.atomic
def open_visit(*, actor: Actor, link: PlanLink, now: datetime) -> tuple[PlanVisit, str]:
    """A person pressed the button: give this browser a cookie of its own, which ends with the link."""
    secret = new_secret()
    visit = PlanVisit.objects.create(
        clinic_id=link.clinic_id,
        patient_id=link.patient_id,
        link=link,
        secret_hash=hashed(secret),
        expires_at=min(now + VISIT, link.expires_at),
    )
    audit.record(actor, "plan.opened", visit)
    return visit, secret


@transaction.atomic
def close_visit(*, actor: Actor, visit: PlanVisit) -> None:
    """The patient is done with this browser."""
    audit.record(actor, "plan.closed", visit)
    PlanVisit.objects.filter(pk=visit.pk).delete()


@transaction.atomic
def revoke_links(*, actor: Actor, patient: Patient, now: datetime, reason: str) -> int:
    """End every link of the patient, and with them every open browser."""
    hold(patient.pk)  # a letter that is being written has its link by then
    revoked = PlanLink.objects.filter(patient=patient, revoked_at=None).update(revoked_at=now)
    if revoked:
        audit.record(
            actor, "link.revoked", patient, patient_id=patient.pk, reason=reason, changes={"links": revoked}
        )
    return revoked
