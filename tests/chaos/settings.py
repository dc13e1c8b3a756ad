"""Production's settings with shorter waits, for processes that tests break on purpose; the code stays production's.

All waits of the outbox are shortened by one factor, so that they stand to each other as they do in production.
"""

import os

from clinic.settings import *  # noqa: F403 - what Django's documentation calls a settings module of one's own
from clinic.settings import OUTBOX as THEIRS
from clinic.settings import OUTBOX_PAUSES as THEIR_PAUSES

SCALE = float(os.environ["CHAOS_SCALE"])
SHORTENED = ("connect", "command", "final_reply", "lease", "budget")
OUTBOX = THEIRS | {name: THEIRS[name] / SCALE for name in SHORTENED}  # type: ignore[assignment]
OUTBOX_PAUSES = {name: seconds / SCALE for name, seconds in THEIR_PAUSES.items()}  # type: ignore[misc]
