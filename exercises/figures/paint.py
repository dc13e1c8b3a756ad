"""Colours and lines. Every fill carries a class: by it a file is toned anew, and so may a page that inlines a still."""

import re

INK = "#17324a"
GROUND = "#8aa0ae"
ARROW = "#c2410c"
FILLS = {
    "skin": "#e6b894",
    "skin-far": "#c18d68",  # limbs on the far side are a darker tone and have no outline
    "nail": "#f6dccb",
    "hair": "#6b5b52",
    "shirt": "#2a7f86",
    "shirt-far": "#1d5a60",
    "shorts": "#27496b",
    "shorts-far": "#1b3550",
    "ball": "#d7e34b",
    "wood": "#c9a57b",
    "cloth": "#a9d6cb",
    "band": "#e0a63c",
    "ice": "#bfe3f2",
    "mat": "#b9c7d6",
    "shoe": "#f4f6f8",
    "sock": "#e4e9ee",
    "sock-far": "#b4bec7",
    "shoe-far": "#a9b4be",
    "bag": "#b4552d",
    "lens": "#ffffff",
}
# Three people, drawn from the same poses: what differs from FILLS, by the number that ends a file's name.
TONES = {
    1: {},
    2: {
        "skin": "#b97f56",
        "skin-far": "#8f5d3b",
        "nail": "#e3bd9f",
        "hair": "#33261f",
        "shirt": "#8a4a73",
        "shirt-far": "#643453",
    },
    3: {
        "skin": "#8a5a3c",
        "skin-far": "#633e27",
        "nail": "#c39a80",
        "hair": "#8d939a",
        "shirt": "#b8742a",
        "shirt-far": "#8a551c",
    },
}
PAINTED = re.compile(r'class="fig-([a-z-]+)" fill="#[0-9a-f]{6}"')


def fill(name: str) -> str:
    return f'class="fig-{name}" fill="{FILLS[name]}"'


def toned(drawing: str, tone: int) -> str:
    """The same lines in the colours of another person."""
    colours = FILLS | TONES[tone]
    return PAINTED.sub(lambda found: f'class="fig-{found[1]}" fill="{colours[found[1]]}"', drawing)


def stroke(path: str, width: float, colour: str = INK, *, opacity: float = 1) -> str:
    faint = f' opacity="{opacity}"' if opacity < 1 else ""
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}" stroke-linecap="round"'
        f' stroke-linejoin="round"{faint}/>'
    )


def outlined(width: float) -> str:
    return f'stroke="{INK}" stroke-width="{width:g}" stroke-linejoin="round"'
