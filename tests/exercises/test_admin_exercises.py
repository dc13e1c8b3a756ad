from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEntry, User
from exercises.models import CONTENT_COLUMNS, Exercise, Programme, Stage
from patients.models import FindingType
from tests import factories
from tests.pages import text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
BOXES = {"equipment", "kit_options", "cautions", "sides"}
ADD = "admin:exercises_exercise_add"
VERSIONS = {f"versions-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL", "MIN_NUM", "MAX_NUM")}


@pytest.fixture
def as_carlos(carlos: User) -> Client:
    client = Client()
    client.force_login(carlos)
    return client


def typed(exercise: Exercise, **changes: Any) -> dict[str, Any]:
    """What the page of an exercise sends when nothing but ``changes`` is typed."""
    given: dict[str, Any] = {name: getattr(exercise, name) for name in CONTENT_COLUMNS if name != "photo"}
    for name, value in given.items():
        if isinstance(value, list) and name not in BOXES:
            given[name] = "\r\n".join(value)
    given["findings"] = [] if exercise._state.adding else list(exercise.findings.values_list("pk", flat=True))
    given["no_cautions"] = "" if given["cautions"] else "on"
    unticked = {name for name, value in given.items() if value is False}
    sent = {name: "" if value is None else value for name, value in given.items() if name not in unticked}
    return sent | VERSIONS | changes


def send(client: Client, exercise: Exercise, **changes: Any) -> Any:
    url = reverse("admin:exercises_exercise_change", args=[exercise.pk])
    return client.post(url, typed(exercise, **changes), follow=True)


