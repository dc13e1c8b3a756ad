"""Where the link of an invitation leads: a password is chosen, and the account comes into being."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic import actions, clock
from clinic.access import anonymous_allowed
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.forms import AcceptForm
from clinic.link_secrets import secret_in
from clinic.models import Invitation, User


@require_http_methods(["GET", "HEAD", "POST"])
@anonymous_allowed(
    reason="Where invitations by e-mail lead. The secret in the form is the key.", job="invitation"
)
def invitation(request: HttpRequest) -> HttpResponse:
    """One page for everybody: the secret stays in the fragment of the address until a person presses the button. Used,
    expired, taken back and unknown links get the same answer."""
    if request.method != "POST":
        return _no_store(TemplateResponse(request, "clinic/invitation.html", {"form": AcceptForm()}))
    now, secret = clock.now(), secret_in(request.POST.get("link", ""))
    found = Invitation.objects.opened_by(secret, now)
    if found is None:
        return _closed(request)
    form = AcceptForm(request.POST, invited=User(email=found.email, name=found.name))
    if form.is_valid():
        try:
            actions.accept_invitation(
                actor=Actor.system("invitation"),  # the holder of the link; no account before this
                invitation=found,
                password=form.cleaned_data["password"],
                now=now,
            )
        except Refused:
            return _closed(request)
        messages.success(
            request, _("Your account is ready. Sign in with your e-mail address and the password.")
        )
        return redirect("account_login")
    context = {"form": form, "secret": secret}
    return _no_store(TemplateResponse(request, "clinic/invitation.html", context, status=422))


def _closed(request: HttpRequest) -> HttpResponse:
    return _no_store(TemplateResponse(request, "clinic/invitation_closed.html", status=404))


def _no_store(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response
