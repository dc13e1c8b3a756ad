"""The patient's way in another browser: what only Chromium understands would show here."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from clinic.dev import tools
from clinic.models import User
from exercises.models import Done, LogEntry
from patients.models import Device
from tests import factories
from tests.browser.patient_world import World


@pytest.mark.timeout(300)
def test_link_tick_log_and_progress_in_firefox(
    live_server: LiveServer, priya: User, world: World, tmp_path: Path, record_property
) -> None:
    assert (problem := tools.why_not()) == "", problem
    firefox = tools.find_firefox()
    if not firefox and not os.environ.get("CI"):
        pytest.skip(f"no Firefox here: {tools.install_line([tools.FIREFOX[0]])}")
    link = f"{live_server.url}/t/#{factories.make_link(world.patient)}"
    code = str(factories.make_code(priya, world.patient))
    done = subprocess.run(
        ["node", Path(__file__).with_name("firefox.mjs"), tools.FOLDER, firefox, link, code],
        env=os.environ | {"HOME": str(tmp_path)},  # a profile of its own
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    record_property("figure", f"Firefox: {told['version']}, link, tick, log, code, progress")
    assert told["secretLeft"] == ""
    assert told["plan"] == "Today’s exercises, Margaret"
    assert told["shownBefore"] == "none"  # the reason for a miss waits for the miss
    assert told["shownAfter"] != "none"
    assert told["wide"] <= 390
    assert "1 partly done" in told["said"]
    assert LogEntry.objects.filter(performed_on=world.patient.local_day(world.now)).get().done == Done.PARTLY
    assert Device.objects.filter(patient=world.patient).count() == 1
    assert told["progress"] == "How it has gone"
    assert told["chart"] > 0
    assert told["faults"] == []
