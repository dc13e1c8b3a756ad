"""A mail server in a process of its own that takes everything at once, keeps nothing and knows how much came and when.

As little work as can be: what is measured is the sender.
"""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

# As the usual servers do, it reads on while it answers; who knows of that may use it.
ANSWERS = {b"EHLO": b"250-sink\r\n250 PIPELINING\r\n", b"DATA": b"354 go\r\n", b"QUIT": b"221 bye\r\n"}
COUNT, FIRST, LAST, LATENCY = range(4)


@dataclass(frozen=True)
class Sink:
    port: int
    _shared: Any  # count, first and last arrival (time.time()), seconds to think about a message

    def start(self, latency: float) -> None:
        self._shared[:] = [0.0, 0.0, 0.0, latency]

    @property
    def count(self) -> int:
        return int(self._shared[COUNT])

    @property
    def first(self) -> float:
        """When the first message came, by ``time.time()``."""
        return float(self._shared[FIRST])

    @property
    def rate(self) -> float:
        """Messages a second, from the first to the last."""
        return (self.count - 1) / float(self._shared[LAST] - self._shared[FIRST])


@contextmanager
def running() -> Iterator[Sink]:
    context = multiprocessing.get_context("spawn")
    shared, port = context.Array("d", 4), context.Queue()
    process = context.Process(target=_serve, args=(shared, port), daemon=True)
    process.start()
    try:
        yield Sink(port.get(timeout=30), shared)
    finally:
        process.terminate()
        process.join(10)


class Conversation(asyncio.Protocol):
    def __init__(self, shared: Any) -> None:
        self.shared, self.buffer, self.in_body = shared, b"", False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.in_body:
            if self.buffer.endswith(b"\r\n.\r\n"):
                self.buffer, self.in_body = b"", False
                self._take()
            return
        answers, verb = b"", b""
        while not self.in_body and b"\r\n" in self.buffer:
            line, _, self.buffer = self.buffer.partition(b"\r\n")
            verb = line[:4].upper()
            self.in_body = verb == b"DATA"
            answers += ANSWERS.get(verb, b"250 ok\r\n")
        self.transport.write(answers)
        if verb == b"QUIT":
            self.transport.close()

    def _take(self) -> None:
        latency = self.shared[LATENCY]
        if latency:
            asyncio.get_running_loop().call_later(latency, self._say_so)
        else:
            self._say_so()

    def _say_so(self) -> None:
        now = time.time()
        with self.shared.get_lock():
            self.shared[COUNT] += 1
            self.shared[FIRST] = self.shared[FIRST] or now
            self.shared[LAST] = now
        self.transport.write(b"250 taken\r\n")


def _serve(shared: Any, port: Any) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Conversation(shared), "127.0.0.1", 0)
        port.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())
