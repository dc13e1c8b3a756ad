from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit, mail
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import EmailState, OutgoingEmail
from exercises import copies
from exercises.actions.programmes import PLAN_READY_FOR, refuse_while_flagged
from exercises.models import PLAN_READY, Programme
from exercises.schedule import local_day
from patients.actions.records import open_for_writing


@transaction.atomic
def send_link_again(*, actor: Actor, programme: Programme, now: datetime) -> OutgoingEmail:
    """Send "your plan is ready" once more, with a fresh link: the old one was lost, ran out, or went elsewhere.

    Refuses when the programme is over, when there is no address, while the last such letter still waits, and while a
    warning sign waits for a decision.
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
