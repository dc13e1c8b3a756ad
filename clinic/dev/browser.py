"""Which Chromium the browser tests drive, and how to get one.

python -m clinic.dev.browser           # prints its path; installs one by apt when we are root
python -m clinic.dev.browser --find    # prints its path, or fails with the line that installs one
"""

import os
import shutil
import subprocess
import sys

from clinic.dev.processes import StartError, say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# The fonts are for what the pages show: Latin, Arabic (right to left), symbols.
PACKAGES = ("chromium", "fonts-liberation", "fonts-noto-core", "fonts-noto-color-emoji")
INSTALL = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(PACKAGES)}"
MISSING = f"""No Chromium for the browser tests. Install one, for example on Debian or Ubuntu:
    sudo sh -c '{INSTALL}'
or name the one you have: CHROMIUM=/path/to/chromium make e2e"""


def find_chromium() -> str:
    """$CHROMIUM, then what is on PATH, then the usual places of macOS; '' when there is none."""
    if chosen := os.environ.get("CHROMIUM"):
        if not shutil.which(chosen):
            raise StartError(f"CHROMIUM={chosen} is not a program")
        return chosen
    return next((path for name in (*NAMES, *MACOS) if (path := shutil.which(name))), "")


def _install() -> None:
    if os.geteuid() or not shutil.which("apt-get"):
        raise StartError(MISSING)
    say("Installing Chromium by apt, about half a minute …")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["sh", "-c", INSTALL],
        env=os.environ | quiet,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode or not find_chromium():
        raise StartError(f"{done.stdout[-1500:]}\n{MISSING}")


def main() -> None:
    if not find_chromium():
        if "--find" in sys.argv:
            raise StartError(MISSING)
        _install()
    say(f"browser: {find_chromium()}")


if __name__ == "__main__":
    try:
        main()
    except StartError as error:
        sys.exit(str(error))
