"""The icons of the installed plan, drawn from static/icons/icon.svg: ``python -m clinic.dev.icons``."""

from pathlib import Path

from playwright.sync_api import sync_playwright

from clinic.dev.browser import find_chromium

FOLDER = Path(__file__).resolve().parent.parent.parent / "static" / "icons"
PAGE = "<style>*{{margin:0}}body{{background:{ground};display:grid;place-items:center;height:100vh}}svg{{width:{part}vw}}</style>"
# A launcher may cut a maskable icon down to the inner 80 %: the drawing stands well within, on a ground of its own.
DRAWN = {
    "icon-192.png": (192, "transparent", 100),
    "icon-512.png": (512, "transparent", 100),
    "icon-maskable-512.png": (512, "#0b5f68", 68),
}


def main() -> None:
    drawing = (FOLDER / "icon.svg").read_text()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        for name, (size, ground, part) in DRAWN.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(PAGE.format(ground=ground, part=part) + drawing)
            page.screenshot(path=FOLDER / name, omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
