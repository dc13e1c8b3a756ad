"""One exercise's file: its fields, what is asked of them, and the columns that they fill."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exercises import figures, kit
from exercises.catalogue_files import checks
from exercises.models import (
    PAIRS,
    STATED_PAIRS,
    BodyPart,
    Difficulty,
    DoseSource,
    Evidence,
    Exercise,
    Kind,
    Position,
    Side,
)
from patients.cautions import flags as caution_flags

EQUIPMENT = frozenset(kit.known())
CAUTIONS = frozenset(caution_flags())
DIFFICULTIES = {level.name.lower(): level.value for level in Difficulty}
CITED = frozenset(
    {DoseSource.ARTICLE, DoseSource.TRIAL, DoseSource.HANDOUT}
)  # doses that somebody else stated
# Column -> field in the file, for what is stored as it is written; ranges come on top.
STORED = {
    **{
        name: name
        for name in (
            *("name", "aliases", "movement", "purpose", "kind", "body_part", "position", "barefoot"),
            *("equipment", "kit_options", "cautions", "harder", "easier"),
            *("harder_exercises", "easier_exercises"),
        )
    },
    "prepare": "steps.prepare",
    "steps": "steps.do",
    "breathe": "steps.breathe",
    "feel": "steps.feel",
    "stop_rules": "steps.stop_if",
    "picture": "picture.name",
    "alt_text": "picture.alt_text",
    "sides": "dose.sides",
    "dose_source": "dose.source",
    "every_n_days": "dose.every_n_days",
    "dose_note": "dose.note",
    "evidence_tag": "evidence.tag",
    "evidence": "evidence.note",
}
NAMES = STORED | {
    "difficulty": "difficulty",
    "sets_open": "dose.open_sets",
    "load_note": "dose.load",
    **{name: f"dose.{name}" for name in ("tempo_up_s", "tempo_down_s", "rest_s", "cue")},
    **{f"{name}_{end}": f"dose.{name}" for name in (*PAIRS, *STATED_PAIRS) for end in ("min", "max")},
}


@dataclass(frozen=True, slots=True)
class ExerciseFile:
    slug: str
    content: dict[str, Any]  # columns of the exercise; a photo and a video are no part of a file
    findings: list[str]


class ExerciseRules:
    """``sources``: what staff read, by key. ``slugs``: of all exercises that come as files."""

    def __init__(
        self, finding_keys: frozenset[str], sources: Mapping[str, str], slugs: frozenset[str]
    ) -> None:
        self.sources = sources
        keys = checks.each_of(EQUIPMENT)
        self.required: checks.Checks = {
            "name": checks.text,
            "aliases": checks.texts,
            "movement": checks.text,
            "purpose": checks.text,
            "kind": checks.one_of(frozenset(Kind.values)),
            "body_part": checks.one_of(frozenset(BodyPart.values)),
            "position": checks.one_of(frozenset(Position.values)),
            "difficulty": checks.one_of(frozenset(DIFFICULTIES)),
            "barefoot": checks.yes_or_no,
            "equipment": keys,
            "cautions": checks.each_of(CAUTIONS),
            "findings": checks.each_of(finding_keys),
            "steps.prepare": checks.texts,
            "steps.do": checks.some(checks.texts),
            "steps.stop_if": checks.some(checks.texts),
            "picture.name": _drawn,
            "picture.side": checks.text,
            "picture.alt_text": checks.text,
            "dose.source": checks.one_of(frozenset(DoseSource.values)),
            "dose.sides": checks.some(checks.each_of(frozenset(Side.values))),
            "evidence.tag": checks.one_of(frozenset(Evidence.values)),
            "evidence.note": checks.text,
            "evidence.sources": checks.each_of(frozenset(sources)),
        }
        self.optional: checks.Checks = {
            "kit_options": keys,
            "harder": checks.text,
            "easier": checks.text,
            "harder_exercises": checks.each_of(slugs),
            "easier_exercises": checks.each_of(slugs),
            "steps.breathe": checks.text,
            "steps.feel": checks.text,
            **{f"dose.{name}": check for name, check in checks.DOSE_CHECKS.items()},
            "dose.times_per_day": checks.number_or_range(checks.TIMES_PER_DAY),
            "dose.days_per_week": checks.number_or_range(checks.DAYS_PER_WEEK),
            "dose.every_n_days": checks.number(checks.EVERY_N_DAYS),
            "dose.weeks": checks.number_or_range(),
            "dose.note": checks.text,
        }

    def read(self, path: Path) -> tuple[ExerciseFile | None, list[str]]:
        """The file, unless something is wrong with it, and what is."""
        try:
            fields = dict(checks.flat(checks.read_toml(path)))
        except checks.Unreadable as error:
            return None, [str(error)]
        wrong = checks.judge(fields, self.required, self.optional)
        good = {name: value for name, value in fields.items() if name not in wrong}
        content = self._content(good)
        faults = [*(f"{name}: {why}" for name, why in wrong.items()), *_contradictions(path.stem, good)]
        faults += checks.model_faults(Exercise(slug=path.stem, **content), NAMES, set(wrong))
        faults += checks.slug_faults(path)
        if faults:
            return None, [f"{path.name}: {fault}" for fault in faults]
        return ExerciseFile(path.stem, content, fields["findings"]), []

    def _content(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        dose = {name.removeprefix("dose."): value for name, value in fields.items()}
        blank = Exercise()
        content = {column: fields.get(name, getattr(blank, column)) for column, name in STORED.items()}
        content["difficulty"] = DIFFICULTIES.get(fields.get("difficulty", ""))
        content["sources"] = [self.sources[key] for key in fields.get("evidence.sources", ())]
        content |= checks.dose_columns(dose)
        for name in STATED_PAIRS:
            content |= checks.ends_of(name, dose.get(name))
        return content


def _drawn(value: Any) -> str:
    return "" if value in figures.slugs() else f"there is no drawing {value!r} in exercises/figures/poses"


def _contradictions(slug: str, fields: Mapping[str, Any]) -> Iterator[str]:
    """What two fields say together. ``fields``: those that are right by themselves."""
    yield from _of_the_picture(fields)
    yield from checks.together(fields, "dose.open_sets", "dose.sets")
    yield from checks.together(fields, "dose.every_n_days", "dose.days_per_week")
    needed, options = fields.get("equipment", []), fields.get("kit_options", [])
    if both := sorted({*needed} & {*options}):
        yield f"kit_options: needed anyway: {', '.join(both)}"
    if brought := sorted({*fields.get("cautions", [])} & kit.cautions_of([*needed, *options])):
        yield f"cautions: come with the kit: {', '.join(brought)}"
    for name in ("harder_exercises", "easier_exercises"):
        if slug in fields.get(name, []):
            yield f"{name}: names the exercise itself"
    if "evidence.sources" in fields and not fields["evidence.sources"]:
        yield from _without_a_source(fields)


def _of_the_picture(fields: Mapping[str, Any]) -> Iterator[str]:
    """The words and the side are those of the drawing: whoever redraws it has to change both."""
    if drawn := fields.get("picture.name"):
        said = {"picture.alt_text": figures.description(drawn), "picture.side": figures.drawn_side(drawn)}
        for name, value in said.items():
            if name in fields and fields[name] != value:
                yield f"{name}: the drawing says {value!r}"


def _without_a_source(fields: Mapping[str, Any]) -> Iterator[str]:
    if fields.get("dose.source") in CITED:
        yield f"evidence.sources: must not be empty with a dose of {fields['dose.source']}"
    elif fields.get("evidence.tag", Evidence.PRACTICE) != Evidence.PRACTICE:
        yield f"evidence.sources: may be empty only with the tag {Evidence.PRACTICE.value}"
