"""What a stranger can send: parameters, headers, hosts, names of files."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from clinic.models import AuditEntry, User
from patients.models import Patient, PatientImport
from tests import factories, test_access_matrix
from tests.doors import DOORS
from tests.pages import signed_in
from tests.patients.import_world import THREE, send
from tests.security import production

pytestmark = [pytest.mark.slow, pytest.mark.django_db]  # tries everything there is

world, addresses = test_access_matrix.world, test_access_matrix.addresses  # fixtures
ROOT = Path(configured.BASE_DIR)
NAMED = re.compile(
    r"GET(?:\.get(?:list)?\(|\[)\s*\"(\w+)\"|\"(\w+)\" in request\.GET|query_params\.get\(\"(\w+)\""
)


def parameters() -> set[str]:
    """Names that our code asks of an address."""
    files = [path for app in ("clinic", "patients", "exercises") for path in (ROOT / app).rglob("*.py")]
    found = {name for path in files for names in NAMED.findall(path.read_text()) for name in names if name}
    return found | {
        "q",
        "page",
        "page_size",
        "sort",
        "patient",
        "programme",
        "practitioner",
        "show",
        "who",
        "rule",
    }


PAYLOADS = {
    "quotes": "'\"`;--\\ ') OR 1=1 UNION SELECT pg_sleep(9)",
    "bytes that are no text": "\x00\x1f\u202e\ud7ff\ufffd%s%n",
    "ten thousand letters": "a" * 10_000,
    "a number beyond all": "9" * 400,
    "deep": "-1",
    "markup": "<xq>{{7*7}}</xq>",
}


def readers(door: Any) -> Iterator[str]:
    if "GET" in door.methods:
        if door.patient:
            yield "patient"
        elif door.roles is None:
            yield "anonymous"
        else:
            yield from [
                name for name in ("practitioner", "owner", "curator") if door.expected(name, "GET") != {403}
            ][:1]


@pytest.mark.check(21, 28, 38, 39)
def test_nothing_in_an_address_breaks_a_page(
    world: dict[str, Client], addresses: dict[str, str], margaret: Patient, record_property: Any
) -> None:
    """Every parameter of ours at once, some given twice, to every page."""
    factories.confirm_device(world["patient"], factories.open_device(world["patient"], margaret))
    names, payloads, fuzzed = sorted(parameters()), [*PAYLOADS.values()], 0
    assert len(names) > 20
    before, wrong = factories.count_rows(), []
    for client in world.values():
        client.raise_request_exception = False
    for turn in range(0, len(payloads), 2):
        mixed = [(one, payloads[(place + turn) % len(payloads)][:300]) for place, one in enumerate(names)]
        asked = urlencode(
            [*mixed, *(("q", payload) for payload in payloads[turn : turn + 2]), ("page", payloads[turn])]
        )
        for name, door in DOORS.items():
            for identity in readers(door):
                answer = world[identity].get(f"{addresses[name]}?{asked}")
                fuzzed += 1
                if answer.status_code >= 500 and name != "clinic:reminders_health":
                    wrong.append(f"21: {name} as {identity}: {answer.status_code}, turn {turn}")
                assert b"<xq>" not in (b"" if answer.streaming else answer.content), name
    for one in wrong:
        record_property("violation", one)
    assert wrong == []
    record_property("fuzzed", fuzzed)
    after = factories.count_rows()
    changed = {table for table in before if after[table] != before[table]}
    assert changed <= {"clinic_auditentry", "django_session", "clinic_cache"}
    assert fuzzed > 300


@pytest.mark.check(39)
@pytest.mark.parametrize("name", ["patients:list", "exercises:catalogue"])
def test_of_a_parameter_given_twice_the_last_counts(as_priya: Client, margaret: Patient, name: str) -> None:
    twice = as_priya.get(f"{reverse(name)}?q=xyzzy&q=Margaret").content.decode()
    once = as_priya.get(f"{reverse(name)}?q=Margaret").content.decode()
    assert 'value="Margaret"' in twice
    assert 'value="xyzzy"' not in twice
    assert ("Hale" in twice) is ("Hale" in once)


ELSEWHERE = [
    "https://evil.example",
    "http://evil.example/",
    "//evil.example",
    "///evil.example",
    "////evil.example/x",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "ftp://evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "http://testserver@evil.example/",
    "http://testserver:80@evil.example/",
    "http://testserver.evil.example/",
    "http://evil.example#testserver",
    "http://evil.example?testserver",
    "http://[::1]/",
    "//evil.example%2f@testserver",
    "\u2028//evil.example",
    "//\u3002evil.example",
]


def stays(location: str) -> bool:
    parts = urlsplit(location.replace("\\", "/"))
    return (
        parts.scheme in {"", "http"}
        and parts.netloc in {"", "testserver"}
        and not location.startswith(("//", "/\\"))
    )


@pytest.mark.check(15)
@pytest.mark.parametrize("field", ["next", "to"])
def test_nobody_is_led_elsewhere(priya: User, margaret: Patient, field: str, record_property: Any) -> None:
    phone, secret = Client(), factories.make_link(margaret)
    leads = ELSEWHERE if field == "next" else ELSEWHERE[:6]
    for lead in leads:
        cache.clear()  # so many tries of one address
        out, again = signed_in(priya), Client()
        typed = {"login": priya.email, "password": factories.PASSWORD, field: lead}
        answers = [
            out.post(reverse("account_logout"), {field: lead}),
            out.post(f"{reverse('account_logout')}?{urlencode({field: lead})}"),
            again.post(reverse("account_login"), typed),
            again.get(f"{reverse('account_login')}?{urlencode({field: lead})}"),
            phone.post("/t/open/", {"link": secret, field: lead}),
        ]
        assert [answer.status_code in {302, 303} for answer in answers] == [True] * 5, lead
        assert [answer["Location"] for answer in answers if not stays(answer["Location"])] == [], lead
    record_property("fuzzed", 5 * len(leads))


@pytest.mark.check(15)
def test_the_judge_of_leads_knows_a_bad_one() -> None:
    assert [lead for lead in ELSEWHERE[:8] if stays(lead)] == []
    assert stays("/patients/?q=//x")


@pytest.mark.check(16)
@pytest.mark.parametrize(
    "host", ["evil.example", "testserver.evil.example", "testserver@evil.example", "a b", ""]
)
def test_another_host_is_refused_and_stands_in_no_letter(
    client: Client, priya: User, mailoutbox: list[EmailMessage], host: str
) -> None:
    for name in ("clinic:home", "account_login", "patients:link", "patients:list"):
        answer = client.get(reverse(name), headers={"host": host})
        assert answer.status_code == 400, name
        assert b"evil.example" not in answer.content
    asked = client.post(reverse("account_reset_password"), {"email": priya.email}, headers={"host": host})
    assert asked.status_code == 400
    assert mailoutbox == []


@pytest.mark.check(16, 17)
def test_forged_headers_of_proxies_count_for_nothing(
    priya: User, mailoutbox: list[EmailMessage], settings: Settings
) -> None:
    production.use(settings)
    forged = {
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "https",
        "x-forwarded-port": "443",
        "x-forwarded-for": "198.51.100.7",
        "x-original-url": "/patients/",
        "x-rewrite-url": "/patients/",
        "x-http-method-override": "DELETE",
        "forwarded": "for=198.51.100.7;host=evil.example;proto=https",
    }
    plain = Client().get(reverse("account_login"), headers=forged)
    assert (plain.status_code, plain["Location"]) == (301, f"https://testserver{reverse('account_login')}")
    browser = Client()
    browser.post(reverse("account_reset_password"), {"email": priya.email}, secure=True, headers=forged)
    (letter,) = mailoutbox
    assert "evil.example" not in str(letter.message())
    assert "https://testserver/" in str(letter.body)
    assert Client().get(reverse("patients:new"), secure=True, headers=forged).status_code == 302
    entries = str(list(AuditEntry.objects.values()))
    assert "198.51.100" not in entries


NAMES = [
    "../../etc/passwd",
    "..\\..\\boot.ini",
    "/etc/passwd",
    "a\x00.csv",
    "\u202egpj.csv",
    "x" * 300 + ".csv",
    "con.csv",
    "<xq>.csv",
    "'; DROP TABLE patients_patient; --.csv",
    ".htaccess",
]


@pytest.mark.check(24)
@pytest.mark.parametrize("name", NAMES)
def test_a_files_name_leads_nowhere(as_priya: Client, name: str, tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    answer = send(as_priya, THREE, name)
    assert answer.status_code in {302, 422}
    assert list(tmp_path.iterdir()) == []
    for made in PatientImport.objects.all():
        assert not re.search(r"[/\\\x00]", made.file_name)
        assert len(made.file_name) <= 200
        page = as_priya.get(reverse("patients:import_columns", args=[made.pk]), follow=True).content
        assert b"<xq>" not in page


PATHS = [
    "/static/../clinic/settings.py",
    "/static/..%2fclinic/settings.py",
    "/static/%2e%2e/%2e%2e/etc/passwd",
    "/static/....//....//etc/passwd",
    "/static/",
    "/static/css/",
    "/media/",
    "/.git/config",
    "/.git/HEAD",
    "/.env",
    "/manage.py",
    "/clinic/settings.py",
    "/docker-compose.yml",
    "/requirements.lock",
    "/__debug__/",
    "/server-status",
    "/phpinfo.php",
    "/debug/default/view",
    "/actuator/env",
    "/demo/mailbox/..%2f..%2fetc%2fpasswd/",
    "/photos/..%2f..%2fetc%2fpasswd/",
]


@pytest.mark.check(24, 41)
@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_to_a_file_of_ours(client: Client, path: str) -> None:
    """No listing, no source, no version control, no page of a debugger."""
    answer: Any = client.get(path)
    assert answer.status_code in {302, 404}, path
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    for word in (b"SECRET_KEY", b"root:", b"[core]", b"URLconf", b"Traceback", b"Index of"):
        assert word not in body, path
    if answer.status_code == 302:
        assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.check(41)
def test_trace_and_connect_are_not_answered(client: Client, as_priya: Client) -> None:
    for method in ("TRACE", "CONNECT", "PROPFIND"):
        for path in (
            "/",
            reverse("account_login"),
            reverse("patients:list"),
            "/api/v1/patients/",
            "/static/css/app.css",
        ):
            for one in (client, as_priya):
                answer = one.generic(method, path, headers={"x-marker": "reflected"})
                assert answer.status_code >= 400 or answer.status_code in {301, 302}, (method, path)
                assert b"reflected" not in (b"" if answer.streaming else answer.content)


@pytest.mark.check(28, 38)
def test_a_body_has_a_largest_size_and_so_many_fields(as_priya: Client) -> None:
    before = factories.count_rows()
    address = reverse("patients:new")
    form = "application/x-www-form-urlencoded"
    assert as_priya.generic("POST", address, "note=" + "a" * 1_000_001, content_type=form).status_code in {
        400,
        413,
    }
    many = "&".join(f"f{number}=1" for number in range(501))
    assert as_priya.generic("POST", address, many, content_type=form).status_code == 400
    assert (
        as_priya.get(f"{reverse('patients:list')}?{quote('q=' + 'a' * 10_000, safe='=')}").status_code == 200
    )
    after = factories.count_rows()
    assert {table for table in before if after[table] != before[table]} <= {
        "clinic_auditentry",
        "django_session",
    }
