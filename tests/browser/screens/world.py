"""The clinic that is photographed: the demo, what the demo lacks, and a second clinic in which nothing is there yet."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.models import Clinic, User
from clinic.roles import Role
from exercises import actions, alerts, export_work
from exercises.models import Alert, ClinicExport, Exercise, Programme, Proposal, Routine
from patients import actions as patient_actions
from patients.models import (
    Erasure,
    Evaluation,
    EvaluationDraft,
    Finding,
    MessageTemplate,
    Opening,
    Patient,
    PatientImport,
    Questionnaire,
    Referral,
    Restriction,
    Screening,
    SupportAdvice,
    carer_token,
)
from tests import factories
from tests.browser import patient_world
from tests.doors import DOORS
from tests.exercises.own_world import TYPED
from tests.pages import signed_in
from tests.patients.import_world import THREE, checked, confirmed, uploaded
from tests.restricted_world import make_erasure, make_opening, make_restriction
from tests.staff_factories import make_invitation
from tests.uploads import encoded, picture, upload

MIXED = THREE + "Margaret,Hale,1956-03-14,\nDan,Ek,31.2.,nowhere\n"
CURLS, RAISES = "toe-curls-and-spreads", "heel-raises-near-wall"
LETTER = """From: Riverside <clinic@footwork.example>
To: margaret.hale@patients.example
Subject: A message from Riverside
Date: Mon, 23 Nov 2026 12:00:00 +0000
Content-Type: text/plain; charset=utf-8

Hello Margaret,

your clinic wrote to you. Read it here: http://localhost/t/#key
"""


@dataclass(frozen=True)
class Screens:
    people: dict[str, User]  # Riverside's by role, and Hilltop's, whose names begin with "new "
    patients: patient_world.World
    nobody: Patient  # Hilltop's one patient, about whom nothing is recorded


def make_screens(mail: Path) -> Screens:
    for command in ("load_vocabularies", "load_catalogue", "seed_demo"):
        call_command(command, stdout=StringIO())
    (mail / "letter.eml").write_text(LETTER)
    now = clock.now()
    people = {role.value: User.objects.get(staff_membership__role=role) for role in Role}
    _fill(people, now)
    alerts.watch(now)
    hilltop = factories.make_clinic("Hilltop Foot Care", sender_name="Hilltop", short_name="Hilltop")
    new = {f"new {role.value}": _new(hilltop, role) for role in Role}
    nobody = factories.make_patient(
        new["new practitioner"],
        "Heinrich",
        "Adler",
        email="",
        reminders_allowed=False,
        cautions=None,
        now=now,
    )
    found = _patients(now)
    for reader in ("practitioner", "assistant"):  # the patient is told who looked
        signed_in(people[reader]).get(reverse("exercises:patient", args=[found.patient.pk]))
    return Screens(people | new, found, nobody)


def _new(clinic: Clinic, role: Role) -> User:
    name = role.value.capitalize()
    return factories.make_staff(clinic, role, f"{name} Stein", email=f"{role.value}@hilltop.example")


def _fill(people: dict[str, User], now: datetime) -> None:
    """Lists of patients, own exercises, an invitation, a routine with stages, a double."""
    priya = people["practitioner"]
    as_priya = signed_in(priya)
    confirmed(as_priya, checked(as_priya, THREE))
    checked(as_priya, MIXED)
    uploaded(as_priya, MIXED)
    make_invitation(people["owner"])
    actions.ask_export(actor=Actor.staff(people["owner"]), now=now)
    export_work.work()
    for name in ("Riverside step tap", "Towel pull"):
        photo = upload(encoded(picture()))
        as_priya.post(reverse("exercises:own_new"), _typed(name) | {"photo": photo, "publish": "1"})
    towel = Exercise.objects.get(name="Towel pull")
    actions.propose_exercise(actor=Actor.staff(priya), exercise=towel, note="Well liked here.", now=now)
    curls, raises = (Exercise.objects.get(slug=slug) for slug in (CURLS, RAISES))
    stages = [
        actions.StagePlan(name="Weeks 1 to 2", from_week=1, to_week=2, criteria="No pain above 3."),
        actions.StagePlan(name="Weeks 3 to 8", from_week=3, to_week=8),
    ]
    lines = [actions.RoutineLine(exercise=curls), actions.RoutineLine(exercise=raises, stage=2)]
    plan = actions.RoutinePlan(lines=lines, name="Loading in stages", stages=stages)
    actions.write_routine(actor=Actor.staff(priya), plan=plan, now=now)
    double: dict[str, Any] = {
        "email": "m.hale@patients.example",
        "reminders_allowed": False,
        "same_person_checked": True,
    }
    factories.make_patient(priya, now=now, **double)
    _close(priya, people["owner"], now)
    Clinic.objects.filter(pk=priya.staff_membership.clinic_id).update(retention_years=8)
    silent: dict[str, Any] = {"email": "", "reminders_allowed": False, "cautions": None}
    otto = factories.make_patient(priya, "Otto", "Quist", now=now, **silent)
    Patient.objects.filter(pk=otto.pk).update(created_at=now - timedelta(days=12 * 365))
    factories.make_staff(otto.clinic, Role.PRACTITIONER, "Paul Reed", email="paul@riverside.example")


def _close(priya: User, olivia: User, now: datetime) -> None:
    """A restricted record that Priya has open, one that is shut, and one whose patient was erased."""
    opened, shut, erased = (
        factories.make_patient(priya, name, "Quist", now=now) for name in ("Nora", "Nils", "Nadia")
    )
    make_restriction(olivia, opened, now=now)
    make_opening(priya, opened, now=now)
    make_restriction(olivia, shut, now=now)
    make_erasure(priya, erased, now=now)


def _typed(name: str) -> dict[str, object]:
    return TYPED | {"name": name, "movement": name.lower(), "findings": ["tight_calf"]}


def _patients(now: datetime) -> patient_world.World:
    """The demo's Margaret with a helper; Tom, who has no plan; Ines, whose plan ends today."""
    margaret, tom, ines = (
        Patient.objects.filter(given_name=name).earliest("created_at") for name in ("Margaret", "Tom", "Ines")
    )
    carer = patient_actions.name_carer(
        actor=Actor.patient(margaret),
        patient=margaret,
        name="Ruth Hale",
        email="ruth.hale@families.example",
        language="en-gb",
        now=now,
    )
    margaret.refresh_from_db()
    programme = Programme.objects.active().filter(patient=margaret).with_items().get()
    return patient_world.World(margaret, programme, carer, tom, ines, now)


