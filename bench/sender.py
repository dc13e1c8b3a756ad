"""One process that sends, for bench/sending.py: ``python -m bench.sender worker|waiting|tick|bare|post_office``.

It says "ready", waits for a line, works, and says in JSON what it did and what that cost. ``worker`` is a worker of ours
over the outbox until nothing is due; ``bare`` a loop of smtplib over one kept-open connection: the number of mails, and
one of them, are on the line. ``tick`` posts what is due, as a worker does at each beat. ``post_office`` is ``send_queued_mail`` with the settings of django-post-office.
"""

import base64
import json
import os
import resource
import smtplib
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

Work = Callable[[dict[str, Any]], int]


def main(kind: str) -> None:
    kinds = {"worker": worker, "bare": bare, "waiting": waiting, "tick": tick, "post_office": post_office}
    work = kinds[kind]()
    print("ready", flush=True)
    asked = json.loads(sys.stdin.readline() or "{}")
    before, began = cpu(), time.time()
    count = work(asked)
    print(json.dumps({"count": count, "cpu": cpu() - before, "seconds": time.time() - began}), flush=True)


def cpu() -> float:
    """Of this process, and of those it started that have ended."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def worker() -> Work:
    import django  # noqa: PLC0415 - the bare loop does without

    django.setup()
    from django.db import connection  # noqa: PLC0415

    from clinic import long_lived  # noqa: PLC0415
    from clinic.mail import outbox  # noqa: PLC0415

    long_lived.settle()  # as Celery's worker does
    long_lived.give_way()
    connection.ensure_connection()

    def work(_asked: dict[str, Any]) -> int:
        sent = 0
        while some := outbox.deliver_due(now_budget=60):
            sent += some
        return sent

    return work


def waiting() -> Work:
    """As a worker does whom a message wakes: looks again and again, until the mails that are to come have been sent."""
    once = worker()

    def work(asked: dict[str, Any]) -> int:
        sent, end = 0, time.monotonic() + 120
        while sent < asked["mails"] and time.monotonic() < end:
            sent += once({})
            time.sleep(0.02)
        return sent

    return work


def tick() -> Work:
    worker()

    def work(asked: dict[str, Any]) -> int:
        from bench import reminder_world  # noqa: PLC0415 - models, which exist only after setup

        reminder_world.post_all(datetime.fromisoformat(asked["now"]))
        return 0

    return work


def post_office() -> Work:
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command, load_command_class  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    # What it needs is loaded before the time begins, as ours is.
    load_command_class("post_office", "send_queued_mail")

    def work(asked: dict[str, Any]) -> int:
        call_command("send_queued_mail", processes=asked["processes"], verbosity=0)
        return int(asked["mails"])

    connection.close()  # its processes are forks
    return work


def bare() -> Work:
    port = int(os.environ["SMTP_URL"].rpartition(":")[2])
    client = smtplib.SMTP("127.0.0.1", port)
    client.ehlo()

    def work(asked: dict[str, Any]) -> int:
        message = base64.b64decode(asked["message"])
        mails = int(asked["mails"])
        for _ in range(mails):
            client.sendmail("clinic@footwork.example", ["somebody@patients.example"], message)
        return mails

    return work


if __name__ == "__main__":
    main(sys.argv[1])
