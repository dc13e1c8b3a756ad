"""A patient with a full plan, and every page that patients and their helpers can open: one list, read from the doors.

A page with something in its address needs a line in ``arguments``: a new one without it fails each test that goes
through the list. What is no page stands in ``FILES``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.models import User
from exercises import actions
from exercises.models import Done, MissReason, Programme
from patients import actions as patient_actions
from patients.models import Carer, Measure, Patient, carer_token
from patients.red_flags import red_flags
from tests import factories
from tests.doors import DOORS
from tests.message_factories import WORDS, make_message

FILES = {
    "exercises:calendar_file",
    "exercises:feed",
    "exercises:manifest",
    "exercises:photo",
    "exercises:token",
    "exercises:worker",
}
# Drawings of the catalogue, with the doses that they are given with.
DRAWN: dict[str, dict[str, Any]] = {
    "toe-curls-and-spreads": {},
    "heel-raises-near-wall": {"hold_s_min": 3, "hold_s_max": 5, "sets_min": 2, "rest_s": 30},
    "calf-stretch-straight-knee": {"reps_min": 3, "reps_max": None, "hold_s_min": 30},
    "ankle-alphabet": {"kit_options": ["backpack", "ball"]},
}


@dataclass(frozen=True)
class World:
    patient: Patient
    programme: Programme
    carer: Carer
    without: Patient  # has no plan
    after: Patient  # has one that is over
    now: datetime


def make_world(staff: User, patient: Patient) -> World:
    """Some days into a plan of four exercises, with a support, two measures, a helper and a visit to come."""
    now, actor = clock.now(), Actor.staff(staff)
    begun = now - timedelta(days=9)
    patient_actions.choose_daily_measures(actor=actor, patient=patient, measures=Measure)
    Patient.objects.filter(pk=patient.pk).update(next_visit_at=now + timedelta(days=5))
    factories.make_support(
        staff,
        patient,
        hours_per_day=8,
        wear_in_plan="Two hours on the first day.",
        patient_note="Take it slowly.",
    )
    programme = factories.make_programme(staff, patient, [], items=_items(), now=begun)
    paused = factories.make_programme(
        staff, patient, [], items=_items("toe-curls-and-spreads"), name="Balance", now=begun
    )
    days = {"first_day": begun.date() + timedelta(days=1), "last_day": now.date() + timedelta(days=3)}
    actions.pause_programme(actor=actor, programme=paused, reason="On holiday.", now=begun, **days)
    for back in range(8, 0, -1):
        _log(programme, now - timedelta(days=back), back)
    for ago, words in ((5, "We look at it at your next visit."), (1, WORDS)):
        sent = now - timedelta(days=ago)
        make_message(staff, patient, words, now=sent, about_day=sent.date())
    carer = patient_actions.name_carer(
        actor=Actor.patient(patient),
        patient=patient,
        name="Ruth Hale",
        email="ruth.hale@families.example",
        language="en-gb",
        now=now,
    )
    patient.refresh_from_db()
    without, after = (factories.make_patient(staff, name) for name in ("Noah", "Edna"))
    over = factories.make_programme(staff, after, [], items=_items("ankle-alphabet"), now=begun)
    actions.end_programme(actor=actor, programme=over, reason="Over.", now=now)
    return World(patient, programme, carer, without, after, now)


def turn_to(world: World, language: str) -> None:
    """Patients and helper read another language from now on."""
    for row in (world.patient, world.without, world.after, world.carer):
        type(row).objects.filter(pk=row.pk).update(language=language)
        row.refresh_from_db()


def _items(*names: str) -> list[actions.ItemPlan]:
    items = []
    for slug in names or DRAWN:
        fields = {"picture": slug, "purpose": "Strengthens the small muscles of the foot.", **DRAWN[slug]}
        exercise = factories.make_exercise(
            f"{slug}-{len(names)}", name=slug.replace("-", " ").capitalize(), **fields
        )
        assert exercise.current
        kit = {"kit": "backpack"} if "kit_options" in fields else {}
        items.append(factories.item_plan(exercise.current, note="Hold on to the wall.", **kit))
    return items


def _log(programme: Programme, at: datetime, back: int) -> None:
    items = list(programme.items.all())
    done = {item.pk: Done.DONE for item in items[: 1 + back % 4]}
    missed = items[-1].pk
    entry = actions.DayLog(
        performed_on=at.date(),
        done={**done, missed: Done.NOT_DONE},
        reasons={missed: MissReason.FORGOT},
        pain={Measure.PAIN_FOOT: back % 7, Measure.PAIN_BACK: 3},
        note="It went well." if back == 1 else "",
    )
    patient = programme.patient
    actions.log_day(actor=Actor.patient(patient), patient=patient, entry=entry, now=at)


def arguments(world: World) -> dict[str, list[Any]]:
    yesterday = world.patient.local_day(world.now) - timedelta(days=1)
    return {
        "exercises:earlier": [yesterday.isoformat()],
        "exercises:unsubscribe": [factories.stop_token(world.patient)],
        "patients:carer": [carer_token(world.carer)],
        "patients:help": [world.patient.clinic_id],
    }


def is_for_patients(name: str) -> bool:
    """Those that a patient's cookie opens, and those of both upper apps that are open to everybody."""
    door = DOORS[name]
    is_public = door.roles is None and not name.startswith("clinic:")
    return "GET" in door.methods and is_public and not door.api and name not in FILES


