"""What staff read of each letter: its name in plain words, whom it is about, and whether it can be sent again."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _


class Subject(StrEnum):
    """What the object of a letter is."""

    PROGRAMME = "programme"
    REMINDER = "reminder"
    MESSAGE = "message"
    CODE = "code"
    DEVICE = "device"
    CARER = "carer"
    REPORT = "report"
    OPENING = "opening"
    PERSON = "person"
    INVITATION = "invitation"
    UNKNOWN = "unknown"


NUMBERED = {Subject.REMINDER, Subject.CARER, Subject.PERSON}  # their keys are numbers; the others are UUIDs


@dataclass(frozen=True, slots=True)
class Kind:
    """``never``: why this letter cannot be sent again; empty where it can, if nothing else speaks against it.

    ``after_sent``: also when a mail server took the first one. ``copy``: to the carer, of a letter about the subject.
    """

    label: Any
    subject: Subject
    never: Any = ""
    after_sent: bool = False
    copy: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """The object of one e-mail: ``key`` of the subject, and who besides the patient it is for."""

    subject: Subject
    key: str
    carer: int | None = None
    person: int | None = None


KINDS: dict[str, Kind] = {
    "plan_ready": Kind(_("Your plan is ready"), Subject.PROGRAMME, after_sent=True),
    "plan_changed": Kind(_("Your plan was changed"), Subject.PROGRAMME, after_sent=True),
    "exercise_reminder": Kind(_("Reminder"), Subject.REMINDER),
    "message_waiting": Kind(_("A message waits"), Subject.MESSAGE),
    "emailed_code": Kind(
        _("Code to open the plan"),
        Subject.CODE,
        never=_("A code works for ten minutes only. The patient asks for a new one where it is entered."),
    ),
    "device_added": Kind(_("A device was added"), Subject.DEVICE),
    "carer_asked": Kind(_("Question to a carer"), Subject.CARER),
    "carer_plan_ready": Kind(_("Carer’s copy: plan is ready"), Subject.PROGRAMME, after_sent=True, copy=True),
    "carer_plan_changed": Kind(
        _("Carer’s copy: plan was changed"), Subject.PROGRAMME, after_sent=True, copy=True
    ),
    "carer_reminder": Kind(
        _("Carer’s copy: reminder"),
        Subject.REMINDER,
        never=_("The next reminder brings the next copy."),
        copy=True,
    ),
    "signs_reported": Kind(_("To staff: a patient reported something"), Subject.REPORT),
    "record_opened": Kind(
        _("To owners: a restricted record was opened"),
        Subject.OPENING,
        never=_("It is written once. The page “Restricted records” shows who opened what."),
    ),
    "something_waits": Kind(
        _("To staff: something waits"),
        Subject.PERSON,
        never=_("It is written anew every day as long as something waits. The worklist shows what."),
    ),
    "staff_invited": Kind(
        _("Invitation to join the staff"),
        Subject.INVITATION,
        never=_("Invitations are sent again on the page “People”: the link of the earlier one ends."),
    ),
    "audit_head": Kind(
        _("To owners: seal of the audit"),
        Subject.PERSON,
        never=_("The next one is sent tomorrow. The page “System” shows the newest seal."),
    ),
}


def kind_of(letter: str) -> Kind:
    unknown = Kind(
        letter.replace("_", " "), Subject.UNKNOWN, never=_("This e-mail cannot be sent again here.")
    )
    return KINDS.get(letter, unknown)


def key_of(letter: str, object_id: str) -> Key | None:
    """None for what is no key of this letter's object."""
    kind = kind_of(letter)
    key, carer, person = object_id, "", ""
    if kind.copy:
        key, _dash, carer = object_id.rpartition("-")
    elif kind.subject in {Subject.REPORT, Subject.OPENING}:
        key, _colon, person = object_id.partition(":")
    elif kind.subject == Subject.PERSON:
        key, _colon, _day = object_id.partition(":")
        person = key
    try:
        key = str(int(key)) if kind.subject in NUMBERED else str(UUID(key))
        return Key(kind.subject, key, int(carer) if carer else None, int(person) if person else None)
    except ValueError:
        return None
