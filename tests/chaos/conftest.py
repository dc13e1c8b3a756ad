"""Servers, worlds and the report of the chaos suite. A case asks for `stage` and ends with `judge`."""

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chaos.report import Report
from tests.chaos.servers import Servers
from tests.chaos.stage import ROOT, Stage, Times
from tests.chaos.world import World
from tests.databases import state_of_migrations

SCALE = 20
REPORT = pytest.StashKey[Report]()
SAID = "chaos"
Judge = Callable[..., None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--leave-report", action="store_true", help="write neither table nor figures")
    parser.addoption(
        "--real-times", action="store_true", help="production's waits: the chaos suite takes two hours"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[REPORT] = Report()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest case first, so that of two workers none waits for the other at the end."""
    items.sort(key=lambda item: item.get_closest_marker("world") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What cases said in xdist's workers, which nobody sees. The figures of the page are those of a run with nothing
    beside, and only that one writes them."""
    if config.getoption("numprocesses", default=None):
        reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, [])]
        for said in [said for one in reports for name, said in one.user_properties if name == SAID]:
            terminalreporter.write_line(said)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    report = session.config.stash[REPORT]
    leave = session.config.getoption("--leave-report")
    if report.is_complete and not session.testsfailed and not leave:
        report.write()


@pytest.fixture(scope="session")
def times(pytestconfig: pytest.Config) -> Times:
    return Times(1 if pytestconfig.getoption("--real-times", default=False) else SCALE)


@pytest.fixture(scope="session")
def servers(worker_id: str) -> Iterator[Servers]:
    """A pair for each of xdist's workers: one case stops what another would need."""
    beside = "" if worker_id == "master" else f"-{worker_id}"
    with Servers(ROOT / ".dev" / f"chaos{beside}") as running:
        yield running


@pytest.fixture(scope="session")
def make_world(
    servers: Servers, times: Times, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], World]:
    """Small or large: made once, copied for each case. The migrated original stays from run to run."""
    made: dict[str, World] = {}

    def make(size: str) -> World:
        if size not in made:
            original = f"original_{state_of_migrations()}"
            if original not in servers.names():
                for old in {name for name in servers.names() if name.startswith("original_")}:
                    servers.drop(old)
                servers.copy("template1", f"{original}_part")
                _in(servers, f"{original}_part", times, "manage.py", "migrate", "--verbosity", "0")
                servers.execute(f'ALTER DATABASE "{original}_part" RENAME TO "{original}"')
            servers.copy(original, f"world_{size}")
            code = f"from tests.chaos import world; world.main({size!r})"
            text = _in(servers, f"world_{size}", times, "-m", "django", "shell", "--no-imports", "-c", code)
            made[size] = World(**json.loads(text.splitlines()[-1]))
        return made[size]

    return make


def _in(servers: Servers, database: str, times: Times, *command: str) -> str:
    """Run to its end, with the settings of a stage that has no mail server."""
    empty = Stage(servers, servers.database(database), World("", "", "", ""), Path(), times)
    empty.environment["LOG_LEVEL"] = "ERROR"
    return empty.run(*command)


@pytest.fixture
def stage(
    request: pytest.FixtureRequest,
    servers: Servers,
    make_world: Callable[[str], World],
    times: Times,
    tmp_path: Path,
) -> Iterator[Stage]:
    """The small world, or what the mark `world` names, in a database of its own."""
    mark = request.node.get_closest_marker("world")
    size = mark.args[0] if mark else "small"
    servers.heal()
    world = make_world(size)
    name = "case_" + hashlib.sha256(request.node.name.encode()).hexdigest()[:8]
    playing = Stage(servers, servers.copy(f"world_{size}", name), world, tmp_path, times)
    try:
        playing.open()
        yield playing
    finally:
        playing.close()
        servers.heal()
        servers.drop(name)


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Words for whoever watches the run."""
    captured = request.config.pluginmanager.get_plugin("capturemanager")

    def aloud(text: str) -> None:
        request.node.user_properties.append((SAID, text))
        with captured.global_and_fixture_disabled():  # type: ignore[union-attr]
            sys.stdout.write(f"\n{text}\n")

    return aloud


@pytest.fixture
def judge(request: pytest.FixtureRequest, stage: Stage, say: Callable[[str], None]) -> Judge:
    """The end of every case: wait until all has settled, compare both histories, say one line."""
    case = re.match(r"test_(c\d+|gap)", request.node.name)

    def conclude(*, second_copies: int) -> None:
        assert case
        recovery = stage.settle()
        found = stage.compare()
        number = case[1].capitalize()
        line = request.config.stash[REPORT].add(number, found, second_copies, recovery)
        say(line)
        broken = found.broken(second_copies)
        assert not broken, "\n".join([*broken, stage.log()])

    return conclude
