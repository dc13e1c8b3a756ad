"""``make bench``: measures the running product and writes bench/results.json and a table.

``python -m bench --only exercise_search worklist`` measures these pages alone, with those whose names begin so, beside the
plain one, and writes nothing. ``python -m bench --large`` measures only what is measured in a clinic of many years, and writes
that. docs/performance.md says more.

Latencies depend on the machine; every figure therefore stands next to a budget or to something measured in the same
run. Query counts do not depend on it and are tested as well.
"""

import json
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import django

from bench import load, stage

RESULTS = Path(__file__).parent / "results.json"
STAFF: dict[str, float] = {
    "queries": 15,
    "server_p95_ms": 100,
}  # every page of a practitioner, in a clinic of many years
BUDGETS: dict[str, dict[str, float]] = {
    "plan_page": {"queries": 8, "bytes": 30_000},
    "log": {"queries": 15},
    "summary": {**STAFF, "queries": 12},
    "summary_12_weeks": {**STAFF, "queries": 12},
    "patient_list": STAFF,
    "patient_list_added": STAFF,
    "patient_search": {"queries": 15, "server_p95_ms": 50},
    "patient_search_page": {"queries": 15, "server_p95_ms": 50},
    "exercise_search": {"queries": 15, "server_p95_ms": 30},
    "exercise_search_page": {"queries": 15},
}


@dataclass(frozen=True)
class Result:
    value: float | str
    unit: str
    budget: float | None
    compared_with: str


def main(asked: list[str]) -> int:
    port, smtp_port = stage.free_port(), stage.free_port()
    with stage.services() as running:
        stage.environment(port, smtp_port)
        say("migrating and collecting static files")
        stage.prepare()
        django.setup()
        # These read models, which exist only after setup.
        from bench import journeys, mail  # noqa: PLC0415

        known = {*journeys.SMALL, *journeys.LARGE, *journeys.REGISTER}
        large = {*journeys.LARGE, *journeys.REGISTER}
        only = named({*asked} - {"--large", "--only"}, known)
        wanted = only or (large if "--large" in asked else known)
        database = int((running.data / "postmaster.pid").read_text().splitlines()[0])
        figures: dict[str, load.Figures] = {}
        rates: dict[str, float] = {}
        for world, pages in worlds(wanted):
            with stage.web(port) as web:
                first = [] if figures else ["plain_page"]
                part = [*first, *(name for name in pages if name in wanted and name != "plain_page")]
                figures |= journeys.measure_pages(port, world, web=web, database=database, say=say, only=part)
            if not asked and not rates:
                say("mail: one worker process beside a bare smtplib loop")
                rates = mail.rates(smtp_port)
    results = page_results(figures, large)
    if only:
        show(results)
    else:
        write(results | (mail_results(rates) if rates else {}), beside=bool(asked))
    return 0


def named(asked: set[str], known: set[str]) -> set[str]:
    """Each asked name, and those that it begins: "assign" is "assign_page" too."""
    found = {word: {name for name in known if name == word or name.startswith(f"{word}_")} for word in asked}
    if unheard_of := sorted(word for word, names in found.items() if not names):
        raise SystemExit(f"no such page: {', '.join(unheard_of)}; there are {', '.join(sorted(known))}")
    return set().union(*found.values())


