"""Codes by e-mail: eight characters, ten minutes, five tries, in the browser that asked."""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from clinic import audit, limits, mail
from clinic.actors import Actor
from clinic.errors import Refused
from patients.access_codes import new_emailed_code
from patients.actions.records import open_for_writing
from patients.actions.tries import KEPT_FOR
from patients.models import EMAILED_FOR, EmailedCode, Patient, Purpose, code_hash, hashed

EMAILED_CODE = "emailed_code"  # settings.LETTERS
MOST_MATCHES = 3  # people who share one address; also how many hashes each try of a code costs
SPENT_FOR = timedelta(days=7)


@transaction.atomic
def ask_codes_by_address(*, actor: Actor, address: str, browser_secret: str, now: datetime) -> int:
    """A code for everybody who reads at this address; returns how many, which nobody outside may learn."""
    readers = Patient.objects.visible_to(actor).current().filter(email_doubted_at=None)
    found = readers.filter(email__iexact=address.strip()).exclude(email="").order_by("created_at", "pk")
    for patient in found[:MOST_MATCHES]:
        ask_code(actor=actor, patient=patient, purpose=Purpose.DEVICE, browser_secret=browser_secret, now=now)
    return len(found[:MOST_MATCHES])


@transaction.atomic
def ask_code(
    *,
    actor: Actor,
    patient: Patient,
    purpose: Purpose,
    browser_secret: str,
    now: datetime,
    new_email: str = "",
) -> EmailedCode:
    """Have a code sent to the address of the patient, or to the new one that is to be confirmed."""
    current = open_for_writing(patient.pk)
    if purpose != Purpose.NEW_ADDRESS and (not current.email or current.email_doubted_at):
        raise Refused(_("Your clinic has no e-mail address for you. Please call them."), code="no_email")
    code = EmailedCode.objects.create(
        clinic_id=current.clinic_id,
        patient=current,
        purpose=purpose,
        browser_hash=hashed(browser_secret),
        new_email=new_email,
        asked_at=now,
        expires_at=now + EMAILED_FOR,
    )
    audit.record(actor, "emailed_code.asked", code, changes={"purpose": purpose.value})
    mail.post(EMAILED_CODE, code.pk, clinic_id=code.clinic_id, not_before=now, expires_at=now + EMAILED_FOR)
    return code


@transaction.atomic
def mint_emailed_code(*, actor: Actor, code: EmailedCode) -> str:
    """Called while the e-mail is written. Written again after a failure, it holds another code."""
    minted = new_emailed_code()
    EmailedCode.objects.filter(pk=code.pk).update(code_hash=code_hash(minted))
    audit.record(actor, "emailed_code.minted", code)
    return minted


@transaction.atomic
def forget_emailed_code(*, actor: Actor, code: EmailedCode) -> None:
    """The e-mail surely did not leave: nobody holds the code."""
    EmailedCode.objects.filter(pk=code.pk, used_at=None).update(code_hash="")
    audit.record(actor, "emailed_code.forgotten", code)


@transaction.atomic
def check_emailed_code(
    *,
    actor: Actor,
    typed: str | None,
    purpose: Purpose,
    browser_secret: str,
    now: datetime,
    patient: Patient | None = None,
) -> EmailedCode | None:
    """The row of this code, used from now on. None for every reason why it opens nothing, after the same work.

    Returns instead of refusing: a refusal would take the count of tries back.
    """
    waiting = EmailedCode.objects.waiting_at(now).filter(purpose=purpose, browser_hash=hashed(browser_secret))
    if patient:
        waiting = waiting.filter(patient=patient)
    rows = list(
        waiting.select_for_update(of=("self",))
        .select_related("patient__clinic")
        .order_by("-asked_at", "pk")[:MOST_MATCHES]
    )
    right = [row for row in rows if check_password(typed or "", row.code_hash)]
    for _missing in range(MOST_MATCHES - len(rows)):
        make_password(typed or "")  # takes as long as to check one
    if not right:
        EmailedCode.objects.filter(pk__in=[row.pk for row in rows]).update(tries=F("tries") + 1)
        return None
    row = right[0]
    EmailedCode.objects.filter(pk=row.pk).update(used_at=now)
    audit.record(actor, "emailed_code.used", row, changes={"purpose": purpose.value})
    return row


def forget_spent(now: datetime) -> int:
    """Codes long over and counts of tries; returns how many rows went. Twice is once."""
    spent, _each = EmailedCode.objects.filter(expires_at__lt=now - SPENT_FOR).delete()
    return spent + limits.forget_before(now - KEPT_FOR)
