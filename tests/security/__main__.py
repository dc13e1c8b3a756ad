"""``python -m tests.security``: the security suite, and at the end what it did. Exit code 1 with the first violation.

The same tests run in ``make test``; here those that make things up make up more (``SECURITY_EXAMPLES``). With paths it runs
these alone; a check of which no test ran is a violation all the same.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from clinic.dev.processes import say
from clinic.dev.services import Services, folder_for_tests
from tests.security.checks import CHECKS
from tests.security.plugin import Tally, words

MORE = "5"  # times as many examples as in `make test`
# The browser's have a process of their own: Playwright leaves an event loop behind.
PARTS = {
    "pages, API, actions": ["tests", "--ignore=tests/browser"],
    "browser": ["tests/browser", "--ignore=tests/browser/screens"],
}


def run(paths: list[str], file: Path) -> int:
    options = [
        "-m",
        "check and not chaos",
        "-p",
        "tests.security.plugin",
        "--tally",
        str(file),
        "-q",
        "-n",
        "2",
    ]
    environment = os.environ | {"SECURITY_EXAMPLES": os.environ.get("SECURITY_EXAMPLES", MORE)}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *paths, *options], env=environment, check=False
    ).returncode


def main(named: list[str]) -> int:
    tally = Tally()
    servers = Services(folder_for_tests(), "--fast")  # lives until both parts have ended
    if "DATABASE_URL" not in os.environ:
        servers.up()
    try:
        with TemporaryDirectory() as folder:
            parts = {"what was named": named} if named else PARTS
            for place, (name, paths) in enumerate(parts.items()):
                file = Path(folder) / f"{place}.json"
                code = run(paths, file)
                found = json.loads(file.read_text()) if file.exists() else None
                if found:
                    tally.add(found)
                if not found or (code and not found["violations"]):
                    tally.violations.append(f"the suite: {name} ended with code {code}")
    finally:
        servers.down()
    told = list(words(tally, CHECKS))
    for line in told:
        say(line)
    return int(told[-1] != "violations 0")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
