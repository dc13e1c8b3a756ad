"""The hazard log and its traceability, made from docs/clinical-safety/hazards.toml and the tests' marks: `make safety`."""

import ast
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clinic.dev.processes import say

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "clinical-safety"
DATA = FOLDER / "hazards.toml"

SEVERITIES = ("Minor", "Significant", "Considerable", "Major", "Catastrophic")
KINDS = ("design", "test", "training", "business")
STATES = ("open", "transferred", "closed")
BUILT = ("yes", "partly", "no")
TBC = "TBC"  # to be set by a Clinical Safety Officer, never by an engineer

UNSIGNED = "This file follows the shape of DCB0129. No Clinical Safety Officer has signed it."
MADE = "<!-- Made by `make safety` from hazards.toml and the tests: edit those. -->"
Marks = Mapping[str, Sequence[str]]  # hazard → tests, as pytest names them


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """One row of the log. A field that is missing or unknown in the file is an error."""

    id: str
    title: str
    description: str
    causes: list[str]
    effect: str
    harm: str
    severity: str
    likelihood: str
    initial_rating: str
    controls: list[dict[str, str]]
    residual_severity: str
    residual_likelihood: str
    residual_rating: str
    owner: str
    status: str
    built: str
    version: int
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What the clinic has to carry itself."""

    text: str
    hazards: list[str]


@dataclass(frozen=True, slots=True)
class Log:
    hazards: list[Hazard]
    passed: list[Passed]


def parse(text: str) -> Log:
    content: dict[str, Any] = tomllib.loads(text)
    return Log(
        [Hazard(**row) for row in content["hazards"]],
        [Passed(**row) for row in content["passed_to_the_clinic"]],
    )


# --- the tests' marks -------------------------------------------------------------------------------------------
def marks(folder: Path = ROOT / "tests") -> dict[str, list[str]]:
    """Which tests say that they show the control of which hazard."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "hazard" not in source:  # to parse all would take seconds
            continue
        for test, ids in marks_of(source, path.relative_to(folder.parent).as_posix()):
            for hazard in ids:
                found.setdefault(hazard, []).append(test)
    return found


def marks_of(source: str, name: str) -> Iterator[tuple[str, list[str]]]:
    """Each marked test of one file with its hazards; a mark on anything else is an error."""
    tree = ast.parse(source, name)
    used: set[ast.Call] = set()
    yield from _tests_in(tree.body, name, _of_pytestmark(tree.body), used)
    for stray in set(_calls(tree)) - used:
        raise ValueError(f"{name}:{stray.lineno}: this mark of a hazard belongs to no test")


def _tests_in(
    body: Sequence[ast.stmt], name: str, outer: Sequence[ast.Call], used: set[ast.Call]
) -> Iterator[tuple[str, list[str]]]:
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            own = [*outer, *_of_decorators(node), *_of_pytestmark(node.body)]
            yield from _tests_in(node.body, f"{name}::{node.name}", own, used)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            calls = [*outer, *_of_decorators(node)]
            used |= set(calls)
            ids = list(dict.fromkeys(id_ for call in calls for id_ in _ids(call, name)))
            if ids:
                yield f"{name}::{node.name}", ids


def _of_decorators(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.Call]:
    """On the test itself, or on one of its parameters: ``pytest.param(…, marks=pytest.mark.hazard("HZ-01"))``."""
    return [call for decorator in node.decorator_list for call in _calls(decorator)]


def _of_pytestmark(body: Sequence[ast.stmt]) -> list[ast.Call]:
    values = [
        node.value
        for node in body
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets)
    ]
    return [call for value in values for call in _calls(value)]


