"""Which installation a database belongs to. A restored backup, or a copy of it elsewhere, sends no mail until a person has
looked: the statement that claims a mail asks clinic_is_ours() (clinic/mail/claims.py).

It compares two things. The key with the environment's: a copy for trying things out has another environment. And the place
with where the database lies (server, database, table, by PostgreSQL's own numbers): whatever comes out of a dump, in place or
elsewhere, lies somewhere else. A copy of the server's files keeps both; docs/operations.md says what to do then.
"""

import logging
import uuid

from django.conf import settings
from django.db import connection

from clinic.models import Deployment

log = logging.getLogger("clinic.deployment")

WRITE = """
INSERT INTO clinic_deployment (id, key, place, since) VALUES (1, %s, clinic_place(), now())
    ON CONFLICT (id) DO UPDATE SET key = excluded.key, place = excluded.place, since = excluded.since
"""


def wanted() -> str | None:
    """The key that the environment names; None where nothing is asked for: in demo and development without one."""
    return settings.DEPLOYMENT_ID if settings.DEPLOYMENT_GUARD else None


def is_ours() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clinic_is_ours(%s)", [wanted()])
        (ours,) = cursor.fetchone()
    return bool(ours)


def may_send() -> bool:
    """For those who are about to send: says in the log why they do not."""
    ours = is_ours()
    if not ours:
        log.error(
            "no mail leaves: this database belongs to another installation, see manage.py after_restore"
        )
    return ours


def is_marked() -> bool:
    return Deployment.objects.exists()


def mark(key: str) -> None:
    """This database, where it lies now, belongs to the installation of that key."""
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [key])


def renew() -> str:
    """Give the database a key that no environment knows yet."""
    key = str(uuid.uuid4())
    mark(key)
    return key
