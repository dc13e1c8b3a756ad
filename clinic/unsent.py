"""A form that could not be taken: the session had ended, or the page's token was from before a new sign-in.

What was typed goes back to the browser it came from, in a page that can send it again. Nothing is stored here: nobody
knows yet who it is.
"""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.csrf import csrf_failure as plain_failure

TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - the name of a field


def fields(request: HttpRequest) -> list[tuple[str, str]]:
    """Names and values as they were posted, in their order; no password, no file."""
    if request.method != "POST":
        return []
    return [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != TOKEN and "password" not in name
    ]


def page(request: HttpRequest, *, signed_out: bool) -> HttpResponse:
    context = {
        "fields": fields(request),
        "signed_out": signed_out,
        "had_files": bool(request.FILES),
        "address": request.get_full_path(),
    }
    response = TemplateResponse(request, "unsent.html", context, status=403)
    response.headers["Cache-Control"] = "no-store"
    return response.render()


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Offers to send it again only where one of our own pages posted it: a form of a stranger is not given a valid token."""
    if _is_ours(request) and fields(request):
        return page(request, signed_out=not request.user.is_authenticated)
    return plain_failure(request, reason, template_name="403_csrf.html")


def _is_ours(request: HttpRequest) -> bool:
    """A page of staff, and the browser says that one of ours posted it: no page of a stranger can make it say so."""
    here = f"{request.scheme}://{request.get_host()}"
    for_staff = request.resolver_match and getattr(request.resolver_match.func, "login_required", True)
    return bool(for_staff) and request.headers.get("Origin") == here
