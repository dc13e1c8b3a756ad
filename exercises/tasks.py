from celery import shared_task

from clinic import clock
from exercises import reminders


@shared_task
def remind_due() -> int:
    return reminders.tick(clock.now())
