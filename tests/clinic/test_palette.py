"""Every colour that a clinic may choose, measured against every ground on which it stands, in light and in dark."""

import re
from pathlib import Path

import pytest

from clinic.models import Clinic, Colour

CSS = Path(__file__).parent.parent.parent / "static" / "css"
ENOUGH = 4.5  # WCAG 2.2, 1.4.3


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})\b", block))


def grounds() -> list[dict[str, str]]:
    """Of app.css: light, then dark."""
    css = (CSS / "app.css").read_text()
    layer = css[css.index("@layer tokens {") : css.index("@media (prefers-contrast")]
    light, dark = layer.split("@media (prefers-color-scheme: dark)")
    return [tokens(light), tokens(dark)]


def colours() -> list[dict[str, dict[str, str]]]:
    css = (CSS / "brand.css").read_text()
    layer = css[css.index("@layer tokens {") : css.index("@layer parts {")]
    parts = layer.split("@media (prefers-color-scheme: dark)")
    return [{n: tokens(b) for n, b in re.findall(r"\.brand-(\w+) \{([^}]*)\}", part)} for part in parts]


def in_the_dark(css: str) -> list[str]:
    """Declarations that hold in one colour scheme alone."""
    said = []
    for start in re.finditer(r"@media[^{]*prefers-color-scheme[^{]*\{", css):
        depth, end = 1, start.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        inner = re.sub(r"/\*.*?\*/|[^{};]*\{|\}", "", css[start.end() : end], flags=re.DOTALL)
        said += [one.strip() for one in inner.split(";") if one.strip()]
    return said


def test_the_scheme_changes_colours_and_nothing_else() -> None:
    """So that in the dark, accessibility asks for contrast alone (tests/browser/test_pages.py)."""
    said = [one for sheet in sorted(CSS.glob("*.css")) for one in in_the_dark(sheet.read_text())]
    assert len(said) > 40
    assert [one for one in said if not re.fullmatch(r"--[\w-]+: #[0-9a-f]{3,8}", one)] == []


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", Colour.values)
def test_readable_on_every_ground(name: str, dark: bool) -> None:
    colour, ground = colours()[dark][name], grounds()[dark]
    wrong = [
        f"{ink} on {on}: {contrast(colour[ink], shade):.2f}"
        for ink in ("brand", "brand-2")
        for on, shade in {**{n: ground[n] for n in ("paper", "card", "sunk")}, "tint": colour["tint"]}.items()
        if contrast(colour[ink], shade) < ENOUGH
    ]
    wrong += [i for i in ("brand", "brand-2") if contrast(colour["on-brand"], colour[i]) < ENOUGH]
    wrong += ["ink on tint"] if contrast(ground["ink"], colour["tint"]) < ENOUGH else []
    assert wrong == []


def test_each_colour_is_there_once_in_light_and_once_in_dark() -> None:
    light, dark = colours()
    assert list(light) == list(dark) == Colour.values
    assert len({c["brand"] for c in light.values()}) == len(Colour.values) == 8


def test_the_house_colour_is_that_of_the_house() -> None:
    names = ("brand", "brand-2", "on-brand", "tint")
    for shown, house in zip(colours(), grounds(), strict=True):
        assert {n: house[n] for n in names} == {n: shown[Colour.TEAL][n] for n in names}


def test_the_measure_can_say_no() -> None:
    assert contrast("#fff", "#000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") < ENOUGH


def test_the_sheet_is_loaded_only_where_it_is_needed() -> None:
    assert [Clinic(colour=c).has_brand for c in ("teal", "plum")] == [False, True]
