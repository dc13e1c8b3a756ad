"""Ten red minutes in a row are told to a person, once; and what turns red later and stays so, once more. Whoever is alive
looks: the worker's tick, manage.py keep_running beside the worker, and send_reminders --loop. When the database or all of
them are dead, a monitor outside asks /health/reminders (docs/operations.md).
"""

import logging
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from clinic import clock
from clinic.lights import Light, lights, words
from clinic.models import Alarm

log = logging.getLogger("clinic.alarm")

MOST_NAMED = 3  # in a subject


def look() -> list[Light]:
    """Look at the lights, remember since when each is red, tell it if it is time. Returns the red ones."""
    red = [light for light in lights() if not light.green]
    if not red:
        _all_clear()
    elif _is_time([light.name for light in red]):
        _tell(red)
    return red


def _all_clear() -> None:
    if Alarm.objects.filter(told_at__isnull=False).update(red_since=None, told_at=None, since={}, told_of=[]):
        log.warning("all lights are green again")
    Alarm.objects.filter(red_since__isnull=False).update(red_since=None, since={})


@transaction.atomic
def _is_time(red: list[str]) -> bool:
    """Of all who look at this moment one hears that it is. One light that stays red for days must not hide another."""
    Alarm.objects.bulk_create([Alarm()], ignore_conflicts=True)
    alarm = Alarm.objects.select_for_update().get()
    now, long = clock.now(), settings.WATCH["alarm"]
    alarm.red_since = alarm.red_since or now
    alarm.since = {name: alarm.since.get(name, now.timestamp()) for name in red}
    alarm.told_of = [name for name in alarm.told_of if name in red]
    if alarm.told_at is None:
        is_time = (now - alarm.red_since).total_seconds() >= long
    else:
        news = [name for name in red if name not in alarm.told_of]
        is_time = any(now.timestamp() - alarm.since[name] >= long for name in news)
    if is_time:
        alarm.told_at, alarm.told_of = now, red
    alarm.save()
    return is_time


def _tell(red: Sequence[Light]) -> None:
    log.error("lights are red", extra={"red": [light.name for light in red]})
    if not settings.OPERATOR_EMAIL:
        return
    lines = [f"{light.title}: NO. {light.found}\n  {light.advice}\n" for light in red]
    head = f"Red for {words(settings.WATCH['alarm'])} at {settings.SITE_URL}:\n\n"
    end = "\nThis is said once. docs/operations.md says what each light means.\n"
    try:  # straight to the mail server: the outbox may be what is in trouble
        send_mail(_subject(red), head + "\n".join(lines) + end, settings.MAIL_FROM, [settings.OPERATOR_EMAIL])
    except OSError as fault:  # smtplib's own are among them
        log.error("the operator could not be told by mail", extra={"error": type(fault).__name__})


def _subject(red: Sequence[Light]) -> str:
    """What is in trouble, for whoever reads no further."""
    more = len(red) - MOST_NAMED
    named = "; ".join(light.about for light in red[:MOST_NAMED])
    return f"Footwork in trouble: {named}" + (f"; {more} more" if more > 0 else "")