def told(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def verbs() -> list[str]:
    return list(AuditEntry.objects.filter(actor_kind="staff").order_by("pk").values_list("verb", flat=True))


def test_a_curator_adds_an_exercise_as_a_draft(
    as_carlos: Client, toe_curls: Exercise, fasciitis: FindingType
) -> None:
    given = typed(toe_curls, name="Towel scrunch", slug="towel-scrunch", findings=[fasciitis.pk])
    given |= {"steps": " Sit down. \r\n\r\nPull the towel in with your toes.\r\n", "equipment": ["towel"]}
    assert as_carlos.post(reverse(ADD), given).status_code == 302
    exercise = Exercise.objects.get(slug="towel-scrunch")
    assert exercise.stage == Stage.DRAFT
    assert exercise.steps == ["Sit down.", "Pull the towel in with your toes."]
    assert exercise.equipment == ["towel"]
    assert list(exercise.findings.all()) == [fasciitis]
    entry = AuditEntry.objects.get(verb="exercise.created", object_id=str(exercise.pk))
    assert (entry.actor_label, entry.actor_role) == ("Carlos Vega", "curator")


@pytest.mark.hazard("HZ-03", "HZ-12")
def test_an_edit_changes_no_version_and_no_running_plan(
    as_carlos: Client, toe_curls: Exercise, programme: Programme
) -> None:
    send(as_carlos, toe_curls, name="Toe curls", reps_max=20)
    toe_curls.refresh_from_db()
    assert (toe_curls.name, toe_curls.reps_max) == ("Toe curls", 20)
    item = programme.items.get()
    assert (item.version.name, item.reps_max, item.version.number) == ("Toe curls and spreads", 15, 1)
    assert toe_curls.has_unpublished_changes
    assert verbs()[-1] == "exercise.edited"


def test_save_and_publish_signs_the_new_version(
    as_carlos: Client, carlos: User, toe_curls: Exercise, programme: Programme
) -> None:
    response = send(as_carlos, toe_curls, reps_max=20, _publish="Save and publish")
    assert told(response) == ["Published, signed by you: Toe curls and spreads."]
    toe_curls.refresh_from_db()
    assert toe_curls.current is not None
    assert (toe_curls.current.number, toe_curls.current.reps_max) == (2, 20)
    assert toe_curls.current.published_by == carlos
    assert programme.items.get().version.number == 1
    assert verbs()[-2:] == ["exercise.edited", "exercise.published"]


def test_publishing_what_is_published_is_refused(as_carlos: Client, toe_curls: Exercise) -> None:
    before = factories.count_rows()
    response = send(as_carlos, toe_curls, _publish="Save and publish")
    assert told(response) == ["Toe curls and spreads is published as it stands."]
    changed = {name for name, rows in factories.count_rows().items() if rows != before[name]}
    assert changed <= {"django_session", "django_admin_log"}


@pytest.mark.hazard("HZ-12")
def test_publishing_says_at_each_field_what_is_missing_and_keeps_the_typing(
    as_carlos: Client, toe_curls: Exercise
) -> None:
    before, stored = factories.count_rows(), toe_curls.content()
    empty = {"alt_text": "", "stop_rules": "", "steps": "", "picture": "", "evidence_tag": "", "findings": []}
    response = send(as_carlos, toe_curls, name="Toe curling", **empty, _publish="Save and publish")
    form = response.context["adminform"].form
    assert form.errors == {
        "steps": ["Publishing needs the steps."],
        "stop_rules": ["Publishing needs the stop rules."],
        "picture": ["Publishing needs a drawing or a photo."],
        "alt_text": ["Publishing needs the picture in words."],
        "sources": ["Publishing needs a source or the tag “practice-based”."],
        "findings": ["It is published: at least one finding that it is for has to stay."],
    }
    assert form["name"].value() == "Toe curling"
    assert factories.count_rows() == before
    assert Exercise.objects.get().content() == stored


def test_the_last_tag_of_what_is_published_stays(as_carlos: Client, toe_curls: Exercise) -> None:
    before = factories.count_rows()
    response = send(as_carlos, toe_curls, findings=[])
    assert response.context["adminform"].form.errors["findings"] == [
        "It is published: at least one finding that it is for has to stay."
    ]
    assert factories.count_rows() == before
    assert toe_curls.findings.exists()


def test_an_incomplete_text_is_kept_as_a_draft(as_carlos: Client, toe_curls: Exercise) -> None:
    send(as_carlos, toe_curls, alt_text="", stop_rules="")
    toe_curls.refresh_from_db()
    assert (toe_curls.alt_text, toe_curls.stop_rules) == ("", [])
    assert toe_curls.versions.count() == 1


def test_a_new_one_is_published_at_once(as_carlos: Client, toe_curls: Exercise) -> None:
    given = typed(toe_curls, name="Towel scrunch", slug="towel-scrunch", _publish="Save and publish")
    response = as_carlos.post(reverse(ADD), given, follow=True)
    assert told(response) == ["Published, signed by you: Towel scrunch."]
    assert Exercise.objects.get(slug="towel-scrunch").stage == Stage.PUBLISHED


def test_retiring_by_button_and_publishing_again(
    as_carlos: Client, toe_curls: Exercise, programme: Programme
) -> None:
    change = reverse("admin:exercises_exercise_change", args=[toe_curls.pk])
    address = reverse("admin:exercises_exercise_retire", args=[toe_curls.pk])
    assert address in as_carlos.get(change).content.decode()
    question = text(as_carlos.get(address))
    for words in ("1 running programme<", "in 1 clinic<", "0 people have it as a favourite<"):
        assert words in question
    assert Exercise.objects.get().stage == Stage.PUBLISHED
    response = as_carlos.post(
        reverse("admin:exercises_exercise_changelist"),
        {"action": "retire", "_selected_action": [toe_curls.pk], "confirmed": "yes"},
        follow=True,
    )
    assert told(response) == ["Retired: Toe curls and spreads. Programmes that hold it go on."]
    assert address not in as_carlos.get(change).content.decode()
    assert not Exercise.objects.assignable().exists()
    programme.refresh_from_db()
    assert programme.state == "active"
    send(as_carlos, toe_curls, _publish="Save and publish")
    assert Exercise.objects.assignable().get() == toe_curls
    assert verbs()[-2:] == ["exercise.retired", "exercise.published"]


def test_many_at_once_each_with_its_answer(as_carlos: Client, toe_curls: Exercise) -> None:
    draft = factories.make_exercise("short-foot", published=False, cautions=["fall_risk"])
    url = reverse("admin:exercises_exercise_changelist")
    both = {"_selected_action": [toe_curls.pk, draft.pk]}
    assert sorted(told(as_carlos.post(url, both | {"action": "publish"}, follow=True))) == [
        "Published, signed by you: Short foot.",
        "Toe curls and spreads is published as it stands.",
    ]
    question = as_carlos.post(url, both | {"action": "retire"})
    assert "Retire these exercises?" in text(question)
    assert not Exercise.objects.filter(stage=Stage.RETIRED).exists()
    confirmed = both | {"action": "retire", "confirmed": "yes"}
    assert told(as_carlos.post(url, confirmed, follow=True)) == [
        "Retired: Short foot, Toe curls and spreads. Programmes that hold it go on."
    ]
    assert Exercise.objects.filter(stage=Stage.RETIRED).count() == 2


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        (
            {"sides": ["left", "lefft"]},
            "sides",
            "Select a valid choice. lefft is not one of the available choices.",
        ),
        ({"steps": "Sit.\r\nSit."}, "steps", "Line 2: stands twice"),
        (
            {"equipment": ["sofa"]},
            "equipment",
            "Select a valid choice. sofa is not one of the available choices.",
        ),
        ({"cautions": ["stairs"]}, "cautions", "Select a valid choice. stairs is not one of"),
        ({"harder_exercises": "no-such"}, "harder_exercises", "There is no other exercise with this short"),
        ({"video_url": "http://video.example/a"}, "video_url", "Enter a valid URL."),
        ({"times_per_day_max": 3}, "times_per_day_min", "Give a number above zero, or a range with the"),
        ({"steps": f"Sit.\r\n{'x' * 301}"}, "steps", "Line 2: Ensure this value has at most 300 characters"),
        ({"steps": "Sit.\x07"}, "steps", "Line 1: Remove the control characters from this text."),
        (
            {"reps_min": 15, "reps_max": 10},
            "reps_max",
            "Give a number above zero, or a range with the smaller",
        ),
        ({"reps_min": -1}, "reps_min", "Ensure this value is greater than or equal to"),
        ({"name": "x" * 81}, "name", "Ensure this value has at most 80 characters (it has 81)."),
        ({"dose_source": "Z"}, "dose_source", "Select a valid choice."),
    ],
)
@pytest.mark.check(20)
def test_a_slip_is_explained_and_nothing_is_written(
    as_carlos: Client, toe_curls: Exercise, change: dict[str, Any], field: str, message: str
) -> None:
    before = factories.count_rows()
    response = send(as_carlos, toe_curls, **change)
    errors = response.context["adminform"].form.errors
    assert list(errors) == [field]
    assert errors[field][0].startswith(message)
    assert factories.count_rows() == before
    stored = Exercise.objects.get(pk=toe_curls.pk)
    assert stored.content() == toe_curls.content()