def _newest(rows: Callable[[Patient], Any]) -> Callable[[Screens], list[object]]:
    return lambda screens: [rows(screens.patients.patient).order_by("pk").values_list("pk", flat=True)[0]]


# What a page is about: the arguments of its address.
ABOUT: dict[str, Callable[[Screens], list[object]]] = {
    "": lambda screens: [],
    "patient": lambda screens: [screens.patients.patient.pk],
    "two patients": lambda screens: [screens.patients.patient.pk, _double().pk],
    "programme": lambda screens: [screens.patients.programme.pk],
    "questionnaire": lambda screens: [screens.patients.patient.pk, Questionnaire.objects.earliest("pk").pk],
    "exercise": lambda screens: [RAISES],
    "own exercise": lambda screens: [Exercise.objects.get(name="Riverside step tap").slug],
    "own routine": lambda screens: [Routine.objects.get(name="Loading in stages").slug],
    "colleague": lambda screens: [screens.people["practitioner"].staff_membership.pk],
    "clinic": lambda screens: [screens.patients.patient.clinic_id],
    "day": lambda screens: patient_world.arguments(screens.patients)["exercises:earlier"],
    "token": lambda screens: [factories.stop_token(screens.patients.patient)],
    "carer": lambda screens: [carer_token(screens.patients.carer)],
    "message": lambda screens: ["letter.eml"],
    "finding": _newest(Finding.objects.about),
    "support": _newest(SupportAdvice.objects.about),
    "evaluation": _newest(lambda patient: Evaluation.objects.all()),
    "draft": _newest(lambda patient: EvaluationDraft.objects.filter(state="open")),
    "screening": _newest(lambda patient: Screening.objects.all()),
    "referral": _newest(lambda patient: Referral.objects.all()),
    "alert": _newest(lambda patient: Alert.objects.open()),
    "message template": _newest(lambda patient: MessageTemplate.objects.all()),
    "import": _newest(lambda patient: PatientImport.objects.filter(state="checked")),
    "restriction": lambda screens: [Restriction.objects.get(patient__given_name="Nora").pk],
    "opening": lambda screens: [Opening.objects.get().pk],
    "erasure": lambda screens: [Erasure.objects.get().pk],
    "proposal": _newest(lambda patient: Proposal.objects.all()),
    "clinic export": _newest(lambda patient: ClinicExport.objects.all()),
}


def _double() -> Patient:
    return Patient.objects.filter(given_name="Margaret").latest("created_at")


def arguments(screens: Screens) -> dict[str, list[object]]:
    """Of each door's address."""
    found = {name: ABOUT[door.about](screens) for name, door in DOORS.items() if door.about in ABOUT}
    named = PatientImport.objects.filter(state="uploaded").earliest("created_at")
    shut = Patient.objects.get(given_name="Nils")
    return found | {
        "patients:import_columns": [named.pk],  # a list whose columns nobody has named yet
        "patients:break_glass_of": [shut.pk],
    }
