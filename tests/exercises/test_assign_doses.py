"""Lines of a programme that do not say how much."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import User
from exercises import actions
from exercises.forms.dose import DoseForm
from exercises.models import Exercise, Programme, ProgrammeItem
from patients.models import Patient
from tests import factories
from tests.exercises.assign_world import nothing_was_written, problems, typed
from tests.pages import text

pytestmark = pytest.mark.django_db
BOTH = "Give either days a week or every how many days."
DOSE = "Give repetitions, a hold or a duration."


@pytest.fixture
def url(margaret: Patient) -> str:
    return reverse("exercises:assign", args=[margaret.pk])


@pytest.mark.parametrize("extra", [{}, {"sets": "3"}, {"cue": "after breakfast"}])
def test_a_line_says_how_much(as_priya: Client, url: str, toe_curls: Exercise, extra: dict[str, str]) -> None:
    line = {f"{toe_curls.slug}-{name}": value for name, value in ({"reps": ""} | extra).items()}
    response = as_priya.post(url, typed(toe_curls) | line)
    assert (response.status_code, problems(response)) == (422, [DOSE])
    assert f'<a href="#id_{toe_curls.slug}-reps">' in response.content.decode()
    assert nothing_was_written()


@pytest.mark.parametrize("name", ["reps", "hold_s", "duration_s"])
def test_one_amount_is_enough(as_priya: Client, url: str, toe_curls: Exercise, name: str) -> None:
    line = {f"{toe_curls.slug}-reps": "", f"{toe_curls.slug}-{name}": "30"}
    assert as_priya.post(url, typed(toe_curls) | line).status_code == 302
    assert Programme.objects.count() == 1


def test_a_slip_in_the_only_amount_is_said_once(as_priya: Client, url: str, toe_curls: Exercise) -> None:
    line = {f"{toe_curls.slug}-reps": "", f"{toe_curls.slug}-hold_s": "long"}
    response = as_priya.post(url, typed(toe_curls) | line)
    assert problems(response) == ["Write a number such as 10, or a range such as 10-15."]


@pytest.mark.hazard("HZ-15")
@pytest.mark.parametrize("dose", [{}, {"reps_min": None, "sets_min": 3, "cue": "after breakfast"}])
def test_the_action_refuses_it_too(
    priya: User, margaret: Patient, toe_curls: Exercise, dose: dict[str, Any]
) -> None:
    assert toe_curls.current
    item = factories.item_plan(toe_curls.current, dose=dose)
    plan = actions.ProgrammePlan(name="Feet", items=[item], starts_on=factories.TODAY, weeks=4)
    with pytest.raises(Refused) as refusal:
        actions.assign_programme(actor=Actor.staff(priya), patient=margaret, plan=plan, now=factories.NOON)
    assert refusal.value.code == "dose"
    assert refusal.value.message == "Give repetitions, a hold or a duration for Toe curls and spreads."
    assert nothing_was_written()


@pytest.fixture
def curls(priya: User) -> Callable[..., Exercise]:
    def make(**fields: Any) -> Exercise:
        return factories.make_exercise(**fields)

    return make


@pytest.mark.hazard("HZ-02", "HZ-15")
def test_every_column_of_a_dose_can_be_given(
    as_priya: Client, url: str, priya: User, toe_curls: Exercise
) -> None:
    line = {
        "sets_open": "on",
        "tempo_up_s": "3",
        "tempo_down_s": "4",
        "rest_s": "120",
        "load_note": "a backpack",
    }
    data = typed(toe_curls) | {f"{toe_curls.slug}-{name}": value for name, value in line.items()}
    assert as_priya.post(url, data).status_code == 302
    assert ProgrammeItem.objects.get().dose_phrases == [
        "as many sets of 10–15 as you can, left foot",
        "3 seconds up, 4 seconds down",
        "rest 2 minutes between sets",
        "with a backpack",
        "twice a day, every day",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            {"sets": "3", "sets_open": "on"},
            "Give a number of sets or “as many as possible”, not both.",
        ),
        ({"tempo_up_s": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"tempo_down_s": "61"}, "Ensure this value is less than or equal to 60."),
        ({"rest_s": "601"}, "Ensure this value is less than or equal to 600."),
        ({"rest_s": "\x00"}, "Enter a whole number."),
        ({"load_note": "x" * 81}, "Ensure this value has at most 80 characters (it has 81)."),
        ({"load_note": "a\nb"}, "Write this on one line."),
        ({"times_per_day": "2", "days_per_week": "5", "every_n_days": "2"}, BOTH),
    ],
)
def test_a_slip_in_them_is_named(
    as_priya: Client, url: str, toe_curls: Exercise, line: dict[str, str], message: str
) -> None:
    data = typed(toe_curls) | {f"{toe_curls.slug}-{name}": value for name, value in line.items()}
    answer = as_priya.post(url, data)
    assert (answer.status_code, problems(answer)) == (422, [message])
    assert nothing_was_written()


@pytest.mark.hazard("HZ-02", "HZ-15")
@pytest.mark.parametrize(
    ("stated", "shown", "asked", "hint"),
    [
        ({}, (None, None, None), True, ""),
        ({"times_per_day_min": 3, "times_per_day_max": 5}, (3, None, None), True, "3–5 times a day"),
        ({"days_per_week_min": 5}, (None, 5, None), True, "5 days a week"),
        ({"every_n_days": 2}, (None, None, 2), True, "every second day"),
        (
            {"times_per_day_min": 2, "days_per_week_min": 3, "days_per_week_max": 5, "weeks_min": 6},
            (2, 3, None),
            False,
            "twice a day, 3–5 days a week, for 6 weeks",
        ),
    ],
)
def test_a_stated_frequency_is_filled_in_and_nothing_is_invented(
    as_priya: Client,
    url: str,
    priya: User,
    curls: Callable[..., Exercise],
    stated: dict[str, int],
    shown: tuple[int | None, ...],
    asked: bool,
    hint: str,
) -> None:
    exercise = curls(dose_note="The source leaves the load open.", **stated)
    answer = as_priya.get(url, {"add": exercise.slug})
    form = answer.context["form"]
    (item,) = form.items
    assert tuple(item[name].value() for name in ("times_per_day", "days_per_week", "every_n_days")) == shown
    assert form.fields["frequency"].required is asked
    assert not form["frequency"].value()
    assert item.stated == hint
    assert hint in text(answer)
    assert "The source leaves the load open." in text(answer)
    own = dict(zip(("times_per_day", "days_per_week", "every_n_days"), shown, strict=True))
    line = {f"{exercise.slug}-{name}": value for name, value in own.items() if value}
    sent = as_priya.post(url, typed(exercise, frequency="") | line)
    if asked:
        assert sent.status_code == 422
        assert nothing_was_written()
    else:
        assert sent.status_code == 302
        assert ProgrammeItem.objects.get().frequency.days_per_week == 3


@pytest.mark.hazard("HZ-15")
def test_times_a_day_of_a_line_take_their_days_from_the_choice_for_all(
    as_priya: Client, url: str, toe_curls: Exercise
) -> None:
    """Many sources say only how many times a day: one answer for all lines then says on which days."""
    line = {f"{toe_curls.slug}-times_per_day": "3"}
    for frequency in ("", "each"):
        answer = as_priya.post(url, typed(toe_curls, frequency=frequency) | line)
        assert answer.status_code == 422
        assert "Give either days a week or every how many days." in problems(answer)
    assert nothing_was_written()
    assert as_priya.post(url, typed(toe_curls, frequency="1e2") | line).status_code == 302
    assert ProgrammeItem.objects.get().dose_phrases[-1] == "3 times a day, every second day"


@pytest.mark.hazard("HZ-15")
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("days_per_week", "3", "twice a day, 3 days a week"),
        ("every_n_days", "3", "twice a day, every 3 days"),
    ],
)
def test_days_of_a_line_take_their_times_a_day_from_the_choice_for_all(
    as_priya: Client, url: str, toe_curls: Exercise, field: str, value: str, words: str
) -> None:
    """The days that a line says itself are kept, whatever days the choice for all lines has."""
    line = {f"{toe_curls.slug}-{field}": value}
    for frequency in ("", "each"):
        answer = as_priya.post(url, typed(toe_curls, frequency=frequency) | line)
        assert answer.status_code == 422
        assert "Say how many times a day." in problems(answer)
    assert nothing_was_written()
    data = typed(toe_curls, frequency="2x7") | line
    (shown,) = as_priya.post(url + "?part=budget", data).context["form"].items
    assert as_priya.post(url, data).status_code == 302
    item = ProgrammeItem.objects.get()
    assert item.dose_phrases[-1] == words
    assert shown.dose() == item.dose


@pytest.mark.hazard("HZ-15")
@pytest.mark.parametrize("line", [{}, {"times_per_day": "3"}, {"days_per_week": "5"}, {"every_n_days": "2"}])
@pytest.mark.parametrize("frequency", ["1x7", "1e2", "3x7"])
def test_the_dose_that_is_shown_is_the_dose_that_is_stored(
    as_priya: Client, url: str, toe_curls: Exercise, line: dict[str, str], frequency: str
) -> None:
    data = typed(toe_curls, frequency=frequency)
    data |= {f"{toe_curls.slug}-{name}": value for name, value in line.items()}
    (shown,) = as_priya.post(url + "?part=budget", data).context["form"].items
    assert as_priya.post(url, data).status_code == 302
    assert ProgrammeItem.objects.get().dose == shown.dose()


def test_one_line_without_a_frequency_is_enough_to_ask(
    as_priya: Client, url: str, curls: Callable[..., Exercise]
) -> None:
    full = curls(times_per_day_min=1, days_per_week_min=7)
    bare = curls(slug="short-foot")
    own = {f"{full.slug}-times_per_day": "1", f"{full.slug}-days_per_week": "7"}
    answer = as_priya.post(url, typed(full, bare, frequency="") | own)
    assert problems(answer) == ["Say how often. The catalogue leaves this to you."]
    assert as_priya.post(url, typed(full, bare, frequency="2x7") | own).status_code == 302
    given = {item.version.exercise.slug: item.times_per_day for item in ProgrammeItem.objects.all()}
    assert given == {full.slug: 1, bare.slug: 2}


def test_a_routines_own_frequency_comes_before_the_catalogues(
    as_priya: Client, url: str, priya: User, curls: Callable[..., Exercise]
) -> None:
    exercise = curls(times_per_day_min=3, days_per_week_min=7)
    line = actions.RoutineLine(exercise=exercise, times_per_day=1, every_n_days=2)
    routine = factories.write_routine(priya, [line])
    (item,) = as_priya.get(url, {"routine": routine.slug}).context["form"].items
    own = [item[name].value() for name in ("times_per_day", "days_per_week", "every_n_days")]
    assert own == [1, None, 2]
    assert item["reps"].value() == "10–15"  # its dose stays the catalogue's


def test_doses_without_a_source_stay_marked(
    as_priya: Client, url: str, curls: Callable[..., Exercise]
) -> None:
    exercise = curls(dose_source="D")
    assert "confirm before use" in text(as_priya.get(url, {"add": exercise.slug}))


@pytest.mark.parametrize("name", DoseForm.base_fields)
def test_a_field_of_a_dose_stands_in_one_template_for_programme_and_routine(name: str) -> None:
    folder = Path(settings.BASE_DIR) / "templates" / "exercises"
    shown = re.compile(rf"\b(?:field=|bare_field )\w+\.{name}\b")
    holding = [path.name for path in folder.glob("*.html") if shown.search(path.read_text(encoding="utf-8"))]
    assert holding == ["_dose_amount.html" if name in {"sets", "reps", "hold_s"} else "_dose_more.html"]
