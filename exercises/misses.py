"""What somebody reads at once who told of strong pain, or said why an exercise was left out or cut short. Pure.

No answer praises, blames, promises or changes a dose: it says where the steps, the rules for stopping and the clinic are.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Answer:
    """``steps``, ``rules``, ``reminders``, ``clinic``, ``help``: what it leads to."""

    sentence: str
    steps: bool = False
    rules: bool = False
    reminders: bool = False
    clinic: bool = False
    help: bool = False


STRONG_PAIN = 6  # of 10, in any question: from here on the practitioner's advice is read again


def strong_pain() -> Answer:
    return Answer(
        _("You told of strong pain. Read again when to stop, and tell your clinic about it."),
        rules=True,
        clinic=True,
        help=True,
    )


def answer(reason: str) -> Answer:
    """``reason``: a value of ``MissReason``."""
    return {
        "forgot": Answer(_("You can choose another time for your reminders."), reminders=True),
        "no_time": Answer(
            _("If it is too much for your day, tell your clinic: they can change the plan."), clinic=True
        ),
        "pain": Answer(
            _("Thank you for saying so. Read again when to stop, and tell your clinic about it."),
            rules=True,
            clinic=True,
            help=True,
        ),
        "unsure": Answer(
            _("Here are the steps again. Your clinic can show you how to do it."), steps=True, clinic=True
        ),
        "no_kit": Answer(_("Ask your clinic what else you can use."), clinic=True),
        "better": Answer(_("Good to hear. Keep to the plan until your clinic changes it."), clinic=True),
    }[reason]
