"""The newest seal of the audit by e-mail to each owner, once a day: a head that lies elsewhere shows what the database alone
cannot, that somebody sealed everything anew."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from clinic import mail
from clinic.models import AuditSeal, Clinic, Membership, OutgoingEmail
from clinic.roles import Role

LETTER = "audit_head"
FROM = time(6, 0)  # local to the clinic
WORTH = timedelta(hours=18)  # an older one is not sent: the next is near


def mail_heads(now: datetime) -> int:
    """Returns how many letters were posted. At every beat; what was posted today is not posted again."""
    if AuditSeal.objects.newest() is None:
        return 0
    posted = 0
    for clinic in Clinic.objects.order_by("pk"):
        local = now.astimezone(ZoneInfo(clinic.time_zone))
        if local.time() >= FROM:
            posted += _post(clinic, local.date(), now)
    return posted


@transaction.atomic
def _post(clinic: Clinic, day: date, now: datetime) -> int:
    """Under the lock of the clinic's row: of two schedulers the second finds the letters there."""
    Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)
    owners = Membership.objects.filter(clinic=clinic, is_active=True, role=Role.OWNER).order_by("pk")
    keys = [f"{user}:{day.isoformat()}" for user in owners.values_list("user_id", flat=True)]
    there = set(
        OutgoingEmail.objects.filter(letter=LETTER, object_id__in=keys).values_list("object_id", flat=True)
    )
    for key in keys:
        if key not in there:
            mail.post(LETTER, key, clinic_id=clinic.pk, not_before=now, expires_at=now + WORTH)
    return len(set(keys) - there)
