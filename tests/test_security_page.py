"""docs/security.md promises nothing that no test proves: each test that it names is there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text()
PROMISES = PAGE.split("## What is promised")[1].split("\n## ")[0]
NAMED = re.findall(r"`([a-z_/]+\.py)::(test_[a-z0-9_]+)`", PAGE)


def names(file: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_test_that_is_named_exists() -> None:
    known = {file: names(file) for file, _name in NAMED}
    assert [f"{file}::{name}" for file, name in NAMED if name not in known[file]] == []
    assert len(NAMED) > 40


def test_every_promise_names_one() -> None:
    rows = [
        line for line in PROMISES.splitlines() if line.startswith("| ") and not line.startswith("| Promise")
    ]
    assert [row for row in rows if "::test_" not in row] == []
    assert len(rows) > 25


def test_the_page_can_be_found_and_leads_on() -> None:
    assert "(docs/security.md)" in (ROOT / "SECURITY.md").read_text()
    for link in re.findall(r"\]\(([a-zA-Z./_-]+\.md)\)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
