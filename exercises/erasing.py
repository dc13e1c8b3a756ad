"""What goes when a patient is erased, and what stays: one list for the preview and for the deed.

What reminds, what opens a plan and what reaches the patient goes at once. What was found, advised, exercised and written
is the record of the treatment: it stays, restricted, until the time is over for which it must be kept.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import CharField, Count, QuerySet, Value
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from clinic.mail import suppression
from clinic.models import BounceEvent, OutgoingEmail, Suppression
from exercises.models import CalendarFeed, Reminder, ReminderChoice
from exercises.outgoing.about import emails_for
from patients.models import (
    AccessCode,
    Carer,
    Device,
    EmailedCode,
    ImportRow,
    Patient,
    PlanLink,
    PlanVisit,
    belongings,
)

Keys = Sequence[UUID]


@dataclass
class Family:
    """A patient's record and those that were merged into it."""

    keys: Keys

    @cached_property
    def emails(self) -> QuerySet[Any]:
        return OutgoingEmail.objects.filter(emails_for(*self.keys))


@dataclass(frozen=True, slots=True)
class Kind:
    """``rows``: those of some patients that go."""

    key: str
    label: Any
    rows: Callable[[Family], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Part:
    label: str
    count: int


def _of_patient(model: Any) -> Callable[[Family], QuerySet[Any]]:
    return lambda family: model._base_manager.filter(patient__in=family.keys)


def _addresses(family: Family) -> QuerySet[Any]:
    """Hashes of addresses that fail, unless somebody else of the clinic reads there."""
    keys = family.keys
    patients = list(Patient.objects.filter(pk__in=keys).exclude(email=""))
    carers = list(Carer.objects.filter(patient__in=keys))
    people: list[Patient | Carer] = [*patients, *carers]
    said = {one.email.casefold() for one in people}
    clinics = {one.clinic_id for one in people}
    others = Patient.objects.filter(clinic__in=clinics).exclude(pk__in=keys).exclude(email="")
    shared = {
        email
        for address in said
        for email in others.filter(email__iexact=address).values_list("email", flat=True)
    }
    hashes = {suppression.address_hash(address) for address in said - {email.casefold() for email in shared}}
    return Suppression.objects.filter(clinic__in=clinics, address_hash__in=hashes - {""})


# In the order in which they go: none rests on one that went before it.
KINDS = [
    Kind(
        "reminders",
        _("Reminders, planned and sent"),
        lambda family: Reminder.objects.filter(programme__patient__in=family.keys),
    ),
    Kind(
        "returns",
        _("Reports of returned e-mail"),
        lambda family: BounceEvent.objects.filter(email__in=family.emails.values("pk")),
    ),
    Kind("emails", _("E-mails, waiting and sent"), lambda family: family.emails),
    Kind("addresses", _("Notes that an address fails"), _addresses),
    Kind("choices", _("Wishes about reminders"), _of_patient(ReminderChoice)),
    Kind("calendars", _("Calendar addresses"), _of_patient(CalendarFeed)),
    Kind("visits", _("Browsers that opened a link"), _of_patient(PlanVisit)),
    Kind("links", _("Links to the plan"), _of_patient(PlanLink)),
    Kind("devices", _("Devices"), _of_patient(Device)),
    Kind("codes", _("Printed codes"), _of_patient(AccessCode)),
    Kind("emailed_codes", _("Codes by e-mail"), _of_patient(EmailedCode)),
    Kind("carers", _("Carers"), _of_patient(Carer)),
    Kind("import_rows", _("Lines of imported lists"), _of_patient(ImportRow)),
]
LABELS = {"address": _("E-mail address")} | {kind.key: kind.label for kind in KINDS}


def goes(keys: Keys) -> list[Part]:
    """What there is of each kind; kinds of which there is nothing are left out, and notes about addresses, which only a
    comparison with everybody else's tells. Two queries."""
    family, kinds = Family(keys), [kind for kind in KINDS if kind.key != "addresses"]
    found = count([(kind.key, kind.rows(family)) for kind in kinds])
    return [Part(str(kind.label), found[kind.key]) for kind in kinds if found[kind.key]]


def stays(keys: Keys) -> list[Part]:
    """By the same keys by which a merge finds what belongs to a record, without what goes. One query."""
    kept = [model for model in belongings() if model not in {ReminderChoice, CalendarFeed}]
    found = count([(model._meta.label, model._base_manager.filter(patient__in=keys)) for model in kept])
    return [
        Part(capfirst(str(model._meta.verbose_name_plural)), found[model._meta.label])
        for model in kept
        if found[model._meta.label]
    ]


def count(kinds: Sequence[tuple[str, QuerySet[Any]]]) -> Counter[str]:
    """One query for all of them."""
    parts = [
        rows.order_by().values_list(Value(key, CharField())).annotate(number=Count("pk"))
        for key, rows in kinds
    ]
    return Counter(dict(parts[0].union(*parts[1:], all=True)))  # what can hold nothing is not even asked


def remove(keys: Keys) -> dict[str, int]:
    """Delete them; how many rows of each kind went. The caller holds the patients."""
    gone: dict[str, int] = {}
    family = Family(keys)
    for kind in KINDS:
        rows = kind.rows(family)
        if found := list(rows.values_list("pk", flat=True)):
            rows.model._base_manager.filter(pk__in=found).delete()
            gone[kind.key] = len(found)
    return gone


def words(removed: dict[str, int]) -> list[Part]:
    """What an erasure noted, in words."""
    return [Part(str(LABELS.get(key, key)), count) for key, count in removed.items()]
