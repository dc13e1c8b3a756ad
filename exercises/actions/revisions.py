"""The versions of a programme: what it held, who gave it, when and why. Written with the first change, not before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from exercises.models import Programme, ProgrammeRevision
from exercises.plan_changes import Shot


@dataclass(frozen=True, slots=True)
class Given:
    by: int
    at: datetime
    shot: Shot
    why: str = ""

    @classmethod
    def of(cls, programme: Programme, shot: Shot) -> Self:
        """The state that nobody has changed yet."""
        return cls(programme.assigned_by_id, programme.assigned_at, shot)


def keep_revision(programme: Programme, given: Given, before: Given | None) -> None:
    """``programme`` counts the new version already. ``before``: the state that this one took the place of, where no
    version was kept yet."""
    rows = [(programme.version - 1, before)] if before else []
    ProgrammeRevision.objects.bulk_create(
        ProgrammeRevision(
            clinic_id=programme.clinic_id,
            patient_id=programme.patient_id,
            programme=programme,
            number=number,
            shot=kept.shot,
            reason=kept.why,
            made_by_id=kept.by,
            made_at=kept.at,
        )
        for number, kept in [*rows, (programme.version, given)]
    )
