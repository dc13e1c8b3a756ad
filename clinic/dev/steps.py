"""The database steps of `make run` in one process: Django is loaded once instead of once a step.

python -m clinic.dev.steps FOLDER_OF_LOGS
"""

import logging
import sys
import traceback
from functools import partial
from pathlib import Path

import django
from django.core.management import call_command

from clinic.dev.processes import step, tail

COMMANDS = {  # management command: what the newcomer reads meanwhile
    "migrate": "Applying migrations",
    "grant_application": "Granting the application its role",
    "load_vocabularies": "Loading vocabularies",
    "load_catalogue": "Loading the catalogue",
    "seed_demo": "Seeding the demo clinic",
    "write_help_pages": "Writing the help pages",
}


def _call(command: str, path: Path) -> None:
    with path.open("w") as log:
        try:
            call_command(command, stdout=log, stderr=log, skip_checks=False)
        except Exception as error:  # noqa: BLE001  whatever it is, the newcomer needs the file's name
            log.write(traceback.format_exc())
            log.flush()
            sys.exit(
                f"{tail(path, 1000)}\n\n`manage.py {command}` failed ({error!r}); all it said is in {path}"
            )


def _load() -> None:
    try:
        django.setup()
        logging.disable(logging.INFO)  # the newcomer reads the steps
    except Exception as error:  # noqa: BLE001  most likely a variable in the developer's own environment
        sys.exit(f"The settings are refused: {error}")


def main(folder: Path) -> None:
    step("Loading Django", _load)
    for command, title in COMMANDS.items():
        step(title, partial(_call, command, folder / f"{command}.log"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
