"""Open a clinic on a new installation, with its first owner, who adds everybody else in the admin.

The three telephone numbers have no default: patients in trouble are shown them.
"""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse

from clinic import actions
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import Clinic, User
from clinic.roles import Role

ACTOR = Actor.system("create_clinic")
OPTIONS = {
    "name": "name of the clinic",
    "sender-name": "neutral sender of e-mails: every inbox shows it, so it says nothing about health",
    "phone": "the clinic's telephone number",
    "urgent-number": "number for urgent care where the clinic is",
    "emergency-number": "emergency number where the clinic is",
    "time-zone": "such as Europe/London",
    "owner-email": "address of the first owner",
    "owner-name": "name of the first owner",
}


class Command(BaseCommand):
    help = "Create a clinic and its first owner."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name, words in OPTIONS.items():
            parser.add_argument(f"--{name}", required=True, help=words)

    def handle(self, **options: Any) -> None:
        fields: actions.ClinicFields = {
            "name": options["name"],
            "sender_name": options["sender_name"],
            "phone": options["phone"],
            "urgent_number": options["urgent_number"],
            "emergency_number": options["emergency_number"],
            "time_zone": options["time_zone"],
        }
        email, name = options["owner_email"].lower(), options["owner_name"]
        _check(Clinic(**fields), User(email=email, name=name))
        try:
            with transaction.atomic():
                clinic = actions.create_clinic(actor=ACTOR, **fields)
                actions.add_member(actor=ACTOR, clinic=clinic, email=email, name=name, role=Role.OWNER)
        except Refused as refusal:
            raise CommandError(f"Nothing was created. {refusal.message}") from refusal
        self.stdout.write(f"Created {clinic.name} with {name} as owner.")
        page = settings.SITE_URL + reverse("account_reset_password")
        self.stdout.write(f"To choose a password, {name} enters {email} at {page}")


def _check(clinic: Clinic, owner: User) -> None:
    """Every fault at once, each with its option."""
    faults = []
    for row, prefix, left_out in ((clinic, "", set[str]()), (owner, "owner-", {"password"})):
        try:
            row.clean_fields(exclude=left_out)
        except ValidationError as error:
            for field, messages in error.message_dict.items():
                faults += [f"--{prefix}{field.replace('_', '-')}: {message}" for message in messages]
    if faults:
        raise CommandError("Nothing was created.\n" + "\n".join(faults))
