"""What an owner asks of the installation itself."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit, queue
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import MailDomainCheck

ONCE_IN = timedelta(minutes=1)


@transaction.atomic
def ask_mail_domain_check(*, actor: Actor, now: datetime) -> None:
    """Have a worker look up what the DNS says about our e-mail. Refused while one is under way."""
    MailDomainCheck.objects.bulk_create([MailDomainCheck()], ignore_conflicts=True)
    row = MailDomainCheck.objects.select_for_update().get(pk=1)
    latest = max((at for at in (row.asked_at, row.checked_at) if at), default=None)
    if latest and now - latest < ONCE_IN:
        raise Refused(_("It was checked a moment ago. Wait a minute."), code="often")
    row.asked_at = now
    row.save(update_fields=["asked_at"])
    audit.record(actor, "clinic.mail_domain_asked", row)
    queue.enqueue("clinic.tasks.check_mail_domain")