def worlds(wanted: set[str]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """The seeded clinic as it grows, and what is measured at each size; no larger than what is wanted needs."""
    from bench import bulk, journeys, rows, seed  # noqa: PLC0415

    say(f"seeding {seed.PATIENTS} patients, {seed.EXERCISES} exercises, {seed.LOGS} log rows")
    world = seed.build()
    rows.settle()
    apart = wanted - {"plain_page"}
    if apart & {*journeys.SMALL} or not apart:
        yield world, journeys.SMALL
    if not apart & {*journeys.LARGE, *journeys.REGISTER}:
        return
    say(f"growing to {bulk.PATIENTS} patients and {bulk.LOGS} log rows")
    world.everybody = bulk.grow(world)
    if apart & {*journeys.LARGE}:
        yield world, journeys.LARGE
    if apart & {*journeys.REGISTER}:
        say(f"growing to {bulk.ALL_PATIENTS} patients")
        bulk.grow_register(world)
        yield world, journeys.REGISTER


def page_results(figures: dict[str, load.Figures], large: set[str]) -> dict[str, Result]:
    """``large``: pages of the staff, in a clinic of many years; all have one budget but those that have their own."""
    found: dict[str, Result] = {}
    plain = figures["plain_page"]
    for name, page in figures.items():
        budget = BUDGETS.get(name, STAFF if name in large else {})
        beside = f"plain Django page on the same rows, same run: {plain.p95_ms:.1f} ms"
        found |= {
            f"{name}.p50_ms": Result(round(page.p50_ms, 2), "ms", None, f"plain page: {plain.p50_ms:.2f} ms"),
            f"{name}.p95_ms": Result(round(page.p95_ms, 2), "ms, with the way there and back", None, beside),
            f"{name}.server_p95_ms": Result(
                round(page.server_p95_ms, 2),
                "ms within the application",
                budget.get("server_p95_ms"),
                f"plain page: {plain.server_p95_ms:.2f}",
            ),
            f"{name}.per_second": Result(
                round(page.per_second, 1), "requests/s", None, f"plain page: {plain.per_second:.1f}"
            ),
            f"{name}.queries": Result(page.queries, "SQL statements", budget.get("queries"), "budget"),
            f"{name}.bytes": Result(page.transferred, "bytes, first visit", budget.get("bytes"), "budget"),
            f"{name}.web_cpu_ms": Result(
                round(page.web_cpu_ms, 2), "ms CPU a request", None, f"plain page: {plain.web_cpu_ms:.2f}"
            ),
            f"{name}.database_cpu_ms": Result(
                round(page.database_cpu_ms, 2),
                "ms CPU a request",
                None,
                f"plain page: {plain.database_cpu_ms:.2f}",
            ),
        }
    if (plan := figures.get("plan_page")) is None:
        return found
    both = (plan.web_cpu_ms + plan.database_cpu_ms) / (plain.web_cpu_ms + plain.database_cpu_ms)
    found["plan_page.cpu_to_plain"] = Result(round(both, 2), "x", 2.0, "plain Django page, same run")
    return found


def mail_results(rates: dict[str, float]) -> dict[str, Result]:
    ratio = rates["worker"] / rates["bare"]
    beside = f"bare smtplib loop, one kept-open connection, same run: {rates['bare']:.0f}/s"
    return {
        "reminders.per_second": Result(round(rates["worker"], 1), "mails/s, one process", None, beside),
        "reminders.ratio_to_bare_smtp": Result(round(ratio, 3), "x", None, beside),
    }


def write(results: dict[str, Result], *, beside: bool) -> None:
    """``beside``: what was not measured this time stays as it stood."""
    machine: dict[str, float | str] = {
        "cores": os.cpu_count() or 0,
        "python": platform.python_version(),
        **{name: version(name) for name in ("django", "psycopg", "gunicorn", "celery")},
    }
    results = {f"machine.{k}": Result(v, "", None, "") for k, v in machine.items()} | results
    body = {name: asdict(result) for name, result in results.items()}
    if beside and RESULTS.exists():
        body = json.loads(RESULTS.read_text()) | body
    RESULTS.write_text(json.dumps(body, indent=1) + "\n")
    show(results)


def show(results: dict[str, Result]) -> None:
    lines = ["| figure | value | unit | budget | compared with |", "|---|---|---|---|---|"]
    lines += [
        f"| {name} | {r.value} | {r.unit} | {'' if r.budget is None else f'{r.budget:g}'} | {r.compared_with} |"
        for name, r in results.items()
    ]
    print("\n".join(lines))
    judged = {name: r for name, r in results.items() if r.budget is not None}
    over = {name: r for name, r in judged.items() if float(r.value) > (r.budget or 0)}
    print(f"{len(results)} figures, {len(judged)} with a budget, {len(over)} over it")
    for name, r in over.items():
        print(f"OVER BUDGET: {name} is {r.value} {r.unit}, budget {r.budget:g}")


def say(text: str) -> None:
    print(f"bench: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
