"""When the mail server is away, all processes together ask less and less often."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from clinic.models import MailCircuit

OPENS_AFTER = 3  # failures in a row, over all processes
STEPS = [1, 2, 4, 8, 10]  # how many times as long each pause is as the first


def may_try() -> bool:
    """Whether to connect now. While the circuit is open, one process a pause wins the right to probe.

    A probe is counted as a failure before it is made: its success clears the count, and a process that dies over it
    needs no cleaning up after.
    """
    failures = MailCircuit.objects.values_list("failures", flat=True).first()
    if failures is None:
        MailCircuit.objects.bulk_create([MailCircuit()], ignore_conflicts=True)
    if failures is None or failures < OPENS_AFTER:
        return True
    won = MailCircuit.objects.filter(failures__gte=OPENS_AFTER, open_until__lte=Now())
    return bool(won.update(failures=F("failures") + 1, open_until=Now() + _pause()))


def note_failure() -> None:
    """The connection failed, or the server refused us as a sender. Once open, only probes count."""
    opens = Q(failures=OPENS_AFTER - 1)
    MailCircuit.objects.filter(failures__lt=OPENS_AFTER).update(
        failures=F("failures") + 1,
        open_until=Case(When(opens, then=Now() + _first_pause()), default=F("open_until")),
        opened_at=Case(When(opens, then=Now()), default=F("opened_at")),
    )


def close() -> None:
    """The server answered about a message: it is back."""
    MailCircuit.objects.filter(failures__gt=0).update(failures=0, opened_at=None)


def _pause() -> Combinable:
    """After the probe that is being counted: 60 seconds, doubling to five minutes."""
    pauses = [_first_pause() * step for step in STEPS]
    cases = [When(failures=OPENS_AFTER + n - 1, then=Value(pause)) for n, pause in enumerate(pauses) if n]
    return Case(*cases, default=Value(pauses[-1]))


def _first_pause() -> timedelta:
    return timedelta(seconds=settings.OUTBOX_PAUSES["circuit"])
