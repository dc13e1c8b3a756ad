"""The catalogue as files: one TOML a curator can read for each exercise and routine, checked before it is loaded.

    exercises/SLUG.toml   an exercise; the file's name is its short name in addresses and never changes
    routines/SLUG.toml    a routine of these exercises, in stages or without
    sources.toml          what the exercises cite

``read_catalogue`` reads all of them and collects what is wrong as lines "file: field: why", so that one run shows
every fault. Entries of lists are counted from 1.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from exercises.catalogue_files.checks import LONGEST_CITE, Unreadable, read_toml, text_up_to
from exercises.catalogue_files.exercise import CAUTIONS, EQUIPMENT, ExerciseFile, ExerciseRules
from exercises.catalogue_files.routine import Entry, RoutineFile, RoutineRules, StageFile

__all__ = [
    "CAUTIONS",
    "EQUIPMENT",
    "BadFiles",
    "Catalogue",
    "Entry",
    "ExerciseFile",
    "RoutineFile",
    "StageFile",
    "read_catalogue",
]


class BadFiles(Exception):
    """``faults`` are lines "file: field: why"."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Catalogue:
    exercises: list[ExerciseFile]
    routines: list[RoutineFile]


def read_catalogue(folder: Path, finding_keys: frozenset[str]) -> Catalogue:
    """Everything in the folder, or ``BadFiles`` with what is wrong with it."""
    paths = sorted((folder / "exercises").glob("*.toml"))
    faults = [] if paths else [f"{folder / 'exercises'}: holds no file of an exercise"]
    sources, wrong = _sources(folder / "sources.toml")
    faults += wrong
    exercises = []
    rules = ExerciseRules(finding_keys, sources, frozenset(path.stem for path in paths))
    for path in paths:
        exercise, wrong = rules.read(path)
        faults += wrong
        exercises += [exercise] if exercise else []
    faults += _same_names(exercises)
    routines = []
    kit_options = {path.stem: None for path in paths} | {
        exercise.slug: exercise.content["kit_options"] for exercise in exercises
    }
    routine_rules = RoutineRules(finding_keys, kit_options)
    for path in sorted((folder / "routines").glob("*.toml")):
        routine, wrong = routine_rules.read(path)
        faults += wrong
        routines += [routine] if routine else []
    if faults:
        raise BadFiles(faults)
    return Catalogue(exercises, routines)


def _sources(path: Path) -> tuple[dict[str, str], list[str]]:
    """What staff read, by key. An entry with a fault counts as known: nobody has to read about it twice."""
    try:
        stated = read_toml(path)
    except Unreadable as error:
        return {}, [str(error)]
    found, faults = {}, []
    for key, entry in stated.items():
        fields = entry if isinstance(entry, dict) else {}
        found[key] = str(fields.get("cite", ""))
        why = text_up_to(LONGEST_CITE)(fields.get("cite"))
        faults += [f"{path.name}: {key}.cite: {why}"] if why else []
        faults += [f"{path.name}: {key}.{name}: unknown field" for name in fields if name != "cite"]
    return found, faults


def _same_names(exercises: list[ExerciseFile]) -> list[str]:
    """Staff choose by name: two exercises of one name would be mixed up."""
    bearers = defaultdict(list)
    for exercise in exercises:
        bearers[exercise.content["name"].casefold()].append(exercise.slug)
    return [
        f"{slugs[1]}.toml: name: is the name of {slugs[0]} already" for slugs in bearers.values() if slugs[1:]
    ]
