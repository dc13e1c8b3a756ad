"""The reminder path in one process, next to a bare smtplib loop over one kept-open connection, in the same run."""

import smtplib
import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from django.db import connection

from clinic.mail import outbox
from clinic.models import OutgoingEmail
from exercises import reminders
from exercises.models import Programme, Reminder

MAILS = 300


class Counting:
    """Takes every mail and keeps none."""

    received = 0

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        self.received += 1
        return "250 taken"


def sink(port: int) -> tuple[Controller, Counting]:
    handler = Counting()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    return controller, handler


def rates(port: int) -> dict[str, float]:
    controller, handler = sink(port)
    try:
        return {"bare": bare_rate(port), "worker": worker_rate(handler)}
    finally:
        controller.stop()


def bare_rate(port: int) -> float:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = (
        "A message",
        "a@footwork.example",
        "b@patients.example",
    )
    message.set_content(Path(__file__).read_text())
    with smtplib.SMTP("127.0.0.1", port) as client:
        began = time.perf_counter()
        for _ in range(MAILS):
            client.send_message(message)
        return MAILS / (time.perf_counter() - began)


def worker_rate(handler: Counting) -> float:
    """Reminders that are due now, through the tick and the outbox as the worker runs them."""
    OutgoingEmail.objects.filter(state="pending").update(state="cancelled")
    now = datetime.now(UTC)
    Reminder.objects.filter(state="planned").delete()
    Reminder.objects.bulk_create(
        Reminder(
            clinic_id=programme.clinic_id,
            programme=programme,
            local_date=now.date(),
            slot=9,
            local_time=now.time(),
            time_zone="UTC",
            due_at=now - timedelta(seconds=1),
            expires_at=now + timedelta(hours=1),
        )
        for programme in Programme.objects.order_by("patient_id", "pk").distinct("patient_id")[:MAILS]
    )
    connection.ensure_connection()
    before, began = handler.received, time.perf_counter()
    posted = reminders.post_due(now)
    while handler.received - before < posted:
        if not outbox.deliver_due():
            raise RuntimeError(f"{handler.received - before} of {posted} mails arrived")
    return posted / (time.perf_counter() - began)
