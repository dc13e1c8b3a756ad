"""The files: two numbered stills side by side, and the same movement animated.

Stills carry no <style> and no style attribute, so a page may inline them under a strict content security policy. An
animation keeps its rules inside the file and is shown through <img>. It uses CSS and not SMIL, which does not know that
somebody prefers reduced motion.
"""

import math
from html import escape
from itertools import zip_longest

from exercises.figures.drawing import Drawing, natural
from exercises.figures.joints import STRAIGHT, Pose
from exercises.figures.scenery import arrow, badge
from exercises.figures.scenes import Scene
from exercises.figures.solve import Contacts

GAP = 20  # between two positions
# A movement in percent of a cycle: it begins, has arrived, turns back, is at rest again.
Beat = tuple[int, int, int, int]
ALONE: Beat = (12, 45, 67, 100)
IN_TURN: tuple[Beat, Beat] = ((4, 20, 34, 48), (52, 68, 82, 98))


def full_size(drawing: Drawing) -> tuple[int, int]:
    width, height = drawing.panel
    return 2 * width + GAP, height


def moving_size(drawing: Drawing) -> tuple[int, int]:
    return full_size(drawing) if drawing.in_turn else drawing.panel


def draw_stills(drawing: Drawing) -> str:
    body = ""
    for number, position in enumerate((drawing.first, drawing.second)):
        inner = position.draw(position.pose(), f"{drawing.slug}-lens-{number + 1}")
        body += _panel(drawing, number, inner + "".join(map(arrow, position.arrows)))
    return _document(drawing, f"{drawing.slug}-poses", full_size(drawing), body)


def draw_animation(drawing: Drawing) -> str:
    """One picture that moves from the first position to the second, or two that move in turn."""
    first, second = drawing.first, drawing.second
    if not drawing.in_turn:
        moving = frames(first.scene, first.contacts, second.contacts)
        body = first.draw(moving[0], f"{drawing.slug}-lens")
        return _document(drawing, drawing.slug, drawing.panel, body, _keyframes(drawing, moving, ALONE))
    body = style = ""
    for number, (position, beat) in enumerate(zip((first, second), IN_TURN, strict=True)):
        moving = frames(position.scene, position.rest, position.contacts)
        body += _panel(drawing, number, position.draw(moving[0], f"{drawing.slug}-lens-{number + 1}"))
        style += _keyframes(drawing, moving, beat)
    return _document(drawing, drawing.slug, full_size(drawing), body, style)


def frames(scene: Scene, start: Contacts, end: Contacts) -> list[Pose]:
    """Contacts are mixed and solved at every step, so that no foot slides and no hand leaves the wall."""
    shares = [(1 - math.cos(math.pi * step / (scene.steps - 1))) / 2 for step in range(scene.steps)]
    return [natural(scene, _mixed(start, end, share)) for share in shares]


def _mixed(start: Contacts, end: Contacts, share: float) -> Contacts:
    """A shift that one of the two leaves out is none."""
    return {
        name: tuple(a + (b - a) * share for a, b in zip_longest(start[name], values, fillvalue=0.0))
        for name, values in end.items()
    }


def _panel(drawing: Drawing, number: int, inner: str) -> str:
    width, height = drawing.panel
    left = number * (width + GAP)
    picture = (
        f'<svg x="{left}" width="{width}" height="{height}" viewBox="0 0 {width} {height}">{inner}</svg>'
    )
    return picture + badge(number + 1, left + 22, 24)


def _keyframes(drawing: Drawing, moving: list[Pose], beat: Beat) -> str:
    """One rule per moving joint: hold the first pose, move, hold the last, move back the same way."""
    easing = "ease-in-out" if len(moving) == 2 else "linear"  # more frames are eased by how they are spaced
    begins, arrived, turns_back, at_rest = beat
    between = range(1, len(moving) - 1)
    rules = ""
    for name in sorted({joint for pose in moving for joint in pose}):
        turns = [pose.get(name, STRAIGHT).css() for pose in moving]
        if len(set(turns)) == 1:
            continue
        stops = ""
        for step in between:
            there = begins + (arrived - begins) * step / (len(moving) - 1)
            back = at_rest - (at_rest - turns_back) * step / (len(moving) - 1)
            stops += f"{there:.0f}%,{back:.0f}%{{transform:{turns[step]}}}"
        label = f"{drawing.slug}-{name}"
        rules += (
            f"@keyframes {label}{{0%,{begins}%,{at_rest}%,to{{transform:{turns[0]}}}{stops}"
            f"{arrived}%,{turns_back}%{{transform:{turns[-1]}}}}}"
            f".j-{name}{{animation:{label} {drawing.seconds}s {easing} infinite}}"
        )
    return rules


def _document(drawing: Drawing, name: str, size: tuple[int, int], body: str, rules: str = "") -> str:
    """Ids carry the name, so that two drawings may share a page."""
    width, height = size
    still = "@media (prefers-reduced-motion:reduce){*{animation:none!important}}"
    style = f"<style>{rules}{still}</style>" if rules else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' role="img" aria-labelledby="{name}-t {name}-d"><title id="{name}-t">{escape(drawing.title)}</title>'
        f'<desc id="{name}-d">{escape(drawing.description)}</desc>{style}{body}</svg>\n'
    )
