from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from clinic import second_factor
from clinic.access import anonymous_allowed
from clinic.actors import Actor
from clinic.roles import READS_AUDIT, READS_CATALOGUE, SEES_CLINICAL, SEES_PATIENTS


@require_safe
@anonymous_allowed(reason="The front page: what Footwork is, and the way to sign in.")
def home(request: HttpRequest) -> HttpResponse:
    """Staff go straight to their work; everybody else reads what this is."""
    actor: Actor | None = request.actor or None  # type: ignore[attr-defined]
    if actor and second_factor.is_missing(request.user):
        return redirect("mfa_index")
    if actor and actor.has_role(SEES_CLINICAL):
        return redirect("exercises:worklist")
    if actor and actor.has_role(SEES_PATIENTS):
        return redirect("patients:list")
    if actor and actor.has_role(READS_CATALOGUE):
        return redirect("exercises:catalogue")
    if actor and actor.has_role(READS_AUDIT):
        return redirect("clinic:audit")
    return TemplateResponse(request, "clinic/home.html")
