from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from patients.actions.finding_entry import FindingEntry, refuse_impossible, refuse_unoffered
from patients.actions.records import open_for_writing
from patients.models import ConfirmedBy, Finding, Patient, Side, Site, Status

GROUP_CONSTRAINTS = ("finding_one_of_group_left", "finding_one_of_group_right", "finding_one_of_group_back")
VERSION_COLUMNS = ("status", "version", "changed_by", "changed_at", "change_reason")


class Contradiction(Refused):
    """Another active finding stands in the way; ``rival`` is None when it was closed a moment ago."""

    def __init__(self, message: str, rival: Finding | None) -> None:
        super().__init__(message, code="contradiction", field="side")
        self.rival = rival


@transaction.atomic
def record_finding(*, actor: Actor, patient: Patient, entry: FindingEntry, now: datetime) -> Finding:
    """Record one active finding.

    Refuses a side that the type does not know, an onset in the future or before the patient's birth, and a finding
    that contradicts another active one at the same place (a constraint decides, so two people at once cannot both
    win).
    """
    return _record(actor, patient, entry, now)


@transaction.atomic
def recur_finding(
    *, actor: Actor, finding: Finding, version: int, confirmed_by: ConfirmedBy, now: datetime
) -> Finding:
    """What was resolved came back: a new active finding of the same kind and side, tied to the earlier one.

    How bad it is and since when is not taken over, nor the picture: that was said of the earlier one.
    ``confirmed_by`` is said anew. ``version``: as for ``amend_finding``.
    """
    open_for_writing(finding.patient_id)
    earlier = (
        Finding.objects.select_for_update(of=("self",)).select_related("type", "patient").get(pk=finding.pk)
    )
    if earlier.status != Status.RESOLVED:
        raise Refused(_("Only a resolved finding can come back."), code="not_resolved")
    if earlier.version != version:
        raise _stale()
    stated = FindingEntry.of(earlier)
    entry = FindingEntry(
        type=earlier.type,
        side=stated.side,
        confirmed_by=confirmed_by,
        flexibility=stated.flexibility,
        origin=stated.origin,
    )
    return _record(actor, earlier.patient, entry, now, earlier=earlier)


def _record(
    actor: Actor, patient: Patient, entry: FindingEntry, now: datetime, earlier: Finding | None = None
) -> Finding:
    open_for_writing(patient.pk)
    refuse_unoffered(entry, patient)
    refuse_impossible(entry, patient, now)
    finding = Finding(
        clinic_id=patient.clinic_id,
        patient=patient,
        **entry.columns(),
        recurrence_of=earlier,
        recorded_by_id=actor.user_id,  # type: ignore[misc]  # the constraint refuses anybody but staff
        recorded_at=now,
        changed_by_id=actor.user_id,
        changed_at=now,
    )
    try:
        with transaction.atomic():
            finding.save(force_insert=True)
    except IntegrityError as error:
        raise _contradiction(error, finding) from error
    stated = {"type": entry.type.key, "side": entry.side, "severity": finding.severity}
    if earlier:
        stated["recurrence_of"] = str(earlier.pk)
    audit.record(actor, "finding.recorded", finding, changes=stated | {"confirmed_by": entry.confirmed_by})
    return finding


@transaction.atomic
def amend_finding(
    *, actor: Actor, finding: Finding, entry: FindingEntry, version: int, reason: str, now: datetime
) -> Finding:
    """Say it anew: a next version, the earlier ones stay in the history. Nothing new to say: nothing is written.

    ``version`` is the one that was read before: when somebody else said it anew since, this is refused (HZ-26).
    """
    open_for_writing(finding.patient_id)
    standing = (
        Finding.objects.select_for_update(of=("self",)).select_related("type", "patient").get(pk=finding.pk)
    )
    if standing.version != version:
        raise _stale()
    if standing.status == Status.ENTERED_IN_ERROR:
        raise Refused(
            _("This was entered in error. Make it active again before you change it."),
            code="entered_in_error",
        )
    if entry.type != standing.type:
        refuse_unoffered(entry, standing.patient)
    refuse_impossible(entry, standing.patient, now)
    before = FindingEntry.of(standing).columns()
    changed = [name for name, value in entry.columns().items() if value != before[name]]
    if not changed:
        return standing
    for name, value in entry.columns().items():
        setattr(standing, name, value)
    try:
        _next_version(actor, standing, now, reason, **{name: getattr(standing, name) for name in changed})
    except IntegrityError as error:
        raise _contradiction(error, standing) from error
    stated = {"fields": changed, "version": standing.version}
    audit.record(actor, "finding.amended", standing, changes=stated)
    return standing


