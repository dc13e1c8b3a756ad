"""A letter to the clinic while something urgent stands unseen beyond its time: one a day for each person, naming nobody."""

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse

from clinic import mail
from clinic.mail import Letter
from clinic.mail.letters import to_staff
from clinic.models import Clinic, Membership, OutgoingEmail
from clinic.roles import SEES_CLINICAL
from exercises.alert_rules import Level
from exercises.models import Alert
from patients.attention import decide_by
from patients.models import RaisedFlag
from patients.red_flags import Level as SignLevel

LETTER = "something_waits"
UNSEEN_FOR = timedelta(hours=24)  # an alert of the first level; a decision of ours
FROM, UNTIL = time(8, 0), time(18, 0)  # local to the clinic


def escalate(now: datetime) -> int:
    """Returns how many letters were posted. At every beat; what was posted today is not posted again."""
    posted = 0
    for clinic in Clinic.objects.filter(pk__in=_overdue(now)).order_by("pk"):
        local = now.astimezone(ZoneInfo(clinic.time_zone))
        if FROM <= local.time() < UNTIL:
            posted += _post(clinic, local.date(), now)
    return posted


@transaction.atomic
def _post(clinic: Clinic, day: date, now: datetime) -> int:
    """Under the lock of the clinic's row: of two schedulers the second finds the letters there."""
    Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)
    keys = [f"{user}:{day.isoformat()}" for user in _readers(clinic.pk).values_list("user_id", flat=True)]
    there = set(
        OutgoingEmail.objects.filter(letter=LETTER, object_id__in=keys).values_list("object_id", flat=True)
    )
    evening = datetime.combine(day, UNTIL, tzinfo=ZoneInfo(clinic.time_zone))
    for key in keys:
        if key not in there:
            mail.post(LETTER, key, clinic_id=clinic.pk, not_before=now, expires_at=evening)
    return len(set(keys) - there)


def _readers(clinic_id: UUID) -> QuerySet[Membership]:
    roles = [role.value for role in SEES_CLINICAL]
    return Membership.objects.filter(clinic=clinic_id, is_active=True, role__in=roles).order_by("pk")


def _overdue(now: datetime, clinic_id: UUID | None = None) -> set[UUID]:
    """Clinics in which a warning sign is undecided, or severe pain unseen, for longer than it may be."""
    of = Q() if clinic_id is None else Q(clinic=clinic_id)
    unseen = Q(acknowledged_at=None) | Q(last_triggered_at__gt=F("acknowledged_at"))
    late = Alert.objects.open().filter(
        of, unseen, level=Level.FIRST, snoozed_until=None, last_triggered_at__lte=now - UNSEEN_FOR
    )
    found = set(late.values_list("clinic_id", flat=True))
    flags = RaisedFlag.objects.undecided().filter(of, patient__archived_at=None).select_related("clinic")
    for flag in flags:
        limit = decide_by(
            SignLevel(flag.level),
            flag.raised_at,
            zone=flag.clinic.time_zone,
            urgent_days=flag.clinic.urgent_days,
        )
        if limit and limit <= now:
            found.add(flag.clinic_id)
    return found


# --- the letter -------------------------------------------------------------------------------------------------
def something_waits(object_id: str, now: datetime) -> Letter | None:
    """Not sent when everything was seen meanwhile, or the person left."""
    user_id, _colon, _day = object_id.partition(":")
    member = Membership.objects.select_related("user", "clinic").filter(
        user_id=user_id, is_active=True, role__in=[role.value for role in SEES_CLINICAL]
    )
    person = member.first()
    if person is None or not _overdue(now, person.clinic_id):
        return None
    return waiting_letter(person.clinic, person.user.email)


def waiting_letter(clinic: Clinic, to: str) -> Letter:
    """No name, no number and no word of health: the worklist says it, behind the sign-in."""
    # Everybody's: what waits may stand on a colleague's list who is away.
    list_url = f"{settings.SITE_URL}{reverse('exercises:worklist')}?who=all"
    return to_staff("exercises/something_waits", clinic, to, list_url=list_url)
