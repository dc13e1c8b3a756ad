"""Each rule shown to notice what it is for: a fault is planted in an answer, and the rule of its check finds it."""

from http.cookies import SimpleCookie
from typing import Any

import pytest

from tests.security.checks import CHECKS
from tests.security.plugin import Tally, words
from tests.security.rules import CANARY, RULES, VECTOR, Answer, faults

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
GOOD = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": POLICY,
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=()",
    "X-Frame-Options": "DENY",
    "X-Request-Id": "0" * 32,
    "Cache-Control": "no-store",
}
PAGE = '<!doctype html><html><form action="/accounts/logout/"></form><a href="/patients/">x</a></html>'


def answer(body: str = PAGE, cookie: str = "", asked: str = "SELECT 1", **headers: str | None) -> Answer:
    said: dict[str, Any] = GOOD | {name.replace("_", "-"): value for name, value in headers.items()}
    found = {name: value for name, value in said.items() if value is not None}
    return Answer("patients:list", "practitioner", 200, found, body, SimpleCookie(cookie), [asked])


COOKIE = "__Host-staff=x; Secure; HttpOnly; Path=/; SameSite=Lax"
PLANTED: list[tuple[int, Answer]] = [
    (4, answer(PAGE + f"<p>{CANARY.upper()}</p>")),
    (7, answer(asked='UPDATE "patients_patient" SET "note" = 1')),
    (7, answer(asked='INSERT INTO "patients_finding" ("id") VALUES (1)')),
    (7, answer(asked="WITH gone AS (DELETE FROM exercises_log RETURNING 1) SELECT 1")),
    (9, answer(Content_Security_Policy=None)),
    (
        9,
        answer(
            Content_Security_Policy=POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
        ),
    ),
    (9, answer(Content_Security_Policy=POLICY.replace("; base-uri 'none'", ""))),
    (
        9,
        answer(
            Content_Security_Policy=POLICY.replace("img-src 'self'", "img-src 'self' https://cdn.example")
        ),
    ),
    (9, answer(Content_Security_Policy="default-src 'self'; sandbox")),
    (10, answer(Strict_Transport_Security="max-age=3600; includeSubDomains")),
    (10, answer(Strict_Transport_Security="max-age=31536000")),
    (10, answer(X_Content_Type_Options=None)),
    (10, answer(Referrer_Policy="unsafe-url")),
    (10, answer(Cross_Origin_Opener_Policy=None)),
    (11, answer(cookie=COOKIE.replace("__Host-", ""))),
    (11, answer(cookie=COOKIE.replace("; Secure", ""))),
    (11, answer(cookie=COOKIE.replace("; HttpOnly", ""))),
    (11, answer(cookie=COOKIE.replace("; SameSite=Lax", "; SameSite=None"))),
    (11, answer(cookie=COOKIE + "; Domain=clinic.example")),
    (12, answer(Cache_Control="private, max-age=600")),
    (12, answer(Cache_Control=None)),
    (13, answer("<!doctype html><html><p>No way out</p></html>")),
    (14, answer(PAGE + f'<a href="/today/?key={"a1B2" * 10}xyz">x</a>')),
    (14, answer(Location=f"/t/?key={'a1B2' * 10}xyz")),
    (18, answer(Content_Type="text/html")),
    (18, answer(Content_Type=None)),
    (19, answer(PAGE + VECTOR)),
    (19, answer(PAGE + "<p onclick='x()'>x</p>")),
    (19, answer(PAGE + "<a href=' JavaScript:x'>x</a>")),
    (20, answer(PAGE + "<a href='file:///etc/passwd'>x</a>")),
]


def test_nothing_is_found_where_nothing_is() -> None:
    assert faults(answer(cookie=COOKIE)) == []
    gone = "__Host-staff=; Secure; Path=/; SameSite=Lax; Max-Age=0"
    assert faults(answer(cookie=gone)) == []
    assert faults(answer(asked="SELECT 1 FROM patients_patient FOR UPDATE OF patients_patient")) == []
    assert faults(answer(asked='INSERT INTO "clinic_auditentry" ("id") VALUES (1)')) == []


@pytest.mark.parametrize(
    ("number", "bad"), PLANTED, ids=lambda value: value if isinstance(value, int) else ""
)
def test_what_is_planted_is_found(number: int, bad: Answer) -> None:
    assert number in {int(one.partition(":")[0]) for one in faults(bad)}


def test_every_rule_has_its_fault() -> None:
    assert {number for number, _bad in PLANTED} == set(RULES)


def report(outcome: str, *properties: tuple[str, object], when: Any = "call") -> pytest.TestReport:
    return pytest.TestReport(
        nodeid="tests/x.py::test_x",
        location=("tests/x.py", 1, "test_x"),
        keywords={},
        outcome=outcome,  # type: ignore[arg-type]
        longrepr=None,
        when=when,
        user_properties=list(properties),
    )


def test_the_tally_tells_what_was_seen_and_fails_with_the_first_violation() -> None:
    every = [("check", number) for number in CHECKS]
    tally = Tally()
    tally.note(report("passed", *every, ("asked", 7), ("fuzzed", 3), ("matrix", "2 x 3 x 1 = 6")))
    assert list(words(tally, CHECKS))[-1] == "violations 0"
    assert f"checks passed: {len(CHECKS)} of {len(CHECKS)}" in words(tally, CHECKS)
    assert "requests fuzzed: 3" in words(tally, CHECKS)
    again = Tally()
    again.add(vars(tally))
    assert list(words(again, CHECKS)) == list(words(tally, CHECKS))
    again.note(
        report("failed", ("check", 9), ("check", 10), ("violation", "9: patients:list as owner is lax"))
    )
    told = list(words(again, CHECKS))
    assert told[-2:] == ["violation of 9: patients:list as owner is lax", "violations 1"]
    assert f"checks passed: {len(CHECKS) - 1} of {len(CHECKS)}" in told
    again.note(report("failed", ("check", 3), when="teardown"))
    again.note(report("failed", when="call"))  # shows no check
    assert list(words(again, CHECKS))[-1] == "violations 2"


def test_a_check_that_no_test_showed_is_a_violation_too() -> None:
    tally = Tally()
    tally.note(report("skipped", ("check", 1), when="setup"))
    told = list(words(tally, CHECKS))
    assert told[-1] == f"violations {len(CHECKS)}"
    assert "violation of 2: no test ran" in told
