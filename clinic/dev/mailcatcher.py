"""An SMTP server that delivers nothing: every mail becomes a file, which the demo mailbox shows.

python -m clinic.dev.mailcatcher PORT FOLDER
"""

import asyncio
import signal
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class Folder:
    """An aiosmtpd handler."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        # The time in front sorts; the dot keeps a reader away from a file that is still being written.
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{uuid.uuid4().hex[:8]}.eml"
        part = self.path / f".{name}"
        part.write_bytes(envelope.original_content or b"")
        part.rename(self.path / name)
        return f"250 Kept as {name}"


async def catch(port: int, folder: Path) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    # Without a host name of its own it would ask the DNS for ours.
    server = await loop.create_server(
        lambda: SMTP(Folder(folder), hostname="localhost", enable_SMTPUTF8=True), "127.0.0.1", port
    )
    async with server:
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(catch(int(sys.argv[1]), Path(sys.argv[2])))
