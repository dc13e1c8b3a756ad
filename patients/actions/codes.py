"""The printed code: made in the clinic, shown once, good for as long as the plan runs."""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from patients.access_codes import PrintedCode, new_printed_code
from patients.actions.closing import end_code, revoke_devices
from patients.actions.links import revoke_links
from patients.actions.records import open_for_writing
from patients.models import MOST_FAILURES, AccessCode, Patient, code_hash

LONGEST = timedelta(days=180)
AFTER_THE_PLAN = timedelta(days=30)
MOST_DRAWS = 20  # of a locator that is free; one of a million is taken by each patient with a code


@transaction.atomic
def issue_code(
    *, actor: Actor, patient: Patient, until: datetime, now: datetime
) -> tuple[AccessCode, PrintedCode]:
    """Make a code. It is returned once and stored nowhere. A second one ends the first, and whatever that has opened.

    ``until``: the end of the last plan that runs. The code goes on for a month, and for half a year at most.
    """
    if actor.user_id is None:
        raise Refused(_("A person has to hand over a code."), code="nobody")
    current = open_for_writing(patient.pk)
    had_one = AccessCode.objects.filter(patient=current).exists()  # also one that was closed before
    end_code(current, now)
    if had_one:
        reason = gettext_noop("Another code was made.")
        revoke_devices(actor=actor, patient=current, now=now, reason=reason)
        revoke_links(actor=actor, patient=current, now=now, reason=reason)
    made = _with_free_locator()
    code = AccessCode.objects.create(
        clinic_id=current.clinic_id,
        patient=current,
        locator=made.locator,
        secret_hash=code_hash(made.secret),
        issued_by_id=actor.user_id,
        issued_at=now,
        expires_at=min(until + AFTER_THE_PLAN, now + LONGEST),
    )
    audit.record(actor, "code.issued", code)
    return code, made


@transaction.atomic
def check_code(*, actor: Actor, code: PrintedCode | None, now: datetime) -> AccessCode | None:
    """The row of this code. None for every reason why it opens nothing, after the same work.

    Wrong tries are counted; so many of them end the code. Returns instead of refusing: a refusal would take the
    count back.
    """
    locator, secret = code or ("", "")
    known = AccessCode.objects.visible_to(actor).select_for_update(of=("self",)).filter(locator=locator)
    row = known.filter(revoked_at=None).select_related("patient__clinic").first()
    if row is None:
        make_password(secret)  # takes as long as to check one
        right = False
    else:
        right = row.is_opened_by(secret)
    if row and right and row.is_usable(now):
        return row
    failures = min(row.failures + 1, MOST_FAILURES) if row else 0
    AccessCode.objects.filter(pk=row.pk if row else 0).update(failures=failures)
    if row and row.failures < MOST_FAILURES == failures:
        audit.record(actor, "code.locked", row, changes={"failures": failures})
    return None


def _with_free_locator() -> PrintedCode:
    for _draw in range(MOST_DRAWS):
        made = new_printed_code()
        if not AccessCode.objects.filter(locator=made.locator, revoked_at=None).exists():
            return made
    raise Refused(_("No code could be made. Try again."), code="no_locator")
