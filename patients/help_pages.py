"""What a patient with a warning sign is told, and the public page that tells it.

The page needs a clinic's numbers and nothing else, so each clinic's page is kept as a file in every language, written
whenever its settings change: it opens while the database is away. While that answers, its numbers are what is shown.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.models import Clinic, Language
from patients.red_flags import Level, RedFlag, by_level

PATIENCE = 2.0  # seconds for a connection: who needs help does not wait for the pool's own ten


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about the signs of one level, with this clinic's numbers. ``or_else``: if that is not enough."""

    level: Level
    what_to_do: str
    number: str
    or_else: str = ""

    @property
    def in_full(self) -> str:
        return f"{self.what_to_do}. {self.or_else}" if self.or_else else self.what_to_do


def advice(level: Level, clinic: Clinic) -> Advice:
    """In the language in force."""
    number = _number(level, clinic)
    words = {
        Level.EMERGENCY: _("Call %(number)s now"),
        Level.SAME_DAY: _("Get medical help today: call %(number)s"),
        Level.NEXT_WORKING_DAY: _("Call your clinic today or on the next working day: %(number)s"),
        Level.URGENT: ngettext(
            "Call your clinic within %(days)s working day: %(number)s",
            "Call your clinic within %(days)s working days: %(number)s",
            clinic.urgent_days,
        ),
        Level.ROUTINE: _("Tell your clinic soon: %(number)s"),
    }
    or_else = ""
    if level in {Level.NEXT_WORKING_DAY, Level.URGENT}:
        said = _("If it gets worse or you cannot reach the clinic, call %(number)s.")
        or_else = said % {"number": clinic.urgent_number}
    return Advice(level, words[level] % {"number": number, "days": clinic.urgent_days}, number, or_else)


def _number(level: Level, clinic: Clinic) -> str:
    own = {Level.EMERGENCY: clinic.emergency_number, Level.SAME_DAY: clinic.urgent_number}
    return own.get(level, clinic.phone)


def told(clinic: Clinic) -> list[tuple[Advice, list[RedFlag]]]:
    """The whole list, most urgent first: what to do, and about which signs."""
    return [(advice(level, clinic), flags) for level, flags in by_level()]


def page(clinic: Clinic, language: str) -> str:
    """The whole public page. The same for everybody, so it knows no request."""
    with translation.override(language):
        context = {
            "clinic": clinic,
            "groups": told(clinic),
            "help_url": reverse("patients:help", args=[clinic.pk]),
            "no_logo": True,  # it lies in the database, which may be away
            "languages": Language.choices,
            "request": {"method": "GET"},  # for the links to the other languages in the frame
        }
        return render_to_string("patients/help.html", context)


def write(clinic_id: UUID) -> None:
    """Keep one clinic's page as files. The row is locked, so that of two changes the later one is written last."""
    with transaction.atomic():
        clinic = Clinic.objects.select_for_update(no_key=True).get(pk=clinic_id)
        for language in Language.values:
            _put(_file(clinic.pk, language), page(clinic, language))


def write_all() -> int:
    """After an update or a restored backup: every clinic's page; returns how many clinics."""
    found = list(Clinic.objects.values_list("pk", flat=True))
    for clinic_id in found:
        write(clinic_id)
    return len(found)


def stored(clinic_id: UUID, language: str) -> str | None:
    """The file as it was written last; English where the language has none."""
    for name in (language, Language.ENGLISH.value):
        if name in Language.values and (file := _file(clinic_id, name)).is_file():
            return file.read_text(encoding="utf-8")
    return None


def clinic_of(clinic_id: UUID) -> Clinic | None:
    """From the database; an OperationalError soon when it does not answer."""
    pool = getattr(connection, "pool", None)
    if pool and connection.connection is None:
        with connection.wrap_database_errors:
            pool.open()
            with pool.connection(timeout=PATIENCE):
                pass
    return Clinic.objects.filter(pk=clinic_id).first()


def _file(clinic_id: UUID, language: str) -> Path:
    return Path(settings.HELP_DIR) / f"{clinic_id}.{language}.html"


def _put(file: Path, content: str) -> None:
    """Whole or not at all: a reader never meets half a page."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(content)
        Path(part).chmod(0o644)
        Path(part).replace(file)
    except OSError:
        Path(part).unlink(missing_ok=True)
        raise
