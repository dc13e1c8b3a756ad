from uuid import UUID

from celery import shared_task

from clinic import clock
from exercises import alerts, reminders
from exercises.actions import drafts
from patients.actions.emailed import forget_spent


@shared_task
def remind_due() -> int:
    now = clock.now()
    forget_spent(now)
    return reminders.tick(now)


@shared_task
def evaluate_alerts(patient_id: str) -> int:
    """A day was logged."""
    return alerts.evaluate([UUID(patient_id)], clock.now())


@shared_task
def watch_alerts() -> int:
    return alerts.watch(clock.now())


@shared_task
def forget_drafts() -> int:
    return drafts.forget_drafts(clock.now())
