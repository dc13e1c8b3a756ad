"""What stands around a figure or is held by it. In a pose file: `{ kind = "wall", x = 217 }`, in units of the figure.

Every prop gets its line width from the scene, so that lines are equally strong in a small figure and in a close-up.
"""

from collections.abc import Callable, Mapping
from typing import Any

from exercises.figures.geometry import number, numbers
from exercises.figures.paint import ARROW, FILLS, GROUND, INK, fill, outlined, stroke

Data = Mapping[str, Any]


def _ground(prop: Data, line: float) -> str:
    y = prop.get("y", 0)
    return stroke(f"M{numbers(prop['from'], y)}H{number(prop['to'])}", line, GROUND)


def _wall(prop: Data, line: float) -> str:
    """Hatched on the side where nobody stands: the right one unless `side` says left."""
    x, top, bottom = prop["x"], prop.get("top", -1085), prop.get("bottom", 0)
    out, gap = -1 if prop.get("side") == "left" else 1, line * 4.5
    hatch, y = "", top + gap / 2
    while y < bottom - gap:
        hatch += f"M{numbers(x + out * line, y)}l{numbers(out * line * 3.5, line * 3)}"
        y += gap
    return stroke(f"M{numbers(x, top)}V{number(bottom)}", line, GROUND) + stroke(hatch, line / 2, GROUND)


def _doorway(prop: Data, line: float) -> str:
    """Two posts and a lintel; whoever stands inside is drawn over it."""
    left, right, top, width = prop["from"], prop["to"], prop.get("top", -1140), 46
    box = f"{fill('wood')} {outlined(line)}"
    frame = (
        f"M{numbers(left - width, 0)}V{number(top - width)}H{number(right + width)}V0H{number(right)}"
        f"V{number(top)}H{number(left)}V0Z"
    )
    return f'<path d="{frame}" {box}/>'


def _box(prop: Data, line: float) -> str:
    """A step, a bowl's stand: from, to, height; `kind = "step"`."""
    left, right, height = prop["from"], prop["to"], prop["height"]
    path = f"M{numbers(left, 0)}V{number(-height)}H{number(right)}V0Z"
    return f'<path d="{path}" {fill("wood")} {outlined(line)}/>'


def _mat(prop: Data, line: float) -> str:
    left, right, y = prop["from"], prop["to"], prop.get("y", 0)
    path = f"M{numbers(left, y)}H{number(right)}a11 11 0 0 1 0 22H{number(left)}a11 11 0 0 1 0 -22Z"
    return f'<path d="{path}" {fill("mat")} {outlined(line * 0.7)}/>'


def _chair(prop: Data, line: float) -> str:
    """Seen from the side, its back on the left: x of the seat's front edge, height of the seat."""
    x, seat = prop["x"], -prop["height"]
    box = f"{fill('wood')} {outlined(line)}"
    legs = f"M{numbers(x - 60, seat)}V0h30V{number(seat)}ZM{numbers(x - 340, seat)}V0h30V{number(seat)}Z"
    back = f"M{numbers(x - 340, seat)}L{numbers(x - 380, seat - 380)}h28L{numbers(x - 300, seat)}Z"
    board = f"M{numbers(x - 345, seat)}H{number(x)}a16 16 0 0 1 0 32H{number(x - 345)}Z"
    return f'<path d="{legs}{"" if prop.get("stool") else back}" {box}/><path d="{board}" {box}/>'


def _ball(prop: Data, line: float) -> str:
    """A tennis ball, whose seam says so; with `colour`, a plain one with a shine."""
    r = prop["radius"]
    bow = r * 0.62
    seam = f"M{numbers(-bow, -bow)}Q0 0 {numbers(-bow, bow)}M{numbers(bow, -bow)}Q0 0 {numbers(bow, bow)}"
    marks = stroke(seam, line * 0.6, "#ffffff")
    if "colour" in prop:
        marks = stroke(
            f"M{numbers(-bow, -bow * 0.3)}A{numbers(bow, bow)} 0 0 1 {numbers(-bow * 0.2, -bow)}",
            line * 0.8,
            "#ffffff",
        )
    return f'<circle r="{number(r)}" {fill(prop.get("colour", "ball"))} {outlined(line)}/>{marks}'


def _bottle(prop: Data, line: float) -> str:
    """A bottle that lies across the foot, its neck towards the reader; a snow star says that it is frozen."""
    ice = f"{fill('ice')} {outlined(line)}"
    body = "M22 -26C40 -10 40 12 26 26L-22 74C-30 82 -46 86 -54 94L-70 78C-62 70 -58 54 -50 46L-10 6Z"
    cap = f'<path d="M-54 94L-70 78L-84 92L-68 108Z" class="fig-shorts" fill="#27496b" {outlined(line)}/>'
    star = stroke("M-14 26v32M-28 34l28 16M-28 50l28 -16", line * 0.8, "#2b6f93")
    return f'<path d="{body}" {ice}/>{cap}{star}'


def _can(prop: Data, line: float) -> str:
    r = prop["radius"]
    lid = f'<circle r="{number(r * 0.72)}" fill="none" stroke="{INK}" stroke-width="{line * 0.5:g}"/>'
    ring = stroke(f"M{numbers(0, -r * 0.1)}V{number(r * 0.45)}", line)
    return f'<circle r="{number(r)}" {fill("shoe-far")} {outlined(line)}/>{lid}{ring}'


def _path(prop: Data, line: float) -> str:
    """Any shape: a towel in folds, a roll under the toes. `colour` fills it, else it is a line."""
    if "colour" in prop:
        return f'<path d="{prop["d"]}" {fill(prop["colour"])} {outlined(line * prop.get("line", 1))}/>'
    return stroke(prop["d"], line * prop.get("line", 1))


def _cloth(prop: Data, line: float) -> str:
    """A towel seen from its edge, flat or in folds: `d` is its middle."""
    return stroke(prop["d"], line * 3.4) + stroke(prop["d"], line * 1.5, FILLS["cloth"])


def _strip(prop: Data, line: float) -> str:
    """A towel or band between two points: a hundred units downwards, stretched by the pose."""
    half = prop.get("width", 30) / 2
    edges = f"M{numbers(-half, 0)}V100M{numbers(half, 0)}V100"
    shape = f"M{numbers(-half, 0)}V100H{number(half)}V0Z"
    return f'<path d="{shape}" {fill(prop.get("colour", "cloth"))}/>{stroke(edges, line)}'


def _marbles(prop: Data, line: float) -> str:
    colours, glass = ("ball", "ice", "bag", "shirt"), prop.get("radius", 8)
    return "".join(
        f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(glass)}" {fill(colours[index % 4])} {outlined(line * 0.7)}/>'
        for index, (x, y) in enumerate(prop["at"])
    )


def _trace(prop: Data, line: float) -> str:
    """A letter drawn in the air."""
    dashes = f'stroke-dasharray="{line * 2:g} {line * 2:g}"'
    return (
        f'<path d="{prop["d"]}" fill="none" stroke="{ARROW}" stroke-width="{line:g}" stroke-linecap="round"'
        f' stroke-linejoin="round" {dashes}/>'
    )


PROPS: dict[str, Callable[[Data, float], str]] = {
    "ball": _ball,
    "bottle": _bottle,
    "can": _can,
    "chair": _chair,
    "cloth": _cloth,
    "doorway": _doorway,
    "ground": _ground,
    "marbles": _marbles,
    "mat": _mat,
    "path": _path,
    "step": _box,
    "strip": _strip,
    "trace": _trace,
    "wall": _wall,
}
