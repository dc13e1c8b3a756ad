"""`make audit`: asks for known vulnerabilities of what the lock files name. Needs a network, so nothing else calls it.

0: none is known. 1: some are, and they are listed. 2: nothing could be asked, WHICH SAYS NOTHING about the packages.
"""

import json
import subprocess
import sys
from typing import Any

from clinic.dev.processes import say
from clinic.dev.services import CHECKOUT

LOCKS = ("requirements.lock", "requirements-dev.lock")
NONE_KNOWN, SOME_KNOWN, NOT_ASKED = 0, 1, 2


def ask(lock: str) -> tuple[int, str]:
    """What is known of one lock file's packages, and a line or more for the terminal."""
    command = [sys.executable, "-m", "pip_audit", "--strict", "--require-hashes", "--disable-pip"]
    command += ["--progress-spinner", "off", "--format", "json", "--requirement", str(CHECKOUT / lock)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return judge(lock, done.stdout, done.stderr)


def judge(lock: str, answer: str, complaint: str) -> tuple[int, str]:
    """Whatever is no complete answer is none: a service that is away must not look like one without findings."""
    try:
        packages: list[dict[str, Any]] = json.loads(answer)["dependencies"]
        skipped = [one["name"] for one in packages if "skip_reason" in one]
    except (ValueError, KeyError, TypeError):
        packages, skipped = [], []
    if not packages or skipped:
        why = f"Not known there: {', '.join(skipped)}" if skipped else complaint.strip().rpartition("\n")[2]
        return NOT_ASKED, (
            f"{lock}: NOT CHECKED. The source of known vulnerabilities gave no answer,"
            f" which says nothing about the packages. {why}"
        )
    found = [
        f"  {one['name']} {one['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'no release'}"
        for one in packages
        for fault in one["vulns"]
    ]
    if found:
        return SOME_KNOWN, "\n".join([f"{lock}: {len(found)} known", *found])
    return NONE_KNOWN, f"{lock}: none known of {len(packages)} packages"


def main() -> int:
    answers = [ask(lock) for lock in LOCKS]
    for _code, said in answers:
        say(said)
    codes = {code for code, _said in answers}
    return SOME_KNOWN if SOME_KNOWN in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main())
