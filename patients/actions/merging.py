"""Two records of one person: the duplicate's rows go to the record that is kept, and can be taken back whole."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from patients.actions.cautions import newest_check, put_together, take_apart
from patients.actions.closing import close_plan
from patients.actions.records import open_for_writing
from patients.actions.restriction import refuse_restricted
from patients.models import (
    CautionCheck,
    ChangeRating,
    Finding,
    PainScore,
    Patient,
    PatientMerge,
    RecordStatus,
    belongings,
)

Keys = dict[str, list[Any]]  # model label to primary keys


@dataclass(frozen=True, slots=True)
class Merged:
    """``stayed``: rows for which the kept record has one of its own, such as a pain score of the same day.

    ``cautions``: the check that holds what either record said, where neither said all of it.
    """

    merge: PatientMerge
    stayed: Keys
    cautions: CautionCheck | None = None


@transaction.atomic
def merge_patients(*, actor: Actor, kept: Patient, duplicate: Patient, now: datetime, reason: str) -> Merged:
    """Move every row of the duplicate to the record that is kept, and archive the duplicate.

    Name, birth date, address and consent of the kept record stay as they are; without a clinic number it gets the
    duplicate's. Refuses records of two clinics,
    archived ones, active findings that cannot stand beside each other, and a slip in the place of a valid answer.
    """
    if actor.user_id is None:
        raise Refused(_("A person has to merge two records."), code="nobody")
    _lock_both(actor, kept, duplicate)
    _refuse_contradiction(_clashing(Finding, duplicate, kept))
    _refuse_slip_in_the_way(kept, duplicate)
    own, other = newest_check(kept), newest_check(duplicate)
    moved, stayed = _move_all(kept, duplicate)
    cautions = put_together(actor=actor, kept=kept, of_kept=own, of_other=other, now=now)
    close_plan(actor=actor, patient=duplicate, now=now, reason=gettext_noop("The record was merged."))
    Patient.objects.filter(pk=duplicate.pk).update(
        archived_at=now, archived_by_id=actor.user_id, merged_into=kept
    )
    given = _give_reference(kept.pk, duplicate.pk)
    merge = PatientMerge.objects.create(
        clinic_id=kept.clinic_id,
        kept=kept,
        duplicate=duplicate,
        moved={
            label: [pk if isinstance(pk, int) else str(pk) for pk in keys] for label, keys in moved.items()
        },
        reason=reason,
        merged_by_id=actor.user_id,
        merged_at=now,
    )
    more = {"reference": "given"} if given else {}
    _tell(actor, "patient.merged", merge, reason, more=more, moved=moved, stayed=stayed)
    return Merged(merge, stayed, cautions)


@transaction.atomic
def undo_merge(*, actor: Actor, merge: PatientMerge, now: datetime) -> PatientMerge:
    """Give the duplicate its rows back, exactly those that were moved, and open it again.

    What was written in the kept record since then stays there. Refuses when something of that rests on a row that
    would go back, and when a third patient has the duplicate's clinic number by now.
    """
    if actor.user_id is None:
        raise Refused(_("A person has to take back a merge."), code="nobody")
    _locked(merge.kept_id, merge.duplicate_id)
    open_for_writing(merge.kept_id)
    refuse_restricted(merge.kept, merge.duplicate)
    undone = PatientMerge.objects.filter(pk=merge.pk, undone_at=None).update(
        undone_at=now, undone_by_id=actor.user_id
    )
    if not undone:
        raise Refused(_("This merge was taken back already."), code="undone")
    back: Keys = {}
    with _nothing_in_the_way():
        for label, keys in merge.moved.items():
            rows = apps.get_model(label)._base_manager.filter(pk__in=keys, patient=merge.kept_id)
            back[label] = list(rows.values_list("pk", flat=True))
            rows.update(patient=merge.duplicate_id)
    take_apart(actor=actor, kept=merge.kept, merged_at=merge.merged_at, now=now)
    taken = _take_reference(merge.kept_id, merge.duplicate_id)
    with _number_is_free():
        Patient.objects.filter(pk=merge.duplicate_id).update(
            archived_at=None, archived_by=None, merged_into=None
        )
    merge.undone_at, merge.undone_by_id = now, actor.user_id
    more = {"reference": "taken"} if taken else {}
    _tell(actor, "patient.merge_undone", merge, more=more, moved=back)
    return merge


def _lock_both(actor: Actor, kept: Patient, duplicate: Patient) -> None:
    if kept.pk == duplicate.pk:
        raise Refused(_("Choose two different records."), code="same")
    _locked(kept.pk, duplicate.pk)
    mine = Patient.objects.visible_to(actor).filter(pk__in=[kept.pk, duplicate.pk])
    if mine.count() != 2:
        raise Refused(_("Only records of your own clinic can be merged."), code="other_clinic")
    refuse_restricted(kept, duplicate)
    for patient in (kept, duplicate):
        open_for_writing(patient.pk)


def _move_all(kept: Patient, duplicate: Patient) -> tuple[Keys, Keys]:
    moved, stayed = {}, {}
    with _nothing_in_the_way():
        for model in belongings():
            label = model._meta.label
            stays = sorted({pk for pk, _taken in _clashing(model, duplicate, kept)})
            rows = model._base_manager.filter(patient=duplicate).exclude(pk__in=stays)
            moved[label], stayed[label] = sorted(rows.values_list("pk", flat=True)), stays
            rows.update(patient=kept)
    return _without_empty(moved), _without_empty(stayed)


def _without_empty(keys: Keys) -> Keys:
    return {label: found for label, found in keys.items() if found}


@contextmanager
def _nothing_in_the_way() -> Iterator[None]:
    """Rows of one patient may rest on rows of the same patient only; those keys are deferred, so they are asked now."""
    try:
        with transaction.atomic():
            yield
            connection.check_constraints()
    except IntegrityError as error:
        table = getattr(getattr(error.__cause__, "diag", None), "table_name", "")
        kinds = [m._meta.verbose_name for m in apps.get_models() if m._meta.db_table == table]
        message = _(
            "This stands in the way: %(kind)s. It rests on an entry that would be in the other record."
        )
        raise Refused(message % {"kind": kinds[0] if kinds else table}, code="in_the_way") from error


def _locked(*keys: UUID) -> None:
    """In one order, whichever is kept: two people merging the same two wait, and do not block each other.

    Writers hold the same lock while they write (``open_for_writing``), so no row arrives in the duplicate meanwhile.
    """
    list(Patient.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))


def _clashing(model: Any, duplicate: Patient, kept: Patient) -> list[tuple[Any, Any]]:
    """Pairs of rows, the duplicate's first, that no unique constraint would let stand in one record."""
    pairs = []
    for constraint in model._meta.constraints:
        if not isinstance(constraint, models.UniqueConstraint) or "patient" not in constraint.fields:
            continue
        others = [name for name in constraint.fields if name != "patient"]
        rows = model._base_manager.filter(constraint.condition or models.Q())
        taken = {tuple(values): pk for pk, *values in rows.filter(patient=kept).values_list("pk", *others)}
        for pk, *values in rows.filter(patient=duplicate).order_by("pk").values_list("pk", *others):
            if tuple(values) in taken:
                pairs.append((pk, taken[tuple(values)]))
    return pairs


