"""Production as docker-compose.yml starts it: what it names exists, and its commands run as plain processes."""

import http.client
import importlib
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
import redis
import yaml
from cryptography.fernet import Fernet
from django.core.management import get_commands

import clinic.lights
from clinic.celery import app as celery_app
from clinic.dev.postgres import APPLICATION, as_application
from clinic.dev.processes import end_all, free_port, spawn, tail, until

CHECKOUT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if "build" in service}
# Read by the images themselves, or by a command beside them in the file.
OF_IMAGES = {"POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS", "VALKEY_PASSWORD"}
DONE = r"remind_due\[[^]]+\] succeeded"
HOST = "exercises.clinic.example"


def read_by_settings() -> set[str]:
    source = (CHECKOUT / "clinic" / "settings.py").read_text()
    return set(re.findall(r"env\.[a-z]+\(\s*\"([A-Z_]+)\"", source))


def interpolated() -> set[str]:
    return set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (CHECKOUT / "docker-compose.yml").read_text()))


def documented() -> dict[str, str]:
    lines = (CHECKOUT / ".env.example").read_text().splitlines()
    found = [re.fullmatch(r"#?([A-Z_]+)=(.*)", line) for line in lines]
    return {match[1]: match[2] for match in found if match}


def test_services():
    ours = {"migrate", "web", "worker", "beat", "backup"}
    assert SERVICES.keys() == ours | {"postgres", "valkey", "mailcatcher"}
    assert ours == OURS


def test_every_variable_is_read_by_somebody():
    named = {name for service in SERVICES.values() for name in service.get("environment", {})}
    assert len(named) == 38
    assert named - read_by_settings() == OF_IMAGES
    assert interpolated() - named == {"DATABASE_PASSWORD"}  # a part of an address


def test_the_example_documents_every_variable_and_no_other():
    passwords = {"POSTGRES_PASSWORD", "DATABASE_PASSWORD", "VALKEY_PASSWORD"}
    assert documented().keys() == read_by_settings() | passwords


@pytest.mark.check(44)
def test_there_are_no_default_credentials():
    secret = {"SECRET_KEY", "MFA_KEYS", "SMTP_URL"}
    secret |= {"POSTGRES_PASSWORD", "DATABASE_PASSWORD", "VALKEY_PASSWORD"}
    text = (CHECKOUT / "docker-compose.yml").read_text()
    for name in secret:
        uses = re.findall(rf"\$\{{{name}([^}}]*)", text)
        assert uses, name
        assert all(use.startswith(":?") for use in uses), name
        assert documented()[name] == "", name


@pytest.mark.check(44)
def test_foreign_images_are_pinned_to_a_release():
    images = {name: service["image"] for name, service in SERVICES.items() if name not in OURS}
    assert len(images) == 3
    for image in images.values():
        assert re.search(r":v?\d+(\.\d+)+$", image), image
    stages = re.findall(r"^FROM (\S+)", (CHECKOUT / "Dockerfile").read_text(), re.MULTILINE)
    assert len(stages) == 3
    assert all(re.search(r":\d+(\.\d+)+-bookworm$|:\d+(\.\d+)+-slim-bookworm$", stage) for stage in stages)
    # pg_dump is no older than the server, and of the same Debian as what it runs in
    assert f"{images['postgres']}-bookworm" in stages


def test_database_and_broker_stay_inside():
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("postgres", "valkey", "beat", "backup"):
        assert SERVICES[name]["networks"] == ["inside"]
        assert "ports" not in SERVICES[name]
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_workers_may_finish_a_mail():
    assert SERVICES["worker"]["stop_grace_period"] == "300s"
    for name in OURS:
        assert SERVICES[name]["read_only"] is True


def test_every_management_command_exists():
    script = SERVICES["migrate"]["command"][-1]
    commands = re.findall(r"^python manage.py (\S+)", script, re.MULTILINE)
    assert commands == [
        "migrate",
        "grant_application",
        "load_vocabularies",
        "index_catalogue",
        "write_help_pages",
        "mark_deployment",
    ]
    assert set(commands) <= get_commands().keys()


