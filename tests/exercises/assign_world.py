"""What a browser posts for the assign form, and what must not be there after a refusal."""

import uuid
from typing import Any

from django.db import connection

from clinic.models import OutgoingEmail
from exercises.models import Exercise, Programme, Reminder
from tests import factories

REASON = "Holds on with both hands; her daughter is at home."
NOTE = "Hold on to the kitchen worktop."


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


def with_drafts(rows: dict[str, int], number: int = 1) -> dict[str, int]:
    """What a refused form leaves behind: the draft of what was typed, and its entry in the audit."""
    more = ("exercises_programmedraft", "clinic_auditentry")
    return rows | {table: rows[table] + number for table in more}


def problems(response: Any) -> list[str]:
    return [problem.message for problem in response.context["problems"]]


def careful_raises() -> Exercise:
    """With cautions that block, and one that asks for a reason and a note."""
    return factories.make_exercise(
        "heel-raises-near-wall",
        name="Heel raises near a wall",
        cautions=["fall_risk", "tendon_rupture", "recent_surgery"],
        body_part="lower_leg",
    )


def arch_with_kit() -> Exercise:
    """One of the things that it is done with brings a caution."""
    return factories.make_exercise(
        "arch-stretch-ball-or-bottle",
        name="Arch stretch",
        cautions=["skin_wound"],
        kit_options=["tennis_ball", "frozen_bottle"],
        body_part="foot",
    )
