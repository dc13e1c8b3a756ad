"""Forget a member's authenticator app, passkeys and recovery codes: for the last owner who lost the phone.

Owners reset their colleagues on the page of the person. Whoever runs this has a shell on the server, and has seen the person.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic import actions
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import Membership

ACTOR = Actor.system("reset_second_factor")


class Command(BaseCommand):
    help = "Forget a member's second step of signing in; the next sign-in sets it up anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the address the person signs in with")

    def handle(self, *args: Any, **options: Any) -> None:
        member = (
            Membership.objects.select_related("user").filter(user__email__iexact=options["email"]).first()
        )
        if member is None:
            raise CommandError("Nobody signs in with this address.")
        try:
            actions.reset_second_factor(actor=ACTOR, membership=member)
        except Refused as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write("Done. The next sign-in sets up a second step anew.")
