"""What judges the pages in the browser tests besides Chromium, and how to get it.

python -m clinic.dev.tools           # installs what is missing: programs by apt when we are root, the rest by npm
python -m clinic.dev.tools --find    # says where they are, or fails with the line that installs them

Lighthouse, the Nu HTML checker and puppeteer-core (which speaks to Firefox) are npm packages, pinned with their hashes
in clinic/dev/node and installed below .cache, without running any script of theirs. Nothing of this is ever served.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from clinic.dev.processes import StartError, locked, say

CHECKOUT = Path(__file__).resolve().parents[2]
PINNED = Path(__file__).with_name("node")
FOLDER = CHECKOUT / ".cache" / "node"
STAMP = FOLDER / ".installed"
LIGHTHOUSE = FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"
CHECKER = FOLDER / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
FILES = ("package.json", "package-lock.json", ".npmrc")

# A program and Debian's package with it. Firefox only for a smoke test, which says so where there is none.
NEEDED = {"node": "nodejs", "npm": "npm", "java": "default-jre-headless"}
FIREFOX = ("firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox")


def find_firefox() -> str:
    """$FIREFOX, then the usual names; '' when there is none."""
    if chosen := os.environ.get("FIREFOX"):
        if not shutil.which(chosen):
            raise StartError(f"FIREFOX={chosen} is not a program")
        return chosen
    return next((path for name in FIREFOX if (path := shutil.which(name))), "")


def missing_packages() -> list[str]:
    missing = [package for program, package in NEEDED.items() if not shutil.which(program)]
    return missing if find_firefox() else [*missing, FIREFOX[0]]


def install_line(packages: list[str]) -> str:
    return f"apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"


def wanted() -> str:
    return hashlib.sha256(b"".join((PINNED / name).read_bytes() for name in FILES)).hexdigest()


def is_installed() -> bool:
    return STAMP.exists() and STAMP.read_text() == wanted()


def why_not(program: str = "node") -> str:
    """Why a test cannot use the tools; '' when it can."""
    if not shutil.which(program):
        return f"No {program}. Install it, for example on Debian or Ubuntu: {install_line([NEEDED[program]])}"
    return (
        ""
        if is_installed()
        else "The tools of the browser tests are missing or old. Install them: make tools"
    )


def _install_programs() -> None:
    packages = missing_packages()
    if not packages:
        return
    line = install_line(packages)
    if os.geteuid() or not shutil.which("apt-get"):
        if packages == [FIREFOX[0]]:
            say(f"No Firefox: its test will be skipped, and says so. To have one: {line}")
            return
        raise StartError(f"The browser tests need node, npm and java. Install them, for example:\n    {line}")
    say(f"Installing {', '.join(packages)} by apt …")
    _run(["sh", "-c", line], "apt", os.environ | {"DEBIAN_FRONTEND": "noninteractive"})


def _install_pinned() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with locked(FOLDER.with_suffix(".lock")):
        if is_installed():
            return
        say("Installing the tools of the browser tests by npm, about half a minute …")
        for name in FILES:
            shutil.copy(PINNED / name, FOLDER / name)
        _run(["npm", "ci", "--no-progress"], "npm", dict(os.environ))
        STAMP.write_text(wanted())


def _run(command: list[str], name: str, env: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=FOLDER if name == "npm" else None,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StartError(f"{done.stdout[-1500:]}\n{name} could not install the tools of the browser tests.")


def main() -> None:
    if "--find" in sys.argv:
        if problem := why_not() or why_not("java"):
            raise StartError(problem)
    else:
        _install_programs()
        _install_pinned()
    say(f"tools: {FOLDER}, firefox: {find_firefox() or 'none'}")


if __name__ == "__main__":
    try:
        main()
    except StartError as error:
        sys.exit(str(error))
