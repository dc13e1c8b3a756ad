"""What somebody left unfinished on the bench: kept as the browser posted it, offered when the page is opened again."""

from datetime import datetime

from django.http import QueryDict

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.http import StaffRequest
from exercises import actions
from exercises.models import Programme, ProgrammeDraft
from patients.models import Patient

NOT_TYPED = {"csrfmiddlewaretoken", "q", "tagged", "only_kind", "only_kit", "star", "afresh"}


def draft_of(actor: Actor, patient: Patient, programme: Programme | None) -> ProgrammeDraft | None:
    mine = ProgrammeDraft.objects.visible_to(actor).mine(actor.user_id, patient, programme)
    return mine.first()


def as_posted(draft: ProgrammeDraft) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, values in draft.data.items():
        data.setlist(name, values)
    return data


def keep(
    request: StaffRequest, patient: Patient, programme: Programme | None, now: datetime, version: int | None
) -> None:
    """With the button that was pressed: whoever goes on finds the page as it was. A record that was closed meanwhile
    keeps no draft; saving will say so."""
    data = request.POST.copy()
    for name in request.GET.keys() - {"part", "line", "from", "routine", "stage", "draft"}:
        data[name] = request.GET[name]
    # PostgreSQL holds no null character, and no keyboard types one.
    typed = {
        name.replace("\0", ""): [value.replace("\0", "") for value in data.getlist(name)]
        for name in data
        if name not in NOT_TYPED
    }
    try:
        actions.keep_programme_draft(
            actor=request.actor,
            patient=patient,
            programme=programme,
            data=typed,
            seen_version=version,
            now=now,
        )
    except Refused:
        return
