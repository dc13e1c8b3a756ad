"""The names of the addresses from which mail leaves, and the server to which undeliverable mail comes back."""

from collections.abc import Iterator
from ipaddress import ip_address

from clinic.mail_domain.answers import Address, Answers
from clinic.mail_domain.findings import Finding, Verdict, record
from clinic.mail_domain.sender import Sender

PTR, MX, STOP = "PTR", "MX for returned mail", "List-Unsubscribe"


def check_ptr(sender: Sender, answers: Answers) -> Iterator[Finding]:
    if not sender.relay_is_ours(answers):
        yield Finding(
            PTR,
            Verdict.OK,
            f"Mail leaves through {sender.relay}, which is somebody else's: the names of its addresses are theirs "
            "to keep.",
        )
        return
    inside = not sender.addresses and sender.relay_is_inside(answers)
    addresses = (
        [ip_address(one) for one in sender.addresses]
        if sender.addresses
        else [one for one in answers.addresses(sender.relay) if one.is_global]
    )
    if inside or not addresses:
        yield Finding(
            PTR,
            Verdict.CANNOT_TELL,
            f"The mail server {sender.relay} has no address that the world can see.",
            "Name the public addresses from which mail leaves in MAIL_SENDING_ADDRESSES.",
        )
    for address in addresses:
        yield _named(address, sender, answers)


def _named(address: Address, sender: Sender, answers: Answers) -> Finding:
    check = f"{PTR} {address}"
    names = answers.names(address)
    if not names:
        wanted = (
            sender.relay if "." in sender.relay and not _is_address(sender.relay) else f"mail.{sender.domain}"
        )
        return Finding(
            check,
            Verdict.MISSING,
            f"The address {address} has no name. Large receivers refuse mail from such addresses.",
            f"Ask whoever gave you the address to set its name (PTR) to {wanted}.",
            record(address.reverse_pointer, "PTR", f"{wanted}."),
        )
    if any(address in answers.addresses(name) for name in names):
        return Finding(check, Verdict.OK, f"{address} is called {names[0]}, and {names[0]} leads back to it.")
    kind = "A" if address.version == 4 else "AAAA"
    return Finding(
        check,
        Verdict.ATTENTION,
        f"{address} is called {names[0]}, but that name does not lead back to it.",
        "Add:",
        record(names[0], kind, str(address)),
    )


def check_mx(sender: Sender, answers: Answers) -> Iterator[Finding]:
    domain = sender.envelope
    hosts = answers.mail_hosts(domain)
    add = record(domain, "MX", "10 mail.example.")
    if hosts == ["."]:
        said = f"{domain} says that it takes no mail: nobody would hear of mail that could not be delivered."
        yield Finding(MX, Verdict.ATTENTION, said, "Replace the record by your mail server.", add)
    elif hosts:
        lost = [host for host in hosts if not answers.addresses(host)]
        if lost:
            said = f"Mail for {domain} goes to {', '.join(lost)}, which has no address."
            yield Finding(MX, Verdict.ATTENTION, said, "Correct the name, or give it an address.")
        else:
            yield Finding(MX, Verdict.OK, f"Mail that comes back to {domain} goes to {hosts[0]}.")
    elif answers.addresses(domain):
        said = f"{domain} names no mail server; senders try the address of the domain itself."
        yield Finding(MX, Verdict.ATTENTION, said, "Name the server:", add)
    else:
        said = f"Mail that could not be delivered has nowhere to come back to: {domain} names no mail server."
        yield Finding(MX, Verdict.MISSING, said, "Name the server that takes mail for it:", add)


def note_on_unsubscribing(sender: Sender, answers: Answers) -> Iterator[Finding]:
    """What the DNS does not tell, and large receivers ask for."""
    yield Finding(
        STOP,
        Verdict.CANNOT_TELL,
        "Whether the DKIM signature covers the button “unsubscribe” shows in a mail that arrived, not in the DNS.",
        "Look at a reminder that you got: h= in its DKIM-Signature must name list-unsubscribe and "
        "list-unsubscribe-post.",
        note=True,
    )


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
