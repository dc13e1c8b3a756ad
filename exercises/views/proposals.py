"""What clinics propose to the shared catalogue, and what curators say to it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock, within
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest, saying
from clinic.roles import AUTHORS, CURATES
from exercises import actions
from exercises.forms.own_exercise import AnswerForm, ProposeForm
from exercises.models import Exercise, Proposal, ProposalState

SHOWN_DECIDED = 30


@require_safe
@requires(AUTHORS)
def proposals(request: StaffRequest) -> HttpResponse:
    return _page(request)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(AUTHORS)
def propose(request: StaffRequest, slug: str) -> HttpResponse:
    exercise = get_object_or_404(Exercise.objects.own(request.actor).filter(current__isnull=False), slug=slug)
    form = ProposeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.propose_exercise(
                actor=request.actor, exercise=exercise, note=form.cleaned_data["note"], now=clock.now()
            )
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(
                request, _("%(name)s is proposed. Curators will look at it.") % {"name": exercise.name}
            )
            return redirect("exercises:proposals")
    context = {"form": form, "exercise": exercise}
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "exercises/propose.html", context, status=status)


@require_POST
@requires(AUTHORS)
def withdraw(request: StaffRequest, pk: UUID) -> HttpResponse:
    proposal = _one(request, pk)
    with saying(request, _("%(name)s is withdrawn.") % {"name": proposal.exercise.name}):
        actions.withdraw_proposal(actor=request.actor, proposal=proposal, now=clock.now())
    return redirect("exercises:proposals")


@require_POST
@requires(CURATES)
def accept(request: StaffRequest, pk: UUID) -> HttpResponse:
    proposal = _one(request, pk)
    said = _("%(name)s is in the shared catalogue, signed by you.") % {"name": proposal.copy.name}
    with saying(request, said):
        actions.accept_proposal(
            actor=request.actor,
            proposal=proposal,
            now=clock.now(),
            no_cautions="no_cautions" in request.POST,
        )
    return redirect("exercises:proposals")


@require_POST
@requires(CURATES)
def decline(request: StaffRequest, pk: UUID) -> HttpResponse:
    proposal = _one(request, pk)
    form = AnswerForm(request.POST, prefix=str(proposal.pk))
    if form.is_valid():
        answer = form.cleaned_data["answer"]
        with saying(request, _("%(name)s is declined; the clinic reads why.") % {"name": proposal.copy.name}):
            actions.decline_proposal(actor=request.actor, proposal=proposal, answer=answer, now=clock.now())
        return redirect("exercises:proposals")
    return _page(request, refused=form, about=pk, status=422)


def _one(request: StaffRequest, pk: UUID) -> Proposal:
    _look_around(request)
    rows = Proposal.objects.visible_to(request.actor).select_related("exercise", "copy")
    return get_object_or_404(rows, pk=pk)


def _look_around(request: StaffRequest) -> None:
    """Curators judge what every clinic proposes."""
    if request.actor.has_role(CURATES):
        within.enter_every_clinic("proposals")


def _page(
    request: StaffRequest, *, refused: AnswerForm | None = None, about: UUID | None = None, status: int = 200
) -> HttpResponse:
    _look_around(request)
    rows = Proposal.objects.visible_to(request.actor).for_page()
    waiting = [
        (proposal, refused if refused and proposal.pk == about else AnswerForm(prefix=str(proposal.pk)))
        for proposal in rows.waiting()
    ]
    decided = rows.exclude(state=ProposalState.WAITING).order_by("-decided_at")[:SHOWN_DECIDED]
    context = {
        "waiting": waiting,
        "decided": decided,
        "decides": request.actor.has_role(CURATES),
        "own_clinic": request.actor.clinic_id,
        "form": refused,
    }
    return TemplateResponse(request, "exercises/proposals.html", context, status=status)
