"""``python -m bench.policies``: what row-level security costs the pages, into bench/results.json.

Two web servers stand on the same rows: one connects as the application does, one as the owner of the tables, whom no policy
binds. Each request goes to both in turn, so that whatever else the machine does meets both alike. ``--only worklist
exercise_search`` measures these pages alone, with those whose names begin so, and writes nothing.
"""

import statistics
import sys
from collections.abc import Iterator

import django

from bench import stage
from bench.__main__ import Result, named, say, show, worlds, write
from bench.load import Ask, Server

LISTS = (
    *("patient_list", "patient_list_added", "patient_search", "patient_search_page", "patients_far_down"),
    *("worklist", "worklist_all", "catalogue", "exercise_search", "exercise_search_page"),
)
PAGES = (*LISTS, "plan_page", "patient_page", "summary", "assign_page")
MOST = 1.10  # of what a page costs without
NUMBER = 200  # requests to each


def main(asked: list[str]) -> int:
    only = named({*asked} - {"--only"}, {*PAGES})
    wanted = only or {*PAGES}
    port, other = stage.free_port(), stage.free_port()
    results: dict[str, Result] = {}
    with stage.services():
        stage.environment(port, stage.free_port())
        say("migrating")
        stage.prepare()
        django.setup()
        from bench import journeys  # noqa: PLC0415 - reads models

        for world, pages in worlds(wanted):
            with stage.web(port), stage.web(other, as_owner=True):
                asks = journeys.pages(port, world)
                for name in [name for name in pages if name in wanted]:
                    say(name)
                    results |= beside(name, Server(port), Server(other), asks[name]())
    if only:
        show(results)
    else:
        write(results, beside=True)
    return 0


def beside(name: str, bound: Server, free: Server, asks: Iterator[Ask]) -> dict[str, Result]:
    took: dict[Server, list[float]] = {bound: [], free: []}
    for turn in range(NUMBER + 10):
        ask = next(asks)
        for server in (bound, free) if turn % 2 else (free, bound):
            status, body, headers = server.send(ask)
            if status != 200:
                raise RuntimeError(f"answered {status}: {body[:500]!r}")
            if turn >= 10:  # both have their connections by then
                took[server].append(float(headers["X-Server-Ms"]))
    # Of each pair the difference, so that dear and cheap questions weigh alike.
    ratio = statistics.median(one / two for one, two in zip(took[bound], took[free], strict=True))
    said = "as the owner of the tables, whom no policy binds, same run"
    found: dict[str, Result] = {}
    for what, of in (("p50", statistics.median), ("p95", lambda all_: statistics.quantiles(all_, n=20)[-1])):
        compared = f"{said}: {of(took[free]):.2f} ms"
        found[f"policies.{name}.{what}_ms"] = Result(
            round(of(took[bound]), 2), "ms within the application", None, compared
        )
    budget = MOST if name in LISTS else None
    found[f"policies.{name}.ratio"] = Result(round(ratio, 3), "x, median of pairs", budget, said)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
