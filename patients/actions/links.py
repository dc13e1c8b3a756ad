from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from clinic import audit
from clinic.actors import Actor
from patients.actions.holding import hold
from patients.models import Carer, Patient, PlanLink, PlanVisit, Scope, hashed, new_secret

VISIT = timedelta(hours=12)
WRITE = """
INSERT INTO patients_planlink (clinic_id, patient_id, carer_id, scope, secret_hash, expires_at)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[])
RETURNING secret_hash, id
"""


@transaction.atomic
def issue_link(
    *, actor: Actor, patient: Patient, expires_at: datetime, carer: Carer | None = None
) -> tuple[PlanLink, str]:
    """Mint a link to today's plan. The secret is returned once and stored nowhere."""
    return issue_links(actor=actor, wanted=[(patient, expires_at, carer)])[0]


@transaction.atomic
def issue_links(
    *, actor: Actor, wanted: Sequence[tuple[Patient, datetime, Carer | None]]
) -> list[tuple[PlanLink, str]]:
    """The same for many patients, in their order: each with the end of the link, and the carer who gets it, if any."""
    secrets = [new_secret() for _ in wanted]
    links = [
        PlanLink(
            clinic_id=patient.clinic_id,
            patient=patient,
            carer=carer,
            scope=Scope.TODAY,
            secret_hash=hashed(secret),
            expires_at=expires_at,
        )
        for (patient, expires_at, carer), secret in zip(wanted, secrets, strict=True)
    ]
    _write(links)
    audit.record_each(actor, "link.issued", links, changes={"scope": Scope.TODAY})
    return list(zip(links, secrets, strict=True))


def _write(links: Sequence[PlanLink]) -> None:
    """By one short statement, however many: ``bulk_create`` writes out every column of every row."""
    asked: list[Any] = [
        [link.clinic_id for link in links],
        [link.patient_id for link in links],
        [link.carer_id for link in links],
        [link.scope for link in links],
        [link.secret_hash for link in links],
        [link.expires_at for link in links],
    ]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, asked)
        written = dict(cursor.fetchall())
    for link in links:
        link.pk = written[link.secret_hash]
        link._state.adding = False


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
