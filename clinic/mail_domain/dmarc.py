"""DMARC: what receivers do with mail in our name that neither SPF nor DKIM vouches for, and who hears of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clinic.mail_domain.answers import Answers
from clinic.mail_domain.findings import Finding, Verdict, record
from clinic.mail_domain.sender import Sender
from clinic.mail_domain.spf import is_spf
from clinic.mail_domain.tags import tags

POLICY, ALIGNMENT, REPORTS = "DMARC policy", "DMARC alignment", "DMARC reports"
POLICIES = {"none", "quarantine", "reject"}
MOST_STEPS = 8  # up the tree, as receivers go


@dataclass(frozen=True, slots=True)
class Dmarc:
    """``at``: the domain whose record it is; a parent's holds for what lies under it."""

    at: str
    found: Mapping[str, str]
    texts: int = 1

    def policy_for(self, domain: str) -> str:
        policy = self.found.get("p", "")
        return (policy if domain == self.at else self.found.get("sp", policy)).lower()


def check_dmarc(sender: Sender, answers: Answers) -> Iterator[Finding]:
    here = governing(sender.domain, answers)
    if here is None:
        yield Finding(
            POLICY,
            Verdict.MISSING,
            f"{sender.domain} does not say what to do with forged mail. Large receivers ask for this of everybody "
            "who sends many e-mails.",
            "Add a record that begins with watching. Once the reports show that all your mail passes, "
            "change p=none to p=quarantine.",
            record(f"_dmarc.{sender.domain}", "TXT", f"v=DMARC1; p=none; rua=mailto:dmarc@{sender.domain}"),
        )
    else:
        yield _policy(sender.domain, here)
        yield _reports(sender.domain, here, answers)
    yield _alignment(sender, here, answers)


def governing(domain: str, answers: Answers) -> Dmarc | None:
    """Its own record, else the nearest one above it; a top-level domain's counts for nobody here."""
    for at in _upwards(domain):
        found = [text for text in answers.texts(f"_dmarc.{at}") if text.lower().startswith("v=dmarc1")]
        if found:
            return Dmarc(at, tags(found[0]) or {}, len(found))
    return None


def organisation(domain: str, answers: Answers) -> str:
    """The highest domain on the way up that has a DMARC record; the domain itself where none has."""
    highest = domain
    for at in _upwards(domain):
        if any(text.lower().startswith("v=dmarc1") for text in answers.texts(f"_dmarc.{at}")):
            highest = at
    return highest


def _upwards(domain: str) -> list[str]:
    labels = domain.split(".")
    return [".".join(labels[step:]) for step in range(max(1, len(labels) - 1))][:MOST_STEPS]


def _policy(domain: str, here: Dmarc) -> Finding:
    if here.texts > 1:
        said = f"There are {here.texts} records at _dmarc.{here.at}; receivers ignore all of them."
        return Finding(POLICY, Verdict.ATTENTION, said, "Delete all but one.")
    policy = here.policy_for(domain)
    if policy not in POLICIES:
        said = f"The record at _dmarc.{here.at} cannot be understood: p= must be none, quarantine or reject."
        better = record(f"_dmarc.{here.at}", "TXT", f"v=DMARC1; p=none; rua=mailto:dmarc@{here.at}")
        return Finding(POLICY, Verdict.ATTENTION, said, "Correct it.", better)
    if policy == "none":
        return Finding(
            POLICY,
            Verdict.ATTENTION,
            "Forged mail in your name is let through (p=none). That is right to begin with, and enough for large "
            "receivers.",
            "Once the reports show that all your mail passes, change it to p=quarantine.",
        )
    share = here.found.get("pct", "100")
    if share != "100":
        said = f"The policy “{policy}” holds for {share} % of forged mail only."
        return Finding(POLICY, Verdict.ATTENTION, said, "Take pct= out when the reports look right.")
    words = "set aside" if policy == "quarantine" else "refused"
    return Finding(POLICY, Verdict.OK, f"Forged mail in your name is {words} (_dmarc.{here.at}).")


def _reports(domain: str, here: Dmarc, answers: Answers) -> Finding:
    to = [one.strip() for one in here.found.get("rua", "").split(",") if one.strip()]
    mails = [one.removeprefix("mailto:").split("!")[0] for one in to if one.lower().startswith("mailto:")]
    if not mails:
        return Finding(
            REPORTS,
            Verdict.ATTENTION,
            "Nobody gets the receivers' reports, so nobody would learn that mail is refused.",
            f"Add to the record: rua=mailto:dmarc@{here.at}",
        )
    for mail in mails:
        other = mail.rpartition("@")[2].lower().rstrip(".")
        if organisation(other, answers) == organisation(here.at, answers) or other.endswith(f".{here.at}"):
            continue
        name = f"{here.at}._report._dmarc.{other}"
        if not any(text.lower().startswith("v=dmarc1") for text in answers.texts(name)):
            said = f"Reports go to {other}, which does not say that it takes them. Receivers send none there."
            return Finding(
                REPORTS, Verdict.ATTENTION, said, "Ask them to add:", record(name, "TXT", "v=DMARC1")
            )
    return Finding(REPORTS, Verdict.OK, f"Reports go to {', '.join(mails)}.")


def _alignment(sender: Sender, here: Dmarc | None, answers: Answers) -> Finding:
    """One of the two has to vouch for the visible sender's own domain."""
    found = here.found if here else {}
    strict = found.get("aspf", "r").lower() == "s"
    same = sender.envelope == sender.domain
    if not same and not strict:
        same = organisation(sender.envelope, answers) == organisation(
            sender.domain, answers
        ) or sender.envelope.endswith(f".{sender.domain}")
    spf = same and any(is_spf(text) for text in answers.texts(sender.envelope))
    dkim = [one for one in sender.selectors if answers.texts(f"{one}._domainkey.{sender.domain}")]
    ways = [f"SPF of {sender.envelope}"] if spf else []
    ways += [f"DKIM of {sender.domain} (if the mail server signs with {', '.join(dkim)})"] if dkim else []
    if ways:
        return Finding(
            ALIGNMENT,
            Verdict.OK,
            f"The visible sender {sender.domain} is vouched for by {' and '.join(ways)}.",
        )
    return Finding(
        ALIGNMENT,
        Verdict.ATTENTION,
        f"Nothing vouches for the visible sender {sender.domain}: mail comes back to {sender.envelope}, "
        "and no known key stands under the sender's domain.",
        f"Let the mail server sign with a key of {sender.domain}, or let mail come back to that domain.",
    )
