"""Assigning a programme: what the form makes of what people type, and what it costs."""

from datetime import date, time
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import AuditEntry, OutgoingEmail, User
from exercises.models import Exercise, Programme, ProgrammeDraft, Routine, Stage
from patients.models import Finding, Patient
from tests import factories
from tests.exercises.assign_world import nothing_was_written, problems, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(margaret: Patient) -> str:
    return reverse("exercises:assign", args=[margaret.pk])


def test_assigning_a_routine_sends_it(
    as_priya: Client, priya: User, margaret: Patient, url: str, basics: Routine, toe_curls: Exercise
) -> None:
    raises = Exercise.objects.get(slug="heel-raises-near-wall")
    data = typed(toe_curls, raises, routine=basics.slug, frequency="1e2", weeks="6")
    data |= {f"{raises.slug}-reps": "15", f"{raises.slug}-hold_s": "3 to 5", f"{raises.slug}-sets": "3"}
    data |= {f"{raises.slug}-times_per_day": "3", f"{raises.slug}-days_per_week": "5"}
    response = as_priya.post(url, data)
    assert response.status_code == 302
    assert response["Location"] == reverse("exercises:patient", args=[margaret.pk])
    assert [str(message) for message in get_messages(response.wsgi_request)] == [
        f"Plan sent to {margaret.email}."
    ]
    programme = Programme.objects.get()
    assert str(programme.pk) == data["programme_id"]
    assert (programme.name, programme.routine, programme.assigned_by) == ("Feet first", basics, priya)
    assert (programme.ends_on - programme.starts_on).days == 6 * 7 - 1
    assert programme.reminder_time == time(18, 0)
    first, second = programme.items.order_by("order")
    assert (first.version, second.version) == (toe_curls.current, raises.current)
    assert (first.side, first.times_per_day, first.days_per_week, first.every_n_days) == ("left", 1, None, 2)
    assert (first.sets_min, first.reps_min, first.reps_max, first.hold_s_min) == (None, 10, 15, None)
    assert (second.times_per_day, second.days_per_week, second.every_n_days) == (3, 5, None)
    assert (second.sets_min, second.reps_min, second.reps_max) == (3, 15, None)
    assert (second.hold_s_min, second.hold_s_max) == (3, 5)
    letter = OutgoingEmail.objects.get()
    assert (letter.letter, letter.object_id) == ("plan_ready", str(programme.pk))
    assert AuditEntry.objects.filter(verb="programme.assigned").count() == 1


def test_without_an_address_nothing_is_sent_and_staff_are_told(
    as_priya: Client, priya: User, toe_curls: Exercise
) -> None:
    patient = factories.make_patient(priya, "Tom", "Reed", email="", reminders_allowed=False)
    response = as_priya.post(
        reverse("exercises:assign", args=[patient.pk]), typed(toe_curls, reminder_time="")
    )
    said = [str(message) for message in get_messages(response.wsgi_request)]
    assert said == ["The patient has no e-mail address: nothing was sent."]
    assert Programme.objects.get().reminder_time is None
    assert not OutgoingEmail.objects.exists()


def test_running_programmes_end_only_when_ticked(
    as_priya: Client, url: str, programme: Programme, toe_curls: Exercise, priya: User, margaret: Patient
) -> None:
    running = factories.make_programme(priya, margaret, [toe_curls], name="Second plan")
    Programme.objects.update(ends_on=date(2099, 1, 1))
    page = as_priya.get(url, {"add": toe_curls.slug}).content.decode()
    assert "End “Article basics” (since 23 Nov 2026) today" in page
    assert "checked" not in page
    as_priya.post(url, typed(toe_curls, ending=[str(programme.pk)]))
    states = dict(Programme.objects.values_list("name", "state"))
    assert states == {"Article basics": "ended", "Second plan": "active", "Feet first": "active"}
    assert running.state == "active"


