"""``python -m tests.security.faults [N ...]``: is each check able to fail? Makes the slips of ``fault_table.py`` in a copy of
the tracked files, one at a time, and runs the tests of the check, of which one must fail. Exit code 1 if none did.

First all those tests run without a slip: what fails anyhow notices nothing. A slip with which the tests do not even begin is
not noticed either. With numbers, only the slips of these checks.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from clinic.dev.processes import say
from clinic.dev.services import CHECKOUT, Services, folder_for_tests
from tests.security.checks import CHECKS
from tests.security.fault import NO_SECOND_LOCK, Fault
from tests.security.fault_table import FAULTS

FAILED = re.compile(r"^FAILED \S+?::([\w:]+)", re.MULTILINE)
LAST = 400  # characters of what pytest said


def copy_tracked(to: Path) -> None:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=True).stdout
    for name in filter(None, names.decode().split("\0")):
        if (CHECKOUT / name).exists():  # else deleted, and not committed yet
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CHECKOUT / name, to / name)
    (to / ".venv").symlink_to((CHECKOUT / ".venv").resolve())


@contextmanager
def planted(where: Path, old: str, new: str) -> Iterator[None]:
    """The file with one text in place of another, and afterwards as it was."""
    text = where.read_text()
    if text.count(old) != 1:
        raise ValueError(f"{where.name} holds {old!r} {text.count(old)} times")
    where.write_text(text.replace(old, new))
    try:
        yield
    finally:
        where.write_text(text)


@contextmanager
def first_lock_alone(copy: Path, *, wanted: bool) -> Iterator[None]:
    file, old, new = NO_SECOND_LOCK
    with planted(copy / file, old, new) if wanted else nullcontext():
        yield


def pytest_in(copy: Path, tests: Sequence[str], *options: str) -> tuple[int, list[str], str]:
    """Its code, the checks that were violated, as the tally says it, and its output."""
    tally = copy / "tally.json"
    tally.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", *tests, "-m", "check", "-q", "-n", "0"]
    command += ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "tests.security.plugin"]
    environment = os.environ | {"FOOTWORK_TEST_DIR": str(folder_for_tests().resolve())}
    done = subprocess.run(
        [*command, "--tally", str(tally), *options],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    told: dict[str, Any] = json.loads(tally.read_text()) if tally.exists() else {}
    return done.returncode, told.get("violations", []), done.stdout + done.stderr


def noticed_by(fault: Fault, code: int, violations: Sequence[str], output: str) -> str:
    """The test that failed for this check; empty if none did. An error before or after a test is no failure of it."""
    numbers = {one.partition(":")[0] for one in violations if not one.endswith(("(setup)", "(teardown)"))}
    failed = FAILED.search(output)
    return failed[1] if code == 1 and str(fault.check) in numbers and failed else ""


def tried(fault: Fault, copy: Path) -> str:
    """What is said of it; begins with "NOT" where nothing noticed it."""
    slip = planted(copy / fault.file, fault.old, fault.new)
    with slip, first_lock_alone(copy, wanted=fault.alone):
        code, violations, output = pytest_in(copy, fault.tests, "-x")
    test = noticed_by(fault, code, violations, output)
    return f"noticed by {test}" if test else f"NOT NOTICED (pytest ended with {code})\n{output[-LAST:]}"


def all_pass(faults: Sequence[Fault], copy: Path) -> bool:
    """Without any slip; for those that are tried with the first lock alone, so too."""
    for alone in (False, True):
        tests = sorted({test for one in faults if one.alone is alone for test in one.tests})
        if tests:
            with first_lock_alone(copy, wanted=alone):
                code, _violations, output = pytest_in(copy, tests)
            say(f"without a fault{', first lock alone' * alone}: {output.strip().splitlines()[-1]}")
            if code:
                say(output)
                return False
    return True


def main(numbers: Sequence[str]) -> int:
    wanted = [fault for fault in FAULTS if not numbers or str(fault.check) in numbers]
    servers, missed = Services(folder_for_tests(), "--fast"), 0
    if "DATABASE_URL" not in os.environ:
        servers.up()  # once, and not for each run of pytest
    try:
        with TemporaryDirectory() as folder:
            copy = Path(folder).resolve()
            copy_tracked(copy)
            if not all_pass(wanted, copy):
                return 1
            for fault in wanted:
                said = tried(fault, copy)
                missed += not said.startswith("noticed")
                say(f"{fault.check} {CHECKS[fault.check]}: {fault.slip}: {said}")
    finally:
        servers.down()
    say(f"noticed: {len(wanted) - missed}")
    say(f"not noticed: {missed}")
    return int(missed > 0 or not wanted)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
