"""The hazard log, the tests' marks and the documents made from them say the same."""

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from functools import cache

import pytest

from clinic.dev import safety
from clinic.dev.safety import BUILT, DATA, FOLDER, KINDS, SEVERITIES, STATES, TBC, Hazard, Log

TEXT = DATA.read_text(encoding="utf-8")
LOG = safety.parse(TEXT)
found = cache(safety.marks)  # reads all tests, so only where a test asks
RATINGS = ("likelihood", "initial_rating", "residual_severity", "residual_likelihood", "residual_rating")


# --- the log ----------------------------------------------------------------------------------------------------
def test_it_holds_the_42_hazards_in_order() -> None:
    assert [hazard.id for hazard in LOG.hazards] == [f"HZ-{number:02}" for number in range(1, 43)]
    assert len({hazard.title for hazard in LOG.hazards}) == 42


def gaps(hazard: Hazard) -> Iterator[str]:
    yield from (f.name for f in fields(Hazard) if f.name != "missing" and not getattr(hazard, f.name))
    yield from (cause for cause in hazard.causes if not cause.strip())
    for value, known in ((hazard.severity, SEVERITIES), (hazard.status, STATES), (hazard.built, BUILT)):
        if value not in known:
            yield value
    for control in hazard.controls:
        if set(control) != {"kind", "text"} or control["kind"] not in KINDS or not control["text"].strip():
            yield str(control)


def test_every_field_is_filled_in_with_a_known_value() -> None:
    assert [f"{hazard.id}: {gap}" for hazard in LOG.hazards for gap in gaps(hazard)] == []
    spoilt = replace(LOG.hazards[0], owner="", severity="Awful", controls=[{"kind": "luck", "text": "x"}])
    assert list(gaps(spoilt)) == ["owner", "Awful", "{'kind': 'luck', 'text': 'x'}"]


def test_engineers_set_no_rating() -> None:
    """A Clinical Safety Officer who does changes this test with the first signed row."""
    assert [h.id for h in LOG.hazards if {getattr(h, name) for name in RATINGS} != {TBC}] == []
    assert TEXT.count('= "TBC"') == 42 * 5


def test_severities_are_the_proposals_of_the_first_review() -> None:
    found = {severity: [h.id for h in LOG.hazards if h.severity == severity] for severity in SEVERITIES}
    assert {severity: len(ids) for severity, ids in found.items()} == {
        "Minor": 6,
        "Significant": 13,
        "Considerable": 14,
        "Major": 9,
        "Catastrophic": 0,
    }
    major = "HZ-05 HZ-09 HZ-13 HZ-17 HZ-18 HZ-24 HZ-25 HZ-36 HZ-41"
    assert found["Major"] == major.split()


def test_what_is_passed_to_the_clinic_names_its_hazards() -> None:
    known = {hazard.id for hazard in LOG.hazards}
    assert len(LOG.passed) == 9
    assert [item.text for item in LOG.passed if not item.hazards or set(item.hazards) - known] == []


def test_a_field_that_is_missing_or_unknown_is_an_error() -> None:
    with pytest.raises(TypeError, match="severity"):
        safety.parse(re.sub(r'^severity = "Considerable"\n', "", TEXT, count=1, flags=re.MULTILINE))
    with pytest.raises(TypeError, match="colour"):
        safety.parse(TEXT.replace('id = "HZ-01"', 'id = "HZ-01"\ncolour = "red"'))


# --- the marks --------------------------------------------------------------------------------------------------
def test_log_and_marks_agree() -> None:
    assert safety.faults(LOG, found()) == []


def test_most_hazards_are_shown_by_tests_and_many_tests_show_one() -> None:
    assert len(found()) >= 26
    assert len({test for tests in found().values() for test in tests}) >= 140
    assert "tests/test_wording.py::test_no_shipped_wording_is_forbidden" in found()["HZ-17"]


def made_up(built: str, missing: str = "") -> Log:
    return Log([replace(LOG.hazards[0], built=built, missing=missing)], [])


