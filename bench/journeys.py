"""The pages that are measured, each with fresh requests by patients and staff of the seeded clinic."""

import gzip
import itertools
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import parse_qsl, quote
from uuid import uuid4

from django.conf import settings
from django.urls import reverse

from bench import seed, staff_pages
from bench.load import Ask, Figures, Server, form_body, measure
from bench.staff_pages import Asks
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
# As a desk types them: a few letters, whole names, an address, a number, days, one letter wrong, nobody.
PEOPLE = [
    *(
        "ma",
        "hal",
        "marlos",
        "cordalel",
        "elfin cor",
        "ros ba",
        "rv-0042",
        "rv-099999",
        "14.3.1956",
        "2 Jul 1988",
    ),
    *(
        "marcor 1951-06-10",
        "cordla",
        "quinrosstne",
        "lomarr osbaber",
        "patient42",
        "zoe lind",
        "núñez1",
        "nobody",
    ),
]
# Measured with 10,000 patients and 2 million log rows in the clinic, and the last with 100,000 patients.
FIRST = (
    *("worklist", "worklist_all", "patient_page", "summary", "summary_12_weeks"),
    *("assign_page", "assign_routine", "assign_search", "assign", "patients_far_down"),
)
LARGE = (*FIRST, *staff_pages.NAMES)
REGISTER = ("patient_list", "patient_list_added", "patient_search", "patient_search_page")
SMALL = ("plain_page", "plan_page", "log", "exercise_search", "exercise_search_page", "catalogue")


def measure_pages(
    port: int,
    world: seed.World,
    *,
    web: int,
    database: int,
    say: Callable[[str], None],
    only: Iterable[str],
) -> dict[str, Figures]:
    known = pages(port, world)
    found = {}
    for name in only:
        if name in known:
            say(name)
            found[name] = measure(port, known[name], web=web, database=database, number=_number(name))
    return found


def _number(name: str) -> int:
    """Of requests: fewer of each where there are many pages."""
    return 50 if name in staff_pages.NAMES else 150 if name in {*FIRST, *REGISTER} else 300


def pages(port: int, world: seed.World) -> dict[str, Asks]:
    staff, owner = (
        f"{settings.SESSION_COOKIE_NAME}={seed.session_of(user)}" for user in (world.staff, world.owner)
    )
    patients = [
        (patient, f"{settings.PATIENT_COOKIE_NAME}={seed.patient_cookie(patient)}")
        for patient in world.patients[:50]
    ]
    found: dict[str, Asks] = {
        "plain_page": lambda: (
            Ask(f"/bench/plain/?patient={patient.pk}&day={world.today}", cookie)
            for patient, cookie in itertools.cycle(patients)
        ),
        "plan_page": lambda: (
            Ask(reverse("exercises:today"), cookie) for _, cookie in itertools.cycle(patients)
        ),
        "log": lambda: _logs(Server(port), patients),
        "patient_list": lambda: _one("patients:list", staff),
        "patient_list_added": lambda: _one("patients:list", staff, "?practitioner=me&sort=added"),
        "patient_search": lambda: _people(staff, htmx=True),
        "patient_search_page": lambda: _people(staff, htmx=False),  # by Enter, or from another page
        "patient_page": lambda: _each("exercises:patient", staff, world),
        "summary": lambda: _each("exercises:visit", staff, world),
        "summary_12_weeks": lambda: _each("exercises:visit", staff, world, "?span=12&days=1"),
        "worklist": lambda: _one("exercises:worklist", staff),
        "worklist_all": lambda: _one("exercises:worklist", staff, "?who=all"),
        "patients_far_down": lambda: _one("patients:list", staff, "?page=300"),
        "exercise_search": lambda: (
            Ask(f"{reverse('exercises:catalogue')}?{asked}", staff, htmx=True)
            for asked in itertools.cycle(SEARCHES)
        ),
        "exercise_search_page": lambda: (  # the same by Enter, or without JavaScript
            Ask(f"{reverse('exercises:catalogue')}?{asked}", staff) for asked in itertools.cycle(SEARCHES)
        ),
        "catalogue": lambda: _one("exercises:catalogue", staff),
        "assign_page": lambda: _each("exercises:assign", staff, world),
        "assign_routine": lambda: _each("exercises:assign", staff, world, f"?routine={world.routine_slug}"),
        "assign_search": lambda: _shelf_searches(Server(port), world, staff),
        "assign": lambda: _assignments(Server(port), world, staff),
    }
    return found | staff_pages.pages(world, staff, owner)


def _one(name: str, cookie: str, query: str = "") -> Iterator[Ask]:
    return (Ask(reverse(name) + query, cookie) for _ in itertools.count())


def _each(name: str, cookie: str, world: seed.World, query: str = "") -> Iterator[Ask]:
    keys = itertools.cycle(staff_pages.spread(world))
    return (Ask(reverse(name, args=[key]) + query, cookie) for key in keys)


def _people(cookie: str, *, htmx: bool) -> Iterator[Ask]:
    return (
        Ask(f"{reverse('patients:list')}?q={quote(typed)}", cookie, htmx=htmx)
        for typed in itertools.cycle(PEOPLE)
    )


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
