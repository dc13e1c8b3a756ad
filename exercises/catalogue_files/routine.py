"""One routine's file: exercises in order, in stages or without, each with a dose of its own or the exercise's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import Model

from exercises.actions.routines import LARGEST_ROUTINE
from exercises.catalogue_files import checks
from exercises.models import PAIRS, Routine, RoutineItem, RoutineStage

FREQUENCY = ("times_per_day", "days_per_week", "every_n_days")
AMOUNT = (*PAIRS, "open_sets")
ITEM_NAMES = {
    **{name: name for name in ("kit", "note", *FREQUENCY, "tempo_up_s", "tempo_down_s", "rest_s", "cue")},
    **{f"{name}_{end}": name for name in PAIRS for end in ("min", "max")},
    "sets_open": "open_sets",
    "load_note": "load",
}
STAGE_NAMES = {"name": "name", "from_week": "weeks", "to_week": "weeks"}


@dataclass(frozen=True, slots=True)
class Entry:
    exercise: str  # its slug
    columns: dict[str, Any]  # of RoutineItem


@dataclass(frozen=True, slots=True)
class StageFile:
    columns: dict[str, Any]  # of RoutineStage; empty when the routine has no stages
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class RoutineFile:
    slug: str
    content: dict[str, Any]  # name and basis
    findings: list[str]
    stages: list[StageFile]


class RoutineRules:
    """``kit_options``: of each exercise that comes as a file, by slug; None when its file has faults."""

    def __init__(self, finding_keys: frozenset[str], kit_options: Mapping[str, list[str] | None]) -> None:
        self.kit_options = kit_options
        self.slug = checks.one_of(frozenset(kit_options))
        self.required: checks.Checks = {
            "name": checks.text,
            "basis": checks.text_up_to(_longest(Routine, "basis")),
            "findings": checks.each_of(finding_keys),
        }
        self.stage_required: checks.Checks = {
            "name": checks.text,
            "weeks": _weeks,
            "exercises": _some_entries,
        }
        self.stage_optional: checks.Checks = {
            "criteria": checks.text_up_to(_longest(RoutineStage, "criteria"))
        }
        self.entry: checks.Checks = {
            **checks.DOSE_CHECKS,
            "kit": checks.text,
            "note": checks.text,
            "times_per_day": checks.number(checks.TIMES_PER_DAY),
            "days_per_week": checks.number(checks.DAYS_PER_WEEK),
            "every_n_days": checks.number(checks.EVERY_N_DAYS),
        }

    def read(self, path: Path) -> tuple[RoutineFile | None, list[str]]:
        """The file, unless something is wrong with it, and what is."""
        try:
            fields = checks.read_toml(path)
        except checks.Unreadable as error:
            return None, [str(error)]
        staged = "stages" in fields
        held: checks.Checks = {"stages": _some_stages} if staged else {"exercises": _some_entries}
        wrong = checks.judge(fields, {**self.required, **held}, {})
        if staged and "exercises" in fields:
            wrong["exercises"] = "stand in the stages"
        faults = [f"{name}: {why}" for name, why in wrong.items()]
        stated = [name for name in ("name", "basis") if name in fields and name not in wrong]
        content: dict[str, Any] = {name: fields[name] for name in stated}
        faults += checks.model_faults(Routine(**content), {"name": "name", "basis": "basis"}, set(wrong))
        stages: list[StageFile] = []
        if staged and "stages" not in wrong:
            faults += self._read_stages(fields["stages"], stages)
        elif not staged and "exercises" not in wrong:
            entries: list[Entry] = []
            faults += self._read_entries(fields["exercises"], "exercises", entries)
            stages.append(StageFile({}, entries))
        faults += checks.slug_faults(path)
        if faults:
            return None, [f"{path.name}: {fault}" for fault in faults]
        return RoutineFile(path.stem, content, fields["findings"], stages), []

    def _read_stages(self, stated: list[dict[str, Any]], stages: list[StageFile]) -> Iterator[str]:
        next_week: int | None = 1  # None: the stage before has no end, or its weeks are wrong
        for number, fields in enumerate(stated, start=1):
            place, last = f"stages[{number}]", number == len(stated)
            wrong = checks.judge(fields, self.stage_required, self.stage_optional)
            if last and "criteria" in fields:
                wrong["criteria"] = "nothing follows the last stage: leave it out"
            elif not last and "criteria" not in fields:
                wrong["criteria"] = "missing: say when to go on to the next stage"
            weeks = fields["weeks"] if "weeks" not in wrong else []
            if weeks and next_week and weeks[0] != next_week:
                wrong["weeks"] = f"must begin with week {next_week}"
            elif len(weeks) == 1 and not last:
                wrong["weeks"] = "only the last stage has no end"
            next_week = weeks[1] + 1 if len(weeks) == 2 else None
            yield from (f"{place}.{name}: {why}" for name, why in wrong.items())
            entries: list[Entry] = []
            if "exercises" not in wrong:
                yield from self._read_entries(fields["exercises"], f"{place}.exercises", entries)
            columns = {"name": fields.get("name", ""), "criteria": fields.get("criteria", "")}
            columns |= {"from_week": weeks[0] if weeks else 1, "to_week": weeks[1] if weeks[1:] else None}
            faults = checks.model_faults(RoutineStage(**columns), STAGE_NAMES, set(wrong))
            yield from (f"{place}.{fault}" for fault in faults)
            stages.append(StageFile(columns, entries))

    def _read_entries(self, stated: list[Any], place: str, entries: list[Entry]) -> Iterator[str]:
        if len(stated) > LARGEST_ROUTINE:
            yield f"{place}: holds more than {LARGEST_ROUTINE} exercises"
        for number, entry in enumerate(stated, start=1):
            fields = entry if isinstance(entry, dict) else {"exercise": entry}
            yield from (f"{place}[{number}].{fault}" for fault in self._read_entry(fields, entries))
        slugs = [entry.exercise for entry in entries]
        if repeated := sorted({slug for slug in slugs if slugs.count(slug) > 1}):
            yield f"{place}: holds twice: {', '.join(repeated)}"

    def _read_entry(self, fields: dict[str, Any], entries: list[Entry]) -> Iterator[str]:
        wrong = checks.judge(fields, {"exercise": self.slug}, self.entry)
        good = {name: value for name, value in fields.items() if name not in wrong}
        columns = {name: good.get(name) for name in FREQUENCY} | checks.dose_columns(good)
        columns |= {"kit": good.get("kit", ""), "note": good.get("note", "")}
        yield from (f"{name}: {why}" for name, why in wrong.items())
        yield from checks.model_faults(RoutineItem(**columns), ITEM_NAMES, set(wrong))
        yield from checks.together(good, "open_sets", "sets")
        yield from _half_a_dose(good)
        yield from _half_a_frequency(good)
        if "exercise" in good:
            options = self.kit_options[good["exercise"]]
            if options is not None and "kit" in good and good["kit"] not in options:
                yield f"kit: {good['kit']} is none of the exercise's kit_options: {', '.join(options) or 'none'}"
            entries.append(Entry(good["exercise"], columns))


def _half_a_dose(fields: Mapping[str, Any]) -> Iterator[str]:
    """A dose of its own replaces the exercise's whole dose, so that nobody gets parts of two."""
    stated = [name for name in checks.DOSE_CHECKS if fields.get(name)]
    if stated and not any(fields.get(name) for name in AMOUNT):
        yield f"{stated[0]}: replaces the exercise's dose: state the whole dose, or leave it out"


def _half_a_frequency(fields: Mapping[str, Any]) -> Iterator[str]:
    times, days, every = (fields.get(name) for name in FREQUENCY)
    if days and every:
        yield "every_n_days: excludes days_per_week"
    elif times and not (days or every):
        yield "times_per_day: needs days_per_week or every_n_days"
    elif not times and (days or every):
        yield f"{'days_per_week' if days else 'every_n_days'}: needs times_per_day"


def _longest(model: type[Model], column: str) -> int:
    return getattr(model._meta.get_field(column), "max_length", None) or 0


def _some_entries(value: Any) -> str:
    if not isinstance(value, list) or not all(isinstance(entry, str | dict) for entry in value):
        return "must be a list of short names, or of tables with a short name and a dose"
    return "" if value else "must not be empty"


def _some_stages(value: Any) -> str:
    right = isinstance(value, list) and value and all(isinstance(stage, dict) for stage in value)
    return "" if right else "must be written as [[stages]]"


def _weeks(value: Any) -> str:
    right = isinstance(value, list) and len(value) in {1, 2} and not any(map(checks.number(), value))
    if not right:
        return "must be [from, to], or [from] when it has no end"
    return "" if value[0] <= value[-1] else "end before they begin"
