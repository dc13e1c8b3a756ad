"""Colours and lines. Every fill also carries a class, so that a page that inlines a still can tone it anew."""

INK = "#17324a"
GROUND = "#8aa0ae"
ARROW = "#c2410c"
FILLS = {
    "skin": "#e6b894",
    "skin-far": "#cf9c76",  # limbs on the far side are one tone darker
    "nail": "#f6dccb",
    "hair": "#6b5b52",
    "shirt": "#2a7f86",
    "shirt-far": "#22686e",
    "shorts": "#27496b",
    "shorts-far": "#1f3a56",
    "ball": "#d7e34b",
    "wood": "#c9a57b",
    "lens": "#ffffff",
}


def fill(name: str) -> str:
    return f'class="fig-{name}" fill="{FILLS[name]}"'


def stroke(path: str, width: float, colour: str = INK, *, opacity: float = 1) -> str:
    faint = f' opacity="{opacity}"' if opacity < 1 else ""
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linecap="round"'
        f' stroke-linejoin="round"{faint}/>'
    )
