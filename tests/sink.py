"""An SMTP server on the loopback that writes down what it took and misbehaves on request.

What it accepted is the truth the tests compare the outbox with: an entry is made before any reply leaves, so two
entries with one Message-ID are two copies in somebody's inbox.

    with RunningSink() as sink:
        sink.faults = Faults(rcpt="450 4.2.1 greylisted")
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from random import Random
from types import TracebackType
from typing import Self

Say = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong from the next step of any conversation on. Those marked (p) strike with probability ``p``."""

    p: float = 1.0
    banner: str = ""  # greet with this line and hang up: "421 4.3.2 try later"
    banner_delay: float = 0  # a server that stalls before its greeting
    mail: str = ""  # (p) answer MAIL with this line
    rcpt: str = ""  # (p) answer RCPT with this line: "450 4.2.1 greylisted", "550 5.1.1 no such user"
    drop_at: str = (
        ""  # (p) hang up at this command, "MAIL", "RCPT" or "DATA": nothing was taken, the client can tell
    )
    drop_mid_data: bool = (
        False  # (p, each line) hang up while the body arrives: not taken, the client cannot tell
    )
    latency: float = 0  # seconds between the final dot and the decision
    data_end: str = ""  # (p) answer the final dot with this line: "452 4.3.1 full", "554 5.6.0 rejected"
    drop_after_accept: bool = False  # (p) take it, then hang up without a reply: the gap of RFC 1047
    ack_delay: float = 0  # take it, then wait this long before the 250
    hang_up_after: int = 0  # close the connection after so many messages, between two of them
    extensions: tuple[str, ...] = ()  # what EHLO announces: "SMTPUTF8"


@dataclass(frozen=True, slots=True)
class Accepted:
    recipients: list[str]
    content: bytes
    connection: int
    nth: int  # message of its connection
    at: float = field(default_factory=time.time)

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def key(self) -> str:
        return str(self.message["Message-ID"])


class HangUp(Exception):
    """End this conversation now, without a reply."""


@dataclass
class Sink:
    faults: Faults = field(default_factory=Faults)
    accepted: list[Accepted] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    chance: Random = field(default_factory=lambda: Random(1))  # noqa: S311

    def copies(self) -> Counter[str]:
        """How many copies of each message were taken."""
        return Counter(taken.key for taken in self.accepted)

    def strikes(self, fault: object) -> bool:
        return bool(fault) and self.chance.random() < self.faults.p

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1

        async def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        try:
            await Conversation(self, self.connections, reader, say).run()
        except (HangUp, ConnectionError, asyncio.CancelledError):  # cancelled: the sink is stopping
            writer.transport.abort()
        finally:
            writer.close()


@dataclass
class Conversation:
    sink: Sink
    number: int
    reader: asyncio.StreamReader
    say: Say
    recipients: list[str] = field(default_factory=list)
    nth: int = 0

    @property
    def faults(self) -> Faults:
        return self.sink.faults

    async def run(self) -> None:
        await asyncio.sleep(self.faults.banner_delay)
        await self.say(self.faults.banner or "220 sink ESMTP")
        if self.faults.banner:
            return
        while line := await self.reader.readline():
            command = line.decode().strip()
            verb = command[:4].upper()
            self.sink.commands.append(command)
            if verb == self.faults.drop_at and self.sink.strikes(verb):
                raise HangUp
            await self.answer(verb, command)
            if verb == "QUIT" or (verb == "DATA" and self.nth == self.faults.hang_up_after > 0):
                return

    async def answer(self, verb: str, command: str) -> None:
        if verb == "EHLO":
            lines = ["sink", *self.faults.extensions]
            marks = ["-"] * (len(lines) - 1) + [" "]
            for mark, line in zip(marks, lines, strict=True):
                await self.say(f"250{mark}{line}")
        elif verb == "MAIL" and self.sink.strikes(self.faults.mail):
            await self.say(self.faults.mail)
        elif verb == "RCPT" and self.sink.strikes(self.faults.rcpt):
            await self.say(self.faults.rcpt)
        elif verb == "RCPT":
            self.recipients.append(command.partition("<")[2].partition(">")[0])
            await self.say("250 ok")
        elif verb == "DATA" and not self.recipients:
            await self.say("554 5.5.1 no valid recipients")
        elif verb == "DATA":
            await self.take()
        else:
            if verb in {"MAIL", "RSET"}:
                self.recipients = []
            await self.say("221 bye" if verb == "QUIT" else "250 ok")

    async def take(self) -> None:
        await self.say("354 go ahead")
        content = await self.read_body()
        await asyncio.sleep(self.faults.latency)
        if self.sink.strikes(self.faults.data_end):
            await self.say(self.faults.data_end)
            return
        self.nth += 1
        self.sink.accepted.append(Accepted(self.recipients, content, self.number, self.nth))
        if self.sink.strikes(self.faults.drop_after_accept):
            raise HangUp
        await asyncio.sleep(self.faults.ack_delay)
        await self.say("250 queued")

    async def read_body(self) -> bytes:
        lines = []
        while (line := await self.reader.readline()) != b".\r\n":
            if not line or self.sink.strikes(self.faults.drop_mid_data):
                raise HangUp  # the client vanished, or we do
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)


class RunningSink(Sink):
    """A sink in a thread of the test process, on a free port."""

    host = "127.0.0.1"
    port = 0

    _thread: threading.Thread | None = None

    def start(self) -> None:
        """On the port it had before, if it had one: a server that comes back."""
        ready = threading.Event()

        async def run() -> None:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            server = await asyncio.start_server(self.serve, self.host, self.port)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            await self._stop.wait()
            server.close()

        self._thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
        self._thread.start()
        if not ready.wait(5):
            raise RuntimeError("the sink did not start")

    def stop(self) -> None:
        """Conversations end without a word, as when the machine goes down."""
        if self._thread:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(5)
            self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
