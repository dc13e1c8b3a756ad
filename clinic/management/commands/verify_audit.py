"""Compute the whole audit anew and compare it with its seals; exit code 1 when something is not as it was sealed.

manage.py verify_audit --heads audit.log              # heads out of the log stream, or of the e-mails to owners
manage.py verify_audit --heads audit.log --restored 2 # epoch 2 is known to have begun with the restore of a backup
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic.chain import Head, heads_in
from clinic.proof import Proof, prove


class Command(BaseCommand):
    help = (
        "Compare the audit with its seals, and the seals with published heads; fails when something differs."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--heads",
            type=Path,
            metavar="FILE",
            action="append",
            default=[],
            help="where heads were kept outside of this database; may be given several times",
        )
        parser.add_argument(
            "--restored",
            type=int,
            metavar="EPOCH",
            action="append",
            default=[],
            help="an epoch that began because a backup was restored",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        heads = [head for path in options["heads"] for head in _read(path)]
        if options["heads"] and not heads:
            raise CommandError("no published head in the given files")
        proof = prove(heads, options["restored"])
        self._say(proof, compared=bool(heads))
        if proof.faults:
            raise CommandError("the audit is not as it was sealed")

    def _say(self, proof: Proof, *, compared: bool) -> None:
        say = self.stdout.write
        say(f"{proof.seals} seals over {proof.entries} entries; {proof.unsealed} entries are not sealed yet.")
        if proof.pruned:
            say(f"Of {proof.pruned} seals the entries were removed because their time was over.")
        if proof.newest:
            say(f"The newest is {proof.newest}")
        if compared:
            say(f"{proof.heads} published heads were compared.")
        else:
            say("No published heads were given (--heads): that everything was sealed anew would not be seen.")
        for fault in proof.faults:
            say(f"FAULT {fault}")
        if proof.more_faults:
            say(f"FAULT and {proof.more_faults} more")


def _read(path: Path) -> Iterator[Head]:
    try:
        with path.open(errors="replace") as lines:
            yield from heads_in(lines)
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
