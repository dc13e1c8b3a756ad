"""The table of slips is whole and true to the code; ``python -m tests.security.faults`` shows that each is noticed."""

import re
from pathlib import Path

import pytest

from clinic.dev.services import CHECKOUT
from tests.security.checks import CHECKS
from tests.security.fault import NO_SECOND_LOCK
from tests.security.fault_table import FAULTS
from tests.security.faults import noticed_by, planted
from tests.security.rules import RULES

ONE = FAULTS[0]
SAID = f"{ONE.check}: tests/x.py::test_x (call)"
OUTPUT = "FAILED tests/x.py::TestX::test_x[a-b] - assert 1 == 2\n1 failed in 1.00s"


def test_every_check_has_a_fault() -> None:
    assert {fault.check for fault in FAULTS} | set(RULES) == set(CHECKS)


def test_what_they_replace_stands_once() -> None:
    places = [(fault.file, fault.old, fault.new) for fault in FAULTS] + [NO_SECOND_LOCK]
    wrong = [(file, old) for file, old, _new in places if (CHECKOUT / file).read_text().count(old) != 1]
    assert wrong == []
    assert [old for _file, old, new in places if old == new] == []


def test_the_tests_that_must_notice_are_there_and_show_the_check() -> None:
    for fault in FAULTS:
        shown = False
        for test in fault.tests:
            file, _colons, name = test.partition("::")
            text = (CHECKOUT / file).read_text()
            assert not name or re.search(rf"def {name.rpartition('::')[2]}\(", text), test
            shown |= re.search(rf"check\(([\d, ]+, )?{fault.check}[,)]", text) is not None
        assert shown, fault


def test_a_file_is_afterwards_as_it_was(tmp_path: Path) -> None:
    where = tmp_path / "view.py"
    where.write_text("rows = visible_to(actor)\n")

    def fails() -> None:
        with planted(where, "visible_to(actor)", "all()"):
            assert where.read_text() == "rows = all()\n"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert where.read_text() == "rows = visible_to(actor)\n"
    for twice_or_never in ("r", "nowhere"):
        with pytest.raises(ValueError, match="times"), planted(where, twice_or_never, ""):
            pass


def test_only_a_failed_test_of_the_check_has_noticed_it() -> None:
    assert noticed_by(ONE, 1, [SAID], OUTPUT) == "TestX::test_x"
    assert noticed_by(ONE, 0, [], "1 passed") == ""
    assert noticed_by(ONE, 2, [SAID], OUTPUT) == ""  # interrupted, or nothing could be collected
    assert noticed_by(ONE, 5, [], "no tests ran") == ""
    assert noticed_by(ONE, 1, [SAID.replace("(call)", "(setup)")], "ERROR tests/x.py::test_x") == ""
    assert noticed_by(ONE, 1, [f"9{SAID}"], OUTPUT) == ""  # a test of another check
