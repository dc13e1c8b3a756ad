"""The small tools behind the Makefile: mail catcher, browser finder, Python check."""

import os
import shutil
import smtplib
import stat
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest

from clinic.dev import browser
from clinic.dev.processes import StartError, end_all, free_port, is_alive, spawn, until
from clinic.dev.services import CHECKOUT
from clinic.dev.side_by_side import side_by_side


def test_the_mail_catcher_writes_whole_files(tmp_path):
    port, folder = free_port(), tmp_path / "mail"
    folder.mkdir()
    argv = [sys.executable, "-m", "clinic.dev.mailcatcher", str(port), str(folder)]
    catcher = spawn(argv, log=tmp_path / "log", cwd=CHECKOUT)
    try:
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = (
            "clinic@footwork.example",
            "ann@mail.example",
            "Für Ännchen",
        )
        letter.set_content("Roll, stand, walk.\n.\nA line with a dot above.")

        def deliver() -> bool:
            try:
                with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
                    return client.send_message(letter) == {}
            except ConnectionRefusedError:
                return False

        assert until(deliver, 10)
        (kept,) = folder.iterdir()
        assert kept.suffix == ".eml"
        assert not kept.name.startswith(".")
        assert b"Subject: =?utf-8?" in kept.read_bytes()
        assert b"\r\n.\r\nA line with a dot above." in kept.read_bytes()
    finally:
        end_all([catcher], 5)
    assert catcher.returncode == 0


def program(path: Path) -> str:
    path.write_text("#!/bin/sh\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_the_named_browser_comes_first(tmp_path, monkeypatch):
    named, on_path = program(tmp_path / "mine"), program(tmp_path / "chromium")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CHROMIUM", named)
    assert browser.find_chromium() == named
    monkeypatch.delenv("CHROMIUM")
    assert browser.find_chromium() == on_path


def test_tests_drive_the_shell_where_there_is_one_and_none_was_named(tmp_path, monkeypatch):
    browser_itself = program(tmp_path / "chromium")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    assert browser.find_for_tests() == browser_itself
    shell = program(tmp_path / "chromium-headless-shell")
    assert browser.find_for_tests() == shell
    assert browser.find_chromium() == browser_itself
    monkeypatch.setenv("CHROMIUM", browser_itself)
    assert browser.find_for_tests() == browser_itself


@pytest.mark.parametrize("works", [True, False])
def test_the_shell_is_installed_with_the_browser_and_asked_for_once(tmp_path, monkeypatch, works):
    """By an apt-get that notes what it was asked for."""
    asked = tmp_path / "asked"
    program(tmp_path / "chromium")
    apt = Path(program(tmp_path / "apt-get"))
    apt.write_text(f"#!/bin/sh\necho $* >> {asked}\nexit {0 if works else 1}\n")
    (tmp_path / "sh").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(browser, "TRIED", tmp_path / "cache" / "tried")
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0)
    monkeypatch.setattr(sys, "argv", ["browser"])
    browser.main()
    assert browser.TRIED.exists() is not works
    lines = asked.read_text().splitlines()
    if works:
        assert lines[1].startswith("install -y --no-install-recommends chromium ")
        assert lines[1].endswith(" chromium-headless-shell")
    else:
        assert lines == ["update"]
        browser.main()
        assert asked.read_text().splitlines() == ["update"]


