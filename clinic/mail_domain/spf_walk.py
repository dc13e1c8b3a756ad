"""An SPF record with all that it leads to: how many questions it costs a receiver, and whether it covers an address."""

from dataclasses import dataclass, field
from ipaddress import ip_network

from clinic.mail_domain.answers import Address, Answers
from clinic.mail_domain.spf import ASKS, Record, SpfSyntaxError, Term, is_spf, parse

DEEPEST, MOST_COUNTED = 20, 60
PASS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


class SpfFaultError(Exception):
    """What makes receivers ignore the record, in plain words."""


@dataclass
class Cost:
    """``questions``: of the ten that a receiver asks at most; ``void``: of these, the ones without an answer."""

    questions: int = 0
    void: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)  # terms that receivers are told not to use


def record_of(domain: str, answers: Answers) -> Record:
    """Raises SpfFaultError when there is none, or more than one, or no sense in it."""
    found = [text for text in answers.texts(domain) if is_spf(text)]
    if not found:
        raise SpfFaultError(f"{domain} has no SPF record")
    if len(found) > 1:
        raise SpfFaultError(f"{domain} has {len(found)} SPF records; only one is allowed")
    try:
        return parse(found[0])
    except SpfSyntaxError as fault:
        raise SpfFaultError(f"“{fault.term}” in the SPF record of {domain} cannot be understood") from fault


def cost_of(domain: str, record: Record, answers: Answers) -> Cost:
    """Of the longest way through the record: the one of a mail that nothing matches."""
    cost = Cost()
    _walk(domain, record, answers, cost, (domain.lower(),))
    return cost


def _walk(domain: str, record: Record, answers: Answers, cost: Cost, way: tuple[str, ...]) -> None:
    for term in record.terms:
        if term.name == "all":
            return  # what stands behind it is never read, redirect included
        if term.name not in ASKS:
            continue
        cost.questions += 1
        if term.name == "ptr":
            cost.outdated.append(str(term))
        elif term.name == "include":
            _follow(term.value, answers, cost, way)
        elif not term.has_macro and not _answered(term, domain, answers):
            cost.void.append(str(term))
    if record.redirect:
        cost.questions += 1
        _follow(record.redirect, answers, cost, way)


def _follow(target: str, answers: Answers, cost: Cost, way: tuple[str, ...]) -> None:
    if "%" in target:
        return
    if target.lower() in way:
        cost.faults.append(f"{way[-1]} leads back to {target}")
    elif len(way) < DEEPEST and cost.questions < MOST_COUNTED:
        try:
            _walk(target, record_of(target, answers), answers, cost, (*way, target.lower()))
        except SpfFaultError as fault:
            cost.faults.append(str(fault))


def _answered(term: Term, domain: str, answers: Answers) -> bool:
    name = term.value or domain
    return bool(answers.mail_hosts(name) if term.name == "mx" else answers.addresses(name))


def result_for(address: Address, domain: str, answers: Answers) -> str:
    """``pass``, ``fail``, ``softfail``, ``neutral``; "" where a macro would have to be filled in to know.

    Raises SpfFaultError.
    """
    return _result(address, domain, record_of(domain, answers), answers, (domain.lower(),))


def _result(address: Address, domain: str, record: Record, answers: Answers, way: tuple[str, ...]) -> str:
    for term in record.terms:
        if term.has_macro or term.name == "ptr":
            return ""
        if term.name == "include":
            inside = _beyond(address, term.value, answers, way)
            if not inside:
                return ""
            if inside != "pass":
                continue
        elif not _matches(address, term, domain, answers):
            continue
        return PASS[term.qualifier]
    if not record.redirect:
        return "neutral"
    return _beyond(address, record.redirect, answers, way)


def _matches(address: Address, term: Term, domain: str, answers: Answers) -> bool:
    name = term.value or domain
    match term.name:
        case "all":
            return True
        case "ip4" | "ip6":
            bits = term.bits4 if term.name == "ip4" else term.bits6
            network = ip_network(f"{term.value}/{bits}" if bits is not None else term.value, strict=False)
            return address in network
        case "exists":
            return bool(answers.addresses(name))
        case "mx":
            hosts = [host for host in answers.mail_hosts(name)[:10] if host != "."]
            return any(_within(address, one, term) for host in hosts for one in answers.addresses(host))
    return any(_within(address, one, term) for one in answers.addresses(name))


def _within(address: Address, one: Address, term: Term) -> bool:
    if address.version != one.version:
        return False
    bits = term.bits4 if one.version == 4 else term.bits6
    return address in ip_network(f"{one}/{one.max_prefixlen if bits is None else bits}", strict=False)


def _beyond(address: Address, target: str, answers: Answers, way: tuple[str, ...]) -> str:
    if "%" in target:
        return ""
    if target.lower() in way or len(way) >= DEEPEST:
        raise SpfFaultError(f"{way[-1]} leads back to {target}")
    return _result(address, target, record_of(target, answers), answers, (*way, target.lower()))
