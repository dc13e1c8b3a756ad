"""How somebody becomes a member of staff: invited by an owner, and by accepting."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clinic import audit, mail
from clinic.actions.clinics import add_member
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.link_secrets import hashed, new_secret
from clinic.models import Invitation, Membership, OutgoingEmail, User
from clinic.roles import Role

STAFF_INVITED = "staff_invited"  # the letter, a key of settings.LETTERS
WORKS_FOR = timedelta(days=7)


@transaction.atomic
def invite_member(*, actor: Actor, name: str, email: str, role: Role, now: datetime) -> Invitation:
    """Ask a person to join the actor's clinic, by an e-mail whose link works for seven days.

    Refuses an address that has an account, in whichever clinic, and one that is invited already.
    """
    if actor.clinic_id is None or actor.user_id is None:
        raise Refused(_("Only staff of a clinic can invite."), code="no_clinic")
    address = User.objects.normalize_email(email).lower()
    if User.objects.filter(email=address).exists():
        raise Refused(_("This address has an account already."), code="taken", field="email")
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                clinic_id=actor.clinic_id,
                name=name,
                email=address,
                role=role,
                invited_by_id=actor.user_id,
                invited_at=now,
                expires_at=now + WORKS_FOR,
            )
    except IntegrityError as error:
        message = _("This address has been invited already. Send that invitation again, or take it back.")
        raise Refused(message, code="invited", field="email") from error
    mail.post(
        STAFF_INVITED,
        invitation.pk,
        clinic_id=invitation.clinic_id,
        not_before=now,
        expires_at=now + WORKS_FOR,
    )
    audit.record(actor, "member.invited", invitation, changes={"role": role.value})
    return invitation


@transaction.atomic
def send_invitation_again(*, actor: Actor, invitation: Invitation, now: datetime) -> Invitation:
    """Another e-mail with another link, for seven days from now; the link of the earlier one ends at once, and where it still
    waits it is not sent."""
    waiting = _locked(invitation)
    emails = OutgoingEmail.objects.filter(letter=STAFF_INVITED, object_id=str(waiting.pk))
    waiting.expires_at, waiting.secret_hash = now + WORKS_FOR, None
    waiting.save(update_fields=["expires_at", "secret_hash"])
    mail.cancel(emails.values_list("pk", flat=True), reason="The invitation was sent again.")
    mail.post_again(emails.latest("generation"), not_before=now, expires_at=waiting.expires_at)
    audit.record(actor, "member.invited_again", waiting)
    return waiting


@transaction.atomic
def revoke_invitation(*, actor: Actor, invitation: Invitation, now: datetime) -> None:
    """The link ends at once, and what was not sent yet is not sent."""
    waiting = _locked(invitation)
    waiting.revoked_at = now
    waiting.save(update_fields=["revoked_at"])
    emails = OutgoingEmail.objects.filter(letter=STAFF_INVITED, object_id=str(waiting.pk))
    mail.cancel(emails.values_list("pk", flat=True), reason="The invitation was taken back.")
    audit.record(actor, "member.invitation_revoked", waiting)


@transaction.atomic
def mint_invitation(*, actor: Actor, invitation: Invitation) -> str:
    """The secret for the e-mail that is being sent. It is given away once and stored as a hash."""
    secret = new_secret()
    Invitation.objects.filter(pk=invitation.pk).update(secret_hash=hashed(secret))
    audit.record(actor, "member.invitation_link_made", invitation)
    return secret


@transaction.atomic
def accept_invitation(*, actor: Actor, invitation: Invitation, password: str, now: datetime) -> Membership:
    """Make the account with the password that its owner chose. Refuses a link that ended meanwhile, and an address that
    got an account meanwhile."""
    waiting = _locked(invitation)
    if waiting.is_expired(now) or waiting.secret_hash != invitation.secret_hash:
        raise _ended()
    member = add_member(
        actor=actor, clinic=waiting.clinic, email=waiting.email, name=waiting.name, role=Role(waiting.role)
    )
    member.user.set_password(password)
    member.user.save(update_fields=["password"])
    waiting.accepted_at, waiting.account = now, member.user
    waiting.save(update_fields=["accepted_at", "account"])
    audit.record(actor, "member.invitation_accepted", waiting, changes={"user": member.user_id})
    return member


def _locked(invitation: Invitation) -> Invitation:
    found = Invitation.objects.waiting().select_for_update(of=("self",)).filter(pk=invitation.pk)
    if (waiting := found.select_related("clinic").first()) is None:
        raise _ended()
    return waiting


def _ended() -> Refused:
    return Refused(_("This invitation has been accepted or taken back, or it has ended."), code="ended")