@pytest.mark.parametrize(
    ("log", "found", "fault"),
    [
        (made_up("yes"), {}, "no test is marked with it"),
        (made_up("partly", "x"), {}, "no test is marked with it"),
        (made_up("no", "x"), {"HZ-01": ["t.py::test_x"]}, 'say "partly" or "yes"'),
        (made_up("no"), {}, "`missing` says what is not built"),
        (made_up("yes", "x"), {"HZ-01": ["t.py::test_x"]}, "`missing` says what is not built"),
        (
            made_up("no", "x"),
            {"HZ-99": ["t.py::test_x"]},
            "HZ-99: no such hazard, but marked at t.py::test_x",
        ),
    ],
)
def test_a_disagreement_is_named(log: Log, found: dict[str, list[str]], fault: str) -> None:
    (said,) = safety.faults(log, found)
    assert fault in said


MARKED = """
import pytest
pytestmark = [pytest.mark.django_db, pytest.mark.hazard("HZ-01")]

@pytest.mark.hazard("HZ-02", "HZ-03")
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.hazard("HZ-04")), 2])
def test_one(x): ...

@pytest.mark.hazard("HZ-05")
class TestGroup:
    pytestmark = pytest.mark.hazard("HZ-06")

    async def test_two(self): ...

    def helper(self): ...
"""


def test_marks_are_found_wherever_pytest_finds_them() -> None:
    assert list(safety.marks_of(MARKED, "t.py")) == [
        ("t.py::test_one", ["HZ-01", "HZ-02", "HZ-03", "HZ-04"]),
        ("t.py::TestGroup::test_two", ["HZ-01", "HZ-05", "HZ-06"]),
    ]


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (
            '@pytest.mark.hazard("HZ-01")\ndef make_world(): ...',
            "t.py:1: this mark of a hazard belongs to no test",
        ),
        ("@pytest.mark.hazard(HAZARD)\ndef test_x(): ...", "t.py:1: write the hazards out"),
        ("@pytest.mark.hazard()\ndef test_x(): ...", "t.py:1: write the hazards out"),
    ],
)
def test_a_mark_that_would_be_overlooked_is_an_error(code: str, fault: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fault)):
        list(safety.marks_of(code, "t.py"))


def test_the_marks_of_this_run_are_the_marks_that_were_read(request: pytest.FixtureRequest) -> None:
    """What pytest itself collected, in a run of whichever tests, stands among them."""
    collected = [
        (item.nodeid.partition("[")[0], id_)
        for item in request.session.items
        for mark in item.iter_markers("hazard")
        for id_ in mark.args
    ]
    assert [(test, id_) for test, id_ in collected if test not in found().get(id_, [])] == []


# --- the documents ----------------------------------------------------------------------------------------------
def test_the_documents_are_up_to_date() -> None:
    stale = [
        path.name
        for path, text in safety.documents(LOG, found()).items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    assert stale == [], (
        "hazards.toml or a test's mark has changed: run `make safety` and commit what it writes"
    )


def test_the_log_shows_every_hazard_and_its_controls() -> None:
    text = (FOLDER / "hazard-log.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (HZ-\d\d) ", text, re.MULTILINE) == [hazard.id for hazard in LOG.hazards]
    assert [
        c["text"] for h in LOG.hazards for c in h.controls if f"- {c['text']} ({c['kind']})" not in text
    ] == []
    anchors = re.findall(r"^\| \[HZ-\d\d\]\(#([\w-]+)\)", text, re.MULTILINE)
    assert len(anchors) == 42
    assert anchors[0] == "hz-01-another-patients-plan-is-shown"


def test_the_table_has_one_row_a_hazard_and_is_honest_about_gaps() -> None:
    text = (FOLDER / "traceability.md").read_text(encoding="utf-8")
    rows = {row.split(" | ")[0]: row for row in re.findall(r"^\| (HZ-.*) \|$", text, re.MULTILINE)}
    assert list(rows) == [hazard.id for hazard in LOG.hazards]
    assert {row.count(" | ") for row in rows.values()} == {4}
    untested = {id_ for id_, row in rows.items() if row.endswith("no test yet: control not built")}
    assert untested == {hazard.id for hazard in LOG.hazards if hazard.built == "no"}
    for id_, tests in found().items():
        assert all(f"`{test}`" in rows[id_] for test in tests)


def test_links_between_the_documents_lead_somewhere() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert set(texts) == {"README.md", "plan.md", "safety-case.md", "hazard-log.md", "traceability.md"}
    for name, text in texts.items():
        for target in re.findall(r"\]\(([^)#]+)(?:#[\w-]+)?\)", text):
            assert (FOLDER / target).exists(), f"{name}: {target}"
