"""What the columns of a list mean: guessed by their headings, confirmed by a person; and the cells read accordingly."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from patients.folding import search_text


class Field(TextChoices):
    """What a column can be. The values are names of the form's fields but for the full name."""

    GIVEN_NAME = "given_name", _("First name")
    FAMILY_NAME = "family_name", _("Last name")
    FULL_NAME = "full_name", _("Full name: last, first")
    DATE_OF_BIRTH = "date_of_birth", _("Date of birth")
    EMAIL = "email", _("E-mail address")
    TIME_ZONE = "time_zone", _("Time zone")
    LANGUAGE = "language", _("Language of the plan")
    REFERENCE = "reference", _("Clinic number")
    NOTE = "note", _("How to reach the patient")
    REMINDERS = "reminders_allowed", _("Agrees to reminder e-mails: yes or no")
    # A further field of the form needs a line here and words below.


class DayOrder(TextChoices):
    YEAR_FIRST = "ymd", _("Year first, such as 1956-03-14")
    DAY_FIRST = "dmy", _("Day first, such as 14/03/1956 or 14.3.1956")
    MONTH_FIRST = "mdy", _("Month first, such as 03/14/1956")


FORMATS: dict[str, list[str]] = {
    DayOrder.YEAR_FIRST: [
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%Y.%m.%d",
        "%Y%m%d",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M:%S",
    ],
    DayOrder.DAY_FIRST: ["%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %m %Y"],
    DayOrder.MONTH_FIRST: ["%m/%d/%Y", "%m.%d.%Y", "%m-%d-%Y", "%m %d %Y"],
}
# English, German, Spanish; folded as search_text folds.
WORDS: dict[str, set[str]] = {
    Field.GIVEN_NAME: {"first name", "given name", "forename", "firstname", "first", "vorname", "nombre", "nombres"},
    Field.FAMILY_NAME: {
        "last name", "family name", "surname", "lastname", "last", "nachname", "familienname", "apellido", "apellidos",
    },
    Field.FULL_NAME: {
        "name", "full name", "patient", "patient name", "patientenname", "paciente", "nombre completo",
        "apellidos nombre", "name vorname", "last name first name",
    },
    Field.DATE_OF_BIRTH: {
        "date of birth", "birth date", "birthdate", "birthday", "dob", "d.o.b.", "born", "geburtsdatum", "geb.",
        "geboren", "geburtstag", "geb.-datum", "fecha de nacimiento", "nacimiento", "fecha nacimiento", "f. nacimiento",
    },
    Field.EMAIL: {
        "email", "e-mail", "mail", "email address", "e-mail address", "e-mail-adresse", "emailadresse", "mailadresse",
        "correo", "correo electronico", "direccion de correo",
    },
    Field.TIME_ZONE: {"time zone", "timezone", "zeitzone", "zona horaria", "huso horario"},
    Field.LANGUAGE: {"language", "sprache", "idioma", "lengua"},
    Field.REFERENCE: {
        "clinic number", "patient number", "patient no.", "patient id", "record number", "reference", "id",
        "patientennummer", "patienten-id", "patienten-nr.", "numero de paciente", "numero de historia",
    },
    Field.NOTE: {"how to reach", "how to reach the patient", "contact note", "erreichbarkeit", "kontakthinweis"},
    Field.REMINDERS: {
        "reminders", "reminder consent", "agrees to reminders", "reminder e-mails", "erinnerungen",
        "erinnerung erlaubt", "recordatorios", "acepta recordatorios",
    },
}  # fmt: skip
YES = {"yes", "y", "true", "1", "ja", "j", "si", "s"}
NO = {"no", "n", "false", "0", "nein", ""}
LANGUAGES = {
    "en": "en-gb", "english": "en-gb", "englisch": "en-gb", "ingles": "en-gb", "en-us": "en-gb", "en_us": "en-gb",
    "en_gb": "en-gb", "de": "de", "german": "de", "deutsch": "de", "aleman": "de", "de-de": "de", "de_de": "de",
    "es": "es", "spanish": "es", "spanisch": "es", "espanol": "es", "es-es": "es", "es_es": "es", "ar": "ar",
    "arabic": "ar", "arabisch": "ar", "arabe": "ar",
}  # fmt: skip
NEITHER = "neither"  # what stands for an answer that is neither yes nor no; the form refuses it


def guessed(headings: Sequence[str]) -> list[str]:
    """For each column a field's name or nothing; each field at most once, the first column that bears its name."""
    taken: set[str] = set()
    found = []
    for heading in headings:
        said = search_text(heading.replace("_", " "))
        field = next((str(f) for f, words in WORDS.items() if said in words and str(f) not in taken), "")
        taken.add(field)
        found.append(field)
    if {
        Field.GIVEN_NAME,
        Field.FAMILY_NAME,
    } & taken:  # "Name; Vorname" are two halves, not a whole and a half
        half = Field.GIVEN_NAME if Field.FAMILY_NAME in taken else Field.FAMILY_NAME
        other = "" if {Field.GIVEN_NAME, Field.FAMILY_NAME} <= taken else str(half)
        found = [other if field == Field.FULL_NAME else field for field in found]
    return found


def read_day(text: str, order: str) -> date | None:
    if text.strip()[:4].isdigit() != (order == DayOrder.YEAR_FIRST):
        return None  # to try all formats on ten thousand rows takes seconds
    for format in FORMATS[order]:
        try:
            return datetime.strptime(text.strip(), format).date()  # noqa: DTZ007 - a day, no instant
        except ValueError:
            continue
    return None


def possible_orders(texts: Iterable[str]) -> list[str]:
    """Orders in which every date can be read. One with a fault in any of them says nothing: those are left aside."""
    left: dict[str, int] = dict.fromkeys(FORMATS, 0)
    count = 0
    for text in {text.strip() for text in texts} - {""}:
        read = [order for order in FORMATS if read_day(text, order)]
        count += bool(read)
        for order in read:
            left[order] += 1
    return [order for order in FORMATS if count and left[order] == count]


def answers(cells: Sequence[str], columns: Sequence[str], otherwise: Mapping[str, str]) -> dict[str, Any]:
    """The cells as somebody would have typed them into the form; ``otherwise`` is what an empty cell stands for."""
    said: dict[str, Any] = {field: cell.strip() for field, cell in zip(columns, cells, strict=True) if field}
    if (whole := said.pop(Field.FULL_NAME, None)) is not None:
        family, _comma, given = whole.partition(",")
        said |= {"family_name": family.strip(), "given_name": given.strip()}
    if language := said.get(Field.LANGUAGE):
        said["language"] = LANGUAGES.get(search_text(language), language.casefold())
    agreed = search_text(said.get(Field.REMINDERS, ""))
    said["reminders_allowed"] = "on" if agreed in YES else "" if agreed in NO else NEITHER
    return (
        {"email": "", "note": ""}
        | dict(otherwise)
        | {k: v for k, v in said.items() if v or k not in otherwise}
    )


def joined(cells: Sequence[str], most: int) -> list[str]:
    """Examples of a column, each no longer than fits into a table."""
    return [cell.strip() if len(cell) <= most else cell[:most].strip() + "…" for cell in cells]


def folded(*parts: str) -> str:
    """By which two rows, or a row and a patient, are compared: without case, as the database compares names."""
    return "|".join(re.sub(r"\s+", " ", part).casefold() for part in parts)
