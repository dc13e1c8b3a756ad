"""What a patient noted on days of the plan and what the clinic wrote to them, in one thread by the time it arrived.

Patients write a note when they log a day; nobody reads along, so it is no chat. Four queries, however much was written.
"""

from dataclasses import dataclass
from datetime import date, datetime

from clinic.actors import Actor
from clinic.models import EmailState, OutgoingEmail
from exercises.models import DayReport, Way
from patients.actions.messages import MESSAGE_WAITING
from patients.models import Message, Patient

AT_ONCE = 12  # entries on a page: what is to be written stands below them


@dataclass(frozen=True, slots=True)
class Entry:
    """Either a note of the patient or a message of the clinic."""

    at: datetime
    note: DayReport | None = None
    message: Message | None = None
    letter: OutgoingEmail | None = None  # the e-mail that says that a message waits
    may_take_back: bool = False

    @property
    def from_paper(self) -> bool:
        return self.note is not None and self.note.way == Way.PAPER

    @property
    def mailed(self) -> str:
        """Which of three things became of the e-mail."""
        if self.letter is None or self.letter.state == EmailState.CANCELLED:
            return "none"
        if self.letter.state in {EmailState.PENDING, EmailState.SENDING}:
            return "waiting"
        return "sent" if self.letter.state == EmailState.SENT else "failed"


@dataclass(frozen=True, slots=True)
class Thread:
    entries: list[Entry]  # newest last
    older: datetime | None  # there is more from before this instant


def thread(actor: Actor, patient: Patient, now: datetime, before: datetime | None = None) -> Thread:
    notes = DayReport.objects.visible_to(actor).filter(patient=patient).exclude(note="")
    messages = Message.objects.visible_to(actor).about(patient).select_related("written_by")
    if before:
        notes, messages = notes.filter(received_at__lt=before), messages.filter(sent_at__lt=before)
    newest_notes = notes.order_by("-received_at", "pk")[: AT_ONCE + 1]
    newest_messages = list(messages.newest_first()[: AT_ONCE + 1])
    letters = _letters(newest_messages)
    found = [Entry(one.received_at, note=one) for one in newest_notes]
    found += [
        Entry(
            one.sent_at,
            message=one,
            letter=letters.get(str(one.pk)),
            may_take_back=one.taken_back_at is None and one.readable_from > now,
        )
        for one in newest_messages
    ]
    found.sort(key=lambda entry: entry.at)
    shown = found[-AT_ONCE:]
    return Thread(shown, shown[0].at if len(found) > AT_ONCE else None)


def days_with_notes(entries: list[Entry]) -> list[date]:
    """The newest first, each once."""
    return sorted({entry.note.on for entry in entries if entry.note}, reverse=True)


def _letters(messages: list[Message]) -> dict[str, OutgoingEmail]:
    keys = [str(message.pk) for message in messages]
    posted = OutgoingEmail.objects.filter(letter=MESSAGE_WAITING, object_id__in=keys)
    return {email.object_id: email for email in posted}
