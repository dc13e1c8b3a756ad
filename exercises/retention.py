"""Which reminders, letters, calendar addresses and drafts are over (clinic/retention.py)."""

from django.db.models import Exists, OuterRef, QuerySet

from clinic.models import EmailState, OutgoingEmail
from clinic.retention import Night
from clinic.retention_periods import DRAFT_DAYS, LETTERS_MONTHS, TOKEN_DAYS
from exercises.models import CalendarFeed, ProgrammeDraft, Reminder

UNDER_WAY = [EmailState.PENDING, EmailState.SENDING]


def reminders(night: Night) -> QuerySet[Reminder]:
    """Before the letters that carried them."""
    return Reminder.objects.filter(clinic=night.clinic, due_at__lt=night.months_ago(LETTERS_MONTHS))


def letters(night: Night) -> QuerySet[OutgoingEmail]:
    """What came back of them, and the reminders that they carried, are gone by then."""
    begin = night.months_ago(LETTERS_MONTHS)
    old = OutgoingEmail.objects.filter(clinic=night.clinic, not_before__lt=begin)
    carried = Reminder.objects.filter(email=OuterRef("pk"), due_at__gte=begin)
    return old.exclude(state__in=UNDER_WAY).exclude(Exists(carried))


def calendar_feeds(night: Night) -> QuerySet[CalendarFeed]:
    """Addresses that were taken back; one that stands has no end."""
    return CalendarFeed.objects.filter(clinic=night.clinic, revoked_at__lt=night.days_ago(TOKEN_DAYS))


def drafts(night: Night) -> QuerySet[ProgrammeDraft]:
    """What its author left for two weeks; nobody else ever read it."""
    return ProgrammeDraft.objects.filter(clinic=night.clinic, updated_at__lt=night.days_ago(DRAFT_DAYS))
