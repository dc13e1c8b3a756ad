"""Whether the world takes our e-mail for ours: SPF, DKIM, DMARC, the names of the servers. Asks the DNS and nobody else.

Each check gives findings with a verdict; an answer that did not come is "cannot tell", never "missing".
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.conf import settings

from clinic.mail_domain.answers import Answers, CannotTellError
from clinic.mail_domain.dkim import check_dkim
from clinic.mail_domain.dmarc import check_dmarc
from clinic.mail_domain.findings import Finding, Verdict, exit_code
from clinic.mail_domain.hosts import check_mx, check_ptr, note_on_unsubscribing
from clinic.mail_domain.sender import Sender
from clinic.mail_domain.spf_check import check_spf
from clinic.models import MailDomainCheck

__all__ = ["Answers", "Finding", "Sender", "Verdict", "check_sender", "exit_code", "keep", "latest", "look"]

Check = Callable[[Sender, Answers], Iterator[Finding]]
CHECKS: tuple[tuple[str, Check], ...] = (
    ("SPF", check_spf),
    ("DKIM", check_dkim),
    ("DMARC", check_dmarc),
    ("PTR", check_ptr),
    ("MX", check_mx),
    ("List-Unsubscribe", note_on_unsubscribing),
)


def look() -> list[Finding]:
    """Check the sender of the settings, through the resolver of the settings. Takes up to a minute; writes nothing."""
    return check_sender(Sender.of_settings(), Answers(settings.DNS_SERVER))


def check_sender(sender: Sender, answers: Answers) -> list[Finding]:
    found: list[Finding] = []
    for name, check in CHECKS:
        try:
            for finding in check(sender, answers):
                found.append(finding)  # noqa: PERF402 - what was found before an answer fails to come stays
        except CannotTellError as fault:
            found.append(
                Finding(
                    name,
                    Verdict.CANNOT_TELL,
                    f"Not all of it could be looked up: {fault.reason} ({fault.name}).",
                    "Try again later. Nothing is known to be wrong.",
                )
            )
    return found


def keep(findings: Sequence[Finding], now: datetime) -> None:
    """For the owner's page; of two checks at once the later one stays."""
    MailDomainCheck.objects.update_or_create(
        pk=1,
        defaults={"checked_at": now, "asked_at": None, "findings": [one.as_json() for one in findings]},
    )


def latest() -> tuple[MailDomainCheck, list[Finding]]:
    """The row, unsaved when nothing was checked yet, and what it holds."""
    row = MailDomainCheck.objects.first() or MailDomainCheck()
    return row, [Finding.from_json(one) for one in row.findings]