def test_a_named_browser_that_is_none_is_an_error(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(StartError, match="CHROMIUM=/nowhere/chromium is not a program"):
        browser.find_chromium()


def test_without_a_browser_the_line_that_installs_one_is_shown(tmp_path, monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "MACOS", ())
    monkeypatch.setattr(sys, "argv", ["browser", "--find"])
    with pytest.raises(StartError, match="apt-get install -y --no-install-recommends chromium"):
        browser.main()


def test_an_old_python_gets_one_clear_line(tmp_path):
    """A folder with nothing but the Makefile and a `python3` that is too old."""
    shutil.copy(CHECKOUT / "Makefile", tmp_path)
    (tmp_path / "bin").mkdir()
    old = tmp_path / "bin" / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    make = shutil.which("make")
    assert make
    environment = {"PATH": str(tmp_path / "bin")}
    done = subprocess.run(
        [make, "run"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert done.stderr.splitlines()[0].startswith("Footwork needs Python 3.11 or newer.")
    assert len(done.stderr.splitlines()) == 2  # ours, and make's own "Error 1"


@pytest.mark.parametrize(("there", "taken"), [(["slow", "fast"], "fast"), (["slow"], "slow")])
def test_a_python_built_without_optimisation_comes_last(tmp_path, there, taken):
    """Each is asked with `-c` what it is; the one that is taken gets the file to run."""
    shutil.copy(CHECKOUT / "Makefile", tmp_path)
    for name in there:
        (tmp_path / name).mkdir()
        python = Path(program(tmp_path / name / "python3"))
        refusal = 'case "$2" in *optimizations*) exit 1;; esac; ' if name == "slow" else ""
        python.write_text(f'#!/bin/sh\n{refusal}[ "$1" = -c ] || echo taken: {name}\n')
    make = shutil.which("make")
    assert make
    environment = {"PATH": ":".join(str(tmp_path / name) for name in there)}
    done = subprocess.run(
        [make, "setup"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"taken: {taken}\n"


def test_make_lists_every_target():
    targets = [
        line.split(":")[0]
        for line in (CHECKOUT / "Makefile").read_text().splitlines()
        if line and line[0].isalpha() and ": " in f"{line} " and ":=" not in line and "?=" not in line
    ]
    listed = subprocess.run(["make", "help"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    shown = [line.split()[0] for line in listed.splitlines() if line.startswith("  ")]
    assert [name for name in targets if not name.startswith("export")] == shown
    assert len(shown) == 31
    phony = (CHECKOUT / "Makefile").read_text().count(".PHONY: ")
    assert phony == len(shown)
    assert os.access(CHECKOUT / ".ci" / "run", os.X_OK)


@pytest.mark.slow
@pytest.mark.check(44)
def test_packages_come_from_the_lock_alone():
    """Resolving again would meet releases of today, which the lock cannot know."""
    named = [CHECKOUT / "Dockerfile", CHECKOUT / "clinic/dev/install.py"]
    for text in (path.read_text().replace('", "', " ") for path in named):
        assert "--no-deps --require-hashes" in text
    checked = subprocess.run(
        [sys.executable, "-m", "pip", "check"], check=False, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout


def test_side_by_side_tells_one_after_the_other_and_who_failed(capfdbinary, tmp_path, monkeypatch):
    """The first waits for the second, so they do run at the same time."""
    monkeypatch.chdir(tmp_path)
    failed = side_by_side(
        {
            "first": ["sh", "-c", "echo one; while [ ! -e second ]; do sleep 0.02; done; echo two; exit 3"],
            "second": ["sh", "-c", "echo three; touch second"],
            "third": ["sh", "-c", "exit 1"],
        }
    )
    assert failed == ["first", "third"]
    assert capfdbinary.readouterr().out == b"one\ntwo\nthree\n"


def test_side_by_side_leaves_nobody_behind(tmp_path):
    """A stop reaches whoever still runs."""
    code = "from clinic.dev.side_by_side import main; import sys; sys.exit(main(['x', 'y']))"
    make = tmp_path / "make"
    make.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/$1.pid\nexec sleep 60\n")
    make.chmod(0o755)
    environment = os.environ | {"MAKE": str(make)}
    runner = subprocess.Popen([sys.executable, "-c", code], cwd=CHECKOUT, env=environment)
    pids = [tmp_path / "x.pid", tmp_path / "y.pid"]
    assert until(lambda: all(pid.exists() and pid.read_text() for pid in pids), 20)
    runner.terminate()
    assert runner.wait(20) == 143
    assert not any(is_alive(int(pid.read_text())) for pid in pids)
