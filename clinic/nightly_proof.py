"""The audit looked at each night by whoever is alive: is it still what was sealed? What was found is one row, a light and a line
in the log. Heads from outside are not compared; a person does that (manage.py verify_audit --heads)."""

import logging
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from clinic.models import AuditProof
from clinic.proof import prove

log = logging.getLogger("clinic.proof")

ALONE = 4_801_337_210_554_871_003  # the advisory lock of whoever proves
MOST_SAID = 5  # faults in the log; manage.py verify_audit tells them all


@transaction.atomic
def prove_tonight(now: datetime) -> int | None:
    """Once a day, as settings.TIME_ZONE has it; returns how many entries were looked at. None: another process is at it.

    Reads for as long as it takes and writes at the very end: a transaction that has written holds up the sealing.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ALONE])
        if not cursor.fetchone()[0]:
            return None
    last = AuditProof.objects.first()
    zone = ZoneInfo(settings.TIME_ZONE)
    if last and last.proved_at.astimezone(zone).date() == now.astimezone(zone).date():
        return 0
    proof = prove()
    faults = len(proof.faults) + proof.more_faults
    found = {"proved_at": now, "seals": proof.seals, "entries": proof.entries, "faults": faults}
    AuditProof.objects.update_or_create(id=1, defaults=found)
    if faults:
        said = {"faults": faults, "first": proof.faults[:MOST_SAID]}
        log.error("the audit is not as it was sealed", extra=said)
    return proof.entries
