"""The server as in production, as far as a thread can be one: hashed and compressed files, gzip, their headers.

pytest-django's own server hands files out as they lie on the disk, past every middleware.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings as configured
from django.core.management import call_command
from django.test.testcases import LiveServerThread

from tests.browser.patient_world import DRAWN


@contextmanager
def serving(settings: Any, folder: Path) -> Iterator[str]:
    """The address of a server that lasts as long as this block. Only the drawings of the world are compressed: all of
    them take a quarter of a minute."""
    source, collected = folder / "source", folder / "collected"
    _copy(Path(configured.BASE_DIR) / "static", source)
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = str(collected)
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = False
    storage = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": storage}
    call_command("collectstatic", interactive=False, verbosity=0)
    thread = LiveServerThread("localhost", _middleware_only)  # type: ignore[arg-type]
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    try:
        yield f"http://localhost:{thread.port}"
    finally:
        thread.terminate()


def _middleware_only(application: Any) -> Any:
    """In the place of a handler that would serve the files itself."""
    return application


def _copy(static: Path, target: Path) -> None:
    def others(folder: str, names: list[str]) -> set[str]:
        if Path(folder).name != "exercises":
            return set()
        return {name for name in names if not name.startswith(tuple(DRAWN))}

    shutil.copytree(static, target, ignore=others)
