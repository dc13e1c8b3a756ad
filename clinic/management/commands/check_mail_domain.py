"""Does the world take our e-mail for ours? SPF, DKIM, DMARC and the servers' names, in plain words."""

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from clinic import clock, mail_domain
from clinic.mail_domain import Finding, Sender


class Command(BaseCommand):
    help = (
        "Look up SPF, DKIM, DMARC, PTR and MX of the configured sender and say what to do. Asks the DNS only. "
        "Exit code: 0 all is well, 1 something is missing or needs attention, 2 not all could be looked up."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = mail_domain.look()
        code = mail_domain.exit_code(findings)
        if options["json"]:
            sender = Sender.of_settings()
            told = {
                "domain": sender.domain,
                "exit_code": code,
                "findings": [one.as_json() for one in findings],
            }
            self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False))
        else:
            for finding in findings:
                self._say(finding)
        try:
            mail_domain.keep(findings, clock.now())
        except DatabaseError as fault:
            self.stderr.write(f"not kept for the page “System”: {type(fault).__name__}")
        raise SystemExit(code)

    def _say(self, finding: Finding) -> None:
        """One line of verdict; below it what to do."""
        self.stdout.write(f"{finding.verdict.value:<11}  {finding.check}: {finding.said}")
        for line in filter(None, (finding.do, finding.record)):
            self.stdout.write(f"{'':<13}{line}")
