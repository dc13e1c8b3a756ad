"""The constraints of a clinic's exports; tests/exercises/test_constraints.py runs them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from exercises.models import ClinicExport, ExportPart
from tests.exercises.constraints_world import World
from tests.factories import NOON


def export(world: World, **fields: Any) -> ClinicExport:
    mine = {"clinic_id": world.programme.clinic_id, "asked_by": world.favourite.user}
    return ClinicExport.objects.create(**mine | fields)


def part(world: World, **fields: Any) -> ExportPart:
    made = {"clinic_id": world.programme.clinic_id, "name": "tables/x.ndjson", "number": 1, "data": b""}
    return ExportPart.objects.create(**made | fields)


def twice(world: World) -> None:
    made = export(world)
    part(world, export=made)
    part(world, export=made)


BREAKS: dict[str, Callable[[World], Any]] = {
    "export_one_at_a_time": lambda w: (export(w), export(w)),
    "export_state_known": lambda w: export(w, state="lost", finished_at=NOON),
    "export_ended_at_a_time": lambda w: export(w, state="stopped"),
    "export_file_expires": lambda w: export(
        w, state="done", finished_at=NOON, expires_at=NOON - timedelta(days=1)
    ),
    "export_part_once": twice,
    "exportpart_export_same_clinic": lambda w: part(w, export=export(w), clinic_id=w.elsewhere.pk),
}
PARTIAL = {"export_one_at_a_time"}
PARENTS = {"export_id_clinic"}
