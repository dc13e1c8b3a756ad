"""On PYTHONPATH of one process: its clock runs CLOCK_SKEW_HOURS fast or slow, from before any other import.

Python runs a module of this name at its start. time-machine replaces the C functions that read the clock, those of
libraries included; the monotonic clock, which no operator can set wrongly, goes on.
"""

import os
from datetime import UTC, datetime, timedelta

import time_machine

if hours := os.environ.get("CLOCK_SKEW_HOURS"):
    wrong = datetime.now(UTC) + timedelta(hours=float(hours))
    time_machine.travel(wrong, tick=True).start()
