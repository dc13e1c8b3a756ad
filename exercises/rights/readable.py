"""A copy to be read: each kind of row as a table in words. Keys of rows stand in the other files only."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, time_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exercises.rights.copies import Copy
from exercises.rights.registry import BY_LABEL
from exercises.rights.rows import HISTORY, Row
from exercises.rights.words import COLUMNS, NO, TITLES, YES
from patients.models import SupportAdvice
from patients.models.support import LAY_KINDS, LAY_SIDES
from patients.red_flags import by_key

KEYS = (UUID,)
PLAINLY = {  # in the clinic's copy, where a model has no name for people
    "patients.Patient": _("Patient"),
    "patients.FootMeasures": _("Measures of the feet"),
    "patients.ConsentRecord": _("Consent to reminders"),
    "patients.PlanLink": _("Links in e-mails"),
    "patients.PlanVisit": _("Browsers that opened a link"),
    "patients.EmailedCode": _("Codes sent by e-mail"),
    "clinic.OutgoingEmail": _("E-mails"),
    "clinic.AuditEntry": _("Who opened or changed the record"),
}
SIGNS = "ticked"  # keys of warning signs, which the list has in words
COMPUTED = {"pgh_created_at": "kept on", "label": "finding"}
UNREAD = {
    "id",
    "version",
    "pgh_id",
    "pgh_label",
    "exclusive_group",
    "position",
    "order",
}  # stand in the other files
DAYS = "weekdays"  # 1 is Monday
LAY: Mapping[str, Mapping[Any, Any]] = {"kind": LAY_KINDS, "side": LAY_SIDES}  # of foot support


@dataclass(frozen=True, slots=True)
class Section:
    """``key`` is its place in the page. Without rows it says so: what is missing was not forgotten."""

    key: str
    title: str
    headings: Sequence[str]
    lines: Sequence[Sequence[str]]


def sections(copy: Copy) -> list[Section]:
    zone = ZoneInfo(copy.patient.time_zone)
    return [
        _section(label, _told(label, found), zone, whole=copy.whole) for label, found in copy.rows.items()
    ]


def _told(label: str, found: Sequence[Row]) -> Sequence[Row]:
    """Of kept states those of rows that were amended: the others say what the row itself says."""
    if not label.endswith(HISTORY):
        return found
    states = Counter(row["pgh_obj_id"] for row in found)
    return [row for row in found if states[row["pgh_obj_id"]] > 1]


def _section(label: str, found: Sequence[Row], zone: ZoneInfo, *, whole: bool) -> Section:
    model = BY_LABEL[label.removesuffix(HISTORY)].model
    names = [name for name in _names(found) if _is_read(name, found)]
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return Section(
        key=label.replace(".", "-").replace(" ", "-").lower(),
        title=title(label, whole=whole),
        headings=[heading(name, fields, whole=whole) for name in names],
        lines=[[in_words(row.get(name), name, fields, zone) for name in names] for row in found],
    )


def title(label: str, *, whole: bool) -> str:
    plain = label.removesuffix(HISTORY)
    said = PLAINLY.get(plain, BY_LABEL[plain].model._meta.verbose_name_plural) if whole else TITLES[plain]
    if label.endswith(HISTORY):
        return gettext("%(rows)s that were amended: every state") % {"rows": capfirst(str(said))}
    return capfirst(str(said))


def heading(name: str, fields: Mapping[str, Any], *, whole: bool) -> str:
    """What forms call it, in the clinic's copy; patients have words of their own."""
    if not whole:
        return str(COLUMNS[name])
    said = fields[name].verbose_name if name in fields else COMPUTED.get(name, name)
    return capfirst(str(said).replace("_", " "))


def in_words(value: Any, name: str, fields: Mapping[str, Any], zone: ZoneInfo) -> str:
    """As a person reads it. Nothing stated is an empty cell."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(YES if value else NO)
    if isinstance(value, list | tuple):
        return ", ".join(in_words(one, name, fields, zone) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {in_words(one, '', {}, zone)}" for key, one in value.items())
    return _one(value, name, fields.get(name), zone)


def _one(value: Any, name: str, field: Any, zone: ZoneInfo) -> str:
    if chosen := _chosen(value, name, field):
        return chosen
    if isinstance(value, datetime):
        return date_format(value.astimezone(zone), gettext("j F Y, H:i"))
    if isinstance(value, date):
        return date_format(value, gettext("j F Y"))
    if isinstance(value, time):
        return time_format(value, "H:i")
    return f"{value:f}".rstrip("0").rstrip(".") if isinstance(value, Decimal) else str(value)


def _chosen(value: Any, name: str, field: Any) -> str:
    """Out of a list: its words. Empty for anything else."""
    if name == DAYS:
        return str(WEEKDAYS[value - 1])
    if name == SIGNS and (sign := by_key(str(value))):
        return sign.text
    if field is None:
        return ""
    if field.model is SupportAdvice and name in LAY:
        return str(LAY[name][value])
    choices = dict(getattr(field, "base_field", field).flatchoices)
    return str(choices[value]) if value in choices else ""


def _names(found: Iterable[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in found for name in row))


def _is_read(name: str, found: Sequence[Row]) -> bool:
    """Not a key, and said in one row at least."""
    if name in UNREAD or name.endswith("_id"):
        return False
    return any(_can_be_read(row.get(name)) for row in found)


def _can_be_read(value: Any) -> bool:
    """Something stated, and no bundle of values: those are for programs."""
    bundles = isinstance(value, Mapping) or (
        isinstance(value, list) and isinstance((value or [0])[0], Mapping)
    )
    return value not in (None, "", [], {}) and not bundles and not isinstance(value, KEYS)
