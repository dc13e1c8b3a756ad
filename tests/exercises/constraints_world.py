"""One row of each kind, all of Riverside, and a second clinic with a plan of its own."""

from dataclasses import dataclass
from typing import Any

from clinic.models import Clinic, User
from exercises.models import (
    CautionOverride,
    Done,
    Exercise,
    Favourite,
    LogEntry,
    Photo,
    Programme,
    ProgrammeItem,
    Proposal,
    Reminder,
    Routine,
    RoutineItem,
    RoutineStage,
)
from patients.models import Patient
from tests import factories


@dataclass(frozen=True)
class World:
    exercise: Exercise
    routine: Routine
    line: RoutineItem
    stage: RoutineStage
    programme: Programme
    item: ProgrammeItem
    entry: LogEntry
    reminder: Reminder
    photo: Photo
    proposal: Proposal
    favourite: Favourite
    override: CautionOverride
    elsewhere: Clinic
    stranger: Patient
    stranger_programme: Programme


def build(
    staff: User, their_staff: User, patient: Patient, stranger: Patient, routine: Routine, exercise: Exercise
) -> World:
    programme = factories.make_programme(staff, patient, [exercise])
    item = programme.items.get()
    clinic = patient.clinic_id
    own = factories.make_exercise("own-1a2b3c", published=False)
    update(own, clinic=clinic)
    return World(
        exercise=exercise,
        routine=routine,
        line=routine.items.earliest("order"),
        stage=RoutineStage.objects.create(
            routine=routine, number=1, name="Weeks 1 to 2", from_week=1, to_week=2
        ),
        programme=programme,
        item=item,
        entry=LogEntry.objects.create(
            clinic_id=clinic,
            patient=patient,
            programme=programme,
            item=item,
            performed_on=programme.starts_on,
            done=Done.DONE,
            plan_version=1,
        ),
        reminder=Reminder.objects.filter(programme=programme).earliest("due_at"),
        photo=Photo.objects.create(webp=b"RIFF", width=4, height=3, uploaded_by=staff),
        proposal=Proposal.objects.create(
            clinic_id=clinic,
            exercise=own,
            copy=factories.make_exercise("copy", published=False),
            proposed_by=staff,
        ),
        favourite=Favourite.objects.create(user=staff, exercise=exercise),
        override=CautionOverride.objects.create(
            clinic_id=clinic,
            patient=patient,
            programme=programme,
            flag="fall_risk",
            exercises=[exercise.slug],
            reason="Holds the rail, tried in the clinic.",
            given_by=staff,
        ),
        elsewhere=stranger.clinic,
        stranger=stranger,
        stranger_programme=factories.make_programme(their_staff, stranger, [exercise]),
    )


def update(row: Any, **fields: Any) -> None:
    """Past every ``save`` and ``clean``."""
    type(row).objects.filter(pk=row.pk).update(**fields)


def copy(row: Any, **fields: Any) -> None:
    """A second row with the same content under a new key."""
    values = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    type(row).objects.bulk_create([type(row)(**values | fields)])


def version(world: World, **fields: Any) -> None:
    """Another version: existing ones are frozen, so that updates would meet the trigger first."""
    assert world.exercise.current is not None
    copy(world.exercise.current, **{"number": 2} | fields)
