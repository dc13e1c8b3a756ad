"""The letters of this app: an invitation, and the seal of the audit. Composed when it is sent; None when nobody waits for it any more."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from clinic import actions
from clinic.actors import Actor
from clinic.chain import Head
from clinic.mail import Letter
from clinic.mail.letters import to_staff
from clinic.models import AuditSeal, Clinic, Invitation, Membership
from clinic.roles import Role


def staff_invited(object_id: str, now: datetime) -> Letter | None:
    """The link is made here, so that no row and no queue ever holds it; one that was sent earlier ends."""
    waiting = Invitation.objects.waiting().select_related("clinic").select_for_update(of=("self",))
    invitation = waiting.filter(pk=object_id, expires_at__gt=now).first()
    if invitation is None:
        return None
    secret = actions.mint_invitation(actor=Actor.system("staff_invited"), invitation=invitation)
    return invited_letter(invitation.clinic, invitation.email, secret, invitation.expires_at)


def invited_letter(clinic: Clinic, to: str, secret: str, works_until: datetime) -> Letter:
    """No name and no word of what the clinic does: the address may have been mistyped. The secret stands in the fragment,
    which browsers send to nobody."""
    link = f"{settings.SITE_URL}{reverse('clinic:invitation')}#{secret}"
    return to_staff("clinic/staff_invited", clinic, to, link=link, works_until=works_until)


def audit_head(object_id: str, now: datetime) -> Letter | None:
    """To an owner, once a day. Not sent when the person is no owner any more."""
    user_id, _colon, _day = object_id.partition(":")
    members = Membership.objects.select_related("user", "clinic")
    person = members.filter(user_id=user_id, is_active=True, role=Role.OWNER).first()
    seal = AuditSeal.objects.newest()
    if person is None or seal is None:
        return None
    return head_letter(person.clinic, person.user.email, seal.head, seal.sealed_at)


def head_letter(clinic: Clinic, to: str, head: Head, sealed_at: datetime) -> Letter:
    audit_url = f"{settings.SITE_URL}{reverse('clinic:audit')}"
    return to_staff("clinic/audit_head", clinic, to, audit_url=audit_url, head=head, sealed_at=sealed_at)
