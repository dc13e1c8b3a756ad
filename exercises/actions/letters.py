from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models, transaction
from django.db.models.functions import Cast, JSONObject
from django.utils.translation import gettext as _

from clinic import audit, mail
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.mail import suppression
from clinic.models import EmailState, OutgoingEmail
from exercises import copies
from exercises.actions.programmes import PLAN_READY_FOR, refuse_while_flagged
from exercises.models import PLAN_CHANGED, PLAN_READY, Programme
from exercises.schedule import local_day
from patients.actions.records import open_for_writing
from patients.actions.restriction import refuse_mail_to_restricted


@transaction.atomic
def send_link_again(*, actor: Actor, programme: Programme, now: datetime) -> OutgoingEmail:
    """Send "your plan is ready" once more, with a fresh link: the old one was lost, ran out, or went elsewhere.

    Refuses when the programme is over, when there is no address, while the last such letter still waits, while the record
    is restricted, and while a warning sign waits for a decision.
    """
    patient = open_for_writing(programme.patient_id)  # two presses: one after the other
    if not programme.is_active or programme.ends_on < local_day(now, patient.time_zone):
        raise Refused(_("This programme is over: there is nothing to open."), code="ended")
    if not patient.email:
        raise Refused(_("The patient has no e-mail address."), code="no_email")
    if patient.email_doubted_at:
        raise Refused(
            _("Whoever reads there said “not for me”. Ask the patient for the right address first."),
            code="doubted",
        )
    if suppression.of_address(patient.clinic_id, patient.email).in_force_at(now).exists():
        raise Refused(
            _("The address fails: nothing is sent to it. Ask the patient for the right one first."),
            code="suppressed",
        )
    refuse_mail_to_restricted(patient)
    refuse_while_flagged(actor, patient)
    earlier = (
        OutgoingEmail.objects.filter(letter=PLAN_READY, object_id=str(programme.pk))
        .order_by("generation")
        .last()
    )
    if earlier and earlier.state in {EmailState.PENDING, EmailState.SENDING}:
        raise Refused(_("The last one is still waiting to be sent."), code="waiting")
    until = now + PLAN_READY_FOR
    if earlier:
        email = mail.post_again(earlier, not_before=now, expires_at=until)
    else:  # there was no address when the programme was assigned
        email = mail.post(
            PLAN_READY, programme.pk, clinic_id=patient.clinic_id, not_before=now, expires_at=until
        )
    copies.of_plan_ready(programme, now, until)
    audit.record(actor, "programme.link_sent_again", programme, changes={"generation": email.generation})
    return email


LETTER = ("pk", "letter", "object_id", "generation", "state", "not_before", "expires_at")


def posted_about_plans() -> ArraySubquery:
    """To annotate a programme with: what was posted about the plans of its patient. See ``tell_of_change``."""
    mine = Programme.objects.filter(patient=models.OuterRef(models.OuterRef("patient")))
    keys = mine.order_by().values(key=Cast("pk", models.CharField()))
    about = OutgoingEmail.objects.filter(letter__in=[PLAN_READY, PLAN_CHANGED], object_id__in=keys)
    return ArraySubquery(about.order_by("generation", "pk").values(row=JSONObject(**{n: n for n in LETTER})))


def tell_of_change(
    programme: Programme, posted: Iterable[Mapping[str, Any]], now: datetime, *, carer: bool
) -> None:
    """One e-mail for all changes of one sitting: it waits a while, and with each further change of a plan of this patient
    a while more, up to the longest. None where the plan itself has not gone out yet. ``posted``: see above."""
    patient = programme.patient
    if not patient.email:
        return
    known = [_email(programme.clinic_id, row) for row in posted]
    waiting = [email for email in known if email.state == EmailState.PENDING]
    if any(email.letter == PLAN_READY and email.not_before <= now for email in waiting):
        return
    quiet, longest = (timedelta(seconds=settings.CHANGE_LETTER[name]) for name in ("quiet", "longest"))
    for email in waiting:
        latest = email.expires_at - PLAN_READY_FOR - quiet + longest  # counted from the first change
        if email.letter == PLAN_CHANGED and _put_off(email, min(now + quiet, latest), carer=carer):
            return
    until = now + quiet + PLAN_READY_FOR
    same = [email for email in known if (email.letter, email.object_id) == (PLAN_CHANGED, str(programme.pk))]
    if same:
        mail.post_again(same[-1], not_before=now + quiet, expires_at=until)
    else:
        mail.post(
            PLAN_CHANGED,
            programme.pk,
            clinic_id=patient.clinic_id,
            not_before=now + quiet,
            expires_at=until,
        )
    if carer:
        copies.of_plan_changed(programme, now + quiet, until)


def _email(clinic_id: UUID, row: Mapping[str, Any]) -> OutgoingEmail:
    at = {name: datetime.fromisoformat(row[name]) for name in ("not_before", "expires_at")}
    return OutgoingEmail(clinic_id=clinic_id, **{**row, **at})


def _put_off(email: OutgoingEmail, until: datetime, *, carer: bool) -> bool:
    """False when a worker has it in hand by now. The copy waits with it."""
    if not mail.put_off([email.pk], not_before=max(until, email.not_before)):
        return False
    if carer:
        copies.put_off_plan_changed(email.object_id, max(until, email.not_before))
    return True
