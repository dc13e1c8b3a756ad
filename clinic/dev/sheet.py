"""docs/images/exercises.png: every drawing of static/img/exercises on one sheet, for a person to judge.

python -m clinic.dev.sheet                          # numbers beside the pictures, names only at the foot of the sheet
python -m clinic.dev.sheet --titles                 # every name above its picture
python -m clinic.dev.sheet --tone 3 --out /tmp/3.png
"""

import argparse
import re
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from clinic.dev.browser import find_chromium
from clinic.dev.processes import StartError, say

ROOT = Path(__file__).resolve().parents[2]
DRAWINGS = ROOT / "static" / "img" / "exercises"
SHEET = ROOT / "docs" / "images" / "exercises.png"
COLUMNS, WIDTH = 4, 306
STYLE = f"""
body {{ margin: 16px; background: #eef4f3; color: #17324a; font: 15px/1.35 system-ui, sans-serif }}
main {{ display: grid; grid-template-columns: repeat({COLUMNS}, {WIDTH}px); gap: 10px }}
figure {{ margin: 0; padding: 8px; background: #fff; border-radius: 10px }}
figcaption {{ font-weight: 700 }}
figure svg {{ inline-size: 100%; block-size: auto }}
ol {{ columns: 3; margin-block: 16px 0 }}
"""


def pictures(tone: int) -> list[tuple[str, str]]:
    """Title and drawing, in the order of the files' names."""
    ending = f"-poses-{tone}.svg" if tone > 1 else "-poses.svg"
    drawings = [path.read_text(encoding="utf-8") for path in sorted(DRAWINGS.glob(f"*{ending}"))]
    if not drawings:
        raise StartError(f"No drawing in {DRAWINGS} ends in {ending}")
    return [(title(drawing), drawing) for drawing in drawings]


def title(drawing: str) -> str:
    found = re.search(r"<title[^>]*>([^<]+)</title>", drawing)
    return found[1] if found else ""


def page(drawn: list[tuple[str, str]], *, titles: bool) -> str:
    """The titles in the files are HTML already."""
    figures = names = ""
    for number, (name, drawing) in enumerate(drawn, start=1):
        caption = f"{number} · {name}" if titles else str(number)
        figures += f"<figure><figcaption>{caption}</figcaption>{drawing}</figure>"
        names += f"<li>{name}</li>"
    listed = "" if titles else f"<ol>{names}</ol>"
    return f"<!doctype html><title>Exercises</title><style>{STYLE}</style><main>{figures}</main>{listed}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m clinic.dev.sheet")
    parser.add_argument("--titles", action="store_true", help="write the name above every picture")
    parser.add_argument("--tone", type=int, default=1, help="which person: 1, 2 or 3")
    parser.add_argument("--out", type=Path, default=SHEET)
    given = parser.parse_args()
    drawn = pictures(given.tone)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": COLUMNS * (WIDTH + 10) + 22, "height": 600})
        view.set_content(page(drawn, titles=given.titles))
        view.screenshot(path=given.out, full_page=True)
        browser.close()
    say(f"{given.out}: {len(drawn)} exercises, {given.out.stat().st_size // 1024} kB")


if __name__ == "__main__":
    try:
        main()
    except StartError as error:
        sys.exit(str(error))
