"""Which tests `make test-fast` runs."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests import conftest

ONE, OTHER = Path("test_one.py"), Path("test_other.py")


def item(path: Path, marks: Sequence[str] = (), fixtures: Sequence[str] = ()) -> Any:
    marker = {mark: mark for mark in marks}.get
    return SimpleNamespace(path=path, fixturenames=list(fixtures), get_closest_marker=marker)


def picked(items: list[Any], *, quick: bool) -> tuple[list[Any], list[Any]]:
    kept, dropped = list(items), list[Any]()

    def note(items: list[Any]) -> None:
        dropped.extend(items)

    hook = SimpleNamespace(pytest_deselected=note)
    config: Any = SimpleNamespace(getoption=lambda name: quick, hook=hook)
    conftest.pytest_collection_modifyitems(config, kept)
    return kept, dropped


def test_quick_keeps_what_needs_no_database_and_one_of_each_file_that_does():
    marked, by_fixture = item(ONE, ["django_db"]), item(ONE, fixtures=["rf", "transactional_db"])
    elsewhere, of_a_module = item(OTHER, fixtures=["db"]), item(OTHER, fixtures=["django_db_setup"])
    pure, also_pure = item(ONE), item(ONE, ["hazard"], ["tmp_path"])
    slow, slow_and_first = item(OTHER, ["slow"]), item(OTHER, ["slow", "django_db"])
    items = [slow_and_first, marked, pure, by_fixture, elsewhere, also_pure, of_a_module, slow]
    kept, dropped = picked(items, quick=True)
    assert kept == [marked, pure, elsewhere, also_pure]
    assert dropped == [slow_and_first, by_fixture, of_a_module, slow]


def test_otherwise_nothing_is_left_out():
    items = [item(ONE, ["slow"]), item(ONE, ["django_db"]), item(ONE, ["django_db"])]
    assert picked(items, quick=False) == (items, [])
