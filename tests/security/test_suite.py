"""The suite itself: it says at the end what it did, and a fault that somebody plants ends it with 1."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.slow  # starts processes

TESTS = """
import pytest

@pytest.mark.check(1, 2)
def test_asks(record_property):
    record_property("matrix", "3 x 2 x 2 = 12")
    record_property("asked", 12)
    record_property("fuzzed", 5)

@pytest.mark.check(9)
def test_a_policy(record_property):
    record_property("violation", "9: clinic:home as nobody: no policy")
    assert not "planted"

@pytest.mark.check(10)
@pytest.mark.skip(reason="nobody looks")
def test_headers():
    assert True
"""


def suite(folder: Path) -> tuple[int, list[str]]:
    file = folder / "test_of_the_suite.py"
    file.write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "tests.security", str(file)],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": "postgres://nobody@nowhere.example/none"},  # no server is started
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


def test_says_what_it_did_and_ends_with_1_for_a_planted_fault(tmp_path: Path) -> None:
    code, said = suite(tmp_path)
    assert "URLs x identities x methods: 3 x 2 x 2 = 12" in said
    assert "requests asked: 12" in said
    assert "requests fuzzed: 5" in said
    assert "checks passed: 2 of 44" in said
    assert "violation of 9: clinic:home as nobody: no policy" in said
    assert any(line.startswith("violation of 10: ") and line.endswith("was skipped") for line in said)
    assert "violation of 3: no test ran" in said
    assert said[-1] == "violations 42"
    assert code == 1
