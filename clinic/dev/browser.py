"""Which Chromium the browser tests drive, and how to get one.

python -m clinic.dev.browser           # prints its path; installs one by apt when we are root
python -m clinic.dev.browser --find    # prints its path, or fails with the line that installs one

The *headless shell* is the same Chromium without the program around the page: it takes less than half of the
processor's time. Tests drive it where there is one, and Chromium itself where there is none.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from clinic.dev.processes import StartError, say

SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# The fonts are for what the pages show: Latin, Arabic (right to left), symbols.
PACKAGES = ("chromium", "fonts-liberation", "fonts-noto-core", "fonts-noto-color-emoji")
INSTALL = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(PACKAGES)}"
TRIED = Path(__file__).parents[2] / ".cache" / "no-headless-shell"
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


def find_for_tests() -> str:
    """$CHROMIUM, then a headless shell on PATH, then what ``find_chromium`` finds."""
    shell = next((path for name in SHELLS if (path := shutil.which(name))), "")
    return find_chromium() if os.environ.get("CHROMIUM") or not shell else shell


def _apt(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", line],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _can_install() -> bool:
    return not os.geteuid() and bool(shutil.which("apt-get"))


def _install() -> None:
    if not _can_install():
        raise StartError(MISSING)
    say("Installing Chromium by apt, about half a minute …")
    done = _apt(INSTALL)
    if done.returncode or not find_chromium():
        raise StartError(f"{done.stdout[-1500:]}\n{MISSING}")


def _install_shell() -> None:
    """Together with Chromium, since both have to be of one version. Not every system has a package of it: so once."""
    if os.environ.get("CHROMIUM") or find_for_tests() != shutil.which(NAMES[0]) or TRIED.exists():
        return
    if _can_install():
        say("Installing Chromium's headless shell by apt …")
        if _apt(f"{INSTALL} {SHELLS[0]}").returncode:
            TRIED.parent.mkdir(exist_ok=True)
            TRIED.touch()


def main() -> None:
    if not find_chromium():
        if "--find" in sys.argv:
            raise StartError(MISSING)
        _install()
    if "--find" not in sys.argv:
        _install_shell()
    say(f"browser: {find_for_tests()}")


if __name__ == "__main__":
    try:
        main()
    except StartError as error:
        sys.exit(str(error))