@pytest.mark.hazard("HZ-37")
def test_a_double_press_makes_one_programme(
    as_priya: Client, url: str, programme: Programme, toe_curls: Exercise
) -> None:
    """The second press names a programme to end that the first has ended: it is answered all the same."""
    Programme.objects.update(ends_on=date(2099, 1, 1))
    data = typed(toe_curls, ending=[str(programme.pk)])
    answers = [as_priya.post(url, data) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Programme.objects.filter(name="Feet first").count() == 1
    assert OutgoingEmail.objects.filter(object_id=data["programme_id"]).count() == 1
    again = as_priya.post(url, typed(toe_curls, programme_id=data["programme_id"], name="Changed"))
    assert again.status_code == 302
    assert not Programme.objects.filter(name="Changed").exists()


def test_the_key_of_another_patients_form_is_refused(
    as_priya: Client, priya: User, url: str, toe_curls: Exercise
) -> None:
    other = factories.make_patient(priya, "Tom", "Reed")
    made = factories.make_programme(priya, other, [toe_curls])
    response = as_priya.post(url, typed(toe_curls, programme_id=str(made.pk)))
    assert response.status_code == 422
    assert problems(response) == ["This form belongs to another patient. Start again."]
    assert Programme.objects.count() == 1


# --- bad input --------------------------------------------------------------------------------------------------

NUMBER = "Write a number such as 10, or a range such as 10-15."


@pytest.mark.slow
@pytest.mark.hazard("HZ-02", "HZ-15")
@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("-reps", "-3", NUMBER),
        ("-reps", "ten", NUMBER),
        ("-reps", "1.5", NUMBER),
        ("-reps", "10-15-20", NUMBER),
        ("-reps", "0", "Choose a number from 1 to 200."),
        ("-reps", "99999", "Choose a number from 1 to 200."),
        ("-reps", "9" * 500, NUMBER),
        ("-reps", "15-10", "Write the smaller number first, such as 10-15."),
        ("-sets", "21", "Choose a number from 1 to 20."),
        ("-hold_s", "5-3", "Write the smaller number first, such as 10-15."),
        ("-duration_s", "3\x00", NUMBER),
        ("-side", "", "Choose a side."),
        ("-side", "together", "Choose a side that suits this exercise."),
        ("-side", "upside_down", "Choose a side that suits this exercise."),
        ("-times_per_day", "13", "Ensure this value is less than or equal to 12."),
        ("-cue", "c" * 121, "Ensure this value has at most 120 characters (it has 121)."),
        ("frequency", "", "Say how often. The catalogue leaves this to you."),
        ("frequency", "9x9", "Select a valid choice. 9x9 is not one of the available choices."),
        ("frequency", "each", "Say how many times a day, and on which days."),
        ("name", "", "This field is required."),
        ("name", "n" * 10_000, "Ensure this value has at most 80 characters (it has 10000)."),
        ("name", "a\x07b", "Remove the control characters from this text."),
        ("starts_on", "2020-01-01", "Choose a first day from today on, within a year."),
        ("starts_on", "9999-12-31", "Choose a first day from today on, within a year."),
        ("starts_on", "2026-02-30", "Enter a valid date."),
        ("weeks", "0", "Ensure this value is greater than or equal to 1."),
        ("weeks", "-4", "Ensure this value is greater than or equal to 1."),
        ("weeks", "53", "Ensure this value is less than or equal to 52."),
        ("reminder_time", "05:59", "Choose a time from 06:00 to 20:30."),
        ("reminder_time", "25:00", "Enter a valid time."),
        ("programme_id", "1", "Enter a valid UUID."),
        ("programme_id", "", "This field is required."),
        ("items", [], "Choose a routine, or add at least one exercise."),
        (
            "items",
            ["toe-curls-and-spreads", "unheard-of"],
            "One exercise is not in the catalogue any more. Look at the list again.",
        ),
        (
            "ending",
            ["7e57d004-2b97-0e7a-b45f-5387367791cd"],
            "Select a valid choice. 7e57d004-2b97-0e7a-b45f-5387367791cd is not one of the available choices.",
        ),
        ("ending", ["x"], "“x” is not a valid UUID."),
    ],
)
def test_every_slip_is_named_at_its_field_and_nothing_is_written(
    as_priya: Client, url: str, toe_curls: Exercise, field: str, value: Any, message: str
) -> None:
    name = f"{toe_curls.slug}{field}" if field.startswith("-") else field
    response = as_priya.post(url, typed(toe_curls, **{name: value}))
    assert (response.status_code, problems(response)) == (422, [message])
    assert "<title>Error: Assign" in response.content.decode()
    (problem,) = response.context["problems"]
    assert not problem.target or f'id="{problem.target}"' in response.content.decode()
    assert nothing_was_written()


def test_what_was_typed_survives_an_error(as_priya: Client, url: str, toe_curls: Exercise) -> None:
    data = typed(toe_curls, frequency="3x7", weeks="many", reminder_time="07:15")
    response = as_priya.post(
        url, data | {f"{toe_curls.slug}-reps": "12-14", f"{toe_curls.slug}-cue": "after breakfast"}
    )
    page = response.content.decode()
    for kept in (
        'value="Feet first"',
        'value="many"',
        'value="07:15"',
        'value="12-14"',
        'value="after breakfast"',
    ):
        assert kept in page
    assert '<option value="3x7" selected>' in page
    assert '<option value="left" selected>' in page


@pytest.mark.slow
def test_fifty_exercises_are_refused(as_priya: Client, url: str) -> None:
    many = [factories.make_exercise(f"exercise-{n}") for n in range(50)]
    response = as_priya.post(url, typed(*many))
    assert (response.status_code, problems(response)) == (422, ["A programme holds at most 20 exercises."])
    assert nothing_was_written()


