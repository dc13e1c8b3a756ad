"""Numbers for a monitor that knows the token. Without one in the settings the page does not exist."""

from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from clinic import metrics as numbers
from clinic.access import anonymous_allowed, is_monitor


@require_safe
@anonymous_allowed(
    reason="A monitor asks with its token instead of a sign-in; without it there is nothing here."
)
def metrics(request: HttpRequest) -> HttpResponse:
    if not is_monitor(request):
        raise Http404
    try:
        body = numbers.render()
    except DatabaseError:
        return HttpResponse("database away\n", status=503, content_type="text/plain")
    return HttpResponse(body, content_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"})
