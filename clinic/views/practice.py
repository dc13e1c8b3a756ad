"""The clinic's own settings, and its logo for whoever reads its pages."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import actions, clock
from clinic.access import anonymous_allowed, requires
from clinic.actions.clinics import mark_of
from clinic.errors import Refused
from clinic.forms import LogoForm, SettingsForm
from clinic.http import StaffRequest, saying
from clinic.models import Clinic, Logo
from clinic.roles import OWNS, SEES_STAFF

REMOVE = "remove"
LOGO_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": 'inline; filename="logo.webp"',
    "Cache-Control": "public, max-age=31536000, immutable",  # another logo has another address
    "Cross-Origin-Resource-Policy": "same-origin",
}


@require_http_methods(["GET", "HEAD", "POST"])
@requires(SEES_STAFF, writers=OWNS)
def practice(request: StaffRequest) -> HttpResponse:
    stored = Clinic.objects.get(pk=request.actor.own_clinic_id)
    if request.method != "POST":
        form = SettingsForm(instance=stored, initial={"seen": mark_of(stored)})
        for field in () if request.actor.has_role(OWNS) else form.fields.values():
            field.disabled = True
        return _page(request, stored, form, LogoForm())
    form = SettingsForm(request.POST, instance=Clinic.objects.get(pk=stored.pk))
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in actions.SETTINGS}
        try:
            changed = actions.update_clinic(
                actor=request.actor,
                clinic=stored,
                seen=form.cleaned_data["seen"],
                **given,
            )
        except Refused as refused:
            form.add_error(refused.field, refused.message)
        else:
            messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
            return redirect("clinic:settings")
    return _page(request, Clinic.objects.get(pk=stored.pk), form, LogoForm(), status=422)


@require_POST
@requires(OWNS)
def logo_change(request: StaffRequest) -> HttpResponse:
    """Another logo, or none."""
    stored = Clinic.objects.get(pk=request.actor.own_clinic_id)
    if request.POST.get("do") == REMOVE:
        with saying(request, _("The logo is removed.")):
            actions.remove_logo(actor=request.actor, clinic=stored)
        return redirect("clinic:settings")
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        image = form.cleaned_data["logo"]
        actions.show_logo(actor=request.actor, clinic=stored, image=image, now=clock.now())
        messages.success(request, _("Patients see the new logo from now on."))
        return redirect("clinic:settings")
    return _page(
        request, stored, SettingsForm(instance=stored, initial={"seen": mark_of(stored)}), form, status=422
    )


@require_safe
@anonymous_allowed(
    reason="A clinic's logo stands on pages that open without a sign-in, and says nothing about anybody.",
    job="logo",
)
def logo(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = Logo.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return HttpResponse(bytes(found.webp), content_type="image/webp", headers=LOGO_HEADERS)


def _page(
    request: StaffRequest, clinic: Clinic, form: SettingsForm, logo_form: LogoForm, status: int = 200
) -> HttpResponse:
    context = {"clinic": clinic, "form": form if form.errors or not logo_form.errors else logo_form}
    context |= {"settings_form": form, "logo_form": logo_form}
    return TemplateResponse(request, "clinic/settings.html", context, status=status)
