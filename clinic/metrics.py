"""What /metrics says, computed from PostgreSQL whenever it is asked.

All processes of all machines share the numbers, so it does not matter which of gunicorn's processes answers, and none of
them keeps anything. Labels are names out of the code: no clinic, no person, no address.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from clinic import readings, tally
from clinic.lights import lights
from clinic.models import EmailState
from clinic.readings import Backlog, Health

FINAL = [state.value for state in EmailState if state not in {EmailState.PENDING, EmailState.SENDING}]


def render() -> bytes:
    """In Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Installation())
    return generate_latest(registry)


class _Installation(Collector):
    def describe(self) -> list[Metric]:
        return []  # else registering would ask the database

    def collect(self) -> Iterator[Metric]:
        measured = readings.health()
        yield from _clockwork(measured)
        yield from _mails(measured, readings.backlog())


def _clockwork(measured: Health) -> Iterator[Metric]:
    yield _gauge(
        "tick_age_seconds",
        "Since the tick of the reminders was last taken up by a worker or a loop. Missing: never.",
        measured.tick_age,
    )
    yield _gauge(
        "planned_ahead_seconds",
        "How far ahead reminders are planned; 24 to 48 hours.",
        measured.planned_ahead,
    )
    yield _gauge(
        "circuit_failures", "Failed connections to the mail server in a row.", measured.circuit_failures
    )
    yield _gauge(
        "circuit_open_seconds",
        "Since when nobody connects to the mail server but to probe it; 0 while it answers.",
        measured.circuit_open or 0,
    )
    yield _gauge(
        "red_seconds", "Since when a light has been red; 0 while all are green.", measured.red_for or 0
    )
    yield _gauge(
        "audit_unsealed_seconds",
        "How old the oldest entry of the audit is that no seal holds; 0: none.",
        max(measured.unsealed or 0, 0),
    )
    yield _gauge(
        "audit_faults",
        "What the last nightly proof found in the audit that is not as it was sealed.",
        measured.audit_faults or 0,
    )
    if measured.proof_age is not None:
        yield _gauge("audit_proof_age_seconds", "Since the audit was last proved.", measured.proof_age)
    yield _gauge("disk_free_share", "How much of the disk is free, 0 to 1.", measured.disk_free)
    ages = _gauge(
        "job_age_seconds", "Since each job of the schedule was last done to its end.", labels=["job"]
    )
    for name, age in sorted(measured.job_ages.items()):
        ages.add_metric([name], age)
    yield ages
    shown = _gauge("light", "1 while the light of /health/reminders is green, else 0.", labels=["light"])
    for light in lights(measured):
        shown.add_metric([light.name], light.green)
    yield shown


def _mails(measured: Health, backlog: Backlog) -> Iterator[Metric]:
    yield _gauge("mails_waiting", "Mails that wait, due or not.", backlog.waiting)
    yield _gauge("mails_due", "Mails that wait although their time has come.", backlog.due)
    yield _gauge("mails_sending", "Mails that a process holds at this moment.", backlog.sending)
    yield _gauge(
        "oldest_due_seconds",
        "How long the longest-waiting mail is overdue; 0: none.",
        measured.oldest_due or 0,
    )
    ended = _gauge(
        "mails_last_hour",
        "Mails that were due within the last hour, by the state they ended in.",
        labels=["state"],
    )
    for state in FINAL:
        ended.add_metric([state], measured.ended.get(state, 0))
    yield ended
    yield _gauge(
        "mails_doubted_last_hour",
        "Of these, how many may have gone out once without the server's word: each may be a copy.",
        measured.doubted,
    )
    failures = CounterMetricFamily(
        "footwork_publish_failures", "Hints to the worker that the broker did not take; each costs one tick."
    )
    failures.add_metric([], backlog.tallies.get(tally.PUBLISH_FAILURES, 0))
    yield failures
    deleted = CounterMetricFamily(
        "footwork_retention_rows", "Rows that were deleted when their time was over.", labels=["rule"]
    )
    for name, rows in sorted(backlog.tallies.items()):
        if name.startswith(tally.RETAINED):
            deleted.add_metric([name.removeprefix(tally.RETAINED)], rows)
    yield deleted


def _gauge(
    name: str, meaning: str, value: float | None = None, labels: list[str] | None = None
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"footwork_{name}", meaning, labels=labels)
    if value is not None:
        family.add_metric([], value)
    return family
