"""The versions of a programme: who changed it, when and why, and two of them side by side."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clinic.access import requires
from clinic.http import StaffRequest
from clinic.roles import SEES_CLINICAL, WRITES_CLINICAL
from exercises import plan_changes
from exercises.actions.seen import shot_of
from exercises.models import Programme, ProgrammeRevision
from exercises.plan_changes import Shot
from exercises.versions_beside import side_by_side
from patients import actions as patient_actions


@dataclass(frozen=True, slots=True)
class State:
    """One version. ``sentences``: what is new in it, as the patient was told; empty in the first."""

    number: int
    who: str
    at: datetime
    why: str
    shot: Shot
    before: int | None  # the number of the version that it took the place of
    sentences: list[str]


@require_safe
@requires(SEES_CLINICAL)
def revisions(request: StaffRequest, pk: UUID) -> HttpResponse:
    mine = Programme.objects.visible_to(request.actor).with_current_items()
    programme = get_object_or_404(mine.select_related("patient", "assigned_by"), pk=pk)
    patient_actions.note_reading(actor=request.actor, patient=programme.patient, page="revisions")
    kept = ProgrammeRevision.objects.visible_to(request.actor).of(programme)
    states = _states(list(kept)) or [_unchanged(programme)]
    known = {state.number: state for state in states}
    newest = states[0]
    right = _asked(request, "new", known) or newest
    left = _asked(request, "old", known) or known.get(right.before or 0)
    context = {
        "programme": programme,
        "patient": programme.patient,
        "states": states,
        "left": left,
        "right": right,
        "rows": side_by_side((left or right).shot, right.shot),
        "may_edit": programme.is_active and request.actor.has_role(WRITES_CLINICAL),
    }
    return TemplateResponse(request, "exercises/programme_revisions.html", context)


def _states(rows: list[ProgrammeRevision]) -> list[State]:
    """``rows``: the newest first."""
    return [
        State(
            number=row.number,
            who=str(row.made_by),
            at=row.made_at,
            why=row.reason,
            shot=row.shot,
            before=before.number if before else None,
            sentences=_sentences(before.shot, row) if before else [],
        )
        for row, before in zip(rows, [*rows[1:], None][: len(rows)], strict=True)
    ]


def _sentences(before: Shot, row: ProgrammeRevision) -> list[str]:
    told = plan_changes.changes(before, row.shot, row.made_at.date())
    return told or [_("The order or the name is another.")]


def _unchanged(programme: Programme) -> State:
    """Nobody has changed it since it was assigned."""
    return State(
        number=programme.version,
        who=str(programme.assigned_by),
        at=programme.assigned_at,
        why="",
        shot=shot_of(programme, programme.current),
        before=None,
        sentences=[],
    )


def _asked(request: StaffRequest, name: str, known: dict[int, State]) -> State | None:
    asked = request.GET.get(name, "")
    if not asked:
        return None
    if not asked.isdecimal() or int(asked) not in known:
        raise Http404
    return known[int(asked)]
