"""``python -m bench.policies``: what row-level security costs the pages, into bench/results.json.

Two web servers stand on the same rows: one connects as the application does, one as the owner of the tables, whom no policy
binds. Each request goes to both in turn, so that whatever else the machine does meets both alike. Two processes of the same
code differ by some per cent for as long as they live, so both servers are started anew several times. ``--only worklist
exercise_search`` measures these pages alone, with those whose names begin so, and writes nothing.
"""

import os
import statistics
import sys
from collections import defaultdict
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
STARTS = 4  # of both servers, for each size of the clinic
NUMBER = 60  # requests to each after a start
WARMING = 10  # before these: both have their connections by then

Pairs = list[tuple[float, float]]  # milliseconds with policies and without


def main(asked: list[str]) -> int:
    only = named({*asked} - {"--only"}, {*PAGES})
    wanted = only or {*PAGES}
    port, other = stage.free_port(), stage.free_port()
    results: dict[str, Result] = {}
    with stage.services():
        stage.environment(port, stage.free_port())
        os.environ["PYTHONHASHSEED"] = "0"  # dictionaries lie alike in both
        say("migrating")
        stage.prepare()
        django.setup()
        from bench import journeys  # noqa: PLC0415 - reads models

        for world, pages in worlds(wanted):
            pairs: dict[str, Pairs] = defaultdict(list)
            for start in range(STARTS):
                with stage.web(port), stage.web(other, as_owner=True):
                    asks = journeys.pages(port, world)
                    for name in [name for name in pages if name in wanted]:
                        say(f"{name}, start {start + 1} of {STARTS}")
                        pairs[name] += asked_of_both(Server(port), Server(other), asks[name]())
            for name, took in pairs.items():
                results |= compared(name, took)
    if only:
        show(results)
    else:
        write(results, beside=True)
    return 0


def asked_of_both(bound: Server, free: Server, asks: Iterator[Ask]) -> Pairs:
    pairs: Pairs = []
    for turn in range(WARMING + NUMBER):
        ask = next(asks)
        took: dict[Server, float] = {}
        for server in (bound, free) if turn % 2 else (free, bound):
            status, body, headers = server.send(ask)
            if status != 200:
                raise RuntimeError(f"answered {status}: {body[:500]!r}")
            took[server] = float(headers["X-Server-Ms"])
        if turn >= WARMING:
            pairs.append((took[bound], took[free]))
    return pairs


def compared(name: str, pairs: Pairs) -> dict[str, Result]:
    # Of each pair the difference, so that dear and cheap questions weigh alike.
    ratio = statistics.median(bound / free for bound, free in pairs)
    bound, free = zip(*pairs, strict=True)
    said = "as the owner of the tables, whom no policy binds, same run"
    found: dict[str, Result] = {}
    for what, of in (("p50", statistics.median), ("p95", lambda all_: statistics.quantiles(all_, n=20)[-1])):
        found[f"policies.{name}.{what}_ms"] = Result(
            round(of(bound), 2), "ms within the application", None, f"{said}: {of(free):.2f} ms"
        )
    budget = MOST if name in LISTS else None
    found[f"policies.{name}.ratio"] = Result(round(ratio, 3), "x, median of pairs", budget, said)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
