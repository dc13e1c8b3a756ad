"""Ending what was started: a session with the process groups that its members made."""

import signal
import sys
from pathlib import Path

import pytest

from clinic.dev.processes import end, run, sessions_with, spawn, until

PROGRAM = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], process_group=0)
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
time.sleep(600)
"""


def is_running(pid: int) -> bool:
    state = run(["ps", "-o", "stat=", "-p", str(pid)]).stdout.strip()
    return bool(state) and not state.startswith("Z")


@pytest.mark.slow
def test_a_process_that_is_deaf_is_killed_with_the_groups_of_its_session(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    process = spawn([sys.executable, "-c", PROGRAM, noted], log=None)
    assert until(lambda: noted.exists() and noted.read_text().isdigit(), 60)
    child = int(noted.read_text())
    assert sessions_with(str(noted)) == {process.pid}
    end(process, signal.SIGTERM, 0.5)
    assert process.returncode == -signal.SIGKILL
    assert until(lambda: not is_running(child), 10)
