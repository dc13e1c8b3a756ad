"""Who did what: audit entries as people look for them. Names no patient; a typed reason stays with the record."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor, Kind
from clinic.audit import term_hash
from clinic.models import AuditEntry, Membership
from clinic.roles import Role

PAGE = 50
OTHER = "other"
# The first words of verbs, as people look for them. What no kind names is found under "other".
KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "read": (_("Records opened"), ("record", "search")),
    "staff": (_("Staff and settings"), ("member", "clinic", "sign_in")),
    "contact": (_("Contact, consent, archive"), ("patient", "address", "reminders", "carer", "import")),
    "restricted": (_("Restricted records, erasure, deletion"), ("restriction", "erasure", "deletion")),
    "exports": (_("Exports of the clinic"), ("export",)),
    "email": (_("E-mail sent again"), ("email",)),
    "messages": (_("Messages"), ("message", "message_template")),
    "alerts": (_("Worklist"), ("alert", "alert_rule")),
    "seal": (_("The audit itself"), ("audit",)),
    "access": (
        _("Links, codes, devices"),
        ("link", "code", "emailed_code", "device", "feed", "plan"),
    ),
    "clinical": (
        _("Findings and measures"),
        (
            *("finding", "flag", "screening", "cautions", "signs", "referral", "evaluation"),
            *("evaluation_draft", "support", "activity", "questionnaire_response", "visit_outcomes"),
            *("daily_measures", "activity_score", "change_rating"),
        ),
    ),
    "programmes": (_("Programmes"), ("programme", "programme_draft", "caution")),
    "logs": (_("What patients report"), ("day", "pain", "wear")),
    "catalogue": (
        _("Exercises and routines"),
        (
            *("exercise", "routine", "favourite", "photo", "proposal", "translation"),
            *("questionnaire", "finding_type", "review"),
        ),
    ),
}
KINDS_OF_ACTOR = {Kind.PATIENT.value: _("patients"), Kind.SYSTEM.value: _("Footwork itself")}
SHORTEST_ID = 8  # characters: what tells two patients apart on a page
DAY = re.compile(r"\d{4}-\d\d-\d\d")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{5,15}(?:Z|[+-]\d\d:\d\d)")
CODE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")
HIDDEN = {"hand_over"}  # keys of no meaning to a reader


@dataclass(frozen=True, slots=True)
class Filters:
    """What is looked for; empty is everything. ``since`` is included, ``until`` is not."""

    person: str = ""
    patient: UUID | None = None
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    term: str = ""  # somebody searched for it


@dataclass(frozen=True, slots=True)
class Line:
    entry: AuditEntry

    @property
    def who(self) -> str:
        """A job of Footwork's own has a name with underscores."""
        label = self.entry.actor_label
        return label.replace("_", " ") if self.entry.actor_kind == Kind.SYSTEM.value else label

    @property
    def what(self) -> str:
        """The verb in words: ``patient.handed_over`` is "patient: handed over"."""
        about, _dot, done = self.entry.verb.partition(".")
        return f"{about}: {done}".replace("_", " ")

    @property
    def details(self) -> list[tuple[str, str]]:
        """Fields, codes, numbers and dates, as the entry has them."""
        changes: Mapping[str, Any] = self.entry.changes
        before, after = changes.get("before"), changes.get("after")
        if isinstance(before, dict) and isinstance(after, dict):
            said = [(_words(key), f"{_said(before.get(key))} → {_said(after[key])}") for key in after]
        else:
            said = [(_words(key), _said(value)) for key, value in changes.items() if key not in HIDDEN]
        return [*said, ("network", self.entry.ip_prefix)] if self.entry.ip_prefix else said

    @property
    def patient_short(self) -> str:
        return str(self.entry.patient_id)[:SHORTEST_ID]


@dataclass(frozen=True, slots=True)
class Found:
    lines: Sequence[Line]
    older: str = ""  # where the next page begins


def kind_choices() -> list[tuple[str, str]]:
    return [
        *((key, str(label)) for key, (label, _prefixes) in KINDS.items()),
        (OTHER, str(_("Anything else"))),
    ]


def people_choices(actor: Actor) -> list[tuple[str, str]]:
    """Whose entries may be asked for; of a practitioner's own entries there is nobody to choose."""
    if not actor.has_role(frozenset({Role.OWNER, Role.AUDITOR})):
        return []
    members = Membership.objects.filter(clinic_id=actor.own_clinic_id).select_related("user")
    staff = [(str(m.user_id), m.user.name) for m in members.order_by("user__name", "pk")]
    return [*staff, *((key, str(label)) for key, label in KINDS_OF_ACTOR.items())]


def entries(actor: Actor, filters: Filters, before: str = "") -> Found:
    """One page, newest first, found by where the page before ended: as quick on the thousandth page as on the first."""
    found = _matching(AuditEntry.objects.visible_to(actor), filters)
    if begun := place(before):
        at, pk = begun
        found = found.filter(at__lte=at).filter(Q(at__lt=at) | Q(pk__lt=pk))
    rows = list(found.order_by("-at", "-pk")[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    older = f"{last.at.isoformat()}_{last.pk}" if last else ""
    return Found([Line(row) for row in rows[:PAGE]], older)


def _matching(found: QuerySet[AuditEntry], filters: Filters) -> QuerySet[AuditEntry]:
    if filters.person in KINDS_OF_ACTOR:
        found = found.filter(actor_kind=filters.person)
    elif filters.person:
        found = found.filter(actor_user_id=int(filters.person))
    if filters.patient:
        found = found.filter(patient_id=filters.patient)
    if filters.kind == OTHER:
        found = found.exclude(_begins([name for _label, names in KINDS.values() for name in names]))
    elif filters.kind:
        found = found.filter(_begins(KINDS[filters.kind][1]))
    if filters.since:
        found = found.filter(at__gte=filters.since)
    if filters.until:
        found = found.filter(at__lt=filters.until)
    if filters.term.strip():
        found = found.filter(verb="search.done", changes__term=term_hash(filters.term))
    return found


def _begins(names: Sequence[str]) -> Q:
    wanted = Q()
    for name in names:
        wanted |= Q(verb__startswith=f"{name}.")
    return wanted


def place(before: str) -> tuple[datetime, int] | None:
    """Where to go on; None for what nobody's page ended with."""
    at, _line, pk = before.rpartition("_")
    try:
        moment = parse_datetime(at)
    except ValueError:
        return None
    if moment is None or moment.tzinfo is None or not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return None
    return moment, int(pk)


def _words(key: str) -> str:
    return key.replace("_", " ")


def _said(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, list | tuple):
        return ", ".join(_said(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{_words(key)} {_said(one)}" for key, one in value.items())
    return _plainly(value) if isinstance(value, str) else str(value)


def _plainly(value: str) -> str:
    """A day; a moment on the clock of the page; a code of several words, such as ``both_in_turn``, as these words."""
    with suppress(ValueError):  # what looks like one and is none
        if MOMENT.fullmatch(value) and (at := parse_datetime(value)):
            return date_format(timezone.localtime(at), "j M Y, H:i")
        if DAY.fullmatch(value):
            return date_format(date.fromisoformat(value), "j M Y")
    return value.replace("_", " ") if CODE.fullmatch(value) else value
