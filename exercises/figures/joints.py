"""A figure is a tree of joints; a pose says for each joint by how much it is turned and shifted.

Every limb is drawn twice: all its parts with a fat stroke of ink first, the fills on top. The fills cover the strokes
inside the limb, so a bent limb has one clean outline and no seam at the joint.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from exercises.figures.geometry import number, numbers
from exercises.figures.paint import INK, fill


@dataclass(frozen=True, slots=True)
class Turn:
    degrees: float = 0
    x: float = 0
    y: float = 0
    stretch: float = 1  # along the part's own length: a band pulled out, a thigh that points at the reader

    def attribute(self) -> str:
        parts = []
        if self.x or self.y:
            parts.append(f"translate({numbers(self.x, self.y)})")
        if number(self.degrees) != "0":
            parts.append(f"rotate({number(self.degrees)})")
        if self.stretch != 1:
            parts.append(f"scale(1 {self.stretch:.3f})")
        return f' transform="{" ".join(parts)}"' if parts else ""

    def css(self) -> str:
        shift = f"translate({number(self.x)}px,{number(self.y)}px) " if self.x or self.y else ""
        stretched = f" scale(1,{self.stretch:.3f})" if self.stretch != 1 else ""
        return f"{shift}rotate({number(self.degrees)}deg){stretched}"


Pose = Mapping[str, Turn]
STRAIGHT = Turn()  # a joint that a pose does not name


@dataclass(frozen=True, slots=True)
class Joint:
    """`outlines` are (path, name of the fill); `details` is SVG of the fill pass only: nails, an eye."""

    name: str
    x: float = 0
    y: float = 0
    outlines: tuple[tuple[str, str], ...] = ()
    details: str = ""
    children: tuple["Joint", ...] = ()

    def svg(self, pose: Pose, *, ink: bool) -> str:
        if ink:
            shapes = "".join(f'<path d="{path}"/>' for path, _ in self.outlines)
        else:
            shapes = (
                "".join(f'<path d="{path}" {fill(name)}/>' for path, name in self.outlines) + self.details
            )
        inner = shapes + "".join(child.svg(pose, ink=ink) for child in self.children)
        if not inner:
            return ""
        if self.name in pose:
            inner = f'<g class="j-{self.name}"{pose[self.name].attribute()}>{inner}</g>'
        return (
            f'<g transform="translate({numbers(self.x, self.y)})">{inner}</g>' if self.x or self.y else inner
        )


def limb(root: Joint, pose: Pose, ink: float) -> str:
    """The stroke is twice as wide as its visible half, which lies outside the outline. No ink: a limb on the far side."""
    if not ink:
        return root.svg(pose, ink=False)
    outline = f'<g fill="{INK}" stroke="{INK}" stroke-linejoin="round" stroke-width="{number(ink * 2)}">'
    return f"{outline}{root.svg(pose, ink=True)}</g>{root.svg(pose, ink=False)}"
