"""The scripts that patients load: what they weigh, and what of them goes out."""

import gzip
import re
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.test import Client

from clinic.static_files import StaticFiles, for_browsers
from patients.models import Patient
from tests import factories

SCRIPTS = Path(settings.BASE_DIR) / "static" / "js"
OF_STAFF = {"copy.js", "draft.js", "find.js", "session.js", "swaps.js", "week.js"}
OF_PATIENTS = sorted({path.name for path in SCRIPTS.glob("*.js")} - OF_STAFF)
# The page that loads most: the guided exercises on a device of the patient's own.
MOST = ["player.js", "queue.js", "timeline.js", "worker.js"]
WORKER = "worker.js"


def sent(name: str) -> bytes:
    return for_browsers((SCRIPTS / name).read_bytes())


def test_patients_load_little() -> None:
    sizes = {name: len(gzip.compress(sent(name))) for name in OF_PATIENTS}
    all_of_them, most = sum(sizes.values()), sum(sizes[name] for name in MOST)
    # Every browser of these years asks for Brotli, which static files have; the worker is no such file.
    smaller = sum(len(brotli.compress(sent(name))) for name in MOST if name != WORKER) + sizes[WORKER]
    print(sizes, f"all {all_of_them}, most on one page {most}, as they travel {smaller}")  # noqa: T201 (the figures)
    assert smaller <= 6_000
    assert most <= 6_600  # where gzip is all there is
    assert all_of_them <= 8_100


@pytest.mark.django_db
def test_no_page_loads_more_than_the_guided_exercises(
    client: Client, margaret: Patient, programme: object
) -> None:
    factories.open_device(client, margaret)
    guide = client.get("/today/guide/").content.decode()
    loaded = set(re.findall(r'src="/static/js/([^"]+)"', guide))
    assert loaded | {"timeline.js", "worker.js"} == {*MOST}  # which these two load themselves


@pytest.mark.parametrize("name", OF_PATIENTS)
def test_only_what_nobody_runs_is_left_out(name: str) -> None:
    lines = (SCRIPTS / name).read_text().splitlines()
    assert not [
        line for line in lines if line.count("`") % 2
    ]  # a text of several lines would lose its indentation
    run = [line.strip() for line in lines if not line.lstrip().startswith(("//", "/*"))]
    assert sent(name).decode().splitlines() == run


def test_scripts_are_collected_as_they_are_sent(tmp_path: Path) -> None:
    """Under their own name, and under the one that says what is in them."""
    files, source = StaticFiles(location=tmp_path), FileSystemStorage(settings.STATICFILES_DIRS[0])
    names = [f"js/{name}" for name in OF_PATIENTS] + ["css/app.css"]
    for name in names:
        with source.open(name) as file:
            files.save(name, file)
    assert list(files.post_process({name: (source, name) for name in names}))
    for name in OF_PATIENTS:
        for stored in (f"js/{name}", files.stored_name(f"js/{name}")):
            assert (tmp_path / stored).read_bytes() == sent(name), stored
    assert (tmp_path / "css/app.css").read_bytes() == Path(source.path("css/app.css")).read_bytes()


def test_the_worker_is_sent_like_the_scripts_beside_it(client: Client) -> None:
    assert client.get("/today/worker.js").content == sent("worker.js")
