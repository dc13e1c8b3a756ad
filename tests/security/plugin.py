"""Counts what the security suite did. ``make security`` loads it: ``-p tests.security.plugin --tally FILE``.

Tests say what they did by ``record_property``: "asked" (requests of a sweep), "matrix" (its words), "fuzzed" (requests
that were made up), "violation" (``check number: what``). A failed test that named no violation violates all its checks.
"""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

CHECK = "check"


class Tally:
    """Also what one process of several tells the others, as JSON."""

    def __init__(self) -> None:
        self.tests: Counter[int] = Counter()
        self.violations: list[str] = []
        self.asked = self.fuzzed = 0
        self.matrix: list[str] = []

    def note(self, report: pytest.TestReport) -> None:
        """Of the three parts of a test, the call counts; the others when they fail."""
        said: dict[str, list[Any]] = {}
        for name, value in report.user_properties:
            said.setdefault(name, []).append(value)
        numbers = said.get(CHECK, [])
        if not numbers:
            return
        if report.when == "call":
            self.tests.update(numbers)
            self.asked += sum(said.get("asked", []))
            self.fuzzed += sum(said.get("fuzzed", []))
            self.matrix += said.get("matrix", [])
        if report.failed:
            named = said.get("violation", []) if report.when == "call" else []
            self.violations += named or [f"{number}: {report.nodeid} ({report.when})" for number in numbers]
        elif report.skipped:
            self.violations += [f"{number}: {report.nodeid} was skipped" for number in numbers]

    def add(self, written: dict[str, Any]) -> None:
        self.tests.update({int(number): count for number, count in written["tests"].items()})
        self.violations += written["violations"]
        self.matrix += written["matrix"]
        self.asked += written["asked"]
        self.fuzzed += written["fuzzed"]


def words(tally: Tally, names: dict[int, str]) -> Iterable[str]:
    """What is printed; the last line is the verdict."""
    broken = {int(one.partition(":")[0]) for one in tally.violations if one.partition(":")[0].isdigit()}
    never = [number for number in names if not tally.tests[number]]
    violations = tally.violations + [f"{number}: no test ran" for number in never if number not in broken]
    passed = [number for number in names if tally.tests[number] and number not in broken]
    yield from (f"URLs x identities x methods: {matrix}" for matrix in tally.matrix)
    yield f"requests asked: {tally.asked}"
    yield f"checks passed: {len(passed)} of {len(names)}"
    for number, name in names.items():
        state = "passed" if number in passed else "VIOLATED" if number in broken else "NOT RUN"
        count = tally.tests[number]
        yield f"  {number:2} {name}: {state} ({count} test{'s' if count != 1 else ''})"
    yield f"requests fuzzed: {tally.fuzzed}"
    yield from (f"violation of {one}" for one in violations)
    yield f"violations {len(violations)}"


_tally = Tally()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tally", help="write what the security suite did into this file")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        numbers = {number for mark in item.iter_markers(CHECK) for number in mark.args}
        item.user_properties += [(CHECK, number) for number in sorted(numbers)]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _tally.note(report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    path = session.config.getoption("--tally")
    if path and not hasattr(
        session.config, "workerinput"
    ):  # of several processes, the one that hears all reports
        Path(path).write_text(json.dumps(vars(_tally)))
