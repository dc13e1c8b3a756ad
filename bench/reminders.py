"""``make bench-reminders``: sending, the tick, planning ahead, and pages while mails go out; into bench/results.json.

``python -m bench.reminders sending tick`` measures these parts alone and writes their figures; ``--quick`` measures
less of everything and writes nothing. The parts are ``sending``, ``pages``, ``tick`` and ``planning``; each is written down
when it ends.
"""

import os
import sys
import time
from collections.abc import Callable

import django

from bench import stage
from bench.__main__ import Result, say, show, write

PARTS = ("sending", "pages", "tick", "planning")  # in this order: the last two leave millions of rows
AT_LEAST = {"reminders.ratio_to_bare_smtp": 0.8, "reminders.ratio_to_post_office": 1.0}


def main(asked: list[str]) -> int:
    quick = "--quick" in asked
    parts = [part for part in asked if part != "--quick"] or list(PARTS)
    if unheard_of := sorted({*parts} - {*PARTS}):
        raise SystemExit(f"no such part: {', '.join(unheard_of)}; there are {', '.join(PARTS)}")
    from bench import sink  # noqa: PLC0415

    with stage.services() as running, sink.running() as server:
        port = stage.free_port()
        stage.environment(port, server.port)
        os.environ["MAILS_PER_CLINIC_MINUTE"] = "100000000"  # how fast we can be, not how fast we may
        os.environ["REMINDER_SPREAD_SECONDS"] = "0"
        say("migrating")
        stage.prepare()
        django.setup()
        database = int((running.data / "postmaster.pid").read_text().splitlines()[0])
        results: dict[str, Result] = {}
        measures: dict[str, Callable[[], dict[str, Result]]] = {
            "sending": lambda: sending(server, database, quick=quick),
            "tick": lambda: tick(quick=quick),
            "planning": lambda: planning(quick=quick),
            "pages": lambda: pages(port, server, quick=quick),
        }
        for part in (part for part in PARTS if part in parts):
            began = time.monotonic()
            found = measures[part]()
            say(f"{part}: {time.monotonic() - began:.0f} s")
            results |= found
            (show if quick else write_beside)(found)
    for name, bar in AT_LEAST.items():
        if name in results and float(results[name].value) < bar:
            print(f"TOO LOW: {name} is {results[name].value}, to be at least {bar}")
    return 0


def write_beside(results: dict[str, Result]) -> None:
    """What was not measured this time stays as it stood."""
    write(results, beside=True)


def sending(server: "object", database: int, *, quick: bool) -> dict[str, Result]:
    from bench import sending as measured  # noqa: PLC0415

    rounds, mails, many = (1, 150, 2000) if quick else (measured.ROUNDS, 300, measured.MANY)
    bench = measured.prepare(server, database, max(many, 4 * mails))  # type: ignore[arg-type]
    first = measured.first_mail_after(bench, 2000)
    say(f"2,000 due: the first mail out after {first:.2f} s")
    found = measured.rates(bench, say, rounds=rounds, mails=mails)
    ours, theirs = measured.beside_post_office(bench, say, rounds=rounds, mails=many)
    results: dict[str, Result] = {
        "reminders.first_mail_s": Result(round(first, 2), "s, with 2,000 due", 2.0, "budget"),
        "reminders.per_second": Result(
            round(ours.done_per_second, 1),
            "mails/s sent and written down, 2 processes x 10 connections",
            None,
            f"django-post-office, same run: {theirs.done_per_second:.0f}/s",
        ),
        "reminders.ratio_to_post_office": Result(
            round(ours.done_per_second / theirs.done_per_second, 2),
            f"x, {many} mails, to be at least {AT_LEAST['reminders.ratio_to_post_office']:g}",
            None,
            "send_queued_mail with mails rendered beforehand, as many processes and threads, same run",
        ),
        "reminders.cpu_ms": Result(
            round(ours.cpu_ms, 2), "ms CPU a mail", 4.0, f"django-post-office, same run: {theirs.cpu_ms:.1f}"
        ),
    }
    slow = [pair for name, pair in found.items() if name.endswith("15ms")]
    worst = min(ours.per_second / bare.per_second for ours, bare in slow)
    results["reminders.ratio_to_bare_smtp"] = Result(
        round(worst, 2),
        f"x at 15 ms, to be at least {AT_LEAST['reminders.ratio_to_bare_smtp']:g}",
        None,
        "the worst of 1, 2 and 4 processes, same run",
    )
    for name, (ours, bare) in found.items():
        results[f"reminders.per_second_{name}"] = Result(
            round(ours.per_second, 1),
            f"mails/s, CPU {ours.cpu_ms:.1f} ms a mail",
            None,
            f"bare smtplib, as many connections, same run: {bare.per_second:.0f}/s",
        )
    return results


def tick(*, quick: bool) -> dict[str, Result]:
    from bench import tick as measured  # noqa: PLC0415

    sizes = measured.SIZES[:2] if quick else measured.SIZES
    found = measured.costs(say, sizes)
    ratio = found[sizes[-1]] / found[100_000]
    beside = f"{found[100_000]:.2f} ms with 100,000 reminders, same run"
    results = {
        f"tick.find_and_claim_ms_{size}": Result(round(cost, 2), "ms", None, beside)
        for size, cost in found.items()
    }
    if quick:
        return results
    return results | {"tick.ratio_10m_to_100k": Result(round(ratio, 2), "x", 1.5, beside)}


def planning(*, quick: bool) -> dict[str, Result]:
    from bench import tick as measured  # noqa: PLC0415

    programmes = 20_000 if quick else 1_000_000
    per_second, before, after = measured.planned_ahead(say, programmes)
    return {
        "planning.rows_per_second": Result(
            round(per_second), f"rows/s, 48 h ahead for {programmes:,} programmes", None, "one after another"
        ),
        "planning.memory_mb": Result(
            round(after - before, 1), "MB more than before, whatever their number", 50.0, "budget"
        ),
    }


def pages(port: int, server: "object", *, quick: bool) -> dict[str, Result]:
    from bench import spike  # noqa: PLC0415

    alone, beside, mails = spike.latencies(port, server, say, mails=6000 if quick else 20_000)  # type: ignore[arg-type]
    return {
        "spike.page_p95_ratio": Result(
            round(beside / alone, 2),
            f"x, the plan page while {mails:,} mails go out",
            2.0,
            f"{alone:.1f} ms with none, same run",
        )
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
