"""The pages that are measured, each with fresh requests by patients and staff of the seeded clinic."""

import gzip
import itertools
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, quote
from uuid import uuid4

from django.conf import settings
from django.urls import reverse

from bench import seed
from bench.load import Ask, Figures, Server, form_body, measure
from patients.models import Patient

# As they are typed: beginnings, other forms, words of every entry, a finding, nothing found, filters.
SEARCHES = [
    "q=cal",
    "q=calf+str",
    "q=raises+heel",
    "q=towel",
    "q=slowly",
    "q=plantar",
    "q=s%C3%A9ated+roll+4711",
    "q=nothing+such",
    "q=hip&kind=stretch",
    "kind=balance&equipment=tin&without=fall_risk",
    "q=one-leg&difficulty=2&body_part=foot",
]
Asks = Callable[[], Iterator[Ask]]


def measure_pages(
    port: int,
    world: seed.World,
    *,
    web: int,
    database: int,
    say: Callable[[str], None],
    only: list[str],
) -> dict[str, Figures]:
    staff = f"{settings.SESSION_COOKIE_NAME}={seed.staff_session(world)}"
    patients = [
        (patient, f"{settings.PATIENT_COOKIE_NAME}={seed.patient_cookie(patient)}")
        for patient in world.patients[:50]
    ]
    pages: dict[str, Asks] = {
        "plain_page": lambda: (
            Ask(f"/bench/plain/?patient={patient.pk}&day={world.today}", cookie)
            for patient, cookie in itertools.cycle(patients)
        ),
        "plan_page": lambda: (
            Ask(reverse("exercises:today"), cookie) for _, cookie in itertools.cycle(patients)
        ),
        "log": lambda: _logs(Server(port), patients),
        "patient_list": lambda: (Ask(reverse("patients:list"), staff) for _ in itertools.count()),
        "patient_search": lambda: (
            Ask(f"{reverse('patients:list')}?q={quote(name)}", staff)
            for name in itertools.cycle(["hal", "núñez1", "amara", "patient42", "zoe lind", "nobody"])
        ),
        "patient_page": lambda: (
            Ask(reverse("exercises:patient", args=[patient.pk]), staff)
            for patient in itertools.cycle(world.patients)
        ),
        "summary": lambda: (
            Ask(reverse("exercises:visit", args=[patient.pk]), staff)
            for patient in itertools.cycle(world.patients)
        ),
        "summary_12_weeks": lambda: (
            Ask(f"{reverse('exercises:visit', args=[patient.pk])}?span=12&days=1", staff)
            for patient in itertools.cycle(world.patients)
        ),
        "exercise_search": lambda: (
            Ask(f"{reverse('exercises:catalogue')}?{asked}", staff, htmx=True)
            for asked in itertools.cycle(SEARCHES)
        ),
        "exercise_search_page": lambda: (  # the same by Enter, or without JavaScript
            Ask(f"{reverse('exercises:catalogue')}?{asked}", staff) for asked in itertools.cycle(SEARCHES)
        ),
        "catalogue": lambda: (Ask(reverse("exercises:catalogue"), staff) for _ in itertools.count()),
        "assign_search": lambda: _shelf_searches(Server(port), world, staff),
        "assign": lambda: _assignments(Server(port), world, staff),
    }
    if unheard_of := sorted({*only} - {*pages}):
        raise SystemExit(f"no such page: {', '.join(unheard_of)}; there are {', '.join(pages)}")
    found = {}
    for name, asks in pages.items():
        if only and name not in {"plain_page", *only}:
            continue
        say(name)
        found[name] = measure(port, asks, web=web, database=database)
    return found


def _with_csrf(server: Server, page: Ask) -> tuple[bytes, str]:
    status, html, headers = server.send(page)
    if status != 200:
        raise RuntimeError(f"{page.path} answered {status}")
    if headers.get("Content-Encoding") == "gzip":
        html = gzip.decompress(html)
    cookie = headers["Set-Cookie"].partition(";")[0] if "Set-Cookie" in headers else ""
    return html, f"{page.cookies}; {cookie}"


def _logs(server: Server, patients: list[tuple[Patient, str]]) -> Iterator[Ask]:
    """Everything done and a pain score, with the token of a page opened before."""
    action = reverse("exercises:log")
    bodies = []
    for _, cookie in patients[:10]:
        html, cookies = _with_csrf(server, Ask(reverse("exercises:today"), cookie))
        bodies.append(Ask(action, cookies, form_body(html, action, all="1", pain_foot_24h="3")))
    return itertools.cycle(bodies)


def _shelf_searches(server: Server, world: seed.World, staff: str) -> Iterator[Ask]:
    """Typing above a programme of four lines: the whole form travels with each question."""
    action = reverse("exercises:assign", args=[world.patients[0].pk])
    html, cookies = _with_csrf(server, Ask(f"{action}?routine={world.routine_slug}", staff))
    words = [dict(parse_qsl(asked)).get("q", "") for asked in SEARCHES]
    bodies = [form_body(html, action, q=word, tagged="all") for word in words if word]
    for body in itertools.cycle(bodies):
        yield Ask(f"{action}?part=hits", cookies, body, htmx=True)


def _assignments(server: Server, world: seed.World, staff: str) -> Iterator[Ask]:
    """Each a new programme: the form is opened once a patient and posted with a fresh key."""
    forms = []
    sides = {f"{exercise.slug}-side": "both_in_turn" for exercise in world.exercises[: seed.ITEMS]}
    for patient in world.patients[:20]:
        action = reverse("exercises:assign", args=[patient.pk])
        html, cookies = _with_csrf(server, Ask(f"{action}?routine={world.routine_slug}", staff))
        forms.append((action, cookies, html))
    for action, cookies, html in itertools.cycle(forms):
        body = form_body(html, action, frequency="1x7", both="on", programme_id=str(uuid4()), **sides)
        yield Ask(action, cookies, body)
