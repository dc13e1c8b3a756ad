"""The settings of processes that are watched by tests: minutes are seconds."""

from tests.outbox_settings import *  # noqa: F403 - what Django's documentation calls a settings module of one's own

WATCH = {
    "tick": 4,
    "job": 4,
    "oldest_due": 900,
    "ahead": 86400,
    "circuit": 600,
    "alarm": 600,
    "seal": 600,
    "look": 0.3,
    "start": 90,
}
