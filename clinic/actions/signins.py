"""Of signing in: what went well, what failed, and what ends every other session."""

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import Membership, User


@transaction.atomic
def note_sign_in(*, actor: Actor, user: User) -> None:
    audit.record(actor, "sign_in.done", user.membership or user)


@transaction.atomic
def note_failed_sign_in(*, actor: Actor, email: str) -> None:
    """Whose address it is, where it is anybody's: nobody knows who tried. An unknown address is written down too, without
    itself, so that both cost the same time."""
    user = User.objects.select_related("staff_membership").filter(email__iexact=email).first() or User()
    audit.record(actor, "sign_in.failed", user.membership or user)


@transaction.atomic
def change_credentials(*, actor: Actor, user: User, what: str) -> None:
    """Password or second step became another: whoever signed in with the earlier ones is signed out.

    ``what``: allauth's name of the change, such as "totp_activated". The caller keeps the session it happened in.
    """
    end_sessions(user)
    user.refresh_from_db(fields=["sessions_ended"])  # the caller's session goes on under the new count
    audit.record(actor, "sign_in.credentials_changed", user.membership or user, changes={"what": what})


@transaction.atomic
def note_ended_sessions(*, actor: Actor, user: User, number: int) -> None:
    """Somebody signed out the places where they are signed in otherwise."""
    audit.record(actor, "sign_in.sessions_ended", user.membership or user, changes={"sessions": number})


@transaction.atomic
def reset_second_factor(*, actor: Actor, membership: Membership) -> None:
    """A colleague lost the phone: authenticator app, passkeys and recovery codes are forgotten, sessions end, and the next
    sign-in sets them up anew. Whoever does it has seen the person. Refused for oneself: a stolen session must not."""
    if membership.user_id == actor.user_id:
        raise Refused(_("Ask another owner: nobody resets their own second step."), code="own")
    methods = membership.user.authenticator_set.all()
    if not methods.exists():
        raise Refused(_("There is no second step to reset."), code="none")
    methods.delete()
    end_sessions(membership.user)
    audit.record(actor, "sign_in.second_factor_reset", membership)


def end_sessions(user: User) -> None:
    """Of this person, on whichever device, for good."""
    User.objects.filter(pk=user.pk).update(sessions_ended=F("sessions_ended") + 1)
