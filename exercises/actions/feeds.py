"""The address from which a calendar program reads the days of a plan."""

from datetime import datetime

from django.db import transaction

from clinic import audit
from clinic.actors import Actor
from exercises.models import CalendarFeed
from patients.actions.holding import hold
from patients.actions.records import open_for_writing
from patients.models import Patient, hashed, new_secret


@transaction.atomic
def make_feed(*, actor: Actor, patient: Patient, now: datetime) -> tuple[CalendarFeed, str]:
    """A new address; the one before ends. The secret in it is returned once and stored nowhere."""
    open_for_writing(patient.pk)
    revoke_feed(actor=actor, patient=patient, now=now)
    secret = new_secret()
    feed = CalendarFeed.objects.create(
        clinic_id=patient.clinic_id, patient=patient, secret_hash=hashed(secret), created_at=now
    )
    audit.record(actor, "feed.made", feed)
    return feed, secret


@transaction.atomic
def revoke_feed(*, actor: Actor, patient: Patient, now: datetime) -> bool:
    """The calendar gets nothing more from now on. Always possible. False: there was no address."""
    hold(patient.pk)  # one that is being made meanwhile ends too
    feed = CalendarFeed.objects.filter(patient=patient, revoked_at=None).first()
    if feed is None:
        return False
    CalendarFeed.objects.filter(pk=feed.pk).update(revoked_at=now)
    audit.record(actor, "feed.revoked", feed)
    return True
