"""What speaks for caution with exercises, as a practitioner asked it. Each pass is a row of its own; nothing is changed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from patients.actions.records import open_for_writing
from patients.actions.safety import practitioner, raise_sign
from patients.cautions import answers, list_version
from patients.models import CautionCheck, Patient, RaisedFlag

TOGETHER = gettext_noop("Both records together, when they were merged.")
APART = gettext_noop("As before the merge, which was taken back.")
BEFORE_THAT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Said:
    asked: list[str]
    present: list[str]
    note: str


@transaction.atomic
def check_cautions(
    *,
    actor: Actor,
    patient: Patient,
    present: Collection[str],
    note: str,
    now: datetime,
    seen: UUID | None = None,
) -> CautionCheck:
    """Record what was answered with yes; all that the list holds counts as asked.

    ``seen`` is the newest check that the person looked at, None when there was none: a newer one is refused, not
    written over. The same answers sent twice make one check. An answer that stands for a warning sign raises it,
    unless that sign stands already.
    """
    by = practitioner(actor)
    patient = open_for_writing(patient.pk)
    if unknown := sorted(set(present) - answers().keys()):
        message = _("This is not on the list of cautions: %(keys)s.") % {"keys": ", ".join(unknown)}
        raise Refused(message, code="unknown", field="present")
    newest = CautionCheck.objects.about(patient).newest_first().first()
    in_order = [key for key in answers() if key in present]
    if newest and newest.pk != seen:
        if (newest.checked_by_id, newest.present, newest.note) == (by, in_order, note):
            return newest
        message = _("%(name)s has recorded a check in the meantime. Look at it, then save again.")
        raise Refused(message % {"name": newest.checked_by.name}, code="stale")
    check = _write(patient, Said(list(answers()), in_order, note), by, now, newest)
    before = set(newest.present) if newest else set()
    raised = [key for key in in_order if _raise(actor, patient, key, now, is_new=key not in before)]
    audit.record(
        actor,
        "cautions.checked",
        check,
        changes={"list_version": check.list_version, "present": in_order, "raised": raised},
    )
    return check


def put_together(
    *, actor: Actor, kept: Patient, of_kept: CautionCheck | None, of_other: CautionCheck | None, now: datetime
) -> CautionCheck | None:
    """After a merge: what either record said holds on. None where the newest check says all of it by itself."""
    if of_kept is None or of_other is None or actor.user_id is None:
        return None
    newest = max(of_kept, of_other, key=lambda check: (check.checked_at, check.pk))
    present, asked = ({*getattr(of_kept, name), *getattr(of_other, name)} for name in ("present", "asked"))
    if present <= set(newest.present):
        return None
    known = list(dict.fromkeys([*answers(), *sorted(asked)]))
    said = Said([key for key in known if key in asked], [key for key in known if key in present], TOGETHER)
    check = _write(kept, said, actor.user_id, now, newest)
    audit.record(actor, "cautions.put_together", check, changes={"present": check.present})
    return check


def take_apart(*, actor: Actor, kept: Patient, merged_at: datetime, now: datetime) -> None:
    """After a merge was taken back: the kept record says again what it said by itself, unless somebody asked since."""
    checks = list(CautionCheck.objects.about(kept).newest_first()[:2])
    if actor.user_id is None or len(checks) < 2:
        return
    together, before = checks
    if (together.note, together.checked_at) != (TOGETHER, merged_at):
        return
    said = Said(before.asked, before.present, APART)
    check = _write(kept, said, actor.user_id, now, together)
    audit.record(actor, "cautions.taken_apart", check, changes={"present": check.present})


def newest_check(patient: Patient) -> CautionCheck | None:
    return CautionCheck.objects.about(patient).newest_first().first()


def _write(patient: Patient, said: Said, by: int, now: datetime, newest: CautionCheck | None) -> CautionCheck:
    """Later than the one before in any case: a clock that was put back does not bring old answers to the top."""
    return CautionCheck.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        asked=said.asked,
        present=said.present,
        list_version=list_version(),
        note=said.note,
        checked_by_id=by,
        checked_at=max(now, newest.checked_at + BEFORE_THAT) if newest else now,
    )


def _raise(actor: Actor, patient: Patient, key: str, now: datetime, *, is_new: bool) -> bool:
    """Once for one suspicion: not while the sign waits or holds, nor again for an answer that was decided about."""
    sign = answers()[key].raises
    if not sign:
        return False
    standing = RaisedFlag.objects.about(patient).standing().filter(key=sign)
    if standing.blocking().exists() or (not is_new and standing.exists()):
        return False
    raise_sign(actor=actor, patient=patient, key=sign, now=now)
    return True
