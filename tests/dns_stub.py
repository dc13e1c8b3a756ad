"""A DNS server of a test, on loopback: it answers from a table, errs or stays silent on request, and notes each question."""

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

SILENT, SERVFAIL, REFUSED = "silent", "servfail", "refused"
Zone = Mapping[
    tuple[str, str], Sequence[str] | str
]  # (name, type) -> values as in a zone file, or one of the words above


class DnsStub:
    def __init__(self, zone: Zone) -> None:
        self.zone = {(name.lower(), kind): values for (name, kind), values in zone.items()}
        self.asked: list[tuple[str, str]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def server(self) -> str:
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"stop", self._socket.getsockname())
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            packet, client = self._socket.recvfrom(4096)
            if packet == b"stop":
                return
            try:
                reply = self._reply(dns.message.from_wire(packet))
            except dns.exception.DNSException:
                continue
            if reply is not None:
                self._socket.sendto(reply.to_wire(), client)

    def _reply(self, query: dns.message.Message) -> dns.message.Message | None:
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        values = self.zone.get((name, kind), self.zone.get((name, "ANY"), ()))
        if values == SILENT:
            return None
        if isinstance(values, str):
            reply.set_rcode(dns.rcode.SERVFAIL if values == SERVFAIL else dns.rcode.REFUSED)
        elif values:
            written = [_quoted(value) if kind == "TXT" else value for value in values]
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *written))
        elif not any(known == name for known, _kind in self.zone):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply


def _quoted(value: str) -> str:
    """In pieces of at most 200 bytes, as long records are."""
    pieces = [value[start : start + 200] for start in range(0, len(value), 200)] or [""]
    return " ".join('"' + piece.replace("\\", "\\\\").replace('"', '\\"') + '"' for piece in pieces)


@contextmanager
def serving(zone: Zone) -> Iterator[DnsStub]:
    stub = DnsStub(zone)
    stub.start()
    try:
        yield stub
    finally:
        stub.stop()
