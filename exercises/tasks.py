from uuid import UUID

from celery import shared_task

from clinic import alarm, clock, jobs
from clinic.actors import Actor
from exercises import alerts, export_work, reminders
from exercises.actions import exports, zone_rules
from patients.actions.emailed import forget_spent


@shared_task
def remind_due() -> int | None:
    """None: another scheduler's tick came a moment ago."""
    if not jobs.take_tick():
        return None
    alarm.look()
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
def follow_zone_rules() -> int:
    return zone_rules.follow_zone_rules(actor=Actor.system("follow_zone_rules"), now=clock.now())


@shared_task
def work_on_exports() -> int:
    exports.forget_exports(actor=Actor.system("forget_exports"), now=clock.now())
    return export_work.work()
