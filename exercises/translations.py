"""What patients read of the catalogue in their own language, and what curators see is missing.

A translation belongs to one version and is shown once a curator has reviewed it. Everything else stays English, and the
page says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext

from clinic.models import Language
from exercises.models import Exercise, ExerciseVersion, ProgrammeItem, VersionTranslation

LINES = ("name", "movement", "purpose", "breathe", "feel", "alt_text", "cue")
LISTS = ("prepare", "steps", "stop_rules")
TEXTS = (*LINES, *LISTS)


class English(str):
    """A text in English on a page in another language: templates mark it (filter ``lang``), speech reads it rightly."""

    __slots__ = ()


def say(items: Iterable[ProgrammeItem], language: str) -> None:
    """Let the exercises of a plan speak ``language``. Only these objects in memory change; versions are frozen.

    One query, and none in English. A cue that was changed for the patient is the practitioner's, so it stays.
    """
    if language == Language.ENGLISH:
        return
    items = list(items)
    found = in_language((item.version for item in items), language)
    for item in items:
        version = item.version
        translated = found.get(version.pk)
        if item.cue and item.cue == version.cue:
            item.cue = translated.cue if translated and translated.cue else English(item.cue)
    for version in {id(item.version): item.version for item in items}.values():
        _say(version, found.get(version.pk))


def in_language(versions: Iterable[ExerciseVersion], language: str) -> Mapping[int, VersionTranslation]:
    """The reviewed translations, by version. One query."""
    wanted = {version.pk for version in versions}
    rows = VersionTranslation.objects.reviewed().filter(version__in=wanted, language=language)
    return {row.version_id: row for row in rows}


def _say(version: ExerciseVersion, translated: VersionTranslation | None) -> None:
    unread = version.get_deferred_fields()  # what the page does not show is not worth a question of its own
    for name in LINES:
        if name in unread:
            continue
        own: str = getattr(version, name)
        said = getattr(translated, name) if translated else ""
        setattr(version, name, said or (English(own) if own else own))
    for name in LISTS:
        if name in unread:
            continue
        lines: list[str] = getattr(version, name)
        said_lines = getattr(translated, name) if translated else []
        setattr(version, name, said_lines or [standard(line) for line in lines])


def standard(line: str) -> str:
    """The rules that stand on every exercise are translated with the pages; anything else stays English, and says so."""
    if translation.get_language() in {None, Language.ENGLISH.value}:
        return line
    said = gettext(line)
    return said if said != line else English(line)


# --- for curators ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class State:
    """One language of one exercise, for the version in use."""

    language: Language
    row: VersionTranslation | None

    @property
    def is_read(self) -> bool:
        """By patients."""
        return self.row is not None and self.row.reviewed_at is not None


def languages() -> list[Language]:
    return [language for language in Language if language is not Language.ENGLISH]


def states(exercises: Sequence[Exercise]) -> dict[Exercise, list[State]]:
    """Of each exercise that is in use. One query."""
    rows = VersionTranslation.objects.filter(
        version__in=[exercise.current_id for exercise in exercises if exercise.current_id]
    ).select_related("written_by", "reviewed_by")
    found = {(row.version_id, row.language): row for row in rows}
    return {
        exercise: [
            State(language, found.get((exercise.current_id or 0, language))) for language in languages()
        ]
        for exercise in exercises
    }


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the form starts with. ``number``: of the earlier version that it was written for."""

    texts: Mapping[str, str | list[str]]
    number: int | None = None


def beginning(version: ExerciseVersion, language: Language) -> Beginning:
    """What is written for this version, else what was written for the last one, else the rules that every exercise has."""
    rows = VersionTranslation.objects.filter(version__exercise=version.exercise_id, language=language)
    newest = rows.select_related("version").order_by("-version__number").first()
    if newest:
        number = newest.version.number if newest.version_id != version.pk else None
        return Beginning({name: getattr(newest, name) for name in TEXTS}, number)
    with translation.override(language):
        rules = [said for line in version.stop_rules if not isinstance(said := standard(line), English)]
    return Beginning({"stop_rules": rules})
