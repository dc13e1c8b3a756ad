"""Three lights. ``live`` restarts a container, ``ready`` takes it out of the balancer, ``reminders`` calls a person."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from clinic.access import anonymous_allowed, is_monitor
from clinic.actors import Actor
from clinic.lights import lights
from clinic.roles import OWNS

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
    """Is the reminder path alive? A monitor with its token and owners read which light is red and why, everybody else
    the word only."""
    try:
        found = lights()
    except DatabaseError:
        return _word(healthy=False)
    actor: Actor | None = None if is_monitor(request) else request.actor or None  # type: ignore[attr-defined]
    shown: dict[str, object] = {}
    if is_monitor(request) or (actor and actor.has_role(OWNS)):
        shown["lights"] = {light.name: light.green for light in found}
        shown["reasons"] = {light.name: f"{light.found} {light.advice}" for light in found if not light.green}
    return _word(healthy=all(light.green for light in found), **shown)
