"""Two people, or one in two tabs, write the same exercise: the later one is told, and writes over nothing."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _

from clinic import within
from clinic.errors import Refused
from clinic.models import AuditEntry
from exercises.models import CONTENT_COLUMNS, Exercise, Proposal
from patients.models import FindingType

WRITTEN = [*CONTENT_COLUMNS, "findings"]  # what authors and curators write
DIGITS = 8  # of each column's part of the mark
LONGEST_MARK = DIGITS * len(WRITTEN)
VERBS = ("exercise.created", "exercise.edited", "exercise.tagged", "exercise.untagged")


def mark_of(exercise: Exercise) -> str:
    """Changes with anything that is written on the page; empty before the first time. It keeps no secret."""
    return "" if exercise._state.adding else _mark(exercise, exercise.findings.all())


def lock_as_seen(exercise: Exercise, findings: Iterable[FindingType], seen: str) -> Exercise:
    """The stored row, locked until the transaction ends. Refuses when somebody saved another text since ``seen`` was
    read: it says who, and which columns. An empty ``seen`` asks for nothing."""
    # Before the exercise, as whoever decides on a proposal locks them: the page may go on to publish it.
    with within.every_clinic("proposals"):
        list(Proposal.objects.select_for_update(of=("self",)).filter(copy=exercise.pk).waiting())
    stored = Exercise.objects.select_for_update(of=("self",)).get(pk=exercise.pk)
    now = mark_of(stored) if seen else ""
    # A second press finds what the first one wrote: nothing is lost by writing it again.
    if seen == now or now == _mark(exercise, findings):
        return stored
    last = AuditEntry.objects.filter(
        object_type=Exercise._meta.label_lower, object_id=str(exercise.pk), verb__in=VERBS
    ).order_by("-pk")
    said = {"who": getattr(last.first(), "actor_label", "") or _("Somebody"), "what": _changed(seen, now)}
    message = _(
        "%(who)s saved this exercise meanwhile, so yours is not saved. Changed there: %(what)s. What you wrote is"
        " still here: open the exercise in another tab and put the two together."
    )
    raise Refused(message % said, code="stale")


def _mark(exercise: Exercise, findings: Iterable[FindingType]) -> str:
    said: list[Any] = [exercise.serializable_value(name) for name in CONTENT_COLUMNS]
    said.append(sorted(finding.pk for finding in findings))
    return "".join(sha256(repr(value).encode()).hexdigest()[:DIGITS] for value in said)


def _changed(seen: str, now: str) -> str:
    names = [
        str(Exercise._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        for place, name in enumerate(WRITTEN)
        if seen[place * DIGITS :][:DIGITS] != now[place * DIGITS :][:DIGITS]
    ]
    return ", ".join(names)
