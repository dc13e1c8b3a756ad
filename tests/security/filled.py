"""The forms of a page, filled in as a hasty person would: what stands there stays, what is asked for gets something."""

from html.parser import HTMLParser
from typing import Any

FIRST = {
    "text": "Some words",
    "search": "words",
    "number": "1",
    "date": "2026-03-02",
    "time": "18:00",
    "email": "new@patients.example",
    "url": "https://videos.example/1",
    "password": "four slow steps before breakfast",
}
LEFT_OUT = {"submit", "button", "reset", "image", "file"}


class Forms(HTMLParser):
    """``found``: of each form that posts, its address and its fields."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, list[str]]]] = []
        self._open: dict[str, list[str]] | None = None
        self._area: str | None = None
        self._select: tuple[str, bool] | None = None
        self._options: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said: dict[str, Any] = dict(attrs)
        if tag == "form":
            self._open = {} if said.get("method", "").lower() == "post" else None
            if self._open is not None:
                self.found.append((said.get("action") or "", self._open))
        elif self._open is None:
            return
        elif tag == "option" and self._select:
            self._options.append((said.get("value") or "", "selected" in said))
        elif name := said.get("name"):
            self._field(tag, name, said)

    def _field(self, tag: str, name: str, said: dict[str, Any]) -> None:
        assert self._open is not None
        kind = said.get("type", "text")
        if tag == "textarea":
            self._area = name
            self._open[name] = [""]
        elif tag == "select":
            self._select, self._options = (name, "multiple" in said), []
        elif tag == "input" and kind in {"checkbox", "radio"}:
            values = self._open.setdefault(name, [])
            if "checked" in said or (kind == "radio" and not values):
                value = said.get("value") or "on"
                self._open[name] = [value] if kind == "radio" else [*values, value]
        elif tag == "input" and kind not in LEFT_OUT:
            self._open[name] = [said.get("value") or ("" if kind == "hidden" else FIRST.get(kind, "1"))]

    def handle_data(self, data: str) -> None:
        if self._area and self._open is not None:
            self._open[self._area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "textarea" and self._area and self._open is not None:
            self._open[self._area] = [self._open[self._area][0].removeprefix("\n") or FIRST["text"]]
            self._area = None
        elif tag == "select" and self._select and self._open is not None:
            name, _many = self._select
            chosen = [value for value, selected in self._options if selected and value]
            offered = [value for value, _selected in self._options if value]
            self._open[name] = chosen or offered[:1]
            self._select = None
