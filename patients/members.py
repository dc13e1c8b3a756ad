"""The people who work in a clinic, with how many patients each has: what an owner looks after."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from clinic.actors import Actor
from clinic.models import Invitation, Membership
from clinic.roles import SEES_PATIENTS, WRITES_CLINICAL, Role
from patients.actions.members import patients_of
from patients.models import Patient

EXPLAINED = {  # what each role may do, in the words of the page
    Role.OWNER: "Staff, settings and everything an assistant may; reads findings and programmes.",
    Role.PRACTITIONER: "Treats: findings, programmes, messages.",
    Role.ASSISTANT: "Contact details, schedule, printed plans.",
    Role.CURATOR: "Exercises and routines; sees no patient.",
    Role.AUDITOR: "Reads who did what, staff and settings; sees no patient.",
}


@dataclass(frozen=True, slots=True)
class Colleague:
    membership: Membership
    patients: int

    @property
    def leaves_patients(self) -> bool:
        """They count on somebody who cannot see them any more."""
        away = not self.membership.is_active or Role(self.membership.role) not in SEES_PATIENTS
        return bool(self.patients) and away


def colleagues(actor: Actor) -> list[Colleague]:
    """Open accounts first, by name. Two queries, however many. Patients of restricted records are not counted; a hand-over
    takes them along, so that nobody is left without a practitioner."""
    members = Membership.objects.visible_to(actor).select_related("user")
    had = Patient.objects.visible_to(actor).filter(merged_into=None).exclude(practitioner=None)
    counted = dict(had.order_by().values_list("practitioner").annotate(count=Count("pk")))
    return [
        Colleague(member, counted.get(member.user_id, 0))
        for member in members.order_by("-is_active", "user__name", "pk")
    ]


def looked_after_by_nobody(actor: Actor) -> int:
    return patients_of(actor, None).count()


def receivers(actor: Actor, giver: Membership | None) -> Iterable[Membership]:
    """Who may get a leaver's patients."""
    treating = Membership.objects.visible_to(actor).filter(is_active=True, role__in=WRITES_CLINICAL)
    found = treating.select_related("user").order_by("user__name", "pk")
    return found.exclude(pk=giver.pk) if giver else found


def invitations(actor: Actor, now: datetime) -> list[tuple[Invitation, bool]]:
    """Those that wait, the newest first; whether each has ended."""
    waiting = Invitation.objects.visible_to(actor).waiting().select_related("invited_by")
    return [(one, one.is_expired(now)) for one in waiting.order_by("-invited_at", "pk")]
