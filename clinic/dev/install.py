"""Make .venv and install the locked packages, once per change of the lock.

    python3 clinic/dev/install.py

Runs as a file, before any package is there: so it imports nothing of ours, and any Python 3 can parse it.
"""

import fcntl
import hashlib
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = CHECKOUT / "requirements-dev.lock"
STAMP = VENV / ".installed"
LOG = CHECKOUT / ".dev" / "install.log"
OLDEST = (3, 11)


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def refuse(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.exit(1)


def wanted() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def is_usable(python: Path) -> bool:
    check = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    return python.exists() and subprocess.run([str(python), "-c", check], check=False).returncode == 0


def make_environment() -> None:
    if is_usable(PYTHON):
        return
    say(f"Making .venv with Python {sys.version.split()[0]}\n")
    with LOG.open("wb") as log:
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(VENV)], stdout=log, stderr=log, check=False
        )
    if made.returncode:
        refuse(f"venv failed, see {LOG}. On Debian and Ubuntu it needs: apt-get install python3-venv")


def install() -> int:
    """pip's own output goes to the log; the terminal sees the count, and a dot for every silent second or two."""
    total = sum(
        1 for line in LOCK.read_text().splitlines() if "==" in line and not line.startswith((" ", "#"))
    )
    # The lock is complete: resolving again would look at newer releases, and refuse them for want of a hash.
    command = [str(PYTHON), "-m", "pip", "install", "--no-deps", "--require-hashes", "-r", str(LOCK)]
    command += ["--progress-bar", "off", "--no-input", "--disable-pip-version-check"]
    say(f"Installing {total} locked packages, about a minute the first time: ")
    pip = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert pip.stdout
    seen, text, started = 0, b"", time.monotonic()
    with LOG.open("wb") as log, selectors.DefaultSelector() as ready:
        ready.register(pip.stdout, selectors.EVENT_READ)
        while True:
            if not ready.select(timeout=2):
                say(".")
                continue
            chunk = os.read(pip.stdout.fileno(), 65536)
            if not chunk:
                break
            log.write(chunk)
            text += chunk
            count = text.count(b"Collecting ") + text.count(b"Requirement already satisfied: ")
            if count // 20 > seen:
                seen = count // 20
                say(f" {seen * 20} ")
            if b"Installing collected packages" in chunk:
                say(" unpacking ")
    code = pip.wait()
    say(" {} in {:.0f} s\n".format("failed" if code else "done", time.monotonic() - started))
    return code


def main() -> None:
    if sys.version_info < OLDEST:
        refuse(f"Footwork needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}")
    LOG.parent.mkdir(exist_ok=True)
    with (LOG.parent / "install.lock").open("a") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if STAMP.exists() and PYTHON.exists() and STAMP.read_text() == wanted():
            return
        make_environment()
        if install():
            sys.stderr.write(LOG.read_text(errors="replace")[-1500:])
            refuse(f"The packages could not be installed; everything pip said is in {LOG}")
        STAMP.write_text(wanted())


if __name__ == "__main__":
    try:
        main()
        # -P: the folder of this file has a queue.py and an http.py of its own.
        subprocess.run([str(PYTHON), "-P", str(CHECKOUT / "clinic" / "po.py")], check=True)
    except KeyboardInterrupt:
        refuse("\nInterrupted; the next `make` goes on from here.")
