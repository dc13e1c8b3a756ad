"""Every check has a test that shows it, and no test shows one that does not exist."""

import re
from pathlib import Path

from tests.security.checks import CHECKS

TESTS = Path(__file__).parents[1]
MARK = re.compile(r"mark\.check\(([^)]*)\)")


def shown() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        if path.name == Path(__file__).name:
            continue
        for numbers in MARK.findall(path.read_text()):
            for number in numbers.split(","):
                found.setdefault(int(number), []).append(path.name)
    return found


def test_every_check_is_shown_and_each_mark_names_one() -> None:
    assert sorted(CHECKS) == list(range(1, 45))
    assert sorted(shown()) == sorted(CHECKS)
