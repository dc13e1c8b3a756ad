"""Pages that no address leads to: what a form answers that was sent off empty, and what is said when something fails."""

import re
from collections.abc import Iterator

from django.core import mail
from django.db import transaction
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from exercises.management.commands.seed_demo import PASSWORD
from tests import factories
from tests.browser import patient_world
from tests.browser.screens.pages import Screen, is_of_staff, who_looks
from tests.browser.screens.world import Screens
from tests.doors import DOORS
from tests.pages import signed_in

LOGIN, RESET = reverse("account_login"), reverse("account_reset_password")


def refused_forms(screens: Screens, arguments: dict[str, list[object]]) -> Iterator[Screen]:
    """Every form of staff, sent off empty; what that changes is taken back."""
    for name, door in DOORS.items():
        if "POST" not in door.methods or door.api or not is_of_staff(name) or name not in arguments:
            continue
        who = who_looks(door) if not door.writers else "owner"
        with transaction.atomic():
            client = signed_in(screens.people[who]) if who in screens.people else Client()
            answer = client.post(reverse(name, args=arguments[name]))
            if answer.streaming:
                list(answer)  # a file: read to its end, or nobody closes it
            transaction.set_rollback(True)
        if answer.status_code in (400, 409, 422) and answer.headers["Content-Type"].startswith("text/html"):
            yield Screen("Refused", name, who, "", answer.content)


def of_patients(screens: Screens, key: Client) -> Iterator[Screen]:
    """What their forms answer, what a browser with fewer keys sees, and what is said of an old link."""
    with transaction.atomic():
        found = patient_world.others(screens.patients) | patient_world.posted(key, screens.patients)
        found |= dict(_links(screens))
        transaction.set_rollback(True)
    for name, content in found.items():
        yield Screen("Patients", name, "patient", "", content)


def _links(screens: Screens) -> Iterator[tuple[str, bytes]]:
    world, browser = screens.patients, Client(headers={"accept-language": screens.patients.patient.language})
    opened = reverse("patients:link_open")
    yield "a link that is over", browser.post(opened, {"link": "x" * 43}).content
    factories.open_plan(browser, world.patient, now=world.now)
    yield "a form of another plan", browser.post(reverse("exercises:log"), {"whose": "other"}).content


def of_accounts(screens: Screens) -> Iterator[Screen]:
    priya = screens.people["practitioner"]
    strict, plain = Client(enforce_csrf_checks=True), Client()
    found: dict[str, bytes] = {
        "wrong password": plain.post(LOGIN, {"login": priya.email, "password": "no"}).content,
        "nothing typed": plain.post(LOGIN).content,
        "a form without its token": strict.post(LOGIN).content,
        "an invitation that is over": plain.post(reverse("clinic:invitation"), {"link": "x" * 43}).content,
        "the second step": second_step(screens).content,
        "no address typed": plain.post(RESET).content,
        "a new password": _new_password(priya.email).content,
        "an old link to a new password": plain.get(f"{RESET}key/1-x/", follow=True).content,
    }
    for name, content in found.items():
        yield Screen("Account", name, "anonymous", "", content)


def second_step(screens: Screens) -> HttpResponse:
    credentials = {"login": screens.people["assistant"].email, "password": PASSWORD}
    return Client().post(LOGIN, credentials, follow=True)  # type: ignore[return-value]


def _new_password(email: str) -> HttpResponse:
    client = Client()
    client.post(RESET, {"email": email})
    link = re.search(r"https?://[^/]+(/\S+/key/\S+)", str(mail.outbox[-1].body))
    assert link
    return client.get(link[1], follow=True)  # type: ignore[return-value]


def of_failures(screens: Screens) -> Iterator[Screen]:
    assistant = signed_in(screens.people["assistant"])
    priya, nowhere = signed_in(screens.people["practitioner"]), "/nowhere/"
    found = {
        "400": render_to_string("400.html").encode(),
        "403": assistant.get(reverse("exercises:worklist")).content,
        "404 for staff": priya.get(nowhere).content,
        "404 for others": Client().get(nowhere).content,
        "500": render_to_string("500.html").encode(),
        "503": render_to_string("503.html").encode(),
    }
    for name, content in found.items():
        yield Screen("Failures", name, "anonymous", "", content)
