"""The load: one request after another for latency, several at once for throughput; and what it cost the processes."""

import gzip
import http.client
import os
import re
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Ask:
    """One request. ``body`` None means GET."""

    path: str
    cookies: str
    body: str | None = None
    htmx: bool = False  # asks for a part of the page, as one who types does


@dataclass(frozen=True)
class Figures:
    p50_ms: float
    p95_ms: float
    server_p95_ms: float  # of the application alone
    per_second: float
    queries: int
    transferred: int  # bytes of a first visit as sent: page, style sheet, scripts, pictures
    web_cpu_ms: float
    database_cpu_ms: float


class Server:
    """One keep-alive connection to the web server."""

    def __init__(self, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def send(self, ask: Ask, *, count: bool = False) -> tuple[int, bytes, http.client.HTTPMessage]:
        headers = {"Cookie": ask.cookies, "Accept-Encoding": "gzip"}
        if count:
            headers["X-Count-Queries"] = "1"
        if ask.htmx:
            headers["HX-Request"] = "true"
        if ask.body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
        self.connection.request("POST" if ask.body is not None else "GET", ask.path, ask.body, headers)
        response = self.connection.getresponse()
        return response.status, response.read(), response.headers


def cpu_seconds(pids: list[int]) -> float:
    """User and system time of these processes and of those of their children that have ended."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, fields[11:15]))
    return total / TICK


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue  # it ended while we looked
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def measure(port: int, asks: Callable[[], Iterator[Ask]], *, web: int, database: int, number: int) -> Figures:
    """``asks`` yields fresh requests, of which ``number`` are measured one by one and as many at once; ``web`` and
    ``database`` are the pids of the two parents."""
    server = Server(port)
    source = asks()
    queries = 0
    for _ in range(10):
        answer = server.send(next(source), count=True)
        queries = max(queries, int(_checked(answer)["X-Queries"]))
    _, body, headers = answer
    size = len(body) + assets(server, body, headers)
    took, inside = [], []
    for _ in range(number):
        ask = next(source)
        began = time.perf_counter()
        answer = server.send(ask)
        took.append((time.perf_counter() - began) * 1000)
        inside.append(float(_checked(answer)["X-Server-Ms"]))
    pids = family(web), family(database)
    before = [cpu_seconds(group) for group in pids]
    per_second = _throughput(port, source, number)
    after = [cpu_seconds(group) for group in pids]
    spent = [(b - a) * 1000 / number for a, b in zip(before, after, strict=True)]
    return Figures(
        p50_ms=statistics.median(took),
        p95_ms=statistics.quantiles(took, n=20)[-1],
        server_p95_ms=statistics.quantiles(inside, n=20)[-1],
        per_second=per_second,
        queries=queries,
        transferred=size,
        web_cpu_ms=spent[0],
        database_cpu_ms=spent[1],
    )


def assets(server: Server, body: bytes, headers: http.client.HTTPMessage) -> int:
    """Bytes of the style sheet, scripts and pictures that a first visit loads with the page."""
    html = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
    named = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', html.decode()))
    return sum(len(server.send(Ask(path, ""))[1]) for path in sorted(named))


def _throughput(port: int, source: Iterator[Ask], number: int) -> float:
    asks = [next(source) for _ in range(number)]
    lock = threading.Lock()
    failures: list[Exception] = []

    def work() -> None:
        server = Server(port)
        try:
            while True:
                with lock:
                    if not asks:
                        return
                    ask = asks.pop()
                _checked(server.send(ask))
        except Exception as error:  # noqa: BLE001 - carried to the caller below
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return number / (time.perf_counter() - began)


def _checked(answer: tuple[int, bytes, http.client.HTTPMessage]) -> http.client.HTTPMessage:
    status, body, headers = answer
    if status not in {200, 302, 303}:
        raise RuntimeError(f"answered {status}: {body[:500]!r}")
    return headers


class _Form(HTMLParser):
    """Names and values of the form that posts to ``action``, as a browser would send them untouched."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.inside, self.values, self.select = action, False, list[tuple[str, str]](), ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.inside = (given.get("method") or "").lower() == "post" and given.get("action") in {
                self.action,
                "",
                None,
            }
        if not self.inside or "disabled" in given:
            return
        if tag == "select":
            self.select = given.get("name") or ""
        elif tag == "option" and self.select and "selected" in given:
            self.values.append((self.select, given.get("value") or ""))
        elif tag == "input" and (name := given.get("name")):
            kind = given.get("type") or "text"
            if kind not in {"radio", "checkbox", "submit"} or "checked" in given:
                self.values.append((name, given.get("value") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = ""


def form_body(html: bytes, action: str, **changes: str) -> str:
    form = _Form(action)
    form.feed(html.decode())
    kept = [(name, value) for name, value in form.values if name not in changes]
    return urlencode([*kept, *changes.items()])
