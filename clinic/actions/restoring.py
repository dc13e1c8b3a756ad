"""What a restored backup would open again although it was closed since."""

from django.contrib.sessions.models import Session

from clinic.models import Invitation


def end_what_signs_in() -> int:
    """Everybody signs in anew, and invitations have to be sent again; returns how many sessions and links ended."""
    ended, _each = Session.objects.all().delete()
    return ended + Invitation.objects.waiting().exclude(secret_hash=None).update(secret_hash=None)
