"""What a member of staff chooses for themselves."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic import actions
from clinic.access import requires
from clinic.forms import KeysForm
from clinic.http import StaffRequest
from clinic.roles import SEES_PATIENTS


@require_http_methods(["GET", "HEAD", "POST"])
@requires(SEES_PATIENTS)
def keys(request: StaffRequest) -> HttpResponse:
    if request.method != "POST":
        form = KeysForm(initial={"search_keys": request.user.search_keys})
        return TemplateResponse(request, "clinic/keys.html", {"form": form})
    form = KeysForm(request.POST)
    form.full_clean()  # a box is ticked or not: nothing can be wrong with it
    changed = actions.choose_keys(actor=request.actor, search_keys=form.cleaned_data["search_keys"])
    messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
    return redirect("clinic:keys")
