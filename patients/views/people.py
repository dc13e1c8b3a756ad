"""The owner's page about staff: who works here, invitations, roles, and a leaver's patients."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from clinic import actions as clinic_actions
from clinic import clock, limits
from clinic.access import requires, stepped_up
from clinic.errors import Refused
from clinic.forms import InviteForm, MemberForm
from clinic.http import StaffRequest, saying
from clinic.models import Invitation, Membership
from clinic.roles import OWNS, SEES_STAFF
from patients import actions, members
from patients.actions.members import patients_of
from patients.forms.people import HandOverForm
from patients.forms.refusals import show_refusal

CLOSE = "close"
INVITING = limits.Limit("invite", most=30, every=timedelta(hours=1))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(SEES_STAFF, writers=OWNS)
@stepped_up(only_to_write=True)
def people(request: StaffRequest) -> HttpResponse:
    """The list, and for owners the invitation of somebody new on the same page."""
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _refuse_too_many(request)
            made = clinic_actions.invite_member(actor=request.actor, now=clock.now(), **form.cleaned_data)
        except Refused as refused:
            show_refusal(form, refused)
        else:
            said = _("%(name)s is invited: the e-mail is on its way.")
            messages.success(request, said % {"name": made.name})
            return redirect("patients:people")
    context = {
        "form": form,
        "colleagues": members.colleagues(request.actor),
        "without": members.looked_after_by_nobody(request.actor) if request.actor.has_role(OWNS) else 0,
        "invitations": members.invitations(request.actor, clock.now()),
        "explained": members.EXPLAINED.items(),
        "handed": request.GET.get("handed", "") if _is_uuid(request.GET.get("handed", "")) else "",
        "me": request.actor.user_id,
    }
    return TemplateResponse(request, "patients/people.html", context, status=422 if form.errors else 200)


@require_POST
@requires(OWNS)
def invitation_send(request: StaffRequest, pk: UUID) -> HttpResponse:
    invitation = get_object_or_404(Invitation.objects.visible_to(request.actor), pk=pk)
    with saying(request, _("%(name)s is invited again.") % {"name": invitation.name}):
        clinic_actions.send_invitation_again(actor=request.actor, invitation=invitation, now=clock.now())
    return redirect("patients:people")


@require_POST
@requires(OWNS)
def invitation_revoke(request: StaffRequest, pk: UUID) -> HttpResponse:
    invitation = get_object_or_404(Invitation.objects.visible_to(request.actor), pk=pk)
    with saying(request, _("The invitation of %(name)s is taken back.") % {"name": invitation.name}):
        clinic_actions.revoke_invitation(actor=request.actor, invitation=invitation, now=clock.now())
    return redirect("patients:people")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(SEES_STAFF, writers=OWNS)
@stepped_up(only_to_write=True)
def member(request: StaffRequest, pk: int) -> HttpResponse:
    """Name and role of one colleague."""
    found = _member(request, pk)
    initial = {"name": found.user.name, "role": found.role}
    form = MemberForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_member(actor=request.actor, membership=found, **form.cleaned_data)
        except Refused as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("patients:people")
    patients = patients_of(request.actor, found).count() if request.actor.has_role(OWNS) else 0
    context = {
        "member": found,
        "form": form,
        "patients": patients,
        "explained": members.EXPLAINED.items(),
        "second_factor": found.user.authenticator_set.exists(),
    }
    return TemplateResponse(request, "patients/person.html", context, status=422 if form.errors else 200)


@require_POST
@requires(OWNS)
@stepped_up()
def member_close(request: StaffRequest, pk: int) -> HttpResponse:
    """Who still has patients is asked about them first."""
    found = _member(request, pk)
    try:
        _open_or_close(request, found, is_active=False)
    except Refused as refused:
        messages.error(request, refused.message)
        if refused.code == "has_patients":
            return redirect("patients:hand_over", pk)
        return redirect("patients:member", pk)
    messages.success(request, _("The account of %(name)s is closed.") % {"name": found.user.name})
    return redirect("patients:people")


@require_POST
@requires(OWNS)
@stepped_up()
def member_open(request: StaffRequest, pk: int) -> HttpResponse:
    found = _member(request, pk)
    with saying(request, _("The account of %(name)s is open again.") % {"name": found.user.name}):
        _open_or_close(request, found, is_active=True)
    return redirect("patients:people")


@require_POST
@requires(OWNS)
@stepped_up()
def member_second_factor(request: StaffRequest, pk: int) -> HttpResponse:
    found = _member(request, pk)
    with saying(
        request, _("%(name)s sets up a second step at the next sign-in.") % {"name": found.user.name}
    ):
        clinic_actions.reset_second_factor(actor=request.actor, membership=found)
    return redirect("patients:member", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(OWNS)
@stepped_up()
def hand_over(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Everybody's patients of one person to another; without ``pk``, those whom nobody looks after."""
    giver = _member(request, pk) if pk is not None else None
    people = list(members.receivers(request.actor, giver))
    form = HandOverForm(request.POST if request.method == "POST" else None, people=people, giver=giver)
    if request.method == "POST" and form.is_valid():
        try:
            done = actions.hand_over_patients(
                actor=request.actor,
                giver=giver,
                receiver=form.chosen,
                close=form.cleaned_data.get("close", False),
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            _say_handed_over(request, done)
            address = redirect("patients:people")
            if giver:  # else nobody had them before: there is no way back to show
                address["Location"] += f"?handed={done.key}"
            return address
    context = {
        "giver": giver,
        "form": form,
        "receivers": people,
        "patients": patients_of(request.actor, giver).count(),
    }
    return TemplateResponse(request, "patients/hand_over.html", context, status=422 if form.errors else 200)


@require_POST
@requires(OWNS)
@stepped_up()
def hand_over_undo(request: StaffRequest, key: UUID) -> HttpResponse:
    try:
        count = actions.take_back_hand_over(actor=request.actor, key=key, now=clock.now())
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        said = ngettext("%(count)s patient is back.", "%(count)s patients are back.", count)
        messages.success(request, said % {"count": count})
    return redirect("patients:people")


def _refuse_too_many(request: StaffRequest) -> None:
    """The answer tells whether an address has an account, in whichever clinic. Counted here: a refused action counts nothing."""
    if not limits.allows(INVITING, str(request.actor.own_clinic_id), clock.now()):
        raise Refused(_("These were many invitations. Try again in an hour."), code="often")


def _say_handed_over(request: StaffRequest, done: actions.HandOver) -> None:
    said = ngettext(
        "%(count)s patient is with %(name)s now.", "%(count)s patients are with %(name)s now.", done.count
    )
    messages.success(request, said % {"count": done.count, "name": done.receiver.user.name})


def _member(request: StaffRequest, pk: int) -> Membership:
    mine = Membership.objects.visible_to(request.actor).select_related("user")
    return get_object_or_404(mine, pk=pk)


def _open_or_close(request: StaffRequest, member: Membership, *, is_active: bool) -> None:
    actions.change_member(actor=request.actor, membership=member, is_active=is_active)


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
