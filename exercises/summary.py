"""The patient's page: programmes, what happened since the last visit in three lines, and whether e-mail arrives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from clinic.actors import Actor
from clinic.models import OutgoingEmail
from clinic.roles import SEES_CLINICAL
from exercises import visit as before_visit
from exercises import visit_text
from exercises.cautions import Concern, concerns, unanswered
from exercises.models import CautionOverride, Programme, ProgrammeState
from exercises.reach import Reach
from exercises.visit import Span
from patients.models import Patient, PatientFlags

Given = Mapping[
    UUID, Mapping[str, set[str]]
]  # by programme and flag, the exercises for which there is a reason


@dataclass(frozen=True, slots=True)
class ProgrammeLine:
    programme: Programme
    running: bool
    upcoming: bool
    letter: OutgoingEmail | None  # the newest "your plan is ready"; None: there was no address
    against: list[Concern]  # what the patient's cautions say by now about what it holds

    @property
    def exercises(self) -> str:
        return ", ".join(item.version.name for item in self.programme.current)


@dataclass(frozen=True, slots=True)
class Overview:
    today: date  # where the patient lives
    programmes: list[ProgrammeLine]
    lines: list[str]  # since the last visit; empty for staff who read no clinical entries
    reach: Reach


def overview(actor: Actor, patient: Patient, now: datetime, flags: PatientFlags | None = None) -> Overview:
    """``flags``: what speaks for caution; None for those who read no clinical entries. Four queries, however much is on
    record."""
    today = patient.local_day(now)
    programmes = list(Programme.objects.visible_to(actor).filter(patient=patient).with_items())
    known = before_visit.visit(actor, patient, now, Span.SINCE_VISIT)
    found = against(programmes, flags, known.given) if flags else {}
    return Overview(
        today=today,
        programmes=_lines(programmes, today, known.reach.letters, found),
        lines=visit_text.in_brief(known) if actor.has_role(SEES_CLINICAL) else [],
        reach=known.reach,
    )


def against(
    programmes: Sequence[Programme], flags: PatientFlags, given: Given | None = None
) -> dict[UUID, list[Concern]]:
    """What the patient's cautions say by now about exercises of programmes that are not ended: blocks, and what has no
    reason yet. Read ``with_items``; nothing is taken out. One query where ``given`` is not known."""
    if given is None:
        given = CautionOverride.objects.given(programmes) if flags.keys else {}
    return {
        programme.pk: unanswered(
            concerns([item.line() for item in programme.current], flags.keys),
            given.get(programme.pk, {}),
        )
        for programme in programmes
        if programme.is_active
    }


def _lines(
    programmes: list[Programme],
    today: date,
    letters: Mapping[str, OutgoingEmail],
    found: Mapping[UUID, list[Concern]],
) -> list[ProgrammeLine]:
    """Those that run first, then those to come, then the past; the newest first in each."""
    lines = [
        ProgrammeLine(
            programme=programme,
            running=programme.runs_on(today),
            upcoming=programme.state == ProgrammeState.ACTIVE and programme.starts_on > today,
            letter=letters.get(str(programme.pk)),
            against=found.get(programme.pk, []),
        )
        for programme in programmes
    ]
    return sorted(lines, key=lambda line: (not line.running, not line.upcoming))
