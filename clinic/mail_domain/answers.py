"""Questions to the DNS. "There is none" is an answer; no answer is none, and is never taken for "there is none"."""

import time
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename
from django.utils.encoding import punycode

EACH, ALL = 5.0, 60.0  # seconds for one question, and for all of one check
Address = IPv4Address | IPv6Address


class CannotTellError(Exception):
    """The DNS did not answer; ``reason`` says how, for the person who reads the finding."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name, self.reason = name, reason


class Answers:
    """Each question is asked once. ``server``: ``address:port`` of one resolver; the machine's own when empty."""

    def __init__(self, server: str = "", *, each: float = EACH, in_all: float = ALL) -> None:
        self._server, self._each = server, each
        self._ends = time.monotonic() + in_all
        self._resolver: dns.resolver.Resolver | None = None
        self._known: dict[tuple[str, str], list[str] | CannotTellError] = {}

    def texts(self, name: str) -> list[str]:
        return self._ask(name, "TXT")

    def addresses(self, name: str) -> list[Address]:
        """IPv4 and IPv6; an address that stands for itself is one."""
        try:
            return [ip_address(name)]
        except ValueError:
            return [ip_address(found) for kind in ("A", "AAAA") for found in self._ask(name, kind)]

    def mail_hosts(self, name: str) -> list[str]:
        """Of the MX records, the most wanted first; "." is a domain that takes no mail (RFC 7505)."""
        pairs = sorted((int(rank), host) for rank, host in (one.split() for one in self._ask(name, "MX")))
        return [host.rstrip(".") or "." for _rank, host in pairs]

    def names(self, address: Address) -> list[str]:
        reverse = dns.reversename.from_address(str(address)).to_text(omit_final_dot=True)
        return [name.rstrip(".").lower() for name in self._ask(reverse, "PTR")]

    def _ask(self, name: str, kind: str) -> list[str]:
        key = (name.lower().rstrip("."), kind)
        if key not in self._known:
            try:
                self._known[key] = self._fetched(*key)
            except CannotTellError as fault:
                self._known[key] = fault
        found = self._known[key]
        if isinstance(found, CannotTellError):
            raise found
        return found

    def _fetched(self, name: str, kind: str) -> list[str]:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise CannotTellError(name, "the time for all questions was over")
        try:
            absolute = dns.name.from_text(f"{punycode(name)}.")
            answer = self._asked().resolve(
                absolute, kind, lifetime=min(self._each, left), search=False, raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN:
            return []
        except (UnicodeError, dns.exception.SyntaxError, dns.name.LabelTooLong, dns.name.NameTooLong):
            return []  # no such name can exist
        except dns.exception.Timeout as fault:
            raise CannotTellError(name, "the DNS did not answer in time") from fault
        except (dns.resolver.NoNameservers, dns.resolver.NoResolverConfiguration) as fault:
            raise CannotTellError(name, "the DNS answered with an error") from fault
        except (dns.exception.DNSException, OSError) as fault:
            raise CannotTellError(name, f"the DNS could not be asked ({type(fault).__name__})") from fault
        return [_written(rdata, kind) for rdata in answer.rrset or []]

    def _asked(self) -> dns.resolver.Resolver:
        if self._resolver is None:
            self._resolver = dns.resolver.Resolver(configure=not self._server)
            if self._server:
                where = urlsplit(f"//{self._server}")
                self._resolver.nameservers = [where.hostname or ""]
                self._resolver.port = where.port or 53
            self._resolver.timeout = min(2.0, self._each)
        return self._resolver


def _written(rdata: object, kind: str) -> str:
    if kind == "TXT":  # in pieces of at most 255 bytes, which belong together without a space
        return b"".join(rdata.strings).decode("utf-8", "replace")  # type: ignore[attr-defined]
    return str(rdata.to_text())  # type: ignore[attr-defined]
