from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEntry, User
from exercises.models import Exercise, Programme, Routine, Stage
from patients.models import FindingType
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def as_carlos(carlos: User) -> Client:
    client = Client()
    client.force_login(carlos)
    return client


def typed(routine: Routine | None, exercises: list[Exercise], **changes: Any) -> dict[str, Any]:
    """What the page of a routine sends, with these exercises in this order."""
    items = list(routine.items.all()) if routine else []
    given: dict[str, Any] = {
        "name": routine.name if routine else "",
        "basis": routine.basis if routine else "",
        "stages-TOTAL_FORMS": 0,
        "stages-INITIAL_FORMS": 0,
        "items-TOTAL_FORMS": max(len(items), len(exercises)),
        "items-INITIAL_FORMS": len(items),
    }
    for number, exercise in enumerate(exercises):
        given |= {
            f"items-{number}-exercise": exercise.pk,
            f"items-{number}-order": number + 1,
            f"items-{number}-stage": 1,
        }
    for number, item in enumerate(items):
        given |= {f"items-{number}-id": item.pk, f"items-{number}-routine": routine.pk if routine else ""}
        if number >= len(exercises):
            given |= {f"items-{number}-exercise": item.exercise_id, f"items-{number}-DELETE": "on"}
            given |= {f"items-{number}-stage": 1, f"items-{number}-order": item.order}
    return given | changes


def send(client: Client, routine: Routine, exercises: list[Exercise], **changes: Any) -> Any:
    url = reverse("admin:exercises_routine_change", args=[routine.pk])
    return client.post(url, typed(routine, exercises, **changes), follow=True)


