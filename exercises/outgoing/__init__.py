"""The staff's page of outgoing e-mail: what was sent, what waits, what failed, and why a patient got no reminder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject

from clinic.actors import Actor
from clinic.forms import end_of, start_of
from clinic.models import TAKEN_BACK, OutgoingEmail, OutgoingEmailQuerySet, not_sent_again
from clinic.trail import place
from exercises.outgoing.about import Whom, emails_for, emails_seen_by, whom
from exercises.outgoing.lines import IN_DOUBT, UNDER_WAY, Line, Show, condition, later_of
from patients.models import Patient

PAGE = 50
SHOWN_FOR = timedelta(days=30)  # at first; further back when the days are asked for
COUNTED = [show for show in Show if show]
SLOW = {Show.LOOK, Show.WAITING, Show.RETRIED}  # told apart by more than the state


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for. ``first`` and ``last`` are days of the clinic, both included."""

    show: Show = Show.ALL
    letter: str = ""
    patient: Patient | None = None
    first: date | None = None
    last: date | None = None
    oldest_first: bool = False

    def query(self, **other: str) -> str:
        """For an address of the page, with some of it asked otherwise. An empty first day asks for all days."""
        asked: Mapping[str, str] = {
            "show": self.show.value,
            "letter": self.letter,
            "patient": str(self.patient.pk) if self.patient else "",
            "first": self.first.isoformat() if self.first else "",
            "last": self.last.isoformat() if self.last else "",
            "order": "oldest" if self.oldest_first else "",
            **other,
        }
        return urlencode({name: value for name, value in asked.items() if value or name == "first"})


@dataclass(frozen=True, slots=True)
class Found:
    lines: Sequence[Line] = ()
    counts: Mapping[Show, int] = field(default_factory=dict)
    more: str = ""  # where the next page begins

    @property
    def total(self) -> int:
        return sum(number for show, number in self.counts.items() if show != Show.LOOK)


def outgoing(actor: Actor, wanted: Wanted, zone: str, after: str = "") -> Found:
    """One page and the numbers of all states. Found by where the page before ended: as quick far back as in front."""
    mine = _matching(emails_seen_by(actor), wanted, zone)
    rows = mine.filter(condition(wanted.show))
    if wanted.show == Show.LOOK:
        rows = rows.filter(not_sent_again())
    shown = list(
        _from(rows, after, oldest_first=wanted.oldest_first)
        .select_related("again_by")
        .annotate(later=_later())[: PAGE + 1]
    )
    told = whom(actor, shown[:PAGE], wanted.patient)
    lines = [
        Line(row, told.get(row.pk, Whom()), later_of(row.later))  # type: ignore[attr-defined]
        for row in shown[:PAGE]
    ]
    last = shown[PAGE - 1] if len(shown) > PAGE else None
    more = f"{last.not_before.isoformat()}_{last.pk}" if last else ""
    return Found(lines, _counts(mine), more)


def _matching(rows: OutgoingEmailQuerySet, wanted: Wanted, zone: str) -> OutgoingEmailQuerySet:
    if wanted.patient:
        rows = rows.filter(emails_for(wanted.patient.pk))
    if wanted.letter:
        rows = rows.filter(letter=wanted.letter)
    if wanted.first:
        rows = rows.filter(not_before__gte=start_of(wanted.first, zone))
    if wanted.last:
        rows = rows.filter(not_before__lt=end_of(wanted.last, zone))
    return rows


def _from(rows: OutgoingEmailQuerySet, after: str, *, oldest_first: bool) -> OutgoingEmailQuerySet:
    if begun := place(after):
        at, pk = begun
        if oldest_first:
            rows = rows.filter(not_before__gte=at).filter(Q(not_before__gt=at) | Q(pk__gt=pk))
        else:
            rows = rows.filter(not_before__lte=at).filter(Q(not_before__lt=at) | Q(pk__lt=pk))
    return rows.order_by("not_before", "pk") if oldest_first else rows.order_by("-not_before", "-pk")


def _later() -> Subquery:
    """Of the e-mail that was sent instead: when, and who wanted it."""
    later = OutgoingEmail.objects.filter(
        letter=OuterRef("letter"), object_id=OuterRef("object_id"), generation__gt=OuterRef("generation")
    ).exclude(TAKEN_BACK)
    packed = JSONObject(at=F("created_at"), who=F("again_by__name"))
    return Subquery(later.order_by("generation").values(packed=packed)[:1])


def _counts(rows: OutgoingEmailQuerySet) -> dict[Show, int]:
    """Two queries: one that an index answers by itself, and one of the few rows that are under way or in doubt."""
    by_state = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    asked: dict[str, Any] = {
        show.value: Count("pk", filter=condition(show)) for show in (Show.WAITING, Show.RETRIED)
    }
    asked[Show.LOOK.value] = Count("pk", filter=condition(Show.LOOK) & not_sent_again())
    told = rows.filter(state__in=UNDER_WAY | IN_DOUBT).aggregate(**asked)
    return {show: told[show.value] if show in SLOW else by_state.get(show.value, 0) for show in COUNTED}
