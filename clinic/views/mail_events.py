"""/mail/events/<provider>/: what a mail service tells about our e-mails, read and checked by django-anymail.

Closed (404) while no secret of the service is set. Whoever cannot sign gets 403 and learns nothing; a report that says
nothing to us is counted and answered with 200, or the service would tell it again for days.
"""

import logging
from typing import Any

from anymail.exceptions import AnymailWebhookValidationFailure
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from clinic import clock
from clinic.access import anonymous_allowed
from clinic.mail import bounces, providers
from clinic.mail.bounces import Noted, Report

log = logging.getLogger("clinic.mail")

LARGEST = 1_000_000  # bytes; the largest batches of the services that we know have a fifth of it
SIGNED = "A mail service tells what became of e-mails; its signature or password is the key."


@csrf_exempt  # a service's machine has no cookies; it signs instead
@require_http_methods(["HEAD", "POST"])
@anonymous_allowed(reason=SIGNED, job="returned_mail")
def mail_events(request: HttpRequest, provider: str) -> HttpResponse:
    secret = settings.MAIL_EVENTS.get(provider)
    if not secret or provider not in providers.PROVIDERS:
        raise Http404
    if request.method == "HEAD":
        return HttpResponse()  # asked when the address is entered at the service
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST:
        return HttpResponse(status=413)
    try:
        events = _events(request, provider, secret)
    except AnymailWebhookValidationFailure:
        log.warning("mail event refused", extra={"provider": provider})
        return HttpResponse(status=403)
    except Exception as fault:  # noqa: BLE001 - the readers meet whatever somebody sends, some of it before the signature
        log.warning("mail event not understood", extra={"provider": provider, "error": type(fault).__name__})
        return HttpResponse(status=400)
    outcomes = [bounces.take(_report(provider, event), clock.now()) for event in events]
    # Told again in a minute, for what is on its way still; whatever was noted is noted once.
    return HttpResponse(status=503 if Noted.EARLY in outcomes else 200)


def _events(request: HttpRequest, provider: str, secret: str) -> list[Any]:
    service = providers.PROVIDERS[provider]
    reader = import_string(service.reader)(**{service.secret_as: secret})
    reader.setup(request)
    reader.run_validators(request)
    return list(reader.parse_events(request))


def _report(provider: str, event: Any) -> Report:
    return Report(
        mark=providers.mark_of(event),
        kind=providers.kind_of_event(provider, event),
        provider=provider,
        source=providers.source_of(event),
        status=providers.status_of(event),
        signed=True,
    )
