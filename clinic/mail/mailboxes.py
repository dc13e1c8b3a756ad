"""Where reports by e-mail wait: a Maildir, an mbox, an IMAP folder over TLS, or one message on standard input.

What was understood is taken away. What was not is left, marked as seen, so that people can look at it and it is counted
once. What came too early for its row is left as new.
"""

import imaplib
import mailbox
import re
import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from clinic.mail.bounces import Noted
from clinic.mail.reports import LARGEST

Handle = Callable[[bytes], Noted]
DONE = {Noted.NOTED, Noted.REPEATED, Noted.IGNORED}
TOO_LARGE = b""  # stands for a message that is not read into memory; nothing is understood of it
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


def read_maildir(folder: Path, handle: Handle) -> None:
    (folder / "cur").mkdir(exist_ok=True)
    for path in sorted([*(folder / "new").iterdir(), *(folder / "cur").iterdir()]):
        name, _colon, flags = path.name.partition(":2,")
        if "S" in flags:
            continue
        with path.open("rb") as file:
            noted = handle(file.read(LARGEST + 1))
        if noted in DONE:
            path.unlink()
        elif noted != Noted.EARLY:
            path.rename(folder / "cur" / f"{name}:2,{flags}S")


def read_mbox(path: Path, handle: Handle) -> None:
    """The file is locked against a mail server that is writing into it."""
    box = mailbox.mbox(path, create=False)
    box.lock()
    try:
        for key in list(box.keys()):
            message = box[key]
            if "R" in message.get_flags():
                continue
            with box.get_file(key) as file:
                noted = handle(file.read(LARGEST + 1))
            if noted in DONE:
                box.remove(key)
            elif noted != Noted.EARLY:
                message.add_flag("R")
                box[key] = message
        box.flush()
    finally:
        box.unlock()
        box.close()


def read_imap(url: str, handle: Handle, *, context: ssl.SSLContext | None = None) -> None:
    """``imaps://user:password@host:993/folder``. Raises OSError or imaplib.IMAP4.error when the server is away or refuses."""
    parts = urlsplit(url)
    folder = unquote(parts.path.strip("/")) or "INBOX"
    with imaplib.IMAP4_SSL(
        parts.hostname or "",
        parts.port or 993,
        ssl_context=context or ssl.create_default_context(),
        timeout=30,
    ) as server:
        server.login(unquote(parts.username or ""), unquote(parts.password or ""))
        _said_ok(server.select(f'"{folder}"'))
        _status, found = server.uid("SEARCH", "UNSEEN")
        for number in (found[0] or b"").split():
            uid = number.decode("ascii")
            noted = handle(_fetched(server, uid))
            if noted != Noted.EARLY:
                flags = r"(\Seen \Deleted)" if noted in DONE else r"(\Seen)"
                server.uid("STORE", uid, "+FLAGS.SILENT", flags)
        server.expunge()


def _fetched(server: imaplib.IMAP4_SSL, uid: str) -> bytes:
    """The size first: nobody reads a gigabyte to learn that it is no report."""
    _status, sizes = server.uid("FETCH", uid, "(RFC822.SIZE)")
    size = SIZE.search(b" ".join(one for one in sizes if isinstance(one, bytes)))
    if size is None or int(size[1]) > LARGEST:
        return TOO_LARGE
    _status, answer = server.uid("FETCH", uid, "(BODY.PEEK[])")
    return next((bytes(one[1]) for one in answer if isinstance(one, tuple)), TOO_LARGE)


def _said_ok(answer: tuple[str, object]) -> None:
    if answer[0] != "OK":
        raise imaplib.IMAP4.error("there is no such folder")
