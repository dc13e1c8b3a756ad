"""Photos of exercises, for whoever may see the exercise: staff by their clinic, patients by their plan."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from clinic import within
from clinic.access import anonymous_allowed
from clinic.actors import Actor
from clinic.roles import READS_CATALOGUE
from exercises.models import Photo
from patients.access import access_of

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": 'inline; filename="exercise.webp"',
    "Cache-Control": "private, max-age=31536000, immutable",  # a photo is replaced by another address
    "Cross-Origin-Resource-Policy": "same-origin",
}


@require_safe
@anonymous_allowed(
    reason="Staff are asked for their role, patients for the cookie of their link: both in here."
)
def photo(request: HttpRequest, pk: UUID) -> HttpResponse:
    for actor in _askers(request):
        with within.actors(actor):
            found = Photo.objects.visible_to(actor).filter(pk=pk).first()
        if found:
            return HttpResponse(bytes(found.webp), content_type="image/webp", headers=HEADERS)
    raise Http404


def _askers(request: HttpRequest) -> list[Actor]:
    """One browser may be both: a practitioner who opens a plan at the desk."""
    askers = []
    if request.user.is_authenticated and request.actor.has_role(READS_CATALOGUE):  # type: ignore[attr-defined]
        askers.append(request.actor)  # type: ignore[attr-defined]
    if access := access_of(request):
        askers.append(access.actor)
    return askers
