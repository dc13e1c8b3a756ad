"""`make run` as a newcomer lives through it: start, stop, kill -9 and start again, in a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clinic.dev.demo import Demo
from clinic.dev.processes import free_port, is_locked, sessions_with
from clinic.dev.services import CHECKOUT
from clinic.dev.supervisor import CHILDREN, LOCK, PID
from clinic.dev.valkey import Valkey

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
READY = "Footwork is ready: "


OF_THE_TESTS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "MFA_KEYS")


def reset(folder: Path) -> None:
    left = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
    argv = [sys.executable, "-m", "clinic.dev", "reset"]
    environment = left | {"FOOTWORK_DEV_DIR": str(folder)}
    subprocess.run(argv, cwd=CHECKOUT, env=environment, check=True, capture_output=True)


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory) -> Iterator[Path]:
    """One folder for all who start everything: the first finds it empty, the others as the one before left it."""
    folder = tmp_path_factory.mktemp("demo") / "main"
    yield folder
    reset(folder)


@pytest.fixture
def empty(tmp_path) -> Iterator[Path]:
    yield tmp_path / "main"
    reset(tmp_path / "main")


def use(folder: Path, monkeypatch) -> dict[str, str]:
    monkeypatch.setenv("FOOTWORK_DEV_DIR", str(folder))
    for name in OF_THE_TESTS:
        monkeypatch.delenv(name, raising=False)
    return os.environ | {"PORT": str(free_port())}


@pytest.fixture
def demo_environment(lived_in, monkeypatch) -> dict[str, str]:
    return use(lived_in, monkeypatch)


@pytest.fixture
def environment(empty, monkeypatch) -> dict[str, str]:
    return use(empty, monkeypatch)


@contextmanager
def start(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    argv = [sys.executable, "-m", "clinic.dev", "run"]
    with subprocess.Popen(argv, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until_ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith(READY):
            return said
    raise AssertionError(said)


def processes_of(demo: Demo) -> set[int]:
    """Most name one of its folders; web and worker are found through their recorded sessions."""
    recorded = set(demo.read(CHILDREN, [])) & sessions_with(sys.executable)
    return recorded | sessions_with(str(demo.home)) | sessions_with(str(demo.servers.home))


def test_it_starts_and_stops(demo_environment):
    demo = Demo()
    with start(demo_environment) as process:
        said = read_until_ready(process)
        assert f"{READY}http://127.0.0.1:{demo_environment['PORT']}/" in said
        assert ".example" in said  # the demo accounts
        running = processes_of(demo)
        assert len(running) == 6  # keeper, PostgreSQL, mail catcher, web, worker, beat
        assert Valkey(demo.servers.folder).is_ready()  # its process does not show its folder
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    assert not Valkey(demo.servers.folder).is_ready()
    assert processes_of(demo) == set()
    assert not running & sessions_with(sys.executable)


def test_it_recovers_from_kill_9(demo_environment):
    demo = Demo()
    with start(demo_environment) as first:
        read_until_ready(first)
        with start(demo_environment) as second:
            assert second.wait(10) == 1  # one at a time
        first.kill()
    with start(demo_environment) as third:
        read_until_ready(third)
        os.kill(demo.read(PID, 0), signal.SIGTERM)
        assert third.wait(10) == 0
    assert processes_of(demo) == set()


def test_a_child_that_dies_takes_the_rest_down_and_names_its_log(demo_environment):
    demo = Demo()
    with start(demo_environment | {"PYTHONUNBUFFERED": "1"}) as process:
        read_until_ready(process)
        os.kill(demo.read(CHILDREN, [])[-1], signal.SIGKILL)
        assert process.wait(10) == 1
    assert processes_of(demo) == set()
    assert not is_locked(demo.home / LOCK)


def run_to_its_end(environment: dict[str, str], command: str = "run") -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "clinic.dev", command]
    return subprocess.run(argv, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)


def test_a_busy_port_gets_one_clear_line(environment):
    with socket.create_server(("127.0.0.1", int(environment["PORT"]))):
        refused = run_to_its_end(environment)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Port {environment['PORT']} is in use by another program; try PORT=")
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"PORT": "eight"}, "PORT must be a number from 1 to 65535, not 'eight'"),
        ({"DATABASE_URL": "postgresql://127.0.0.1/x"}, "Only DATABASE_URL is set"),
    ],
)
def test_nonsense_gets_one_clear_line(environment, changes, message):
    refused = run_to_its_end(environment | changes)
    assert refused.returncode == 1
    assert refused.stderr.startswith(message)
    assert len(refused.stderr.splitlines()) == 1


def test_a_failed_step_stops_everything(environment):
    refused = run_to_its_end(environment | {"TIME_ZONE": "Mars/Olympus"})
    assert refused.returncode == 1
    assert refused.stderr == "The settings are refused: Incorrect timezone setting: Mars/Olympus\n"
    assert processes_of(Demo()) == set()


def test_secrets_are_kept_and_private(environment):
    demo = Demo()
    first = demo.environment()
    demo.servers.down(wait=True)
    assert (demo.home / "secrets.json").stat().st_mode & 0o777 == 0o600
    second = Demo()
    again = second.environment()
    second.servers.down(wait=True)
    assert again["SECRET_KEY"] == first["SECRET_KEY"]
    assert again["MFA_KEYS"] == first["MFA_KEYS"]
    assert (again["DEMO"], again["DEBUG"]) == ("1", "0")
