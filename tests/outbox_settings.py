"""The settings of a sender that runs as a process of its own and gets killed by tests."""

from clinic.settings import *  # noqa: F403 - what Django's documentation calls a settings module of one's own

LETTERS = {"plain": "tests.outbox_world.plain"}
# A reply may take as long as the test needs to kill the sender that waits for it.
OUTBOX = {"connect": 5, "command": 5, "final_reply": 60, "lease": 90, "budget": 20, "per_connection": 20}
