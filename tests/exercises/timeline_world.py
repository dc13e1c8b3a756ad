"""The doses by which Python and the browser are held to the same steps, and the file that says those steps.

After a wanted change of ``exercises/timeline.py``: ``python -m tests.exercises.timeline_world``, and read the difference.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

from exercises.doses import Dose, Limb, Range, Side
from exercises.timeline import dose_data, timeline

ROOT = Path(__file__).parent.parent.parent
VECTORS = ROOT / "tests" / "data" / "timelines.json"
CATALOGUE = ROOT / "exercises" / "data" / "exercises"

EDGES = {
    "nothing stated": Dose(),
    "nothing but both in turn": Dose(side=Side.BOTH_IN_TURN),
    "duration only": Dose(duration=Range(600, 600)),
    "duration, both in turn": Dose(duration=Range(60, 120), side=Side.BOTH_IN_TURN),
    "duration in sets with rest": Dose(duration=Range(30, 30), sets=Range(2, 2), rest=20, side=Side.RIGHT),
    "duration before repetitions and hold": Dose(
        duration=Range(90, 90), repetitions=Range(5, 5), hold=Range(3, 3)
    ),
    "hold only": Dose(hold=Range(30, 30), side=Side.LEFT),
    "hold in sets without repetitions": Dose(hold=Range(20, 20), sets=Range(3, 3), side=Side.TOGETHER),
    "ranges everywhere": Dose(
        sets=Range(2, 3), repetitions=Range(2, 4), hold=Range(3, 5), rest=30, side=Side.BOTH_IN_TURN
    ),
    "repetitions in a range": Dose(repetitions=Range(8, 12), side=Side.RIGHT),
    "sets only": Dose(sets=Range(3, 3), side=Side.TOGETHER),
    "counted sets with rest, both in turn": Dose(
        sets=Range(2, 2), repetitions=Range(10, 10), rest=60, side=Side.BOTH_IN_TURN
    ),
    "rising only": Dose(repetitions=Range(3, 3), tempo_up=2),
    "lowering only": Dose(repetitions=Range(3, 3), tempo_down=3, side=Side.LEFT),
    "rising and lowering": Dose(repetitions=Range(3, 3), tempo_up=3, tempo_down=4, side=Side.TOGETHER),
    "tempo with hold, both in turn": Dose(
        sets=Range(2, 2),
        repetitions=Range(2, 2),
        tempo_up=3,
        hold=Range(2, 2),
        tempo_down=3,
        side=Side.BOTH_IN_TURN,
    ),
    "open sets": Dose(sets_open=True),
    "open sets, counted, both in turn": Dose(sets_open=True, repetitions=Range(8, 8), side=Side.BOTH_IN_TURN),
    "open sets, held": Dose(sets_open=True, repetitions=Range(2, 2), hold=Range(5, 5), side=Side.LEFT),
    "open sets, held, with rest, both in turn": Dose(
        sets_open=True, hold=Range(5, 5), rest=120, side=Side.BOTH_IN_TURN
    ),
    "a leg": Dose(hold=Range(5, 5), repetitions=Range(2, 2), limb=Limb.LEG, side=Side.BOTH_IN_TURN),
    "a side of the trunk": Dose(hold=Range(5, 5), limb=Limb.TRUNK, side=Side.BOTH_IN_TURN),
    "what the clock does not count": Dose(
        hold=Range(5, 5), load="a backpack", cue="before bed", times_per_day=3, days_per_week=2
    ),
}


def catalogue() -> dict[str, Dose]:
    """As each exercise of the catalogue states it, with the first of its sides."""
    doses = {}
    for path in sorted(CATALOGUE.glob("*.toml")):
        stated = tomllib.loads(path.read_text())["dose"]
        doses[path.stem] = Dose(
            sets=_range(stated.get("sets")),
            sets_open=stated.get("open_sets", False),
            repetitions=_range(stated.get("reps")),
            hold=_range(stated.get("hold_s")),
            duration=_range(stated.get("duration_s")),
            tempo_up=stated.get("tempo_up_s"),
            tempo_down=stated.get("tempo_down_s"),
            rest=stated.get("rest_s"),
            side=Side(stated["sides"][0]),
        )
    return doses


def _range(stated: int | list[int] | None) -> Range | None:
    return Range.of(*stated) if isinstance(stated, list) else Range.of(stated, None)


def vector(dose: Dose) -> dict[str, Any]:
    line = timeline(dose)
    steps = [[step.kind, step.seconds, step.side, step.set, step.rep] for step in line.steps]
    return {"dose": dose_data(dose), "again": line.again, "steps": steps}


def written() -> str:
    """One line a dose."""
    cases = {name: vector(dose) for name, dose in (EDGES | catalogue()).items()}
    lines = [f"{json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    VECTORS.write_text(written())
