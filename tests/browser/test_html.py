"""Every page that patients see is HTML without an error, says the Nu HTML checker of the W3C's people."""

import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from clinic.dev import tools
from tests import factories
from tests.browser.patient_world import World, others, pages, posted, turn_to

# Of anybody, before a key of any kind.
PUBLIC = ("clinic:home", "account_login", "account_reset_password")


def faults_of(folder: Path) -> list[str]:
    """One run of the checker over all files, since Java takes a second to start."""
    assert (problem := tools.why_not("java")) == "", problem
    done = subprocess.run(
        ["java", "-jar", tools.CHECKER, "--format", "json", "--exit-zero-always", folder],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return [
        f"{Path(found['url']).name}: {found['message']} … {found.get('extract', '')[:200]}"
        for found in json.loads(done.stderr)["messages"]
        if found["type"] == "error" or found.get("subType") == "fatal"
    ]


def rendered(world: World, language: str) -> dict[str, bytes]:
    """All pages with every key in hand, the public ones without, and what forms answer."""
    turn_to(world, language)
    full, stranger = (
        Client(headers={"accept-language": language}),
        Client(headers={"accept-language": language}),
    )
    factories.open_plan(full, world.patient, now=world.now)
    factories.confirm_device(full, factories.open_device(full, world.patient))
    found = {}
    for name, address in pages(world).items():
        answer = full.get(address)
        assert answer.status_code == (404 if name == "nothing there" else 200), (
            f"{name}: {answer.status_code}"
        )
        assert answer.headers["Content-Type"].startswith("text/html"), name
        found[name] = answer.content
    for name in PUBLIC:
        found[name] = stranger.get(reverse(name)).content
    return found | others(world) | posted(full, world)


@pytest.mark.timeout(400)
def test_every_page_of_patients_is_without_an_error(world: World, tmp_path: Path, record_property) -> None:
    counted = Counter[str]()
    for language in ("en-gb", "ar"):
        for name, content in rendered(world, language).items():
            (tmp_path / f"{name.replace(':', '-')} ({language}).html").write_bytes(content)
            counted[language] += 1
    faults = faults_of(tmp_path)
    record_property(
        "figure", f"Nu HTML checker: {len(faults)} errors on {sum(counted.values())} pages, {dict(counted)}"
    )
    assert faults == []