@transaction.atomic
def close_finding(
    *,
    actor: Actor,
    finding: Finding,
    status: Status,
    now: datetime,
    reason: str = "",
    version: int | None = None,
) -> Finding:
    """Resolve, refute, or mark as entered in error. The row stays: nothing clinical is deleted.

    ``version`` is the one that was on the screen, else that of ``finding`` as it was fetched: nobody closes on the
    right what they read as left (HZ-26).
    """
    if status is Status.ACTIVE:
        raise Refused(_("Choose resolved, refuted or entered in error."), code="not_a_closing")
    open_for_writing(finding.patient_id)
    read = {"version": version or finding.version, "status": Status.ACTIVE}
    if not _next_version(actor, finding, now, reason, only=read, status=status):
        if Finding.objects.filter(pk=finding.pk).active().exists():
            raise _stale()
        raise Refused(_("This finding was closed in the meantime."), code="closed")
    audit.record(actor, f"finding.{status.value}", finding, changes={"status": status.value})
    return finding


@transaction.atomic
def reopen_finding(
    *, actor: Actor, finding: Finding, now: datetime, reason: str = "", version: int | None = None
) -> Finding:
    """Undo a closing; refused when another finding stands on that foot by now. ``version``: as for closing."""
    open_for_writing(finding.patient_id)
    closed = [status for status in Status if status != Status.ACTIVE]
    read = {"version": version or finding.version, "status__in": closed}
    try:
        opened = _next_version(actor, finding, now, reason, only=read, status=Status.ACTIVE)
    except IntegrityError as error:
        raise _contradiction(error, finding) from error
    if not opened:
        if Finding.objects.filter(pk=finding.pk).closed().exists():
            raise _stale()
        raise Refused(_("This finding is active already."), code="active")
    audit.record(actor, "finding.reopened", finding, changes={"status": Status.ACTIVE.value})
    return finding


def _next_version(
    actor: Actor,
    finding: Finding,
    now: datetime,
    reason: str,
    *,
    only: Mapping[str, object] | None = None,
    **columns: object,
) -> bool:
    """One conditional UPDATE; a trigger keeps what it leaves behind. False: another state stood there."""
    with transaction.atomic():
        written = Finding.objects.filter(pk=finding.pk, **(only or {"version": finding.version})).update(
            version=F("version") + 1,
            changed_by_id=actor.user_id,
            changed_at=now,
            change_reason=reason,
            **columns,
        )
    if written:
        finding.refresh_from_db(fields=VERSION_COLUMNS)
    return bool(written)


def _stale() -> Refused:
    return Refused(_("Somebody else changed this finding meanwhile."), code="stale")


def _contradiction(error: IntegrityError, finding: Finding) -> Exception:
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    if constraint not in GROUP_CONSTRAINTS:
        return error
    rival = _rival(finding)
    if rival is None:  # closed by somebody a moment ago
        return Contradiction(_("This contradicted another finding a moment ago. Try again."), None)
    if rival.type_id == finding.type_id:
        return Contradiction(_("“%(finding)s” is recorded already.") % {"finding": rival.in_words}, rival)
    told = _("This contradicts “%(finding)s”. Close that one first, or change it.")
    return Contradiction(told % {"finding": rival.in_words}, rival)


def _rival(finding: Finding) -> Finding | None:
    """What stands in the way, the same finding before another one of its group."""
    rivals = Finding.objects.about(finding.patient).active().filter(exclusive_group=finding.exclusive_group)
    if finding.site == Site.FOOT and finding.side != Side.BILATERAL:
        rivals = rivals.filter(side__in=[finding.side, Side.BILATERAL])
    others = rivals.exclude(pk=finding.pk).select_related("type")
    return min(others, key=lambda rival: (rival.type_id != finding.type_id, rival.pk), default=None)