def test_every_program_exists():
    assert SERVICES["backup"]["command"] == ["python", "manage.py", "backup"]
    programs = {SERVICES[name]["command"][0] for name in ("web", "worker", "beat")}
    assert programs == {"gunicorn", "python", "celery"}
    assert all((Path(sys.executable).parent / program).exists() for program in programs)
    module, _, name = SERVICES["web"]["command"][1].partition(":")
    assert callable(getattr(importlib.import_module(module), name))
    kept = SERVICES["worker"]["command"]
    assert kept[1:4] == ["manage.py", "keep_running", "--"]
    assert kept[2] in get_commands()
    for command in (kept[4:], SERVICES["beat"]["command"]):
        assert command[:3] == ["celery", "-A", celery_app.main]
    assert (kept[7], SERVICES["beat"]["command"][3]) == ("worker", "beat")


def test_the_health_checks_of_worker_and_beat_ask_for_lights_that_exist():
    for service in ("worker", "beat"):
        _cmd, python, script, command, *lights = SERVICES[service]["healthcheck"]["test"]
        assert (python, script) == ("python", "manage.py")
        assert command in get_commands()
        assert lights
        assert {f"_{name}" for name in lights} <= vars(clinic.lights).keys()


# --- the same commands as plain processes ---------------------------------------------------------------------


@pytest.fixture
def installation(tmp_path) -> Iterator[dict[str, str]]:
    """Production settings on an empty database of its own."""
    server, _, name = os.environ["DATABASE_URL"].rpartition("/")
    name = f"{name}_compose_{secrets.token_hex(4)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "DATABASE_URL": as_application(f"{server}/{name}"),
            "MIGRATION_DATABASE_URL": f"{server}/{name}",
            "REDIS_URL": os.environ["REDIS_URL"],
            "SECRET_KEY": secrets.token_urlsafe(50),
            "MFA_KEYS": Fernet.generate_key().decode(),
            "SITE_URL": f"https://{HOST}",
            "MAIL_FROM": "exercises@clinic.example",
            "SMTP_URL": "smtp://127.0.0.1:1",
            "STATIC_ROOT": str(tmp_path / "static"),
            "TICK_SECONDS": "1",
            "FOOTWORK_DEPLOYMENT_ID": "compose-as-processes",
        }
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    redis.Redis.from_url(os.environ["REDIS_URL"]).flushdb()


def manage(installation: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=installation,
        capture_output=True,
        text=True,
        check=False,
    )


