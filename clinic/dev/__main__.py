"""The demo and the environments of development, for the Makefile.

python -m clinic.dev run                        # everything, until Ctrl-C
python -m clinic.dev stop|reset                 # from another terminal; reset deletes the data too
python -m clinic.dev exec [--tests] -- COMMAND  # a command with the demo's (or the tests') servers and settings
"""

import argparse
import os
import shutil
import subprocess
import sys

from clinic import po
from clinic.dev import supervisor
from clinic.dev.demo import Demo
from clinic.dev.environment import for_tests
from clinic.dev.processes import StartError, say
from clinic.dev.services import CHECKOUT, Services, folder_for_tests


def _execute(command: list[str], *, tests: bool) -> int:
    demo, servers = Demo(), Services(folder_for_tests(), "--fast")  # in use as long as these live
    if not tests:
        environment = demo.environment()
    elif "DATABASE_URL" in os.environ:
        environment = for_tests() | os.environ
    else:
        environment = for_tests() | os.environ | servers.up()
    return subprocess.run(command, env=environment, cwd=CHECKOUT, check=False).returncode


def _reset() -> None:
    demo = Demo()
    supervisor.stop(demo)
    demo.servers.clean()
    shutil.rmtree(demo.home, ignore_errors=True)
    say("The demo's data is deleted; `make run` starts afresh.")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m clinic.dev")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("run", "stop", "reset"):
        commands.add_parser(name)
    execute = commands.add_parser("exec")
    execute.add_argument("--tests", action="store_true")
    execute.add_argument("argv", nargs="+")
    given = parser.parse_args()
    po.compile_stale()
    if given.command == "run":
        return supervisor.Supervisor(Demo()).run()
    if given.command == "exec":
        return _execute(given.argv, tests=given.tests)
    _reset() if given.command == "reset" else supervisor.stop(Demo())
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StartError as error:
        sys.exit(str(error))
    except PermissionError as error:
        sys.exit(
            f"{error.filename} belongs to another user; `make reset` as that user deletes the demo's data"
        )
