"""For a process that stays: what it loads once it loads before its first request or mail."""

import functools
import gc
import os

from django.conf import settings
from django.urls import get_resolver
from django.utils.translation import trans_real


def settle() -> None:
    # A page looks up hundreds of words, each in the catalogues of all apps, one after another. The answer is always the
    # same.
    for language, _name in settings.LANGUAGES:
        catalogue = trans_real.translation(language)
        catalogue.gettext = functools.lru_cache(maxsize=20_000)(catalogue.gettext)  # type: ignore[method-assign]

    # What has been loaded by now, and with the addresses all pages, stays until the process ends: to look through it for
    # garbage took up to a tenth of a second, in the middle of somebody's page. Of what comes later, a page makes thousands
    # of objects and drops them again, so that looking after every 700 found little.
    get_resolver().url_patterns  # noqa: B018 - loads them
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


def give_way() -> None:
    """Somebody waits for a page and nobody for a mail: on a machine that does both, pages come first."""
    os.nice(10)
