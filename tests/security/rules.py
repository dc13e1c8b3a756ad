"""What every answer must keep, whoever asked: one function a check, which says what is wrong. test_planted shows that
each notices what it is for."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie

from tests.doors import DOORS

VECTOR = "\"'><xq onxq=1></script><svg/onload=xq>{{7*7}}javascript:xq"  # stands in every text of a patient
CANARY = "Zyxcanaryfoot"  # in every text of the other clinic
SOURCES = {
    "script-src",
    "style-src",
    "img-src",
    "font-src",
    "connect-src",
    "manifest-src",
    "worker-src",
    "form-action",
}
NOTHING = {"default-src", "object-src", "base-uri", "frame-ancestors"}
# Kept by browsers on purpose, and nothing about anybody: help, pictures under an address of their own, the worker's script.
KEPT = {"patients:help", "clinic:logo", "exercises:photo", "exercises:worker"}
# Addresses that must carry their key, because another program opens them: docs/plan-access.md.
CARRIES_A_KEY = {"exercises:my_calendar"}
KEY = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])")
ADDRESSES = {
    "href",
    "src",
    "action",
    "formaction",
    "hx-get",
    "hx-post",
    "hx-put",
    "hx-delete",
    "data-url",
    "content",
}
# May be written while somebody only looks: who read what, that somebody is still there, counts of tries.
MAY_BE_WRITTEN = {
    "clinic_auditentry",
    "django_session",
    "usersessions_usersession",
    "clinic_cache",
    "patients_device",
}
WRITES = re.compile(
    r"(?:^|[\s(])(?:INSERT INTO|DELETE FROM)\s+\"?(\w+)|(?:^|\()\s*UPDATE\s+(?:ONLY\s+)?\"?(\w+)",
    re.IGNORECASE,
)


@dataclass
class Answer:
    """``name``: of the URL. ``identity``: who asked. ``asked``: the SQL of the request."""

    name: str
    identity: str
    status: int
    headers: dict[str, str]
    body: str = ""
    cookies: SimpleCookie = field(default_factory=SimpleCookie)
    asked: list[str] = field(default_factory=list)

    @property
    def is_page(self) -> bool:
        return self.headers.get("Content-Type", "").startswith("text/html") and bool(self.body)

    @property
    def is_of_staff(self) -> bool:
        return self.identity not in {"anonymous", "patient"}


def writes(answer: Answer) -> Iterator[str]:
    for sql in answer.asked:
        for table in {one or other for one, other in WRITES.findall(sql)} - MAY_BE_WRITTEN:
            yield f"writes {table}"


def policy(answer: Answer) -> Iterator[str]:
    said = answer.headers.get("Content-Security-Policy", "")
    parts = {part.split()[0]: part.split()[1:] for part in said.split(";") if part.strip()}
    if "unsafe" in said or "*" in said or "http" in said or "data:" in said:
        yield f"is lax: {said}"
    if "sandbox" in parts:  # of a picture: it loads and runs nothing at all
        if parts.get("default-src") != ["'none'"]:
            yield "is a sandbox that loads something"
        return
    for name in NOTHING:
        if parts.get(name) != ["'none'"]:
            yield f"{name} is not 'none'"
    for name in SOURCES:
        if parts.get(name) != ["'self'"]:
            yield f"{name} is not 'self'"


def headers(answer: Answer) -> Iterator[str]:
    expected = {
        "Strict-Transport-Security": r"max-age=(3153\d{4}|[4-9]\d{7,}|\d{9,}); includeSubDomains.*",
        "X-Content-Type-Options": "nosniff",
        # Not "no-referrer": under it browsers send "Origin: null" with every form (clinic/settings.py).
        "Referrer-Policy": "same-origin|no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": r".*camera=\(\).*",
        "X-Frame-Options": "DENY",
        "X-Request-Id": "[0-9a-f]{32}",
    }
    for name, pattern in expected.items():
        if not re.fullmatch(pattern, answer.headers.get(name, "")):
            yield f"{name}: {answer.headers.get(name)}"


def cookies(answer: Answer) -> Iterator[str]:
    for name, cookie in answer.cookies.items():
        if not name.startswith("__Host-"):
            yield f"{name} could be set by a neighbour"
        if not cookie["secure"] or cookie["path"] != "/" or cookie["domain"]:
            yield f"{name} goes out unencrypted, or elsewhere"
        if cookie.value and not cookie["httponly"]:
            yield f"{name} can be read by scripts"
        if cookie["samesite"] not in {"Lax", "Strict"}:
            yield f"{name} goes along from other sites"


def caching(answer: Answer) -> Iterator[str]:
    door = DOORS.get(answer.name)
    mine = answer.is_of_staff or (answer.identity == "patient" and door is not None and door.patient)
    kept = "no-store" not in answer.headers.get("Cache-Control", "")
    if mine and kept and answer.status < 300 and answer.name not in KEPT:
        yield f"may be kept: {answer.headers.get('Cache-Control')}"


def way_out(answer: Answer) -> Iterator[str]:
    door = DOORS.get(answer.name)
    whole = answer.is_page and "<html" in answer.body and answer.status == 200
    theirs = answer.is_of_staff and door and door.roles is not None
    if whole and theirs and 'action="/accounts/logout/"' not in answer.body:
        yield "has no way to sign out"


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def secrets(answer: Answer) -> Iterator[str]:
    leads = [answer.headers.get("Location", "")]
    if answer.is_page:
        leads += [
            value or ""
            for _tag, attrs in Tags(answer.body).found
            for name, value in attrs.items()
            if name in ADDRESSES
        ]
    if answer.name not in CARRIES_A_KEY:
        yield from (f"leads to {lead}" for lead in leads if KEY.search(lead))


def kind(answer: Answer) -> Iterator[str]:
    said = answer.headers.get("Content-Type", "")
    if answer.body and not said:
        yield "does not say what it is"
    if said.startswith(("text/", "application/javascript")) and "charset=utf-8" not in said.lower():
        yield f"does not say its charset: {said}"
    if answer.body.lstrip().startswith("{") and "json" not in said and "text/" not in said:
        yield f"is JSON and says {said}"


def scripting(answer: Answer) -> Iterator[str]:
    """Of pages: what says that it is JSON or text, and nosniff, stays that."""
    if answer.is_page:
        if "<xq" in answer.body or "</script><svg/onload=xq>" in answer.body:
            yield "holds a stranger's markup"
        for tag, attrs in Tags(answer.body).found:
            for name, value in attrs.items():
                if name.startswith(("on", "style")):
                    yield f"<{tag}> runs something: {name}"
                if (value or "").strip().lower().startswith(("javascript:", "data:text", "vbscript:")):
                    yield f"<{tag} {name}> leads to a script"


def schemes(answer: Answer) -> Iterator[str]:
    if answer.is_page:
        for _tag, attrs in Tags(answer.body).found:
            lead = attrs.get("href") or ""
            if ":" in lead.partition("/")[0] and lead.partition(":")[0] not in {
                "http",
                "https",
                "mailto",
                "tel",
                "webcal",
            }:
                yield f"leads to {lead}"


def of_others(answer: Answer) -> Iterator[str]:
    if answer.identity != "anonymous" and CANARY.lower() in answer.body.lower():
        yield f"shows {CANARY} of the other clinic"


RULES: dict[int, Callable[[Answer], Iterator[str]]] = {
    4: of_others,
    7: writes,
    9: policy,
    10: headers,
    11: cookies,
    12: caching,
    13: way_out,
    14: secrets,
    18: kind,
    19: scripting,
    20: schemes,
}


def faults(answer: Answer) -> list[str]:
    """``check: URL as identity what``, as the plugin wants them."""
    return [
        f"{number}: {answer.name} as {answer.identity} {what}"
        for number, rule in RULES.items()
        for what in rule(answer)
    ]