def test_a_short_name_is_taken_once_and_never_changes(as_carlos: Client, toe_curls: Exercise) -> None:
    response = as_carlos.post(reverse(ADD), typed(toe_curls, slug=toe_curls.slug))
    assert response.status_code == 200
    assert "This short name is taken." in response.content.decode()
    assert Exercise.objects.count() == 1
    send(as_carlos, toe_curls, slug="other")
    toe_curls.refresh_from_db()
    assert toe_curls.slug == "toe-curls-and-spreads"


def test_the_page_shows_versions_use_and_preview(
    as_carlos: Client, toe_curls: Exercise, programme: Programme, priya: User
) -> None:
    other = factories.make_patient(priya, "Tom", "Okafor")
    factories.make_programme(priya, other, [factories.make_exercise("short-foot")])
    assert list(Programme.objects.holding(toe_curls)) == [programme]
    response = as_carlos.get(reverse("admin:exercises_exercise_change", args=[toe_curls.pk]))
    page = response.content.decode()
    assert "1 running programme" in page
    assert reverse("exercises:exercise", args=[toe_curls.slug]) in page
    (inline,) = response.context["inline_admin_formsets"]
    assert (inline.has_view_permission, inline.has_change_permission, inline.has_add_permission) == (
        True,
        False,
        False,
    )


def test_the_list_is_searched_and_filtered(as_carlos: Client, toe_curls: Exercise) -> None:
    factories.make_exercise("short-foot", published=False)
    url = reverse("admin:exercises_exercise_changelist")
    for query, found in ((("q", "short"), 1), (("q", "xyz"), 0), (("status", "draft"), 1)):
        response = as_carlos.get(url, dict([query]))
        assert response.context["cl"].result_count == found, query


def test_the_list_costs_the_same_for_one_and_for_ten(
    as_carlos: Client, toe_curls: Exercise, django_assert_max_num_queries: Any
) -> None:
    url = reverse("admin:exercises_exercise_changelist")
    as_carlos.get(url)
    for number in range(9):
        factories.make_exercise(f"exercise-{number}")
    with django_assert_max_num_queries(
        8
    ):  # session, user with membership, 2 counts, filter of findings, rows, their findings, tags to choose
        as_carlos.get(url)
