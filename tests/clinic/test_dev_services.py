"""The local PostgreSQL and Valkey: shared by several processes, never left behind, never in a foreign folder."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

from clinic.dev import keeper
from clinic.dev.folder import MARK
from clinic.dev.postgres import Postgres
from clinic.dev.processes import StartError, is_locked, try_lock, until
from clinic.dev.pytest_plugin import _valkey_database
from clinic.dev.services import CHECKOUT, Services

pytestmark = pytest.mark.slow


@pytest.fixture
def directory(tmp_path) -> Iterator[Path]:
    path = tmp_path / "servers"
    yield path
    Services(path).clean()


@contextmanager
def user_process(directory: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that uses the servers of this folder."""
    argv = [sys.executable, "-m", "clinic.dev.services", "start", "--fast", "--dir", str(directory)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT) as process:
        assert process.stdout
        try:
            assert process.stdout.readline().startswith("DATABASE_URL=")
            yield process
        finally:
            process.kill()


def ask_both(urls: dict[str, str]) -> tuple[int, bool]:
    with psycopg.connect(urls["DATABASE_URL"]) as connection:
        row = connection.execute("SELECT 1").fetchone()
    assert row
    with redis.Redis.from_url(urls["REDIS_URL"]) as valkey:
        return row[0], valkey.ping()


def test_both_answer_and_end_with_their_only_user(directory):
    services = Services(directory, "--fast")
    assert ask_both(services.up()) == (1, True)
    server = Postgres(services.folder)
    services.down(wait=True)
    assert not services.is_up()
    assert not server.is_running()


def test_they_stay_while_anybody_uses_them(directory):
    mine = Services(directory, "--fast")
    with user_process(directory) as other:
        urls = mine.up()
        other.send_signal(signal.SIGINT)
        assert other.wait(10) == 0
    assert ask_both(urls) == (1, True)
    mine.down(wait=True)
    assert not mine.is_up()


def test_they_end_with_a_user_that_is_killed(directory):
    with user_process(directory) as user:
        user.kill()
    services = Services(directory)
    assert until(lambda: not is_locked(services.home / keeper.LOCK), 5)
    assert not Postgres(services.folder).is_running()


def test_data_outlives_a_killed_keeper(directory):
    services = Services(directory)
    with psycopg.connect(services.up()["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    os.kill(int(services.folder.read(keeper.PID)), signal.SIGKILL)
    assert until(lambda: not services.is_up(), 5)
    services.down()
    with psycopg.connect(services.up()["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    services.down(wait=True)


def test_stop_ends_them_for_everybody(directory):
    with user_process(directory) as user:
        Services(directory).stop()
        assert user.wait(10) == 0
    assert not Services(directory).is_up()


def test_tcp_needs_the_password(directory):
    services = Services(directory, "--fast", "--tcp")
    url = services.up()["DATABASE_URL"]
    password = services.folder.read("pg.password")
    assert psycopg.connect(url).close() is None
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace(password, "guessed"))
    services.down(wait=True)


def test_a_folder_with_other_files_is_refused_and_kept(directory):
    services = Services(directory)
    services.home.mkdir(parents=True)
    foreign = services.home / "thesis.txt"
    foreign.write_text("three years")
    with pytest.raises(StartError, match="holds other files"):
        services.up()
    services.clean()
    assert foreign.read_text() == "three years"
    assert not (services.home / MARK).exists()
    foreign.unlink()
    services.home.rmdir()


def test_a_second_run_gets_another_slot(tmp_path):
    with (tmp_path / "run-0.lock").open("a") as first, (tmp_path / "run-0.lock").open("a") as second:
        assert try_lock(first) is True
        assert try_lock(second) is False
    assert _valkey_database("redis://:word@127.0.0.1:5/8", 3) == "redis://:word@127.0.0.1:5/11"
