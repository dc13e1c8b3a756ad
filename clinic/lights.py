"""The lights of the installation: what is watched, what was found, and where to look when it is red.

For /health/reminders, the alarm, the metrics and pages that show how the installation is.
"""

from dataclasses import dataclass

from django.conf import settings

from clinic import jobs, readings
from clinic.readings import Health

UNSURE_SHARE = 0.05
LEAST_FREE = 0.10  # of a disk
MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Light:
    """One thing that is watched, in plain English."""

    name: str
    green: bool
    about: str  # what is in trouble when it is red, in a few words
    title: str  # what it watches
    found: str  # what was measured just now
    advice: str  # where to look when it is red


def lights(measured: Health | None = None) -> list[Light]:
    """All of them, by one query; an OperationalError when the database does not answer."""
    now = readings.health() if measured is None else measured
    return [
        _tick(now),
        _work(now),
        _planned(now),
        _due(now),
        _circuit(now),
        _confirmed(now),
        _deployment(now),
        _seal(now),
        _proof(now),
        _backup(now),
        _disk(now),
    ]


def _tick(now: Health) -> Light:
    age = now.tick_age
    return Light(
        "tick",
        age is not None and age <= settings.WATCH["tick"],
        "the clock of the reminders",
        "The clock of the reminders ticks",
        "It has never ticked." if age is None else f"It ticked {words(age)} ago.",
        "No worker does what the scheduler asks for: look at worker, beat and broker. "
        "Meanwhile manage.py send_reminders --loop sends without them.",
    )


def _work(now: Health) -> Light:
    """A job counts from the tick, so that a clock that stands still is said once, by its own light."""
    behind = {name: age - (now.tick_age or 0) for name, age in now.job_ages.items()}
    late = [
        name
        for name in jobs.intervals()
        if now.tick_age is not None and behind.get(name, 0) > jobs.late_after(name)
    ]
    said = ", ".join(f"{name} {words(now.job_ages[name])} ago" for name in late)
    return Light(
        "work",
        not late,
        f"jobs of the schedule ({', '.join(late)})" if late else "jobs of the schedule",
        "Every job that the clock asks for gets done",
        f"Last done: {said}." if late else "All of them are done in time.",
        "The clock ticks, and these jobs hang or fail each time: look for their names in the worker's log.",
    )


def _planned(now: Health) -> Light:
    ahead = now.planned_ahead
    return Light(
        "planned_ahead",
        ahead is not None and ahead >= settings.WATCH["ahead"],
        "planning reminders",
        "Reminders are planned ahead",
        "Nothing has been planned yet." if ahead is None else f"They are planned {words(ahead)} ahead.",
        "The planning fails or stands still: look for remind_due in the worker's log.",
    )


def _due(now: Health) -> Light:
    late = now.oldest_due or 0
    return Light(
        "oldest_due",
        late <= settings.WATCH["oldest_due"],
        "e-mails that are late",
        "E-mails leave soon after they are due",
        f"The oldest has been due for {words(late)}." if late else "None is overdue.",
        "Too few workers, or a mail server that is slow or away.",
    )


def _circuit(now: Health) -> Light:
    away = now.circuit_open
    return Light(
        "mail_server",
        (away or 0) <= settings.WATCH["circuit"],
        "the mail server",
        "The mail server can be reached",
        "It answers." if away is None else f"It has been away for {words(away)}.",
        "Look at the mail server and at SMTP_URL. Nothing is lost: mails wait until their time is over.",
    )


def _confirmed(now: Health) -> Light:
    return Light(
        "confirmed",
        now.unsure_share <= UNSURE_SHARE,
        "e-mails that are refused",
        "Mail servers take what is sent",
        f"{now.unsure_share:.0%} of the last hour's e-mails were refused or are in doubt.",
        "Look at the e-mails that were refused or may have been sent, and at their reasons.",
    )


def _deployment(now: Health) -> Light:
    return Light(
        "deployment",
        now.ours,
        "whose database it is",
        "The database is this installation's own",
        "It is." if now.ours else "It belongs to another one, or to nobody: no e-mail leaves.",
        "After a restore: manage.py after_restore. A copy for trying things out stays as it is.",
    )


def _seal(now: Health) -> Light:
    age = max(now.unsealed or 0, 0)  # an entry has the time of its statement, which may be after ours
    return Light(
        "audit_seal",
        age <= settings.WATCH["seal"],
        "sealing the audit",
        "What is written into the audit gets sealed",
        f"The oldest entry without a seal is {words(age)} old." if age else "Everything is sealed.",
        "A transaction that does not end holds the seals up: look for the oldest one in pg_stat_activity. "
        "If there is none, look for seal_audit in the worker's log.",
    )


def _proof(now: Health) -> Light:
    """Also long after: what was changed in the audit does not mend itself."""
    faults = now.audit_faults or 0
    if now.proof_age is None:
        found = "It has not been compared with its seals yet."
    else:
        found = f"{faults or 'No'} faults were found {words(now.proof_age)} ago."
    return Light(
        "audit_proof",
        not faults,
        "the audit is not as it was sealed",
        "The audit is what was sealed",
        found,
        "Somebody changed the audit, or the disk did. Keep the machine as it is, and run "
        "manage.py verify_audit --heads with the heads from the log or the e-mails: it names the entries.",
    )


def _backup(now: Health) -> Light:
    age = now.job_ages.get("backup")
    if settings.BACKUP_WATCHED:
        found = "None was ever made." if age is None else f"The last one was made {words(age)} ago."
    else:
        found = "Demo and development need none."
    return Light(
        "backup",
        not settings.BACKUP_WATCHED or (age is not None and age <= settings.WATCH["backup"]),
        "the backup",
        "The database is backed up every day",
        found,
        "Look at what calls manage.py backup each night, and at what it said.",
    )


def _disk(now: Health) -> Light:
    return Light(
        "disk",
        now.disk_free >= LEAST_FREE,
        "room on the disk",
        "There is room on the disk",
        f"{now.disk_free:.0%} is free.",
        "Make room, or soon nothing can be written any more.",
    )


def words(seconds: float) -> str:
    """About how long, as people say it."""
    for size, name in ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes")):
        if abs(seconds) >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} seconds"
