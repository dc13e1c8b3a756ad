"""Tests of a module that ask for the same people and plans share their rows, which are made once for all of them.

To make them is a third of what an ordinary test costs. A test still finds exactly the rows for which it asks, made in the
same order: only tests with the very same ones share them, and only those that come before any other fixture. They are made
in a transaction around these tests; what a test writes is taken back to the savepoint before it, and each gets objects of
its own (``copy.deepcopy``).

What a fixture of the module patches before (``clock.now``, most often) is patched while they are made. Tests that commit,
modules with rows of their own (``shared_world``), and tests with a mail server are left out: claims last a few seconds there.
"""

import copy
from collections.abc import Iterator
from inspect import isgeneratorfunction
from itertools import groupby, takewhile
from time import monotonic
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

HERE = "tests"
FRESH = 10  # seconds
COMMITS = {"transactional_db", "live_server", "django_db_reset_sequences", "django_db_serialized_rollback"}
LEASES = {"sink"}
OPENS = "_django_db_helper"  # pytest-django's, which opens the transaction of a test
OF_MANY = {"class", "module", "package"}
SIGN_IN = {"as_priya"}
Key = tuple[str, ...]
KEY = pytest.StashKey[Key]()


class SameRows:
    """``names``: the fixtures of tests/conftest.py that make rows and nothing else."""

    def __init__(self, names: set[str]) -> None:
        self.names = names
        self.key: Key | None = None
        self.rows: dict[str, Any] = {}
        self.of_the_test: dict[str, Any] = {}
        self.around: transaction.Atomic | None = None
        self.made_at = 0.0
        self.blocker: DjangoDbBlocker

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Who shares rows stands together; where the first of them stood, in the order of the run otherwise."""
        found: list[pytest.Item] = []
        for path, of_module in groupby(items, key=lambda item: item.path):
            groups: dict[Key, list[pytest.Item]] = {}
            for place, item in enumerate(of_module):
                names = self.made_for(item)
                groups.setdefault((str(path), *(names or (str(place), ""))), []).append(item)
            for key, group in groups.items():
                if key[-1] and len(group) > 1:
                    for item in group:
                        item.stash[KEY] = key
                found += group
        items[:] = found

    def made_for(self, item: pytest.Item) -> Key:
        """The rows that this test asks for, as they are made one after the other; none if it is left out."""
        known: dict[str, Any] = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
        mark = item.get_closest_marker("django_db")
        if not known or (COMMITS | LEASES) & known.keys() or (mark and (mark.args or mark.kwargs)):
            return ()
        order: list[str] = []
        for name in item.fixturenames:  # type: ignore[attr-defined]
            _visit(name, known, order)
        if any(_is_ours(known[name][-1]) and known[name][-1].scope in OF_MANY for name in order):
            return ()
        first = [*takewhile(lambda name: self._goes_before(name, known[name]), order)]
        while first and first[-1] not in self.names:
            first.pop()
        return tuple(name for name in first if name in self.names or _patches(known[name][-1]))

    def _goes_before(self, name: str, definitions: Any) -> bool:
        """Rows may be made before what follows on it: it is one of them, or makes none and changes nothing but patches."""
        last = definitions[-1]
        if name in self.names:
            return len(definitions) == 1
        of_all = last.scope == "session" or (last.baseid == HERE and (last._autouse or name in SIGN_IN))
        return of_all or not _is_ours(last) or _patches(last)

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Any:
        name = fixturedef.argname
        if name == OPENS and KEY in request.node.stash:
            self.enter(request)
        if name not in self.of_the_test or fixturedef.baseid != HERE:
            return None
        fixturedef.cached_result = (self.of_the_test[name], fixturedef.cache_key(request), None)
        return self.of_the_test[name]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
        result = yield
        self.of_the_test = {}
        if nextitem is None or nextitem.stash.get(KEY, None) != self.key:
            self.leave()
        return result

    def enter(self, request: Any) -> None:
        """Before the savepoint of the test; with the first of those that share them, make the rows. They are made anew after
        a while: the database's clock stands still within a transaction."""
        if self.around and monotonic() - self.made_at > FRESH:
            self.leave()
        if self.around is None:
            self.key, self.blocker = request.node.stash[KEY], request.getfixturevalue("django_db_blocker")
            self.made_at = monotonic()
            with self.blocker.unblock():
                self.around = transaction.atomic()
                self.around.__enter__()
                try:
                    self.make(request.node._fixtureinfo.name2fixturedefs)
                except BaseException:
                    self.leave()
                    raise
        self.of_the_test = copy.deepcopy(self.rows)

    def make(self, known: dict[str, Any]) -> None:
        assert self.key
        with pytest.MonkeyPatch.context() as patched:
            for name in self.key[1:]:
                definition = known[name][-1]
                if name in self.names:
                    needs = {one: self.rows.get(one) for one in definition.argnames}
                    self.rows[name] = definition.func(**needs)
                else:
                    definition.func(monkeypatch=patched)

    def leave(self) -> None:
        around, self.around, self.key, self.rows = self.around, None, None, {}
        if around:
            with self.blocker.unblock():
                transaction.set_rollback(True)
                around.__exit__(None, None, None)


def _visit(name: str, known: dict[str, Any], order: list[str]) -> None:
    if name not in order and name in known:
        for one in known[name][-1].argnames:
            _visit(one, known, order)
        if name not in order:
            order.append(name)


def _is_ours(definition: Any) -> bool:
    return bool(definition.baseid.startswith(HERE))


def _patches(definition: Any) -> bool:
    """A fixture of ours that patches, and does nothing else. One of a class wants an instance."""
    plain = "::" not in definition.baseid and not isgeneratorfunction(definition.func)
    return plain and _is_ours(definition) and definition.argnames == ("monkeypatch",)
