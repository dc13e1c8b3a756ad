"""What a version of an exercise says in another language: written by a curator, reviewed before a patient reads it."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import Language
from clinic.roles import CURATES
from exercises.models import Exercise, ExerciseVersion, VersionTranslation
from exercises.translations import LINES, LISTS, TEXTS


@transaction.atomic
def save_translation(
    *,
    actor: Actor,
    version: ExerciseVersion,
    language: str,
    texts: Mapping[str, str | list[str]],
    now: datetime,
) -> VersionTranslation:
    """Keep a translation of the version in use. Whatever is changed has to be reviewed again: until then patients read
    English. Nothing that the English says may be left out, and nothing added: line for line."""
    if actor.user_id is None or not actor.has_role(CURATES):
        raise Refused(_("Only curators may do this."), code="not_curator")
    if language not in Language.values or language == Language.ENGLISH:
        raise Refused(_("Choose a language from the list."), code="language", field="language")
    exercise = Exercise.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=version.exercise_id)
    if exercise.current_id != version.pk:
        raise Refused(
            _(
                "A newer version was published meanwhile. Open the page again: what you wrote was for the old one."
            ),
            code="outdated",
        )
    said = {name: texts.get(name, "" if name in LINES else []) for name in TEXTS}
    _refuse_what_is_not_line_for_line(version, said)
    row = VersionTranslation.objects.filter(version=version, language=language).first()
    if row is None:
        row = VersionTranslation(version=version, language=language)
    changed = [name for name in TEXTS if getattr(row, name) != said[name]]
    if not changed:
        return row
    for name in changed:
        setattr(row, name, said[name])
    row.written_by_id, row.written_at = actor.user_id, now
    row.reviewed_by, row.reviewed_at = None, None
    row.save()
    audit.record(
        actor,
        "translation.saved",
        row,
        changes={
            "exercise": exercise.slug,
            "version": version.number,
            "language": language,
            "fields": changed,
        },
    )
    return row


@transaction.atomic
def review_translation(
    *, actor: Actor, translation: VersionTranslation, seen: datetime, now: datetime
) -> VersionTranslation:
    """Patients read it from now on. ``seen``: when what the reviewer read was written; refuses what was changed since."""
    if actor.user_id is None or not actor.has_role(CURATES):
        raise Refused(_("Only curators may do this."), code="not_curator")
    row = VersionTranslation.objects.select_for_update(of=("self",)).get(pk=translation.pk)
    if row.written_at != seen:
        raise Refused(_("It was changed since you read it. Please read it again."), code="stale")
    if row.reviewed_at is None:
        row.reviewed_by_id, row.reviewed_at = actor.user_id, now
        row.save(update_fields=["reviewed_by", "reviewed_at"])
        audit.record(actor, "translation.reviewed", row, changes={"language": row.language})
    return row


def _refuse_what_is_not_line_for_line(version: ExerciseVersion, said: Mapping[str, str | list[str]]) -> None:
    """A step or a stop rule that is missing in one language is a hazard, and so is one that only one language has."""
    for name in LISTS:
        needed, given = len(getattr(version, name)), len(said[name])
        if given != needed:
            message = ngettext(
                "Write %(needed)s line, as in English.", "Write %(needed)s lines, as in English.", needed
            )
            raise Refused(message % {"needed": needed}, code="lines", field=name)
    for name in LINES:
        if bool(getattr(version, name)) != bool(said[name]):
            message = (
                _("Translate this.")
                if getattr(version, name)
                else _("Leave this empty: English says nothing.")
            )
            raise Refused(message, code="lines", field=name)
