"""docs/reliability.md says of every fault of the table that nothing was lost, and the figures say the same."""

import json
import re

import pytest

from tests.chaos.reconcile import Finding
from tests.chaos.report import BEGIN, CASES, END, FIGURES, HEAD, PAGE, ROOT, Line, Report


def rows() -> dict[str, dict[str, str]]:
    table = PAGE.read_text().split(BEGIN)[1].split(END)[0]
    names = [name.strip() for name in HEAD.strip("|").split("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line]
    return {row[0]: dict(zip(names, row, strict=True)) for row in cells if re.fullmatch(r"C\d+|Gap", row[0])}


def test_every_fault_has_its_row_and_lost_nothing() -> None:
    found = rows()
    assert list(found) == [*(f"C{number}" for number in range(1, 19)), "Gap"]
    assert {row["Lost"] for row in found.values()} == {"0"}
    assert max(int(row["Most copies"]) for row in found.values()) == 2
    for row in found.values():
        copies = re.fullmatch(r"(\d+) \((\d+)\)", row["Second copies (allowed)"])
        assert copies
        assert int(copies[1]) <= int(copies[2])


def test_the_figures_are_the_tables() -> None:
    figures = json.loads(FIGURES.read_text())
    assert figures["chaos.lost"]["value"] == 0
    assert figures["chaos.max_copies"]["value"] == 2


def test_each_case_is_played() -> None:
    files = "".join(path.read_text() for path in (ROOT / "tests" / "chaos").glob("test_*.py"))
    played = {name.capitalize() for name in re.findall(r"def test_(c\d+|gap)_", files)}
    assert played == set(CASES)


def test_only_a_complete_run_speaks(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    report = Report({case: Line() for case in CASES if case != "C7"})
    assert not report.is_complete
    report.add("C7", Finding(emails=2, states={"sent": 1, "failed": 1}), 0, 3.2)  # type: ignore[arg-type]
    assert report.is_complete
    page, figures = tmp_path / "page.md", tmp_path / "results.json"
    page.write_text(f"before {BEGIN} old {END} after\n")
    figures.write_text('{"machine.cores": {"value": 2}}')
    monkeypatch.setattr("tests.chaos.report.PAGE", page)
    monkeypatch.setattr("tests.chaos.report.FIGURES", figures)
    report.write()
    text = page.read_text()
    assert f"| C7 | {CASES['C7']} | 2 | 1 | 1 failed | 0 | 0 | 0 (0) | < 5 s |" in text
    assert text.startswith("before ")
    assert text.endswith(" after\n")
    assert " old " not in text
    assert json.loads(figures.read_text()).keys() == {"machine.cores", "chaos.lost", "chaos.max_copies"}