@pytest.mark.parametrize("stage", [Stage.DRAFT, Stage.RETIRED])
def test_a_routine_out_of_the_catalogue_is_said_once_and_then_dropped(
    as_priya: Client, url: str, basics: Routine, toe_curls: Exercise, stage: Stage
) -> None:
    Routine.objects.update(stage=stage)
    assert as_priya.get(url, {"routine": basics.slug}).status_code == 404
    response = as_priya.post(url, typed(toe_curls, routine=basics.slug))
    assert response.status_code == 422
    assert problems(response) == [
        "The routine was taken out of the catalogue. The exercises below can still be assigned."
    ]
    assert '<input type="hidden" name="routine" value="">' in response.content.decode()
    assert nothing_was_written()


def test_an_exercise_that_was_never_published_cannot_be_smuggled_in(
    as_priya: Client, url: str, toe_curls: Exercise
) -> None:
    draft = factories.make_exercise("secret-draft", published=False)
    response = as_priya.post(url, typed(toe_curls, draft))
    assert response.status_code == 422
    assert "Secret draft" not in response.content.decode()
    assert nothing_was_written()


@pytest.mark.hazard("HZ-01")
def test_a_programme_of_another_patient_cannot_be_ended_from_here(
    as_priya: Client, priya: User, url: str, toe_curls: Exercise
) -> None:
    other = factories.make_patient(priya, "Tom", "Reed")
    made = factories.make_programme(priya, other, [toe_curls])
    Programme.objects.update(ends_on=date(2099, 1, 1))
    assert as_priya.post(url, typed(toe_curls, ending=[str(made.pk)])).status_code == 422
    assert Programme.objects.get() == made
    assert Programme.objects.get().state == "active"


# --- who may come in --------------------------------------------------------------------------------------------


@pytest.mark.hazard("HZ-31")
def test_a_patient_of_another_clinic_does_not_exist(
    as_priya: Client, heinrich: Patient, toe_curls: Exercise
) -> None:
    url = reverse("exercises:assign", args=[heinrich.pk])
    assert as_priya.get(url).status_code == 404
    assert as_priya.post(url, typed(toe_curls)).status_code == 404
    assert nothing_was_written()


@pytest.mark.hazard("HZ-38")
@pytest.mark.parametrize("person", ["olivia", "asha", "carlos", "audrey"])
def test_only_practitioners_assign(
    request: pytest.FixtureRequest, url: str, toe_curls: Exercise, person: str
) -> None:
    client = Client()
    client.force_login(request.getfixturevalue(person))
    assert client.get(url).status_code == 403
    assert client.post(url, typed(toe_curls)).status_code == 403
    assert nothing_was_written()


def test_other_methods_are_refused(as_priya: Client, url: str) -> None:
    assert as_priya.put(url).status_code == 405


# --- cost -------------------------------------------------------------------------------------------------------


def statements(queries: CaptureQueriesContext) -> list[str]:
    """Without the marks of transactions: one around the test turns the action's own into savepoints."""
    marks = ("SAVEPOINT", "RELEASE")
    return [query["sql"] for query in queries if not query["sql"].startswith(marks)]


def test_assigning_costs_the_same_for_one_exercise_and_for_ten(
    as_priya: Client, url: str, basics: Routine, finding: Finding
) -> None:
    exercises = [factories.make_exercise(f"exercise-{n}") for n in range(10)]
    for exercise in exercises:
        exercise.findings.add(finding.type)
    counts = []
    for chosen in (exercises[:1], exercises):
        data = typed(*chosen, routine=basics.slug, both="on")
        with CaptureQueriesContext(connection) as queries:
            assert as_priya.post(url, data).status_code == 302
        counts.append(len(statements(queries)))
    assert counts[0] == counts[1]
    assert counts[0] <= 15


def test_the_page_costs_the_same_for_one_exercise_and_for_ten(
    as_priya: Client, url: str, finding: object, carlos: User
) -> None:
    counts = []
    for number in (1, 10):
        exercises = [factories.make_exercise(f"exercise-{number}-{n}") for n in range(number)]
        for n in range(number):
            factories.make_routine(carlos, exercises[:4], slug=f"routine-{number}-{n}")
        data = {"items": [exercise.slug for exercise in exercises[1:]], "add": exercises[0].slug}
        ProgrammeDraft.objects.all().delete()  # the first one costs its entry in the audit
        with CaptureQueriesContext(connection) as queries:
            assert as_priya.get(url, {"routine": f"routine-{number}-0"}).status_code == 200
            assert as_priya.post(url, data | {"update": "1"}).status_code == 200
        counts.append(len(statements(queries)))
    assert counts[0] == counts[1]
