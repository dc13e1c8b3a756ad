#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line

from clinic import within


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    with within.every_clinic(
        f"manage.py {' '.join(sys.argv[1:2])}"
    ):  # whoever has a shell here is the system
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
