"""SPF: which servers may send for the domain to which undeliverable mail comes back."""

from collections.abc import Iterator
from ipaddress import ip_address

from clinic.mail_domain.answers import Address, Answers
from clinic.mail_domain.findings import Finding, Verdict, record
from clinic.mail_domain.sender import Sender
from clinic.mail_domain.spf import MOST_QUESTIONS, MOST_VOID, Record, SpfSyntaxError, is_spf, parse
from clinic.mail_domain.spf_walk import SpfFaultError, cost_of, result_for

RECORD, COST, ENDING, RELAY = "SPF record", "SPF questions", "SPF ending", "SPF and the mail server"
MEANS_OF_ALL = {
    "+": "allows the whole world to send in this name",
    "?": "says nothing about all other servers",
    "": "says nothing about all other servers: it has no “all” at its end",
}


def check_spf(sender: Sender, answers: Answers) -> Iterator[Finding]:
    domain = sender.envelope
    found = [text for text in answers.texts(domain) if is_spf(text)]
    if not found:
        yield Finding(
            RECORD,
            Verdict.MISSING,
            f"{domain} does not say which servers may send for it.",
            "Add a record. If your mail service names one of its own to include, use that one.",
            record(domain, "TXT", _proposed(sender)),
        )
        return
    if len(found) > 1:
        yield Finding(
            RECORD,
            Verdict.ATTENTION,
            f"{domain} has {len(found)} SPF records. Only one is allowed; receivers ignore all of them.",
            "Put their words into one record and delete the others.",
        )
        return
    try:
        spf = parse(found[0])
    except SpfSyntaxError as fault:
        said = f"“{fault.term}” in the record cannot be understood; receivers ignore the whole record."
        yield Finding(RECORD, Verdict.ATTENTION, said, "Correct this part.", record(domain, "TXT", found[0]))
        return
    yield Finding(RECORD, Verdict.OK, f"{domain} says which servers may send for it: {found[0]}")
    yield _cost(domain, spf, answers)
    yield _ending(domain, spf)
    yield from _relay(sender, answers)


def _proposed(sender: Sender) -> str:
    if sender.addresses:
        own = " ".join(f"ip{ip_address(one).version}:{one}" for one in sender.addresses)
        return f"v=spf1 {own} -all"
    return f"v=spf1 a:{sender.relay} ~all"


def _cost(domain: str, spf: Record, answers: Answers) -> Finding:
    cost = cost_of(domain, spf, answers)
    if cost.faults:
        said = f"The record leads to a fault: {'; '.join(cost.faults)}. Receivers ignore the whole record."
        return Finding(COST, Verdict.ATTENTION, said, "Take out or correct that part.")
    if cost.questions > MOST_QUESTIONS:
        return Finding(
            COST,
            Verdict.ATTENTION,
            f"A receiver would have to ask the DNS {cost.questions} times; it gives up after {MOST_QUESTIONS}.",
            "Take out services that no longer send for you, or replace “a” and “mx” by addresses (ip4:, ip6:).",
        )
    if len(cost.void) > MOST_VOID:
        said = f"{len(cost.void)} parts lead to nothing ({', '.join(cost.void)}); {MOST_VOID} are allowed."
        return Finding(COST, Verdict.ATTENTION, said, "Take them out.")
    if cost.outdated:
        said = f"“{cost.outdated[0]}” is not to be used any more; some receivers ignore the record for it."
        return Finding(COST, Verdict.ATTENTION, said, "Replace it by addresses (ip4:, ip6:).")
    return Finding(COST, Verdict.OK, f"It costs a receiver {cost.questions} of {MOST_QUESTIONS} questions.")


def _ending(domain: str, spf: Record) -> Finding:
    if spf.ending in {"-", "~"} or (not spf.ending and spf.redirect):
        return Finding(ENDING, Verdict.OK, "It says what to make of all other servers.")
    kept = " ".join(str(term) for term in spf.terms if term.name != "all")
    better = record(domain, "TXT", " ".join(filter(None, ["v=spf1", kept, "~all"])))
    return Finding(
        ENDING, Verdict.ATTENTION, f"The record {MEANS_OF_ALL[spf.ending]}.", "Let it end in ~all.", better
    )


def _relay(sender: Sender, answers: Answers) -> Iterator[Finding]:
    """Of a server of somebody else we know the address that takes our mail, not those from which it goes on."""
    if sender.addresses:
        ours, addresses = True, [ip_address(one) for one in sender.addresses]
    else:
        ours, addresses = sender.relay_is_ours(answers), _public(sender, answers)
    if not addresses:
        yield Finding(
            RELAY,
            Verdict.CANNOT_TELL,
            f"{sender.relay} has no address that the world can see, so it does not tell from where mail leaves.",
            "Name the public addresses in MAIL_SENDING_ADDRESSES.",
        )
        return
    try:
        results = {one: result_for(one, sender.envelope, answers) for one in addresses}
    except SpfFaultError as fault:
        yield Finding(RELAY, Verdict.ATTENTION, f"It cannot be judged: {fault}.", "Correct the record first.")
        return
    without = [str(one) for one, result in results.items() if result != "pass"]
    unclear = [one for one, result in results.items() if not result]
    if not without:
        yield Finding(RELAY, Verdict.OK, f"The record covers {', '.join(map(str, results))}.")
    elif not ours or unclear:
        yield Finding(
            RELAY,
            Verdict.CANNOT_TELL,
            f"The record does not name {', '.join(without)} ({sender.relay}). That server may send on from others.",
            "Compare the record with what your mail service asks for; most name something to include.",
        )
    else:
        more = " ".join(f"ip{ip_address(one).version}:{one}" for one in without)
        yield Finding(
            RELAY,
            Verdict.ATTENTION,
            f"Mail leaves from {', '.join(without)}, which the record does not allow.",
            f"Add to the record, in front of its “all”: {more}",
        )


def _public(sender: Sender, answers: Answers) -> list[Address]:
    if sender.relay == "localhost":
        return []
    return [one for one in answers.addresses(sender.relay) if one.is_global]