def get(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": HOST})
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def command_of(service: str, port: int, tmp_path: Path) -> list[str]:
    """As in the file; only the port and the scratch folder are ours."""
    program, *arguments = SERVICES[service]["command"]
    swaps = {"0.0.0.0:8000": f"127.0.0.1:{port}", "/tmp": str(tmp_path)}  # noqa: S108
    for old, new in swaps.items():
        arguments = [argument.replace(old, new) for argument in arguments]
    return [str(Path(sys.executable).parent / program), *arguments]


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_commands_run_in_production_settings(installation, tmp_path):
    assert manage(installation, "collectstatic", "--noinput").returncode == 0
    assert (tmp_path / "static" / "staticfiles.json").exists()
    script = subprocess.run(
        SERVICES["migrate"]["command"],
        cwd=CHECKOUT,
        env=installation,
        capture_output=True,
        text=True,
        check=False,
    )
    assert script.returncode == 0, script.stderr
    del installation["MIGRATION_DATABASE_URL"]  # what comes now is not told who owns the tables
    assert manage(installation, "check", "--database", "default", "--fail-level", "WARNING").returncode == 0
    port, logs = free_port(), {name: tmp_path / f"{name}.log" for name in ("web", "worker", "beat")}
    running = [
        spawn(command_of(name, port, tmp_path), log=log, cwd=CHECKOUT, env=installation)
        for name, log in logs.items()
    ]
    try:
        assert until(lambda: get(port, "/health/ready") == 200, 60), tail(logs["web"])
        assert get(port, "/health/live") == 200
        check = SERVICES["web"]["healthcheck"]["test"][-1].replace("8000", str(port))
        assert subprocess.run([sys.executable, "-c", check], env=installation, check=False).returncode == 0
        # Beat ticked, Valkey carried it, the worker did it.
        assert until(lambda: re.search(DONE, tail(logs["worker"], 50_000)) is not None, 30), tail(
            logs["worker"]
        )
        assert all(process.poll() is None for process in running)
        started = time.monotonic()
    finally:
        end_all(running, 30)
    assert time.monotonic() - started < 30
    assert [process.returncode for process in running] == [0, 0, 0]


WRONG = {
    "missing": ({"SECRET_KEY": None}, "SECRET_KEY is not set"),
    "default": (
        {"SECRET_KEY": f"django-insecure-{'abcdefghij' * 5}"},
        "SECRET_KEY is a default or too short",
    ),
    "short": ({"SECRET_KEY": "correct-horse"}, "SECRET_KEY is a default or too short"),
    "monotonous": ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY is a default or too short"),
    "unreadable": ({"SECRET_KEY_FILE": "/nowhere/key"}, "SECRET_KEY_FILE: cannot read /nowhere/key"),
    "unnamed": ({"FOOTWORK_DEPLOYMENT_ID": None}, "footwork.E010"),
    "unencrypted": ({"SITE_URL": f"http://{HOST}"}, "footwork.E005"),
}


RIGHT = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": secrets.token_urlsafe(50),
    "MFA_KEYS": Fernet.generate_key().decode(),
    "SITE_URL": f"https://{HOST}",
    "MAIL_FROM": "exercises@clinic.example",
    "SMTP_URL": "smtp://127.0.0.1:1",
    "DEBUG": "0",
    "FOOTWORK_DEPLOYMENT_ID": "a-name-for-it",
    "BACKUP_DIR": "/var/backups/footwork",
    "BACKUP_RECIPIENT": "backup@clinic.example",
}


def warned(**changes: str | None) -> subprocess.CompletedProcess[str]:
    given = {name: value for name, value in (RIGHT | changes).items() if value is not None}
    return manage(given, "check", "--deploy", "--fail-level", "WARNING")


@pytest.mark.slow
@pytest.mark.check(41)
def test_production_settings_leave_nothing_to_warn_of():
    """And the next test spoils them."""
    clean = warned()
    assert clean.returncode == 0, clean.stderr
    assert "no issues (0 silenced)" in clean.stdout


@pytest.mark.slow
def test_an_installation_without_backups_is_warned():
    told = warned(BACKUP_RECIPIENT=None)
    assert told.returncode != 0
    assert "footwork.W003" in told.stderr


@pytest.mark.slow
@pytest.mark.parametrize("case", WRONG)
@pytest.mark.check(41)
def test_production_refuses_to_start(case):
    changes, message = WRONG[case]
    wrong = {name: value for name, value in (RIGHT | changes).items() if value is not None}
    refused = manage(wrong, "check")
    assert refused.returncode != 0
    assert message in refused.stderr


def test_the_database_address_survives_its_round_trip():
    """What compose builds is what the settings' reader takes apart."""
    url = SERVICES["migrate"]["environment"]["MIGRATION_DATABASE_URL"]
    assert [name for name in OURS if "MIGRATION_DATABASE_URL" in SERVICES[name]["environment"]] == ["migrate"]
    role = urlsplit(re.sub(r"\$\{[^}]*\}", "a1b2", SERVICES["web"]["environment"]["DATABASE_URL"]))
    assert role.username == APPLICATION
    filled = re.sub(r"\$\{[^}]*\}", "a1b2", url)
    parts = urlsplit(filled)
    assert (parts.username, unquote(parts.password or ""), parts.hostname, parts.path) == (
        SERVICES["postgres"]["environment"]["POSTGRES_USER"],
        "a1b2",
        "postgres",
        f"/{SERVICES['postgres']['environment']['POSTGRES_DB']}",
    )
