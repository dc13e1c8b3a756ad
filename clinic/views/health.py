"""Three lights. ``live`` restarts a container, ``ready`` takes it out of the balancer, ``reminders`` calls a person."""

from datetime import timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from clinic import clock
from clinic.access import anonymous_allowed
from clinic.actors import Actor
from clinic.mail import outbox
from clinic.models import SchedulerBeat
from clinic.roles import Role

LAST_TICK = timedelta(minutes=3)
OLDEST_DUE = timedelta(minutes=15)
AHEAD = timedelta(hours=24)
CIRCUIT_OPEN = timedelta(minutes=10)
UNSURE_SHARE = 0.05
PUBLIC = "A monitor asks without signing in; the answer is one word."


def _word(*, healthy: bool, **reasons: object) -> HttpResponse:
    body = {"status": "ok" if healthy else "red"} | reasons
    return JsonResponse(body, status=200 if healthy else 503, headers={"Cache-Control": "no-store"})


@require_safe
@anonymous_allowed(reason=PUBLIC)
def live(request: HttpRequest) -> HttpResponse:
    """This process answers. Touches nothing else."""
    return _word(healthy=True)


@require_safe
@anonymous_allowed(reason=PUBLIC)
def ready(request: HttpRequest) -> HttpResponse:
    """The database answers and its migrations are applied. Redis and the mail server are no reason to be red."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return _word(healthy=False)
    return _word(healthy=not pending)


@require_safe
@anonymous_allowed(reason=PUBLIC)
def reminders(request: HttpRequest) -> HttpResponse:
    """Is the reminder path alive? Owners read which light is red, everybody else the word only."""
    try:
        lights = _lights()
    except DatabaseError:
        return _word(healthy=False)
    actor: Actor | None = request.actor or None  # type: ignore[attr-defined]
    shown = {"lights": lights} if actor and actor.has_role(frozenset({Role.OWNER})) else {}
    return _word(healthy=all(lights.values()), **shown)


def _lights() -> dict[str, bool]:
    """True is green."""
    now = clock.now()
    beat = SchedulerBeat.objects.first() or SchedulerBeat()
    mail = outbox.health(now)
    return {
        "tick": beat.last_tick_at is not None and now - beat.last_tick_at <= LAST_TICK,
        "planned_ahead": beat.materialised_until is not None and beat.materialised_until - now >= AHEAD,
        "oldest_due": mail.oldest_due <= OLDEST_DUE,
        "mail_server": mail.circuit_open <= CIRCUIT_OPEN,
        "confirmed": mail.unsure_share <= UNSURE_SHARE,
    }
