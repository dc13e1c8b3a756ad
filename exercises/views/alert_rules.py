"""What the worklist counts, in this clinic: read by whoever reads the list, changed by an owner."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.models import Clinic
from clinic.roles import OWNS, SEES_CLINICAL
from exercises import actions, alert_facts, worklist
from exercises.alert_rules import WARNING_SIGNS
from exercises.forms.alerts import RulesForm
from patients.forms.refusals import show_refusal

COUNTED = timedelta(days=28)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(SEES_CLINICAL)
def rules(request: StaffRequest) -> HttpResponse:
    membership, may_change = request.user.membership, request.actor.has_role(OWNS)
    if membership is None or (request.method == "POST" and not may_change):
        raise PermissionDenied
    clinic, now = membership.clinic, clock.now()
    thresholds = alert_facts.thresholds([clinic.pk])[clinic.pk]
    form = RulesForm(request.POST if request.method == "POST" else None, thresholds=thresholds)
    if form.is_valid():
        try:
            changed = _change(request, clinic, form)
        except Refused as refused:
            show_refusal(form, refused)
        else:
            said = ngettext("%(number)s rule was changed.", "%(number)s rules were changed.", changed)
            messages.success(request, said % {"number": changed} if changed else _("It stood so already."))
            return redirect("exercises:alert_rules")
    context = {
        "form": form,
        "may_change": may_change,
        "lines": worklist.rule_lines(request.actor, form, thresholds, now - COUNTED),
        "warning_signs": WARNING_SIGNS,
        "days": COUNTED.days,
    }
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "exercises/alert_rules.html", context, status=status)


@transaction.atomic
def _change(request: StaffRequest, clinic: Clinic, form: RulesForm) -> int:
    """All or none."""
    now, reason = clock.now(), form.cleaned_data["reason"]
    made = [
        actions.set_alert_rule(actor=request.actor, clinic=clinic, change=change, reason=reason, now=now)
        for change in form.changes()
    ]
    return sum(row is not None for row in made)
