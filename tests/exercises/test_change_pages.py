"""The pages on which a running programme is changed, and those that show its versions."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock, retention
from clinic.actors import Actor
from clinic.models import OutgoingEmail, User
from exercises.models import (
    Exercise,
    Programme,
    ProgrammeDraft,
    ProgrammeItem,
    ProgrammeRevision,
    ProgrammeState,
)
from patients.models import Patient
from tests import factories
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def heels() -> Exercise:
    return factories.make_exercise("heel-raises", name="Heel raises")


@pytest.fixture
def running(priya: User, margaret: Patient, toe_curls: Exercise, heels: Exercise) -> Programme:
    return factories.make_programme(priya, margaret, [toe_curls, heels], now=clock.now() - 3 * DAY)


@pytest.fixture
def nils(riverside: Any) -> User:
    return factories.make_staff(riverside, "practitioner", "Nils Berg")  # type: ignore[arg-type]


def page(programme: Programme, name: str = "edit") -> str:
    return reverse(f"exercises:programme_{name}", args=[programme.pk])


def typed(client: Client, programme: Programme, **fields: Any) -> dict[str, Any]:
    """What a browser posts of the page as it stands."""
    form = client.get(page(programme)).context["form"]
    found = {bound.html_name: bound.value() for bound in form} | {
        bound.html_name: bound.value() for item in form.items for bound in item
    }
    found["items"] = [item.key for item in form.items]
    given = {name: "" if value in (None, False) else str(value) for name, value in found.items()}
    return given | {"items": found["items"]} | fields


def problems(response: Any) -> list[str]:
    return [problem.message for problem in response.context["problems"]]


def current(programme: Programme) -> list[tuple[str, Any, Any]]:
    items = programme.items.in_force().select_related("version").in_order()
    return [(item.version.name, item.reps_min, item.days_per_week) for item in items]


def test_the_page_is_filled_with_what_the_patient_does(as_priya: Client, running: Programme) -> None:
    shown = text(as_priya.get(page(running)))
    assert 'name="toe-curls-and-spreads-reps" value="10–15"' in shown
    assert "once a day" in shown.lower()
    assert "Save and tell the patient" in shown
    assert "Start from a routine" not in shown
    assert f'href="{page(running)}"' in text(as_priya.get(reverse("exercises:programme", args=[running.pk])))


def test_one_thing_for_all_exercises(as_priya: Client, running: Programme) -> None:
    data = typed(as_priya, running, all_often="2x7", all_reps="20", all_sets="3")
    part = as_priya.post(f"{page(running)}?part=bench", data, headers=HTMX)
    assert text(part).count('value="20"') == 2  # in the lines, and no longer above them
    assert as_priya.post(page(running), data)["Location"] == reverse("exercises:programme", args=[running.pk])
    assert current(running) == [("Toe curls and spreads", 20, 7), ("Heel raises", 20, 7)]
    assert {item.times_per_day for item in ProgrammeItem.objects.in_force()} == {2}
    assert {item.sets_min for item in ProgrammeItem.objects.in_force()} == {None}  # nobody stated sets


def test_saving_what_is_there_says_that_nothing_is_new(as_priya: Client, running: Programme) -> None:
    response = as_priya.post(page(running), typed(as_priya, running))
    assert response.status_code == 422
    assert problems(response) == ["Nothing is new in this plan, so nothing was sent."]
    assert not ProgrammeRevision.objects.exists()


def test_a_swap_keeps_place_side_and_frequency(as_priya: Client, running: Programme) -> None:
    factories.make_exercise("towel-scrunch", name="Towel scrunch", reps_min=30, reps_max=None)
    data = typed(as_priya, running)
    key = "toe-curls-and-spreads"
    waiting = as_priya.post(f"{page(running)}?part=bench&swap={key}", data, headers=HTMX)
    assert "Choose what takes its place." in text(waiting)
    assert "Take this" in text(waiting)
    taken = as_priya.post(
        f"{page(running)}?part=bench&add=towel-scrunch", data | {"swapping": key}, headers=HTMX
    )
    form = taken.context["form"]
    assert [item.key for item in form.items] == ["towel-scrunch", "heel-raises"]
    first = form.items[0]
    assert (first["side"].value(), first["times_per_day"].value()) == ("both_in_turn", "1")
    posted = data | {bound.html_name: str(bound.value() or "") for bound in first}
    posted["items"] = [item.key for item in form.items]
    assert as_priya.post(page(running), posted).status_code == 302
    assert current(running) == [("Towel scrunch", 30, 7), ("Heel raises", 10, 7)]
    new = ProgrammeItem.objects.in_force().get(version__name="Towel scrunch")
    assert new.succeeds
    assert new.succeeds.version.name == "Toe curls and spreads"


def test_faults_stand_at_their_fields_and_nothing_is_saved(as_priya: Client, running: Programme) -> None:
    data = typed(as_priya, running, ends_on="soon", **{"heel-raises-reps": "many", "heel-raises-side": ""})
    response = as_priya.post(page(running), data)
    assert response.status_code == 422
    assert "Choose a side." in problems(response)
    assert Programme.objects.get().version == 1
    empty = as_priya.post(page(running), data | {"items": []})
    assert "A programme needs at least one exercise. To stop all of it, end it." in problems(empty)


def test_an_exercise_that_left_the_catalogue_can_stay(
    as_priya: Client, running: Programme, toe_curls: Exercise, carlos: User
) -> None:
    Exercise.objects.filter(pk=toe_curls.pk).update(stage="retired")
    data = typed(as_priya, running, **{"heel-raises-reps": "5"})
    assert as_priya.post(page(running), data).status_code == 302
    assert current(running) == [("Toe curls and spreads", 10, 7), ("Heel raises", 5, 7)]


def test_an_exercise_that_stands_twice_keeps_both_lines(
    as_priya: Client, priya: User, margaret: Patient, toe_curls: Exercise
) -> None:
    assert toe_curls.current
    both = [factories.item_plan(toe_curls.current, side=side) for side in ("left", "right")]
    programme = factories.make_programme(priya, margaret, [], items=both, now=clock.now())
    data = typed(as_priya, programme, **{"toe-curls-and-spreads__2-reps": "5"})
    assert data["items"] == ["toe-curls-and-spreads", "toe-curls-and-spreads__2"]
    assert as_priya.post(page(programme), data).status_code == 302
    items = ProgrammeItem.objects.in_force().in_order()
    assert [(item.side, item.reps_min) for item in items] == [("left", 10), ("right", 5)]


@pytest.mark.hazard("HZ-26")
def test_the_second_editor_sees_both_plans_and_loses_nothing(
    as_priya: Client, running: Programme, nils: User
) -> None:
    mine = typed(as_priya, running, **{"heel-raises-reps": "12"})
    other = signed_in(nils)
    assert other.post(page(running), typed(other, running, all_reps="20")).status_code == 302
    before = factories.count_rows()
    response = as_priya.post(page(running), mine)
    assert response.status_code == 422
    assert problems(response)[0].startswith("Nils Berg changed this plan on ")
    shown = text(response)
    assert "Both plans side by side" in shown
    assert "Saved meanwhile" in shown
    assert 'name="heel-raises-reps" value="12"' in shown
    assert 'name="seen_version" value="2"' in shown
    after = factories.count_rows()
    assert after.pop("exercises_programmedraft") == before.pop("exercises_programmedraft") + 1  # kept for her
    assert after.pop("clinic_auditentry") == before.pop("clinic_auditentry") + 1
    assert after == before
    assert current(running) == [("Toe curls and spreads", 20, 7), ("Heel raises", 20, 7)]
    assert as_priya.post(page(running), mine | {"seen_version": "2"}).status_code == 302
    assert current(running) == [("Toe curls and spreads", 10, 7), ("Heel raises", 12, 7)]


# --- what was left unfinished -----------------------------------------------------------------------------------
def test_a_draft_is_kept_offered_and_put_in_only_when_asked_for(as_priya: Client, running: Programme) -> None:
    data = typed(as_priya, running, **{"heel-raises-reps": "12"})
    as_priya.post(f"{page(running)}?part=budget", data, headers=HTMX)
    as_priya.post(f"{page(running)}?part=budget", data | {"why": "Stronger."}, headers=HTMX)
    draft = ProgrammeDraft.objects.get()
    assert (draft.seen_version, draft.data["heel-raises-reps"]) == (1, ["12"])
    assert "csrfmiddlewaretoken" not in draft.data
    opened = text(as_priya.get(page(running)))
    assert "You left this unfinished on" in opened
    assert 'name="heel-raises-reps" value="12"' not in opened
    went_on = text(as_priya.get(f"{page(running)}?draft=1"))
    assert 'name="heel-raises-reps" value="12"' in went_on
    assert 'value="Stronger."' in went_on
    assert as_priya.post(page(running), {"afresh": "1"}).status_code == 302
    assert not ProgrammeDraft.objects.exists()


def test_saving_deletes_the_draft_and_a_colleague_has_another(
    as_priya: Client, running: Programme, nils: User
) -> None:
    data = typed(as_priya, running, **{"heel-raises-reps": "12"})
    other = signed_in(nils)
    for client in (as_priya, other):
        client.post(f"{page(running)}?part=budget", data, headers=HTMX)
    assert ProgrammeDraft.objects.count() == 2
    assert as_priya.post(page(running), data).status_code == 302
    assert ProgrammeDraft.objects.get().author == nils


def test_a_draft_of_a_new_programme_is_kept_too(
    as_priya: Client, margaret: Patient, toe_curls: Exercise
) -> None:
    url = reverse("exercises:assign", args=[margaret.pk])
    key = toe_curls.slug
    data = {
        "items": [key],
        f"{key}-reps": "12",
        f"{key}-side": "left",
        "name": "Feet",
        "frequency": "1x7",
        "starts_on": clock.now().date().isoformat(),
        "weeks": "4",
        "programme_id": "00000000-0000-4000-8000-000000000001",
    }
    as_priya.post(f"{url}?part=budget", data, headers=HTMX)
    assert "You left this unfinished on" in text(as_priya.get(url))
    assert f'name="{key}-reps" value="12"' in text(as_priya.get(f"{url}?draft=1"))
    assert as_priya.post(url, data).status_code == 302
    assert not ProgrammeDraft.objects.exists()


def test_an_ended_session_leads_to_sign_in_and_back_to_what_was_typed(
    as_priya: Client, priya: User, running: Programme
) -> None:
    data = typed(as_priya, running, **{"heel-raises-reps": "12"})
    as_priya.post(f"{page(running)}?part=budget", data, headers=HTMX)
    as_priya.logout()
    response = as_priya.post(page(running), data)
    assert response.status_code == 403
    assert f'action="{page(running)}"' in text(response)  # all of it, to be sent again
    assert "You left this unfinished on" in text(signed_in(priya).get(page(running)))


def test_drafts_are_forgotten_after_two_weeks(as_priya: Client, running: Programme) -> None:
    as_priya.post(f"{page(running)}?part=budget", typed(as_priya, running), headers=HTMX)
    system = Actor.system("retention")
    assert retention.run(actor=system, now=clock.now() + 13 * DAY) == 0
    assert retention.run(actor=system, now=clock.now() + 15 * DAY) == 1


# --- versions, extending, copying -------------------------------------------------------------------------------
def test_versions_stand_side_by_side_with_who_when_and_why(as_priya: Client, running: Programme) -> None:
    assert "Nobody has changed this programme" in text(as_priya.get(page(running, "revisions")))
    for reps in ("12", "14"):
        data = typed(as_priya, running, why=f"To {reps}.", **{"heel-raises-reps": reps})
        assert as_priya.post(page(running), data).status_code == 302
    shown = text(as_priya.get(page(running, "revisions")))
    assert "Versions 2 and 3 side by side" in shown
    assert shown.count('<tr class="new">') == 1
    assert "To 12." in shown
    assert "To 14." in shown
    assert "Priya Nair" in shown
    assert "Heel raises: 14 times, each foot. Before, it was: 12 times, each foot." in shown
    first = text(as_priya.get(page(running, "revisions"), {"old": "1", "new": "3"}))
    assert "10–15 times" in first
    assert as_priya.get(page(running, "revisions"), {"old": "9"}).status_code == 404
    assert as_priya.get(page(running, "revisions"), {"new": "²"}).status_code == 404


def test_extending(as_priya: Client, running: Programme) -> None:
    until = running.ends_on + 14 * DAY
    assert running.ends_on.isoformat() in text(as_priya.get(page(running, "extend")))
    wrong = as_priya.post(page(running, "extend"), {"ends_on": "2020-01-01", "seen_version": "1"})
    assert wrong.status_code == 422
    mine = {"ends_on": until.isoformat(), "why": "Two weeks more.", "seen_version": "1"}
    done = as_priya.post(page(running, "extend"), mine)
    assert done.status_code == 302
    running.refresh_from_db()
    assert running.ends_on == until
    assert "Last day" in text(as_priya.get(page(running, "revisions")))

    before = factories.count_rows()
    assert as_priya.post(page(running, "extend"), mine).status_code == 302  # a second press
    assert {name for name, n in factories.count_rows().items() if n != before[name]} == set()


@pytest.mark.hazard("HZ-26")
def test_whoever_extends_what_was_changed_meanwhile_is_told_by_whom(
    as_priya: Client, running: Programme, nils: User
) -> None:
    until, theirs = running.ends_on + 14 * DAY, running.ends_on + 21 * DAY
    form = as_priya.get(page(running, "extend")).context["form"]
    mine = {"ends_on": until.isoformat(), "why": "", "seen_version": form["seen_version"].value()}
    other = signed_in(nils)
    told = {"ends_on": theirs.isoformat(), "why": "A month.", "seen_version": "1"}
    assert other.post(page(running, "extend"), told).status_code == 302
    before = factories.count_rows()
    response = as_priya.post(page(running, "extend"), mine)
    assert response.status_code == 422
    shown = text(response)
    assert "Nils Berg changed this plan on " in shown
    assert f"The last day is {theirs:%-d %b %Y} now." in shown
    assert f'name="ends_on" value="{until}"' in shown
    assert factories.count_rows() == before
    running.refresh_from_db()
    assert (running.ends_on, running.version) == (theirs, 2)
    assert 'name="seen_version" value="2"' in shown
    assert as_priya.post(page(running, "extend"), mine | {"seen_version": "2"}).status_code == 302
    running.refresh_from_db()
    assert (running.ends_on, running.version) == (until, 3)


def test_a_copy_starts_from_what_the_patient_does_now(as_priya: Client, running: Programme) -> None:
    as_priya.post(page(running), typed(as_priya, running, all_reps="20", all_often="2x7"))
    url = reverse("exercises:assign", args=[running.patient_id])
    form = as_priya.get(url, {"from": str(running.pk)}).context["form"]
    assert [(item.key, item["reps"].value(), item["times_per_day"].value()) for item in form.items] == [
        ("toe-curls-and-spreads", "20", 2),
        ("heel-raises", "20", 2),
    ]
    assert form["name"].value() == running.name
    assert as_priya.get(url, {"from": "nothing"}).status_code == 404


def test_what_is_over_is_copied_and_not_changed(as_priya: Client, running: Programme) -> None:
    Programme.objects.filter(pk=running.pk).update(state=ProgrammeState.ENDED, ended_at=clock.now())
    assert as_priya.get(page(running)).status_code == 302
    shown = text(as_priya.get(reverse("exercises:programme", args=[running.pk])))
    assert "Copy to a new programme" in shown
    assert f'href="{page(running)}"' not in shown


def test_the_patient_reads_the_change_at_the_same_address_and_what_is_new(
    as_priya: Client, margaret: Patient, running: Programme
) -> None:
    phone = Client()
    factories.open_plan(phone, margaret, now=clock.now())
    before = text(phone.get("/today/"))
    assert "10–15 times" in before
    OutgoingEmail.objects.filter(letter="plan_ready").update(state="sent", sent_at=clock.now())
    as_priya.post(page(running), typed(as_priya, running, all_reps="20"))
    after = text(phone.get("/today/"))
    assert "Heel raises: 20 times" in after
    assert "Before, it was: 10–15 times" in after
    assert OutgoingEmail.objects.filter(letter="plan_changed").count() == 1


def test_page_and_save_cost_the_same_for_one_exercise_and_for_ten(
    as_priya: Client, priya: User, margaret: Patient
) -> None:
    exercises = [factories.make_exercise(f"exercise-{n}") for n in range(10)]
    counts = []
    for chosen in (exercises[:1], exercises):
        programme = factories.make_programme(priya, margaret, chosen, now=clock.now() - DAY)
        OutgoingEmail.objects.update(state="sent", sent_at=clock.now())
        data = typed(as_priya, programme, all_reps="20")
        for work in (
            lambda p=programme: as_priya.get(page(p)),
            lambda p=programme, d=data: as_priya.post(page(p), d),
            lambda p=programme: as_priya.get(page(p, "revisions")),
        ):
            with CaptureQueriesContext(connection) as queries:
                assert work().status_code in {200, 302}
            plain = [one["sql"] for one in queries if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]
            counts.append(len(plain))
    assert counts[:3] == counts[3:]
    assert max(counts) <= 15, counts


def test_a_draft_holds_what_the_database_can_hold(as_priya: Client, running: Programme) -> None:
    data = typed(as_priya, running, why="a\0b")
    assert as_priya.post(page(running), data).status_code == 422
    assert ProgrammeDraft.objects.get().data["why"] == ["ab"]
