"""Assigning a programme: the page on which it is written, and what its form makes of what people type."""

import uuid
from datetime import date, time
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import AuditEntry, OutgoingEmail, User
from exercises.models import Exercise, Programme, Reminder, Routine, Stage
from patients.models import FindingType, Patient
from patients.models import Side as FindingSide
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(margaret: Patient) -> str:
    return reverse("exercises:assign", args=[margaret.pk])


def today() -> str:
    """The patient's day by PostgreSQL's clock, which nothing freezes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (now() AT TIME ZONE 'Europe/London')::date::text")
        return str(cursor.fetchone()[0])


def typed(*exercises: Exercise, **fields: Any) -> dict[str, Any]:
    """What a browser posts for a form with these exercises, each on the left."""
    found: dict[str, Any] = {
        "programme_id": str(uuid.uuid4()),
        "routine": "",
        "name": "Feet first",
        "frequency": "2x7",
        "starts_on": today(),
        "weeks": "4",
        "reminder_time": "18:00",
        "items": [exercise.slug for exercise in exercises],
    }
    for exercise in exercises:
        found[f"{exercise.slug}-side"] = "left"
        found[f"{exercise.slug}-reps"] = "10-15"
    return found | fields


def nothing_was_written() -> bool:
    return not (Programme.objects.exists() or OutgoingEmail.objects.exists() or Reminder.objects.exists())


def problems(response: Any) -> list[str]:
    return [problem.message for problem in response.context["problems"]]


# --- the page ---------------------------------------------------------------------------------------------------


def test_routines_tagged_for_the_findings_are_listed_first_and_called_a_filter(
    as_priya: Client, url: str, finding: object, basics: Routine, carlos: User, fasciitis: FindingType
) -> None:
    other = factories.make_routine(carlos, [*basics.exercises.all()], slug="another", name="Another routine")
    basics.findings.add(fasciitis)
    response = as_priya.get(url)
    shelf = response.context["shelf"]
    assert [shelf.tagged_routines, shelf.other_routines] == [[basics], [other]]
    page = response.content.decode()
    assert "Tagged for: Plantar fasciitis" in page
    assert "recommend" not in page.lower()
    assert "suggest" not in page.lower()
    assert response.context["form"].items == []


def test_a_routine_fills_the_form_with_its_doses_and_leaves_open_what_they_leave_open(
    as_priya: Client, url: str, finding: object, basics: Routine
) -> None:
    form = as_priya.get(url, {"routine": basics.slug}).context["form"]
    curls, raises = form.items
    assert [curls["sets"].value(), curls["reps"].value(), curls["hold_s"].value()] == [None, "10–15", None]
    assert [raises["reps"].value(), raises["hold_s"].value()] == ["15", "3–5"]
    assert form["name"].value() == "Article basics"
    assert not form["frequency"].value()
    assert str(form["starts_on"].value()) == today()
    assert form["weeks"].value() == 4
    assert form["reminder_time"].value() == time(18, 0)
    assert "Europe/London" in form.fields["reminder_time"].help_text


def test_without_consent_no_reminder_is_filled_in(as_priya: Client, priya: User, basics: Routine) -> None:
    patient = factories.make_patient(priya, "Tom", "Reed", reminders_allowed=False)
    response = as_priya.get(reverse("exercises:assign", args=[patient.pk]), {"routine": basics.slug})
    field = response.context["form"]["reminder_time"]
    assert field.value() is None
    assert "has not agreed" in field.help_text


@pytest.mark.parametrize(
    ("sides", "allowed", "filled_in"),
    [
        (["left"], ["left", "right", "both_in_turn"], "left"),
        (["right"], ["left", "right", "both_in_turn"], "right"),
        (["bilateral"], ["left", "right", "both_in_turn"], "both_in_turn"),
        (["bilateral"], ["left", "right", "together"], ""),
        (["left"], ["together", "both_in_turn"], ""),
        ([], ["left", "right"], ""),
        (["left"], ["not_sided"], "not_sided"),
    ],
)
def test_the_side_comes_from_the_findings_as_far_as_the_exercise_allows(
    as_priya: Client,
    priya: User,
    margaret: Patient,
    url: str,
    sides: list[str],
    allowed: list[str],
    filled_in: str,
) -> None:
    for side in sides:
        factories.make_finding(priya, margaret, side=FindingSide(side))
    exercise = factories.make_exercise("short-foot", sides=allowed)
    (item,) = as_priya.get(url, {"add": exercise.slug}).context["form"].items
    assert item["side"].value() == filled_in
    assert [value for value, _ in item.fields["side"].choices if value] == sorted(
        allowed, key=["left", "right", "both_in_turn", "together", "not_sided"].index
    )


def test_a_finding_that_the_exercise_is_tagged_for_counts_before_others(
    as_priya: Client, priya: User, margaret: Patient, url: str, fasciitis: FindingType, toe_curls: Exercise
) -> None:
    flat = factories.make_finding_type("flat_foot", label="Flat foot")
    factories.make_finding(priya, margaret, fasciitis, FindingSide.LEFT)
    factories.make_finding(priya, margaret, flat, FindingSide.RIGHT)
    toe_curls.findings.add(fasciitis)
    (item,) = as_priya.get(url, {"add": toe_curls.slug}).context["form"].items
    assert item["side"].value() == "left"


def test_search_shows_what_fits_and_htmx_gets_the_list_alone(
    as_priya: Client, url: str, basics: Routine
) -> None:
    response = as_priya.post(
        url + "?part=hits", {"q": "heel wall", "update": "find"}, headers={"HX-Request": "true"}
    )
    assert [found.slug for found in response.context["shelf"].exercises] == ["heel-raises-near-wall"]
    assert response.templates[0].name == "exercises/_assign_hits.html"
    assert b"<html" not in response.content
    assert response.headers["Vary"].startswith("HX-Request")
    whole = as_priya.post(url, {"q": "heel\x00", "update": "find"})
    assert whole.templates[0].name == "exercises/assign.html"
    assert len(whole.context["shelf"].exercises) == 2  # control characters are no query


# --- changing the draft -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "value", "order"),
    [
        ("add", "c", ["a", "b", "c"]),
        ("add", "a", ["a", "b"]),
        ("up", "b", ["b", "a"]),
        ("up", "a", ["a", "b"]),
        ("down", "a", ["b", "a"]),
        ("remove", "a", ["b"]),
        ("update", "1", ["a", "b"]),
        ("up", "nobody", ["a", "b"]),
    ],
)
def test_buttons_change_the_list_keep_what_was_typed_and_write_nothing(
    as_priya: Client, url: str, button: str, value: str, order: list[str]
) -> None:
    a, b, _ = (factories.make_exercise(slug) for slug in "abc")
    data = typed(a, b, **{"b-hold_s": "what?", "name": "My name", button: value})
    response = as_priya.post(url, data)
    form = response.context["form"]
    assert response.status_code == 200
    assert [item.exercise.slug for item in form.items] == order
    assert {item.exercise.slug: item["hold_s"].value() for item in form.items}["b"] == "what?"
    assert form["name"].value() == "My name"
    assert str(form["programme_id"].value()) == data["programme_id"]
    assert problems(response) == []
    assert nothing_was_written()


@pytest.mark.parametrize("part", ["bench", "hits", "budget", "unheard-of", ""])
def test_asking_for_a_part_of_the_page_never_assigns(
    as_priya: Client, url: str, toe_curls: Exercise, part: str
) -> None:
    """Fields post the whole form along when they ask for the minutes or the list; it may be complete by then."""
    for headers in ({}, {"HX-Request": "true"}):
        response = as_priya.post(f"{url}?part={part}", typed(toe_curls), headers=headers)
        assert response.status_code == 200
    assert nothing_was_written()


def test_htmx_says_in_the_address_which_button_it_was(
    as_priya: Client, url: str, toe_curls: Exercise
) -> None:
    response = as_priya.post(
        f"{url}?part=bench&add={toe_curls.slug}", typed(), headers={"HX-Request": "true"}
    )
    assert [item.exercise for item in response.context["form"].items] == [toe_curls]
    assert b"<html" not in response.content


def test_an_added_exercise_brings_its_dose(as_priya: Client, url: str, toe_curls: Exercise) -> None:
    (item,) = as_priya.post(url, typed(add=toe_curls.slug)).context["form"].items
    assert item["reps"].value() == "10–15"


# --- the dose budget --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "tone"), [(4, ""), (5, "warn"), (6, "warn"), (7, "bad")])
def test_long_lists_are_called_so_before_sending(as_priya: Client, url: str, number: int, tone: str) -> None:
    slugs = [factories.make_exercise(f"exercise-{n}").slug for n in range(number)]
    response = as_priya.get(url, {"add": slugs[0]})
    assert response.context["form"].budget.tone == ""
    response = as_priya.post(
        url + "?part=budget", {"items": slugs, "update": "1"}, headers={"HX-Request": "true"}
    )
    page = response.content.decode()
    assert response.context["form"].budget.tone == tone
    assert f"{number} exercises" in page
    assert ("Check:" in page) is bool(tone)
    assert "each time" in page


def test_minutes_follow_what_is_typed(as_priya: Client, url: str, toe_curls: Exercise) -> None:
    data = typed(
        toe_curls, **{f"{toe_curls.slug}-reps": "20", f"{toe_curls.slug}-hold_s": "3", "update": "1"}
    )
    response = as_priya.post(url, data)
    assert response.context["form"].budget.minutes == 4  # 20 x (3 + 3) s, twice a day
    assert "about 4 min a day" in response.content.decode()


# --- assigning --------------------------------------------------------------------------------------------------


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


def test_without_an_address_the_plan_is_to_be_printed(
    as_priya: Client, priya: User, toe_curls: Exercise
) -> None:
    patient = factories.make_patient(priya, "Tom", "Reed", email="", reminders_allowed=False)
    response = as_priya.post(
        reverse("exercises:assign", args=[patient.pk]), typed(toe_curls, reminder_time="")
    )
    said = [str(message) for message in get_messages(response.wsgi_request)]
    assert said == ["The patient has no e-mail address: print the plan."]
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
        ("-times_per_day", "2", "Give either days a week or every how many days."),
        ("-days_per_week", "3", "Say how many times a day."),
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


def test_a_patient_of_another_clinic_does_not_exist(
    as_priya: Client, heinrich: Patient, toe_curls: Exercise
) -> None:
    url = reverse("exercises:assign", args=[heinrich.pk])
    assert as_priya.get(url).status_code == 404
    assert as_priya.post(url, typed(toe_curls)).status_code == 404
    assert nothing_was_written()


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
    as_priya: Client, url: str, basics: Routine
) -> None:
    exercises = [factories.make_exercise(f"exercise-{n}") for n in range(10)]
    counts = []
    for chosen in (exercises[:1], exercises):
        data = typed(*chosen, routine=basics.slug)
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
        with CaptureQueriesContext(connection) as queries:
            assert as_priya.get(url, {"routine": f"routine-{number}-0"}).status_code == 200
            assert as_priya.post(url, data | {"update": "1"}).status_code == 200
        counts.append(len(statements(queries)))
    assert counts[0] == counts[1]
