"""How long I stay signed in, for the page that warns before it ends; and signing out."""

from allauth.account.views import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods

from clinic import session_limits
from clinic.access import anonymous_allowed

FORGET = '"cache"'  # not the storage: a patient's plan may be kept in the same browser


@require_http_methods(["GET", "HEAD", "POST"])
@anonymous_allowed(reason="A page asks whether its session goes on; the answer is a number of seconds.")
def session(request: HttpRequest) -> JsonResponse:
    """Seconds left; asking is no click, POST is one. 0: signed out."""
    seconds = 0
    if request.user.is_authenticated and (request.method != "POST" or session_limits.goes_on(request)):
        left = session_limits.left(request.session, request.user.asked_at)  # type: ignore[attr-defined]
        seconds = max(0, int(left.total_seconds()))
    return JsonResponse({"seconds": seconds}, headers={"Cache-Control": "no-store"})


@login_not_required
def sign_out(request: HttpRequest) -> HttpResponse:
    """allauth's; and the browser forgets what it has kept of us."""
    response: HttpResponse = logout(request)
    if request.method == "POST":
        response.headers["Clear-Site-Data"] = FORGET
    return response
