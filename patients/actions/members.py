"""Colleagues who leave, and whose patients they had: nobody's account is closed while patients count on it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic import actions as clinic_actions
from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, Membership, User
from clinic.roles import SEES_PATIENTS, WRITES_CLINICAL, Role
from patients.models import Patient

TAKEN_BACK_FOR = timedelta(days=1)
HANDED_OVER, HANDED_BACK = "patient.handed_over", "patient.handed_back"


@dataclass(frozen=True, slots=True)
class HandOver:
    """What one press moved. ``key`` finds its entries in the audit, by which it can be taken back."""

    key: UUID
    count: int
    receiver: Membership


@transaction.atomic
def hand_over_patients(
    *, actor: Actor, giver: Membership | None, receiver: Membership, close: bool = False
) -> HandOver:
    """All patients of one colleague get another practitioner, archived ones too; ``giver`` None: those without one.

    It says who looks after a record and writes nothing in it, so that archived records stay as they are. A fixed number of
    statements, however many patients. ``close``: the giver's account is closed with it. Refuses a receiver who may not treat.
    """
    members = _locked(actor)
    to = members.get(receiver.pk)
    if to is None or not to.is_active or Role(to.role) not in WRITES_CLINICAL:
        message = _("Choose somebody who treats patients and whose account is open.")
        raise Refused(message, code="receiver", field="receiver")
    if giver is not None and giver.pk == to.pk:
        raise Refused(_("Choose somebody else than the person who leaves."), code="same", field="receiver")
    patients = _ordered(patients_of(actor, giver))
    if not patients:
        raise Refused(_("There are no patients to hand over."), code="none")
    _give([patient.pk for patient in patients], to.user_id)
    key = uuid4()
    source = giver.user_id if giver else None
    values = {"from": source, "to": to.user_id, "hand_over": str(key)}
    count = audit.record_each(actor, HANDED_OVER, patients, changes=values)
    audit.record(actor, "member.patients_handed_over", to, changes=values | {"patients": count})
    if giver is not None and close:
        change_member(actor=actor, membership=giver, is_active=False)
    return HandOver(key, count, to)


@transaction.atomic
def take_back_hand_over(*, actor: Actor, key: UUID, now: datetime) -> int:
    """Undo one hand-over of the last day: those who are still with the receiver go back; returns how many. Whoever got another
    practitioner meanwhile stays there. Refuses when the person who had them has no open account any more."""
    entries = AuditEntry.objects.visible_to(actor).filter(at__gt=now - TAKEN_BACK_FOR)
    done = entries.filter(verb="member.patients_handed_over", changes__hand_over=str(key)).first()
    if done is None or done.changes["from"] is None:
        raise Refused(
            _("This hand-over is more than a day old or not known. Hand the patients over again."),
            code="unknown",
        )
    members = {member.user_id: member for member in _locked(actor).values()}
    source, receiver = done.changes["from"], done.changes["to"]
    back = members.get(source)
    if back is None or not back.is_active or Role(back.role) not in SEES_PATIENTS:
        raise Refused(_("Open the account of the person first who had these patients."), code="closed")
    moved = entries.filter(verb=HANDED_OVER, changes__hand_over=str(key), at__lte=done.at)
    mine = Patient.objects.filter(clinic_id=actor.own_clinic_id, practitioner=receiver)
    patients = _ordered(mine.filter(pk__in=moved.values("patient_id")))
    if not patients:
        raise Refused(_("These patients have other practitioners by now."), code="none")
    _give([patient.pk for patient in patients], source)
    values = {"from": receiver, "to": source, "hand_over": str(key)}
    count = audit.record_each(actor, HANDED_BACK, patients, changes=values)
    audit.record(actor, "member.patients_handed_back", back, changes=values | {"patients": count})
    return count


@transaction.atomic
def change_member(
    *,
    actor: Actor,
    membership: Membership,
    name: str | None = None,
    role: Role | None = None,
    is_active: bool | None = None,
) -> list[str]:
    """As clinic.actions has it. Refuses to close the account, or to take the sight of patients from it, while there are
    patients who have no other practitioner."""
    stored = _locked(actor)[membership.pk]  # before the account, as in a hand-over
    # Locked before counting: a patient who is being registered by this person holds the same row.
    User.objects.select_for_update(of=("self",)).get(pk=membership.user_id)
    stays = stored.is_active if is_active is None else is_active
    if not stays or (role or Role(stored.role)) not in SEES_PATIENTS:
        count = patients_of(actor, membership).count()
        if count:
            raise Refused(
                ngettext(
                    "Hand over %(count)s patient first, so that nobody is left without a practitioner.",
                    "Hand over %(count)s patients first, so that nobody is left without a practitioner.",
                    count,
                )
                % {"count": count},
                code="has_patients",
            )
    return clinic_actions.change_member(
        actor=actor, membership=membership, name=name, role=role, is_active=is_active
    )


def patients_of(actor: Actor, member: Membership | None) -> QuerySet[Patient]:
    """Of a colleague; None: those whom nobody with an open account in the clinic looks after. Merged doubles are closed
    for good and count for nobody."""
    mine = Patient.objects.filter(clinic_id=actor.own_clinic_id, merged_into=None)
    if member is not None:
        return mine.filter(practitioner=member.user_id)
    return mine.filter(
        Q(practitioner=None)
        | Q(practitioner__staff_membership=None)
        | Q(practitioner__staff_membership__is_active=False)
    )


def _locked(actor: Actor) -> dict[int, Membership]:
    """All members of the clinic, in the order in which every action locks them."""
    rows = Membership.objects.select_for_update(of=("self",)).filter(clinic_id=actor.own_clinic_id)
    return {member.pk: member for member in rows.select_related("user").order_by("pk")}


def _ordered(patients: QuerySet[Patient]) -> list[Patient]:
    return list(patients.select_for_update(of=("self",)).only("pk", "clinic_id").order_by("pk"))


def _give(patients: list[UUID], user_id: int) -> None:
    Patient.objects.filter(pk__in=patients).update(practitioner=user_id)
