"""The page to look through: every picture of a page in one row, faults first."""

import json
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.browser.screens.camera import Taken

STYLE = """
body { margin: 1rem; background: #888; color: #000; font: 15px/1.4 system-ui, sans-serif }
h2, .faults, nav { padding: .5rem; background: #fff }
h3 { margin: 1rem 0 .25rem } ul { margin: 0 }
.row { display: flex; gap: .5rem; align-items: start; overflow-x: auto }
figure { margin: 0; flex: none } img { display: block; block-size: 22rem; max-inline-size: 30rem; object-fit: contain; object-position: top }
figcaption { font-size: .8rem }
"""


def keep(folder: Path, part: str, taken: list[Taken]) -> None:
    """Each part of the run adds what it took; whoever is last writes the page with all of it."""
    mine = folder / f"{part}.json"
    known = {(one["section"], one["name"]): one for one in _read(mine)}
    known |= {(one.section, one.name): one.told() for one in taken}
    mine.write_text(json.dumps(list(known.values())))
    every = [Taken(**one) for path in sorted(folder.glob("*.json")) for one in _read(path)]
    (folder / "index.html").write_text(written(every), encoding="utf-8")


def _read(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text()) if path.exists() else []


def written(every: list[Taken]) -> str:
    faults = [f"{one.section}, {one.name}: {fault}" for one in every for fault in one.faults]
    listed = "".join(f"<li>{escape(fault)}</li>" for fault in faults) or "<li>None.</li>"
    sections = {name: list(pages) for name, pages in groupby(every, key=lambda one: one.section)}
    links = " · ".join(
        f'<a href="#{escape(name)}">{escape(name)}</a> {len(pages)}' for name, pages in sections.items()
    )
    body = "".join(_section(name, pages) for name, pages in sections.items())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Every page</title><style>{STYLE}</style>'
        f'<nav>{links}</nav><div class="faults"><b>Faults: {len(faults)}</b><ul>{listed}</ul></div>{body}</html>'
    )


def _section(name: str, pages: list[Taken]) -> str:
    return f'<h2 id="{escape(name)}">{escape(name)}</h2>' + "".join(map(_row, pages))


def _row(one: Taken) -> str:
    shown = "".join(
        f'<figure><a href="{escape(file)}"><img loading="lazy" src="{escape(file)}" alt=""></a>'
        f"<figcaption>{escape(label)}</figcaption></figure>"
        for label, file in one.pictures.items()
    )
    return f'<h3>{escape(one.name)} <small>{escape(one.address)}</small></h3><div class="row">{shown}</div>'