def _calls(tree: ast.AST) -> list[ast.Call]:
    """``pytest.mark.hazard(…)``, wherever it stands."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if ast.unparse(call.func) in {"pytest.mark.hazard", "mark.hazard"}]


def _ids(call: ast.Call, name: str) -> list[str]:
    ids = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    if not ids or len(ids) != len(call.args) or call.keywords:
        raise ValueError(f'{name}:{call.lineno}: write the hazards out, such as hazard("HZ-01", "HZ-02")')
    return ids


def faults(log: Log, found: Marks) -> list[str]:
    """Where log and tests disagree; each with what to do."""
    known = {hazard.id: hazard for hazard in log.hazards}
    wrong = [
        f"{id_}: no such hazard, but marked at {found[id_][0]}" for id_ in sorted(found) if id_ not in known
    ]
    for id_, hazard in known.items():
        if hazard.built == "no" and found.get(id_):
            wrong.append(f'{id_}: built = "no", but {found[id_][0]} shows a control: say "partly" or "yes"')
        if hazard.built != "no" and not found.get(id_):
            wrong.append(f'{id_}: built = "{hazard.built}", but no test is marked with it')
        if (hazard.built == "yes") == bool(hazard.missing):
            wrong.append(
                f'{id_}: `missing` says what is not built; it stands exactly when built is not "yes"'
            )
    return wrong


# --- the documents ----------------------------------------------------------------------------------------------
def documents(log: Log, found: Marks) -> dict[Path, str]:
    return {FOLDER / "hazard-log.md": hazard_log(log), FOLDER / "traceability.md": traceability(log, found)}


def hazard_log(log: Log) -> str:
    rows = [
        f"| [{h.id}](#{_anchor(h)}) | {_cell(h.title)} | {h.severity} | {h.initial_rating} | {_built(h)} | {h.status} |"
        for h in log.hazards
    ]
    passed = [f"| {_cell(item.text)} | {', '.join(item.hazards)} | transferred |" for item in log.passed]
    return "\n".join(
        [
            MADE,
            "",
            "# Hazard log",
            "",
            f"**{UNSIGNED}**",
            "",
            "Severity is a proposal of the engineers: the worst credible case. Likelihood and all ratings are TBC, to be",
            "set by a Clinical Safety Officer with a mixed group. Scales and matrix: [plan.md](plan.md#scales).",
            "“Built” says how many of the controls stand in the code today; [traceability.md](traceability.md) names the",
            "tests.",
            "",
            f"{len(log.hazards)} hazards: {_count([h.built for h in log.hazards])}.",
            "",
            "| ID | Hazard | Severity (proposal) | Initial rating | Built | Status |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            "## Passed to the clinic",
            "",
            "The clinic that uses Footwork keeps a log of its own under DCB0160. These points are its own:",
            "",
            "| What | For | Status |",
            "|---|---|---|",
            *passed,
            "",
            *(line for hazard in log.hazards for line in _section(hazard)),
        ]
    )


def _section(h: Hazard) -> Iterator[str]:
    yield f"## {h.id} {h.title}"
    yield ""
    yield h.description
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| Causes | {_cell('; '.join(h.causes))} |"
    yield f"| Effect | {_cell(h.effect)} |"
    yield f"| Harm | {_cell(h.harm)} |"
    yield f"| Severity (proposal) · likelihood · rating | {h.severity} · {h.likelihood} · {h.initial_rating} |"
    yield (
        "| Residual severity · likelihood · rating "
        f"| {h.residual_severity} · {h.residual_likelihood} · {h.residual_rating} |"
    )
    yield f"| Owner | {_cell(h.owner)} |"
    yield f"| Status | {h.status}, row version {h.version} |"
    yield f"| Built | {_built(h)}{_cell(f'. {h.missing}') if h.missing else ''} |"
    yield ""
    yield "Controls:"
    yield ""
    yield from (f"- {control['text']} ({control['kind']})" for control in h.controls)
    yield ""


def traceability(log: Log, found: Marks) -> str:
    rows = [
        f"| {h.id} | {_cell(h.title)} | {h.status}; {_built(h)} | {_controls(h)} | {_tests(h, found)} |"
        for h in log.hazards
    ]
    tests = {test for shown in found.values() for test in shown}
    with_tests = sum(bool(found.get(h.id)) for h in log.hazards)
    return "\n".join(
        [
            MADE,
            "",
            "# Traceability",
            "",
            f"**{UNSIGNED}**",
            "",
            "From each hazard to its controls and to the tests that show them. A test stands here because it is marked",
            '`@pytest.mark.hazard("HZ-…")`; it shows a control, and never that a hazard cannot happen.',
            "",
            f"{with_tests} of {len(log.hazards)} hazards have tests, {len(tests)} tests in all.",
            "",
            "| ID | Hazard | Status | Controls | Tests |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _controls(h: Hazard) -> str:
    text = "<br>".join(f"{_cell(control['text'])} ({control['kind']})" for control in h.controls)
    return f"{text}<br>**Not built:** {_cell(h.missing)}" if h.missing else text


def _tests(h: Hazard, found: Marks) -> str:
    shown = found.get(h.id)
    return "<br>".join(f"`{test}`" for test in shown) if shown else "no test yet: control not built"


def _built(h: Hazard) -> str:
    return {"yes": "built", "partly": "partly built", "no": "not built"}[h.built]


def _count(built: Sequence[str]) -> str:
    found = Counter(built)
    return f"{found['yes']} with all controls built, {found['partly']} with some, {found['no']} with none"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _anchor(h: Hazard) -> str:
    """As GitHub makes them from headings."""
    kept = "".join(char for char in f"{h.id} {h.title}".lower() if char.isalnum() or char in " -_")
    return kept.replace(" ", "-")


def main() -> None:
    log, found = parse(DATA.read_text(encoding="utf-8")), marks()
    for path, text in documents(log, found).items():
        path.write_text(text, encoding="utf-8")
        say(str(path.relative_to(ROOT)))
    if wrong := faults(log, found):
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