def _refuse_contradiction(pairs: Sequence[tuple[Any, Any]]) -> None:
    """A finding left behind would be a finding lost: the practitioner decides first which of the two is true."""
    if not pairs:
        return
    both = Finding.objects.select_related("type").in_bulk(pairs[0])
    first, second = (both[pk].in_words for pk in pairs[0])
    if first == second:
        message = _("“%(finding)s” is active in both records. Close one of them first.") % {"finding": first}
    else:
        message = _("“%(one)s” contradicts “%(other)s” in the other record. Close one of them first.") % {
            "one": first,
            "other": second,
        }
    raise Refused(message, code="contradiction")


def _refuse_slip_in_the_way(kept: Patient, duplicate: Patient) -> None:
    """Of one day there is one answer: a slip that is kept would leave the duplicate's valid one behind, unread."""
    for model in (PainScore, ChangeRating):
        pairs = _clashing(model, duplicate, kept)
        rows = model._base_manager.in_bulk([pk for pair in pairs for pk in pair])
        for theirs, mine in pairs:
            slip = rows[mine]
            if slip.status == RecordStatus.RECORDED or rows[theirs].status != RecordStatus.RECORDED:
                continue
            what = slip.get_measure_display() if isinstance(slip, PainScore) else _("Overall change")
            message = _(
                "%(what)s of %(day)s was entered in error in the record that is kept, and the other record has an "
                "answer that stands. Restore or correct the one that is kept first."
            )
            said = {"what": what, "day": date_format(slip.on, "j M Y")}
            raise Refused(message % said, code="slip_in_the_way")


def _give_reference(kept_id: UUID, duplicate_id: UUID) -> bool:
    """The merged record keeps its own, which binds nobody any more."""
    kept, duplicate = Patient.objects.get(pk=kept_id), Patient.objects.get(pk=duplicate_id)
    if kept.reference or not duplicate.reference:
        return False
    kept.reference = duplicate.reference
    kept.save(update_fields=["reference"])
    return True


def _take_reference(kept_id: UUID, duplicate_id: UUID) -> bool:
    """The number is the duplicate's own: of a kept record that has the same it is taken."""
    kept, duplicate = Patient.objects.get(pk=kept_id), Patient.objects.get(pk=duplicate_id)
    if not duplicate.reference or kept.reference.lower() != duplicate.reference.lower():
        return False
    kept.reference = ""
    kept.save(update_fields=["reference"])
    return True


@contextmanager
def _number_is_free() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != "patient_reference_once":
            raise
        message = _(
            "Another patient has the clinic number of the merged record by now. Change it there first."
        )
        raise Refused(message, code="reference_taken") from error


def _tell(
    actor: Actor,
    verb: str,
    merge: PatientMerge,
    reason: str = "",
    *,
    more: dict[str, str],
    **rows: Keys,
) -> None:
    """One entry in the trail of each of the two."""
    both = {"kept": str(merge.kept_id), "duplicate": str(merge.duplicate_id)}
    counts = {name: {label: len(pks) for label, pks in keys.items()} for name, keys in rows.items()}
    for patient_id in (merge.kept_id, merge.duplicate_id):
        audit.record(actor, verb, merge, patient_id=patient_id, reason=reason, changes=both | counts | more)
