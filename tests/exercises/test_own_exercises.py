"""A clinic writes exercises of its own, and nobody else learns of them."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from exercises import actions
from exercises.actions.own_exercises import STANDARD_STOP_RULES
from exercises.models import Exercise, ExerciseVersion, Stage
from patients.models import FindingType, Patient
from tests import factories, uploads
from tests.exercises.assign_world import with_drafts
from tests.exercises.own_world import own_exercise, typed, write
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db


def faults(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 422
    found: dict[str, list[str]] = response.context["form"].errors
    return found


def test_the_standard_stop_rules_are_those_of_the_shared_catalogue() -> None:
    path = Path(settings.BASE_DIR) / "exercises/data/exercises/heel-raises-near-wall.toml"
    assert tomllib.loads(path.read_text())["steps"]["stop_if"] == list(STANDARD_STOP_RULES)


def test_a_draft_needs_no_more_than_a_name(as_priya: Client, priya: User) -> None:
    response = as_priya.post(
        reverse("exercises:own_new"), {"name": "Step tap", "dose_source": "D"}, follow=True
    )
    exercise = Exercise.objects.get()
    assert "Saved as a draft. Patients see nothing of it." in text(response)
    assert (exercise.stage, exercise.current) == (Stage.DRAFT, None)
    assert exercise.clinic_id == priya.membership.clinic_id  # type: ignore[union-attr]
    assert exercise.stop_rules == list(STANDARD_STOP_RULES)
    assert exercise.slug.startswith("step-tap-")
    assert AuditEntry.objects.filter(verb="exercise.created", actor_user=priya).count() == 1


def test_what_was_typed_is_published_word_for_word(as_priya: Client, priya: User) -> None:
    exercise = own_exercise(
        as_priya,
        prepare="Take off your shoes.",
        more_stop_rules="Stop if the step slips.",
        cautions=["fall_risk"],
        no_cautions="",
        kit_options=["tennis_ball", "frozen_bottle"],
        times_per_day="2-3",
        video_url="https://video.example/1",
    )
    version = exercise.current
    assert isinstance(version, ExerciseVersion)
    assert (version.number, version.published_by) == (1, priya)
    assert version.steps == ["Stand before a step.", "Tap it with your toes."]
    assert version.prepare == ["Take off your shoes."]
    assert version.stop_rules == [*STANDARD_STOP_RULES, "Stop if the step slips."]
    assert version.cautions == ["fall_risk"]
    assert version.kit_options == ["tennis_ball", "frozen_bottle"]
    assert (version.sets_min, version.sets_max, version.reps_min, version.reps_max) == (3, None, 10, 15)
    assert (version.times_per_day_min, version.times_per_day_max) == (2, 3)
    page = text(as_priya.get(reverse("exercises:exercise", args=[exercise.slug])))
    assert 'href="https://video.example/1" rel="noopener noreferrer"' in page


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"name": ""}, "name", "This field is required."),
        ({"steps": ""}, "steps", "Write at least one step."),
        ({"alt_text": ""}, "alt_text", "Say in words what the picture shows."),
        ({"sides": []}, "sides", "Choose the sides that can be assigned."),
        ({"findings": []}, "findings", "Choose at least one finding that it is for."),
        ({"evidence_tag": "trial"}, "sources", "Name a source, or choose “practice-based” as evidence."),
        ({"no_cautions": ""}, "no_cautions", "Tick what speaks against it, or tick here that nothing does."),
        ({"reps": "15-10"}, "reps", "Write the smaller number first, such as 10-15."),
        ({"reps": "many"}, "reps", "Write a number such as 10, or a range such as 10-15."),
        ({"sets_open": "on"}, "sets", "Give a number of sets or “as many as possible”, not both."),
        (
            {"days_per_week": "3", "every_n_days": "2"},
            "every_n_days",
            "Give days a week or every how many days, not both.",
        ),
        ({"video_url": "http://video.example/1"}, "video_url", "Enter a valid URL."),
        ({"video_url": "javascript:alert(1)"}, "video_url", "Enter a valid URL."),
        (
            {"kit_options": ["towel"]},
            "kit_options",
            "Choose at least two, or move this one to what is needed.",
        ),
        (
            {"cautions": ["fall_risk"]},
            "no_cautions",
            "You ticked cautions above. Take this tick or those away.",
        ),
    ],
)
@pytest.mark.check(20)
def test_a_fault_stands_at_its_field_and_nothing_is_lost(
    as_priya: Client, changes: dict[str, Any], field: str, said: str
) -> None:
    typed()
    before = factories.count_rows()
    response = write(as_priya, publish=True, **changes)
    assert list(faults(response)) == [field]
    assert said in str(faults(response)[field])
    assert factories.count_rows() == before
    assert "Tap it with your toes." in text(response) or field == "steps"


def test_all_that_publishing_lacks_is_said_at_once(as_priya: Client) -> None:
    typed()
    before = factories.count_rows()
    empty: dict[str, Any] = dict.fromkeys(("steps", "picture", "alt_text", "body_part", "position"), "")
    empty |= {"sides": [], "findings": [], "no_cautions": "", "evidence_tag": "trial"}
    response = write(as_priya, publish=True, **empty)
    assert set(faults(response)) == {*(empty.keys() - {"evidence_tag"}), "sources"}
    assert "Choose a drawing, or upload a photo." in text(response)
    assert factories.count_rows() == before
    assert write(as_priya, publish=True, picture="").status_code == 422
    photo = uploads.upload(uploads.jpeg())
    assert write(as_priya, publish=True, picture="", photo_first=photo).status_code == 302


def test_labels_say_what_publishing_needs_and_what_may_stay_empty(as_priya: Client) -> None:
    page = text(as_priya.get(reverse("exercises:own_new")))
    for label, said in {
        "Steps": "(needed to publish)",
        "Position": "(needed to publish)",
        "Speak against it": "(needed to publish)",
        "Drawing": "(needed to publish, or a photo)",
        "Breathing": "(optional)",
        "Sources": "(optional)",
    }.items():
        assert re.search(rf'>{label} <span class="hint">{re.escape(said)}</span>\s*</l', page), label
    assert re.search(r">Name\s*</label>", page)
    assert "----" not in page
    assert page.count('<option value="" selected>Choose</option>') == 4


@pytest.mark.hazard("HZ-14")
def test_the_last_caution_of_a_draft_is_not_left_out_in_silence(as_priya: Client) -> None:
    write(as_priya, cautions=["fall_risk"], no_cautions="")
    exercise = Exercise.objects.get()
    address = reverse("exercises:own_edit", args=[exercise.slug])
    assert "no_cautions" in faults(as_priya.post(address, typed(no_cautions="", draft="1")))
    exercise.refresh_from_db()
    assert exercise.cautions == ["fall_risk"]
    as_priya.post(address, typed(draft="1"))
    exercise.refresh_from_db()
    assert exercise.cautions == []


@pytest.mark.parametrize("field", ["cautions", "equipment", "findings", "picture", "sides"])
def test_a_value_that_is_not_offered_is_refused(as_priya: Client, field: str) -> None:
    typed()
    before = factories.count_rows()
    value: Any = "made-up" if field == "picture" else ["made_up"]
    assert field in faults(write(as_priya, **{field: value}))
    assert factories.count_rows() == before


def test_standard_stop_rules_cannot_be_taken_away(as_priya: Client) -> None:
    exercise = own_exercise(as_priya, stop_rules="")
    exercise.stop_rules = ["Only this."]
    actions.write_own_exercise(
        actor=Actor.staff(User.objects.get()),
        exercise=exercise,
        findings=exercise.findings.all(),
        now=factories.NOON,
    )
    exercise.refresh_from_db()
    assert exercise.stop_rules == [*STANDARD_STOP_RULES, "Only this."]


def test_a_later_text_waits_until_it_is_published(as_priya: Client) -> None:
    exercise = own_exercise(as_priya)
    address = reverse("exercises:own_edit", args=[exercise.slug])
    assert "Stand before a step." in text(as_priya.get(address))
    said = as_priya.post(address, typed(movement="tap it twice"), follow=True)
    assert "Patients keep the published text until you publish this one." in text(said)
    exercise.refresh_from_db()
    assert exercise.movement == "tap it twice"
    assert exercise.current is not None
    assert exercise.current.movement == "tap the step with your toes"
    as_priya.post(address, typed(movement="tap it twice", publish="1"))
    exercise.refresh_from_db()
    assert (exercise.current.number, exercise.versions.count()) == (2, 2)
    again = as_priya.post(address, typed(movement="tap it twice", publish="1"), follow=True)
    assert "is published as it stands" in text(again)


def test_a_shared_exercise_is_the_beginning_of_an_own_one(as_priya: Client, toe_curls: Exercise) -> None:
    page = text(as_priya.get(reverse("exercises:own_new"), {"copy": toe_curls.slug}))
    assert "Curl your toes down." in page
    assert 'value="Toe curls and spreads"' in page
    assert 'value="10–15"' in page
    assert as_priya.get(reverse("exercises:own_new"), {"copy": "no-such"}).status_code == 404
    assert Exercise.objects.count() == 1


def test_retired_and_brought_back(as_priya: Client) -> None:
    exercise = own_exercise(as_priya)
    retire, restore = (
        reverse(f"exercises:own_{verb}", args=[exercise.slug]) for verb in ("retire", "restore")
    )
    before = factories.count_rows()
    question = text(as_priya.get(retire))
    assert "Retire Riverside step tap?" in question
    assert "0 running programmes<" in question
    assert factories.count_rows() == before
    assert Exercise.objects.get().stage == Stage.PUBLISHED
    assert f'action="{retire}"' not in text(as_priya.get(reverse("exercises:own")))
    as_priya.post(retire)
    assert "It is not published" in text(as_priya.get(retire))
    assert not Exercise.objects.assignable().exists()
    assert "is not published" in text(as_priya.post(retire, follow=True))
    assert "can be assigned again" in text(as_priya.post(restore, follow=True))
    assert Exercise.objects.assignable().get() == exercise
    assert "is not retired" in text(as_priya.post(restore, follow=True))
    verbs = AuditEntry.objects.values_list("verb", flat=True)
    assert {"exercise.retired", "exercise.restored"} <= set(verbs)


def test_own_finding_types_are_offered_to_their_clinic_alone(
    as_priya: Client, priya: User, hugo: User
) -> None:
    mine = factories.make_finding_type("own_knot", label="Knot", clinic=priya.membership.clinic)  # type: ignore[union-attr]
    assert "Knot" in text(as_priya.get(reverse("exercises:own_new")))
    as_hugo = signed_in(hugo)
    assert "Knot" not in text(as_hugo.get(reverse("exercises:own_new")))
    assert "findings" in faults(write(as_hugo, findings=[mine.pk]))
    assert own_exercise(as_priya, findings=[mine.pk]).findings.get() == mine
    assert FindingType.objects.filter(clinic=None).exists()


@pytest.mark.hazard("HZ-31")
def test_another_clinic_learns_nothing(
    as_priya: Client, hugo: User, heinrich: Patient, margaret: Patient, toe_curls: Exercise
) -> None:
    exercise = own_exercise(as_priya)
    as_hugo = signed_in(hugo)
    name, slug = exercise.name, exercise.slug
    assign, catalogue = reverse("exercises:assign", args=[heinrich.pk]), reverse("exercises:catalogue")
    api = reverse("exercises:api-exercise-list")
    assert name in text(as_priya.get(catalogue))
    assert name in text(as_priya.get(reverse("exercises:assign", args=[margaret.pk]), {"all": "1"}))
    for page in (
        as_hugo.get(catalogue),
        as_hugo.get(catalogue, {"q": "step tap"}),
        as_hugo.get(assign, {"all": "1"}),
        as_hugo.get(assign, {"q": "step tap"}),
        as_hugo.get(reverse("exercises:own")),
        as_hugo.get(reverse("exercises:proposals")),
        as_hugo.get(api),
    ):
        assert page.status_code == 200
        assert name not in text(page)
        assert slug not in text(page)
    assert "1 exercise" in text(as_hugo.get(catalogue))
    assert as_hugo.get(api).json()["count"] == 1
    assert as_priya.get(api).json()["count"] == 2
    for address in ("exercise", "own_edit", "propose", "api-exercise-detail"):
        assert as_hugo.get(reverse(f"exercises:{address}", args=[slug])).status_code == 404
    assert as_hugo.get(reverse("exercises:own_new"), {"copy": slug}).status_code == 404
    before = factories.count_rows()
    for verb in ("own_edit", "own_retire", "own_restore", "propose"):
        assert as_hugo.post(reverse(f"exercises:{verb}", args=[slug]), typed()).status_code == 404
    # An assign form that was tampered with, and the API: as if there were none.
    tampered = as_hugo.post(assign, {"items": [slug], "name": "Mine", f"{slug}-side": "left"})
    assert tampered.status_code == 422
    assert name not in text(tampered)
    assert factories.count_rows() == with_drafts(before)


def test_two_clinics_take_the_same_name_and_none_notices(as_priya: Client, hugo: User) -> None:
    one, other = own_exercise(as_priya), own_exercise(signed_in(hugo))
    assert one.name == other.name
    assert one.slug != other.slug
    assert (one.clinic_id, other.clinic_id) == (one.clinic_id, hugo.membership.clinic_id)  # type: ignore[union-attr]


def test_drafts_are_for_authors(as_priya: Client, asha: User, carlos: User) -> None:
    write(as_priya)
    slug = Exercise.objects.get().slug
    assert "Riverside step tap" in text(signed_in(carlos).get(reverse("exercises:own")))
    as_asha = signed_in(asha)
    assert as_asha.get(reverse("exercises:own")).status_code == 403
    assert as_asha.get(reverse("exercises:exercise", args=[slug])).status_code == 404
    assert as_asha.get(reverse("exercises:api-exercise-list")).json()["count"] == 0


def test_an_action_asks_whose_it_is(as_priya: Client, hugo: User) -> None:
    exercise = own_exercise(as_priya)
    before = factories.count_rows()
    hugos = Actor.staff(hugo)
    with pytest.raises(Refused, match="not your clinic"):
        actions.write_own_exercise(actor=hugos, exercise=exercise, findings=[], now=factories.NOON)
    with pytest.raises(Refused, match="not your clinic"):
        actions.restore_own_exercise(actor=hugos, exercise=exercise)
    assert factories.count_rows() == before


@pytest.mark.parametrize("listing", ["own", "catalogue"])
def test_ten_take_as_many_queries_as_one(as_priya: Client, listing: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert as_priya.get(reverse(f"exercises:{listing}")).status_code == 200
        return len(asked)

    own_exercise(as_priya, picture="", photo_first=uploads.upload(uploads.jpeg()))
    one = queries()
    for number in range(9):
        own_exercise(as_priya, name=f"Tap {number}", picture="", photo_first=uploads.upload(uploads.jpeg()))
    assert queries() == one


def test_the_last_finding_of_what_is_published_stays(as_priya: Client, priya: User) -> None:
    exercise = own_exercise(as_priya)
    before = factories.count_rows()
    response = as_priya.post(
        reverse("exercises:own_edit", args=[exercise.slug]), typed(findings=[]) | {"draft": "1"}
    )
    assert "at least one finding" in faults(response)["findings"][0]
    with pytest.raises(Refused) as refusal:
        actions.write_own_exercise(
            actor=Actor.staff(priya), exercise=exercise, findings=[], now=factories.NOON
        )
    assert refusal.value.code == "last_tag"
    assert factories.count_rows() == before
    assert exercise.findings.count() == 1


def test_what_somebody_saved_meanwhile_is_not_written_over(as_priya: Client, olivia: User) -> None:
    exercise = own_exercise(as_priya)
    address = reverse("exercises:own_edit", args=[exercise.slug])
    seen = as_priya.get(address).context["form"]["seen"].value()
    assert f'value="{seen}"' in as_priya.get(address).content.decode()
    theirs = typed(movement="Olivia's words") | {"seen": seen, "draft": "1"}
    assert signed_in(olivia).post(address, theirs).status_code == 302
    before = factories.count_rows()
    answer = as_priya.post(address, typed(movement="Priya's words") | {"seen": seen, "draft": "1"})
    said = faults(answer)["__all__"][0]
    assert "Olivia Brandt saved this exercise meanwhile" in said
    assert "Changed there: movement in one line." in said
    assert answer.context["form"]["movement"].value() == "Priya's words"
    assert f'value="{seen}"' in answer.content.decode()
    assert factories.count_rows() == before
    exercise.refresh_from_db()
    assert exercise.movement == "Olivia's words"
    # Pressed twice: the second press finds what the first one wrote.
    assert signed_in(olivia).post(address, theirs).status_code == 302


def test_another_findings_tag_counts_as_a_change(as_priya: Client, olivia: User) -> None:
    exercise = own_exercise(as_priya)
    address = reverse("exercises:own_edit", args=[exercise.slug])
    seen = as_priya.get(address).context["form"]["seen"].value()
    factories.make_finding_type("stiff_toe", label="Stiff toe")
    signed_in(olivia).post(address, typed(findings=["stiff_toe"]) | {"seen": seen, "draft": "1"})
    answer = as_priya.post(address, typed() | {"seen": seen, "draft": "1"})
    assert "Changed there: findings." in faults(answer)["__all__"][0]
    assert [finding.pk for finding in exercise.findings.all()] == ["stiff_toe"]


def test_writing_does_not_bring_back_what_was_retired_meanwhile(as_priya: Client, priya: User) -> None:
    exercise = own_exercise(as_priya)
    open_page = Exercise.objects.get(pk=exercise.pk)
    actor = Actor.staff(priya)
    actions.retire_exercise(actor=actor, exercise=exercise)
    actions.write_own_exercise(
        actor=actor, exercise=open_page, findings=open_page.findings.all(), now=factories.NOON
    )
    exercise.refresh_from_db()
    assert exercise.stage == Stage.RETIRED
