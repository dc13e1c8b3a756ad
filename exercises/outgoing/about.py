"""Whom an outgoing e-mail was for, and which e-mails were for one patient. A row of the outbox names its object only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, Func, Model, Q, QuerySet, Value
from django.db.models.functions import Cast

from clinic.actors import Actor
from clinic.models import Invitation, Membership, OutgoingEmail, OutgoingEmailQuerySet
from exercises.models import Programme, Reminder
from exercises.outgoing.kinds import KINDS, Key, Subject, key_of
from patients.models import Carer, Device, EmailedCode, Message, Patient, Restriction

# Where the patient stands of each kind of object.
SOURCES: Mapping[Subject, tuple[type[Model], str]] = {
    Subject.PROGRAMME: (Programme, "patient_id"),
    Subject.REMINDER: (Reminder, "programme__patient_id"),
    Subject.MESSAGE: (Message, "patient_id"),
    Subject.CODE: (EmailedCode, "patient_id"),
    Subject.DEVICE: (Device, "patient_id"),
    Subject.CARER: (Carer, "patient_id"),
}


@dataclass(frozen=True, slots=True)
class Whom:
    """``patient``: also of a copy, which ``carer`` got. ``person``: of the staff, or invited. ``member``: of the staff."""

    patient: Patient | None = None
    carer: str = ""
    person: str = ""
    member: int | None = None


def whom(actor: Actor, emails: Sequence[OutgoingEmail], alone: Patient | None = None) -> dict[int, Whom]:
    """By the row's key; at most five queries, however many rows. ``alone``: the patient whom all of them are for."""
    keys = {email.pk: key for email in emails if (key := key_of(email.letter, email.object_id))}
    owners = {} if alone else _owners(actor.own_clinic_id, keys.values())
    patients = (
        {} if alone else Patient.objects.visible_to(actor).in_bulk({pk for pk in owners.values() if pk})
    )
    carers = _carers(actor, keys.values())
    people = _people(actor, keys.values())
    invited = _invited(actor, keys.values())
    found = {}
    for pk, key in keys.items():
        carer = key.carer if key.carer or key.subject != Subject.CARER else int(key.key)
        member, name = people.get(key.person or 0, (None, ""))
        found[pk] = Whom(
            patient=alone or patients.get(owners.get((key.subject, key.key))),
            carer=carers.get(carer or 0, ""),
            person=name or invited.get(key.key, ""),
            member=member,
        )
    return found


def patient_of(clinic_id: UUID, key: Key) -> UUID | None:
    """None for letters to staff, and where the object is not kept any more."""
    return _owners(clinic_id, [key]).get((key.subject, key.key))


def emails_seen_by(actor: Actor) -> OutgoingEmailQuerySet:
    """What ``visible_to`` shows, without the e-mails of restricted records. No query of its own: the closed records are a
    handful, from which the database finds the few objects of theirs."""
    closed = Restriction.objects.closed_to(actor).values("patient")
    rows = OutgoingEmail.objects.visible_to(actor)
    for subject, (model, path) in SOURCES.items():
        letters = [name for name, kind in KINDS.items() if kind.subject == subject and not kind.copy]
        rows = rows.exclude(letter__in=letters, object_id__in=_keys(model, path, closed))
    copies = [name for name, kind in KINDS.items() if kind.copy]
    carer = Func(F("object_id"), Value("-"), Value(2), function="split_part", output_field=CharField())
    return rows.alias(carer=carer).exclude(letter__in=copies, carer__in=_keys(Carer, "patient_id", closed))


def _keys(model: type[Model], path: str, patients: QuerySet[Any]) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.filter(**{f"{path}__in": patients})  # type: ignore[attr-defined]
    return rows.order_by().values(key=Cast("pk", CharField()))


def emails_for(*patient_ids: UUID) -> Q:
    """Every e-mail to these patients or to their carers; what staff were told about them is not among it. One query, and a
    condition that the index of the letters' objects answers."""
    parts = [
        _pairs(subject, model.objects.filter(**{f"{path}__in": patient_ids}))  # type: ignore[attr-defined]
        for subject, (model, path) in SOURCES.items()
    ]
    keys: dict[str, list[str]] = {subject: [] for subject in SOURCES}
    for subject, key in parts[0].union(*parts[1:], all=True):
        keys[subject].append(key)
    wanted = Q(pk__in=[])
    for letter, kind in KINDS.items():
        of = keys.get(kind.subject, [])
        if kind.copy:  # with a UUID's dashes there would be no room for the carer's number
            of = [f"{key.replace('-', '')}-{carer}" for key in of for carer in keys[Subject.CARER]]
        if of:
            wanted |= Q(letter=letter, object_id__in=of)
    return wanted


def _pairs(subject: Subject, rows: QuerySet[Any], *more: Any) -> QuerySet[Any]:
    return rows.order_by().values_list(Value(subject.value, CharField()), Cast("pk", CharField()), *more)


def _owners(clinic_id: UUID, keys: Iterable[Key]) -> dict[tuple[str, str], UUID]:
    parts = []
    for subject, (model, path) in SOURCES.items():
        wanted = {key.key for key in keys if key.subject == subject}
        if wanted:
            rows = model.objects.filter(pk__in=wanted, clinic_id=clinic_id)  # type: ignore[attr-defined]
            parts.append(_pairs(subject, rows, F(path)))
    if not parts:
        return {}
    return {(subject, key): patient for subject, key, patient in parts[0].union(*parts[1:], all=True)}


def _carers(actor: Actor, keys: Iterable[Key]) -> dict[int, str]:
    copies = {key.carer for key in keys if key.carer}
    asked = {int(key.key) for key in keys if key.subject == Subject.CARER}
    if not copies | asked:
        return {}
    rows = Carer.objects.visible_to(actor).filter(pk__in=copies | asked)
    return dict(rows.values_list("pk", "name"))


def _people(actor: Actor, keys: Iterable[Key]) -> dict[int, tuple[int, str]]:
    """The membership and the name, by user."""
    if not (wanted := {key.person for key in keys if key.person}):
        return {}
    members = Membership.objects.filter(clinic_id=actor.own_clinic_id, user__in=wanted)
    return {user: (pk, name) for user, pk, name in members.values_list("user_id", "pk", "user__name")}


def _invited(actor: Actor, keys: Iterable[Key]) -> dict[str, str]:
    if not (wanted := {key.key for key in keys if key.subject == Subject.INVITATION}):
        return {}
    rows = Invitation.objects.visible_to(actor).filter(pk__in=wanted)
    return {str(pk): name for pk, name in rows.values_list("pk", "name")}
