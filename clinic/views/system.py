"""How the installation is, for owners: the lights, what waits to be sent, and what the DNS says about our e-mail."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic import actions, clock, mail_domain
from clinic.access import requires
from clinic.http import StaffRequest, saying
from clinic.lights import lights
from clinic.mail_domain import Finding, Sender, Verdict
from clinic.models import AuditSeal, Clinic, OutgoingEmail, SchedulerBeat
from clinic.roles import OWNS

TONES = {
    Verdict.OK: ("good", "check"),
    Verdict.ATTENTION: ("warn", "warning"),
    Verdict.MISSING: ("bad", "cross"),
    Verdict.CANNOT_TELL: ("", "clock"),
}
UNDER_WAY_FOR = timedelta(minutes=3)  # a check that nobody finished


@require_safe
@requires(OWNS)
def system(request: StaffRequest) -> HttpResponse:
    now = clock.now()
    zone = Clinic.objects.values_list("time_zone", flat=True).get(pk=request.actor.own_clinic_id)
    row, findings = mail_domain.latest()
    context = {
        "lights": lights(),
        "beat": SchedulerBeat.objects.first(),
        "waiting": OutgoingEmail.objects.visible_to(request.actor).under_way().count(),
        "checked_at": row.checked_at,
        "checking": row.asked_at is not None and now - row.asked_at < UNDER_WAY_FOR,
        "findings": [(finding, *TONES[finding.verdict]) for finding in _worst_first(findings)],
        "sender": Sender.of_settings(),
        "seal": AuditSeal.objects.newest(),
        "zone": zone,
        "owns": True,
    }
    with timezone.override(zone):
        return TemplateResponse(request, "clinic/system.html", context).render()


@require_POST
@requires(OWNS)
def check(request: StaffRequest) -> HttpResponse:
    """A worker asks the DNS, which can take a minute."""
    with saying(request, _("The check is under way. Open this page again in a minute.")):
        actions.ask_mail_domain_check(actor=request.actor, now=clock.now())
    return redirect("clinic:system")


def _worst_first(findings: list[Finding]) -> list[Finding]:
    order = [Verdict.MISSING, Verdict.ATTENTION, Verdict.CANNOT_TELL, Verdict.OK]
    return sorted(findings, key=lambda finding: (order.index(finding.verdict), finding.note))
