"""What is measured of the installation, all of it from PostgreSQL but the disk: by its clock, and the same whichever process
asks.

Cheap however many mails there are: single rows, the index of what waits, and the last hour's part of the index of what ended.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from clinic import deployment, within

HEALTH = """
WITH ended AS (
    SELECT state, count(*) AS mails, count(*) FILTER (WHERE doubt > 0) AS doubted
      FROM clinic_outgoingemail
     WHERE NOT state IN ('pending', 'sending') AND not_before > now() - interval '1 hour'
     GROUP BY state),
     sealed AS (SELECT epoch, to_xid FROM clinic_auditseal ORDER BY number DESC LIMIT 1)
SELECT extract(epoch FROM now() - beat.last_tick_at)::float8,
       extract(epoch FROM beat.materialised_until - now())::float8,
       coalesce(circuit.failures, 0),
       extract(epoch FROM now() - circuit.opened_at)::float8,
       extract(epoch FROM now() - alarm.red_since)::float8,
       clinic_is_ours(%(deployment)s),
       (SELECT extract(epoch FROM now() - min(not_before))::float8
          FROM clinic_outgoingemail WHERE state = 'pending' AND not_before <= now()),
       (SELECT extract(epoch FROM now() - at)::float8 FROM clinic_auditentry
         WHERE (epoch, xid) >= (coalesce((SELECT epoch FROM sealed), 0), coalesce((SELECT to_xid FROM sealed), 0))
         ORDER BY epoch, xid, id LIMIT 1),
       (SELECT faults FROM clinic_auditproof),
       (SELECT extract(epoch FROM now() - proved_at)::float8 FROM clinic_auditproof),
       (SELECT coalesce(jsonb_object_agg(state, mails), '{}') FROM ended),
       (SELECT coalesce(sum(doubted), 0)::int FROM ended),
       (SELECT coalesce(jsonb_object_agg(name, extract(epoch FROM now() - finished_at)), '{}')
          FROM clinic_jobbeat)
  FROM (SELECT) AS one
  LEFT JOIN clinic_schedulerbeat AS beat ON true
  LEFT JOIN clinic_mailcircuit AS circuit ON true
  LEFT JOIN clinic_alarm AS alarm ON true
"""
BACKLOG = """
SELECT (SELECT count(*) FROM clinic_outgoingemail WHERE state = 'pending'),
       (SELECT count(*) FROM clinic_outgoingemail WHERE state = 'pending' AND not_before <= now()),
       (SELECT count(*) FROM clinic_outgoingemail WHERE state = 'sending'),
       (SELECT coalesce(jsonb_object_agg(name, total), '{}') FROM clinic_tally)
"""


@dataclass(frozen=True, slots=True)
class Health:
    """Seconds; None: never, or not now."""

    tick_age: float | None
    planned_ahead: float | None
    circuit_failures: int
    circuit_open: float | None
    red_for: float | None
    ours: bool
    oldest_due: float | None  # how long the longest-waiting mail is overdue
    unsealed: float | None  # how old the oldest entry of the audit is that no seal holds
    audit_faults: int | None  # that the last proof of the audit found
    proof_age: float | None
    ended: dict[str, int]  # mails that were due in the last hour, by the state they ended in
    doubted: int  # of these, how many may have gone out without our knowing
    job_ages: dict[str, float]  # since each job of the schedule, and a backup, was last done to its end
    disk_free: float  # share of the disk that this process writes to

    @property
    def unsure_share(self) -> float:
        """Unconfirmed and refused, of the mails that were tried."""
        unsure = self.ended.get("unconfirmed", 0) + self.ended.get("failed", 0)
        tried = unsure + self.ended.get("sent", 0)
        return unsure / tried if tried else 0.0


@dataclass(frozen=True, slots=True)
class Backlog:
    waiting: int
    due: int
    sending: int
    tallies: dict[str, int]


@within.every_clinic("readings")
def health() -> Health:
    with connection.cursor() as cursor:
        cursor.execute(HEALTH, {"deployment": deployment.wanted()})
        *values, ended, doubted, ages = cursor.fetchone()
    values += [json.loads(ended), doubted, json.loads(ages), disk_free()]
    return Health(*values)


def disk_free() -> float:
    """Of the disks of the help pages and the backups, the fuller one's share that is free. What the database lies on can
    be seen from here only where it is one of them."""
    folders = [Path(folder).absolute() for folder in (settings.HELP_DIR, settings.BACKUP_DIR) if folder]
    there = [next(path for path in (folder, *folder.parents) if path.exists()) for folder in folders]
    return min(usage.free / usage.total for usage in map(shutil.disk_usage, there))


@within.every_clinic("readings")
def backlog() -> Backlog:
    """Reads an index entry for each mail that waits."""
    with connection.cursor() as cursor:
        cursor.execute(BACKLOG)
        *values, tallies = cursor.fetchone()
    values += [json.loads(tallies)]
    return Backlog(*values)
