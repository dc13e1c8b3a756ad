"""Targets of the Makefile at the same time, told one after the other.

    python -m clinic.dev.side_by_side lint unit e2e

A browser test waits half its time, so the others have the processor meanwhile. What is named last comes first:
tests of a browser watch a clock, and the others make room for them.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from clinic.dev.processes import say
from clinic.dev.services import Services, folder_for_tests

COURTESY = 5  # of all but the last


def side_by_side(commands: dict[str, list[str]]) -> list[str]:
    """Names of those that failed. Each one's output stands together, in the order given; the first unfinished is live."""
    started: list[tuple[str, subprocess.Popen[bytes], Path]] = []
    *patient, _last = commands
    with TemporaryDirectory() as folder:
        try:
            for name, argv in commands.items():
                path = Path(folder) / name
                with path.open("wb") as out:
                    polite = ["nice", "-n", str(COURTESY)] if name in patient else []
                    process = subprocess.Popen(
                        polite + argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
                    )
                started.append((name, process, path))
            for _name, process, path in started:
                _tell(process, path)
        finally:  # Ctrl-C has reached them too; anything else has not
            for _name, process, _path in started:
                process.terminate()
            for _name, process, _path in started:
                process.wait()
    return [name for name, process, _path in started if process.returncode]


def _tell(process: subprocess.Popen[bytes], path: Path) -> None:
    with path.open("rb") as written:
        ended = False
        while not ended:
            ended = process.poll() is not None  # before the last look
            while part := written.read():
                sys.stdout.buffer.write(part)
                sys.stdout.buffer.flush()
            if not ended:
                time.sleep(0.2)


def main(targets: Sequence[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    servers = Services(folder_for_tests(), "--fast")  # lives until the last of them has ended
    if "DATABASE_URL" not in os.environ:
        servers.up()
    os.environ["PYTHONUNBUFFERED"] = "1"  # what is live is seen at once
    if sys.stdout.isatty():
        os.environ.setdefault("FORCE_COLOR", "1")
    make = os.environ.get("MAKE", "make")
    try:
        failed = side_by_side({target: [make, target] for target in targets})
    except KeyboardInterrupt:
        return 130
    finally:
        servers.down()
    if failed:
        say(f"failed: {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