def told(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def contents(routine: Routine) -> list[str]:
    return list(routine.items.order_by("order").values_list("exercise__slug", flat=True))


@pytest.fixture
def heel_raises(basics: Routine) -> Exercise:
    return Exercise.objects.get(slug="heel-raises-near-wall")


def test_a_curator_adds_a_routine_as_a_draft(
    as_carlos: Client, toe_curls: Exercise, fasciitis: FindingType
) -> None:
    given = typed(None, [toe_curls], name="Morning", slug="morning", findings=[fasciitis.pk])
    assert as_carlos.post(reverse("admin:exercises_routine_add"), given).status_code == 302
    routine = Routine.objects.get()
    assert (routine.stage, contents(routine)) == (Stage.DRAFT, ["toe-curls-and-spreads"])
    assert list(routine.findings.all()) == [fasciitis]
    entry = AuditEntry.objects.get(verb="routine.created")
    assert entry.actor_label == "Carlos Vega"


def test_other_contents_take_the_signature_away(
    as_carlos: Client, basics: Routine, toe_curls: Exercise, heel_raises: Exercise
) -> None:
    send(as_carlos, basics, [heel_raises, toe_curls])
    basics.refresh_from_db()
    assert contents(basics) == ["heel-raises-near-wall", "toe-curls-and-spreads"]
    assert (basics.stage, basics.signed_off_by, basics.signed_off_on) == (Stage.DRAFT, None, None)
    assert AuditEntry.objects.filter(verb="routine.edited").count() == 1


def test_saving_without_a_change_keeps_the_signature(
    as_carlos: Client, basics: Routine, toe_curls: Exercise, heel_raises: Exercise, carlos: User
) -> None:
    send(as_carlos, basics, [toe_curls, heel_raises])
    basics.refresh_from_db()
    assert (basics.stage, basics.signed_off_by) == (Stage.PUBLISHED, carlos)
    assert not AuditEntry.objects.filter(verb="routine.edited").exists()


def test_an_edit_is_signed_by_save_and_publish_and_changes_no_programme(
    as_carlos: Client, cora: User, basics: Routine, toe_curls: Exercise, programme: Programme
) -> None:
    as_carlos.force_login(cora)
    response = send(as_carlos, basics, [toe_curls], name="Toes", _publish="Save and publish")
    assert told(response) == ["Published, signed by you: Toes."]
    basics.refresh_from_db()
    assert (basics.name, basics.stage, basics.signed_off_by) == ("Toes", Stage.PUBLISHED, cora)
    assert contents(basics) == ["toe-curls-and-spreads"]
    programme.refresh_from_db()
    assert programme.name == "Article basics"


def test_a_draft_exercise_keeps_a_routine_from_being_published(
    as_carlos: Client, basics: Routine, toe_curls: Exercise
) -> None:
    draft = factories.make_exercise("short-foot", published=False)
    response = send(as_carlos, basics, [toe_curls, draft], _publish="Save and publish")
    assert told(response) == ["Publish first: Short foot."]
    basics.refresh_from_db()
    assert (basics.stage, contents(basics)) == (Stage.DRAFT, ["toe-curls-and-spreads", "short-foot"])


def test_the_same_exercise_twice_is_refused(as_carlos: Client, basics: Routine, toe_curls: Exercise) -> None:
    response = send(as_carlos, basics, [toe_curls, toe_curls])
    assert "Please correct the duplicate data" in response.content.decode()
    assert contents(basics) == ["toe-curls-and-spreads", "heel-raises-near-wall"]
    basics.refresh_from_db()
    assert basics.stage == Stage.PUBLISHED


def test_retiring_by_button_and_by_the_list(as_carlos: Client, basics: Routine) -> None:
    items = [item.exercise for item in basics.items.select_related("exercise")]
    response = send(as_carlos, basics, items, _retire="Save and retire")
    assert told(response) == ["Retired: Article basics. Programmes that hold it go on."]
    url = reverse("admin:exercises_routine_changelist")
    chosen = {"_selected_action": [basics.pk]}
    again = as_carlos.post(url, chosen | {"action": "retire"}, follow=True)
    assert told(again) == ["Article basics is not published."]
    assert told(as_carlos.post(url, chosen | {"action": "publish"}, follow=True)) == [
        "Article basics is retired. Restore it before you sign it off."
    ]
    assert told(as_carlos.post(url, chosen | {"action": "restore"}, follow=True)) == [
        "Not retired any more: Article basics."
    ]
    basics.refresh_from_db()
    assert basics.stage == Stage.PUBLISHED
    assert AuditEntry.objects.filter(verb="routine.retired").count() == 1


def test_what_was_edited_while_retired_comes_back_as_a_draft(as_carlos: Client, basics: Routine) -> None:
    items = [item.exercise for item in basics.items.select_related("exercise")]
    send(as_carlos, basics, items, _retire="Save and retire")
    send(as_carlos, basics, items[:1])
    basics.refresh_from_db()
    assert (basics.stage, basics.signed_off_by, basics.signed_off_on) == (Stage.RETIRED, None, None)
    url = reverse("admin:exercises_routine_changelist")
    as_carlos.post(url, {"_selected_action": [basics.pk], "action": "restore"}, follow=True)
    basics.refresh_from_db()
    assert basics.stage == Stage.DRAFT


def test_a_superuser_without_a_clinic_curates_too(client: Client, basics: Routine) -> None:
    client.force_login(User.objects.create_superuser("root@footwork.example", None, name="Root"))
    items = [item.exercise for item in basics.items.select_related("exercise")]
    send(client, basics, items, name="Renamed", _publish="Save and publish")
    basics.refresh_from_db()
    assert basics.signed_off_by is not None
    assert (basics.name, basics.signed_off_by.name) == ("Renamed", "Root")


def test_a_curator_gives_stages_and_a_dose_of_its_own(as_carlos: Client, toe_curls: Exercise) -> None:
    given = typed(None, [toe_curls, toe_curls], name="Load", slug="load") | {
        "items-1-stage": 2,
        "items-1-sets_open": "on",
        "items-1-reps_min": 8,
        "items-1-rest_s": 120,
        "stages-TOTAL_FORMS": 2,
        "stages-0-number": 1,
        "stages-0-name": "Weeks 1 to 2",
        "stages-0-from_week": 1,
        "stages-0-to_week": 2,
        "stages-0-criteria": "No pain.",
        "stages-1-number": 2,
        "stages-1-name": "Then",
        "stages-1-from_week": 3,
    }
    assert as_carlos.post(reverse("admin:exercises_routine_add"), given).status_code == 302
    routine = Routine.objects.get()
    assert list(routine.stages.values_list("number", "to_week", "criteria")) == [
        (1, 2, "No pain."),
        (2, None, ""),
    ]
    first, second = routine.items.all()
    assert (first.stage, first.has_own_dose) == (1, False)
    assert (second.stage, second.dose_phrases) == (
        2,
        ["as many sets of 8 as you can", "rest 2 minutes between sets"],
    )


@pytest.mark.hazard("HZ-26")
def test_what_somebody_saved_meanwhile_is_not_written_over(
    as_carlos: Client, cora: User, basics: Routine, toe_curls: Exercise, heel_raises: Exercise
) -> None:
    url = reverse("admin:exercises_routine_change", args=[basics.pk])
    page = as_carlos.get(url)
    seen = page.context["adminform"].form["seen"].value()
    assert f'name="seen" value="{seen}"' in page.content.decode()
    as_cora = Client()
    as_cora.force_login(cora)
    assert send(as_cora, basics, [heel_raises, toe_curls], seen=seen).redirect_chain
    before = factories.count_rows()
    late = send(as_carlos, basics, [toe_curls, heel_raises], name="Carlos's name", seen=seen)
    assert not late.redirect_chain
    assert "Somebody else saved this routine meanwhile" in late.content.decode()
    assert 'value="Carlos&#x27;s name"' in late.content.decode()
    assert factories.count_rows() == before
    basics.refresh_from_db()
    assert (basics.name, contents(basics)) == (
        "Article basics",
        ["heel-raises-near-wall", "toe-curls-and-spreads"],
    )
    # Alone again, what is read is written.
    seen = as_carlos.get(url).context["adminform"].form["seen"].value()
    assert send(as_carlos, basics, [heel_raises, toe_curls], name="Carlos's name", seen=seen).redirect_chain
    basics.refresh_from_db()
    assert basics.name == "Carlos's name"