def pages(world: World) -> dict[str, str]:
    """Each page that is there, and what else it can look like."""
    given = arguments(world)
    found = {}
    for name, door in DOORS.items():
        if is_for_patients(name):
            found[name] = reverse(name, args=given[name] if door.about else [])
    today = reverse("exercises:today")
    saved = (world.patient.local_day(world.now) - timedelta(days=1)).isoformat()
    return found | {
        "a day was saved": f"{today}?saved={saved}",
        "progress with its table": f"{reverse('exercises:my_progress')}?days=84&table=1",
        "a code was sent": f"{reverse('patients:confirm')}?sent=1",
        "nothing there": "/nothing/here/",
    }


def posted(client: Client, world: World) -> dict[str, bytes]:
    """Pages that answer a form: refused ones with what is wrong, and those that say what follows."""
    item = str(world.programme.items.all()[0].pk)
    stop, carer = (
        reverse("exercises:unsubscribe", args=[factories.stop_token(world.patient)]),
        arguments(world),
    )
    sent: dict[str, tuple[str, dict[str, str], int]] = {
        "a day is refused": ("/today/log/", {"performed_on": "2020-01-01"}, 422),
        "an answer is refused": (
            "/today/log/",
            {"performed_on": world.now.date().isoformat(), "item": item, f"done-{item}": "maybe"},
            422,
        ),
        "a time is refused": (
            "/today/reminders/",
            {"programme": str(world.programme.pk), "at": "23:00"},
            422,
        ),
        "no sign is refused": ("/today/signs/", {}, 422),
        "a helper is refused": ("/today/carer/", {"name": "Ruth", "email": "ruth", "language": "de"}, 422),
        "an address is refused": ("/today/contact/", {"email": "nobody", "time_zone": "Moon"}, 422),
        "a step-up code is refused": ("/today/confirm/", {"code": "1"}, 422),
        "a printed code is refused": ("/c/", {"code": "1"}, 422),
        "an e-mailed code is refused": ("/c/enter/", {"code": "1"}, 422),
        "a code is asked for": ("/c/email/", {"email": "somebody@patients.example"}, 200),
        "a sign was told": ("/today/signs/", {"sign": red_flags()[0].key}, 200),
        "copies are agreed to": (
            reverse("patients:carer", args=carer["patients:carer"]),
            {"do": "agree"},
            200,
        ),
        "copies are stopped": (reverse("patients:carer", args=carer["patients:carer"]), {}, 200),
        "reminders are stopped": (stop, {}, 200),
    }
    found = {}
    for name, (address, data, status) in sent.items():
        answer = client.post(address, data, follow=True)
        assert answer.status_code == status, f"{name}: {answer.status_code}"
        found[name] = answer.content
    return found


def others(world: World) -> dict[str, bytes]:
    """Pages of a browser with fewer keys, and of patients without a plan or with one that is over."""
    language = world.patient.language
    link, device, nobody, empty, over = (Client(headers={"accept-language": language}) for _ in range(5))
    factories.open_device(device, world.patient)
    for client, patient in ((link, world.patient), (empty, world.without), (over, world.after)):
        factories.open_plan(client, patient, now=world.now)
    today = reverse("exercises:today")
    shown = {
        "today by a link": (link, today, 200),
        "more by a link": (link, reverse("exercises:more"), 200),
        "how to keep the plan": (link, reverse("patients:device"), 200),
        "a device is needed": (link, reverse("exercises:my_progress"), 404),
        "a device is needed for messages": (link, reverse("exercises:my_messages"), 404),
        "a fresh code is needed": (device, reverse("exercises:contact"), 404),
        "closed": (nobody, today, 404),
        "no plan": (empty, today, 200),
        "a plan that is over": (over, today, 200),
    }
    found = {}
    for name, (client, address, status) in shown.items():
        answer = client.get(address)
        assert answer.status_code == status, f"{name}: {answer.status_code}"
        found[name] = answer.content
    return found
