"""What a browser posts for the assign form, and what must not be there after a refusal."""

import uuid
from typing import Any

from django.db import connection

from clinic.models import OutgoingEmail
from exercises.models import Exercise, Programme, Reminder


def today() -> str:
    """The patient's day by PostgreSQL's clock, which nothing freezes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (now() AT TIME ZONE 'Europe/London')::date::text")
        return str(cursor.fetchone()[0])


def typed(*exercises: Exercise, **fields: Any) -> dict[str, Any]:
    """What a browser posts for a form with these exercises, each on the left."""
    found: dict[str, Any] = {
        "programme_id": str(uuid.uuid4()),
        "routine": "",
        "name": "Feet first",
        "frequency": "2x7",
        "starts_on": today(),
        "weeks": "4",
        "reminder_time": "18:00",
        "items": [exercise.slug for exercise in exercises],
    }
    for exercise in exercises:
        found[f"{exercise.slug}-side"] = "left"
        found[f"{exercise.slug}-reps"] = "10-15"
    return found | fields


def nothing_was_written() -> bool:
    return not (Programme.objects.exists() or OutgoingEmail.objects.exists() or Reminder.objects.exists())


def problems(response: Any) -> list[str]:
    return [problem.message for problem in response.context["problems"]]
