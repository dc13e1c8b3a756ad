"""Gives every test run its own PostgreSQL database and Valkey databases, before Django reads its settings.

Loaded by `-p clinic.dev.pytest_plugin`. Several runs side by side share the servers of one folder: each takes
the first free *slot*, and with it a database name and a range of Valkey databases.
FOOTWORK_TEST_DIR names another folder; with DATABASE_URL set, nothing is started.
"""

import contextlib
import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import IO

import pytest

from clinic import po
from clinic.dev.environment import for_tests
from clinic.dev.processes import StartError, try_lock
from clinic.dev.services import CHECKOUT, Services, folder_for_tests
from clinic.dev.valkey import DATABASES

VALKEY_DATABASES_PER_SLOT = 8  # one for the run itself, seven for its xdist workers
SLOTS = DATABASES // VALKEY_DATABASES_PER_SLOT

_held: list[Services | IO[str]] = []  # as long as this process lives


def _take_slot(home: Path) -> int:
    for number in range(SLOTS):
        lock = (home / f"run-{number}.lock").open("a")
        if try_lock(lock):
            _held.append(lock)
            return number
        lock.close()
    raise StartError(f"{SLOTS} test runs already use {home}; name another folder in FOOTWORK_TEST_DIR")


def _use_own_servers() -> None:
    services = Services(folder_for_tests(), "--fast")
    urls = services.up()
    _held.append(services)
    slot = _take_slot(services.home)
    suffix = f"_{slot}" if slot else ""
    os.environ["DATABASE_URL"] = urls["DATABASE_URL"] + suffix  # Django puts "test_" before this name
    os.environ["REDIS_URL"] = _valkey_database(urls["REDIS_URL"], slot * VALKEY_DATABASES_PER_SLOT)


def _valkey_database(url: str, offset: int) -> str:
    server, _, number = url.rpartition("/")
    return f"{server}/{int(number) + offset}"


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    if "DATABASE_URL" not in os.environ:  # an xdist worker inherits it
        try:
            _use_own_servers()
        except StartError as error:
            raise pytest.UsageError(str(error)) from error
    if "REDIS_URL" not in os.environ:
        raise pytest.UsageError("DATABASE_URL is set and REDIS_URL is not: set both or none")
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        os.environ["REDIS_URL"] = _valkey_database(
            os.environ["REDIS_URL"], int(worker.removeprefix("gw")) + 1
        )
    po.compile_stale()
    for name, value in for_tests().items():
        os.environ.setdefault(name, value)


def pytest_collection(session: pytest.Session) -> None:
    """Worker 1 compiles the tests from the last to the first, so that after a fresh checkout it meets worker 0, which
    goes the other way, in the middle; what one has compiled the other finds."""
    if os.environ.get("PYTEST_XDIST_WORKER") != "gw1" or sys.dont_write_bytecode:
        return
    left_out = [Path(name).resolve() for name in session.config.getoption("ignore") or []]
    for folder in map(Path, session.config.args):
        for path in sorted(folder.rglob("test_*.py"), reverse=True):
            if not any(path.resolve().is_relative_to(out) for out in left_out):
                with contextlib.suppress(Exception):  # the collection proper will tell
                    import_module(".".join(path.resolve().relative_to(CHECKOUT).with_suffix("").parts))


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end: the collector need not walk through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def pytest_unconfigure() -> None:
    for held in reversed(_held):
        held.down() if isinstance(held, Services) else held.close()
    _held.clear()
