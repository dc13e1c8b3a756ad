"""What waits in an outbox that came from a backup: it may have been sent since the backup was made."""

from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_noop

from clinic.models import EmailState, OutgoingEmail

RESTORED = gettext_noop("Restored from a backup: it may have been sent.")


@transaction.atomic
def hold_back(now: datetime) -> tuple[int, int]:
    """End every mail that was due before now; returns how many waited, and how many were being sent.

    A mail that was put off was due before, whenever its next try would be.
    """
    tried = Q(attempts__gt=0) | Q(deferrals__gt=0) | Q(crashes__gt=0) | Q(doubt__gt=0)
    waiting = OutgoingEmail.objects.filter(Q(not_before__lte=now) | tried, state=EmailState.PENDING)
    ended = Case(When(doubt=0, then=Value(EmailState.EXPIRED)), default=Value(EmailState.UNCONFIRMED))
    expired = waiting.update(state=ended, reason=RESTORED)
    unconfirmed = OutgoingEmail.objects.filter(state=EmailState.SENDING).update(
        state=EmailState.UNCONFIRMED,
        reason=RESTORED,
        doubt=F("doubt") + 1,
        lease_token=None,
        lease_until=None,
        begun_at=None,
    )
    return expired, unconfirmed
