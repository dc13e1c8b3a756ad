"""The history of a finding in words: who said what when, and what changed from one version to the next."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from patients.models.finding import Finding

WORDS: tuple[tuple[Any, Callable[[Finding], Any]], ...] = (
    (_("Finding"), lambda finding: finding.type.label),
    (_("Side"), lambda finding: finding.get_side_display()),
    (_("Severity"), lambda finding: finding.get_severity_display()),
    (_("Scale"), lambda finding: finding.severity_scale),
    (_("Flexibility"), lambda finding: finding.get_flexibility_display()),
    (_("Origin"), lambda finding: finding.get_origin_display()),
    (_("Since"), lambda finding: finding.onset_in_words),
    (_("Course"), lambda finding: finding.get_course_display()),
    (_("Status"), lambda finding: finding.get_status_display()),
    (_("Confirmed by"), lambda finding: finding.get_confirmed_by_display()),
    (
        _("Date of the picture"),
        lambda finding: finding.imaging_date and date_format(finding.imaging_date, "j F Y"),
    ),
    (_("Note"), lambda finding: finding.note),
)


@dataclass(frozen=True, slots=True)
class Change:
    """``old`` and ``new`` are words; empty: not stated."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class FindingVersion:
    """``who`` is empty when a named job did it. The first version lists everything that was stated."""

    number: int
    who: str
    when: datetime
    reason: str
    changes: list[Change]


def versions_of(finding: Finding) -> list[FindingVersion]:
    """Newest first, in one query."""
    found: list[FindingVersion] = []
    before = dict.fromkeys((str(label) for label, _word in WORDS), "")
    events = finding.history.select_related("type", "changed_by").order_by("pgh_id")
    for event in events:
        after = _in_words(event)
        changes = [Change(field, before[field], new) for field, new in after.items() if new != before[field]]
        before = after
        if found and not changes and found[-1].number == event.version:
            continue  # something else moved, such as the record that it belongs to
        who = event.changed_by.name if event.changed_by else ""
        found.append(FindingVersion(event.version, who, event.changed_at, event.change_reason, changes))
    return found[::-1]


def _in_words(event: Model) -> dict[str, str]:
    columns = {field.attname: getattr(event, field.attname) for field in Finding._meta.concrete_fields}
    state = Finding(**columns)
    state.type = event.type  # type: ignore[attr-defined]  # fetched with the event
    return {str(label): str(word(state) or "") for label, word in WORDS}
