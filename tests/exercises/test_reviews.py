"""Asking for a review, sending back, the queue, the status of each row and tags: as curators do it."""

from typing import Any

import pytest
from django.urls import reverse

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from exercises import actions
from exercises.models import Exercise, Photo, Stage, Status
from patients.models import FindingType
from tests import factories
from tests.factories import NOON
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db
LIST = "admin:exercises_exercise_changelist"


@pytest.fixture
def curator(carlos: User) -> Actor:
    return Actor.staff(carlos)


def statuses() -> dict[str, str]:
    return {row.slug: row.status for row in Exercise.objects.with_status()}  # type: ignore[attr-defined]


def change(exercise: Exercise) -> str:
    return reverse("admin:exercises_exercise_change", args=[exercise.pk])


def test_the_status_of_each_row_in_one_query(
    curator: Actor, toe_curls: Exercise, django_assert_num_queries: Any
) -> None:
    draft = factories.make_exercise("a-draft", published=False)
    changed = factories.make_exercise("a-changed", sets_min=2)
    changed.sets_max = 3  # from nothing stated: null differs from a number
    actions.save_exercise(actor=curator, exercise=changed)
    waiting = factories.make_exercise("a-waiting", published=False)
    actions.ask_for_review(actor=curator, exercise=waiting, now=NOON)
    retired = factories.make_exercise("a-retired")
    actions.retire_exercise(actor=curator, exercise=retired)
    with django_assert_num_queries(1):
        found = statuses()
    assert found == {
        draft.slug: Status.DRAFT,
        changed.slug: Status.CHANGED,
        waiting.slug: Status.REVIEW,
        retired.slug: Status.RETIRED,
        toe_curls.slug: Status.PUBLISHED,
    }


@pytest.mark.parametrize("column", ["prepare", "difficulty", "load_note", "barefoot", "photo", "aliases"])
def test_any_column_makes_changes_to_publish(
    carlos: User, curator: Actor, toe_curls: Exercise, column: str
) -> None:
    values: dict[str, Any] = {"prepare": ["Sit."], "difficulty": 2, "load_note": "a band", "barefoot": True}
    values |= {"aliases": ["toe yoga"]}
    if column == "photo":
        values["photo"] = Photo.objects.create(webp=b"x", width=4, height=3, uploaded_by=carlos)
        toe_curls.picture = ""
    setattr(toe_curls, column, values[column])
    actions.save_exercise(actor=curator, exercise=toe_curls)
    assert statuses() == {toe_curls.slug: Status.CHANGED}
    assert Exercise.objects.get().has_unpublished_changes


def test_a_review_is_asked_listed_and_answered_by_publishing(
    carlos: User, cora: User, toe_curls: Exercise
) -> None:
    draft = factories.make_exercise("short-foot", published=False, cautions=["fall_risk"])
    signed_in(carlos).post(
        reverse(LIST), {"action": "ask_for_review", "_selected_action": [draft.pk, toe_curls.pk]}
    )
    draft.refresh_from_db()
    assert (draft.review_asked_by, draft.stage) == (carlos, Stage.DRAFT)
    assert AuditEntry.objects.get(verb="exercise.review_asked").object_id == str(draft.pk)
    queue = signed_in(cora).get(reverse(LIST), {"status": "review"})
    assert [row.slug for row in queue.context["cl"].result_list] == ["short-foot"]
    assert "Carlos Vega asked for a review on" in text(signed_in(cora).get(change(draft)))
    signed_in(cora).post(reverse(LIST), {"action": "publish", "_selected_action": [draft.pk]})
    draft.refresh_from_db()
    assert (draft.review_asked_by, draft.review_asked_at, draft.stage) == (None, None, Stage.PUBLISHED)


def test_sending_back_needs_a_reason_which_the_form_shows(
    carlos: User, cora: User, curator: Actor, toe_curls: Exercise
) -> None:
    draft = factories.make_exercise("short-foot", published=False)
    actions.ask_for_review(actor=curator, exercise=draft, now=NOON)
    address = reverse("admin:exercises_exercise_send_back", args=[draft.pk])
    other = signed_in(cora)
    before = factories.count_rows()
    refused = other.post(address, {"reason": "  "})
    assert refused.status_code == 422
    assert refused.context["form"].errors == {"reason": ["Say why, so that it can be mended."]}
    assert factories.count_rows() == before
    assert Exercise.objects.get(pk=draft.pk).review_asked_by == carlos
    assert other.post(address, {"reason": "Say <where> the hand is."}).status_code == 302
    entry = AuditEntry.objects.get(verb="exercise.sent_back")
    assert (entry.reason, entry.actor_label) == ("Say <where> the hand is.", "Cora Lind")
    assert "Cora Lind sent this back: Say <where>" in text(signed_in(carlos).get(change(draft)))
    assert b"<where>" not in signed_in(carlos).get(change(draft)).content


def test_who_asked_may_withdraw_without_a_word(carlos: User, curator: Actor, toe_curls: Exercise) -> None:
    draft = factories.make_exercise("short-foot", published=False)
    actions.ask_for_review(actor=curator, exercise=draft, now=NOON)
    address = reverse("admin:exercises_exercise_send_back", args=[draft.pk])
    assert signed_in(carlos).post(address, {"reason": ""}).status_code == 302
    assert AuditEntry.objects.filter(verb="exercise.review_withdrawn").count() == 1
    assert Exercise.objects.get(pk=draft.pk).review_asked_at is None


@pytest.mark.parametrize(
    ("prepared", "code"), [("waiting", "waits"), ("published", "unchanged"), ("system", "nobody")]
)
def test_a_review_that_makes_no_sense_is_refused(
    curator: Actor, toe_curls: Exercise, prepared: str, code: str
) -> None:
    exercise, actor = toe_curls, curator
    if prepared != "published":
        exercise = factories.make_exercise("short-foot", published=False)
    if prepared == "waiting":
        actions.ask_for_review(actor=actor, exercise=exercise, now=NOON)
    if prepared == "system":
        actor = Actor.system("test")
    before = factories.count_rows()
    with pytest.raises(Refused) as refusal:
        actions.ask_for_review(actor=actor, exercise=exercise, now=NOON)
    assert refusal.value.code == code
    assert factories.count_rows() == before


def test_what_does_not_wait_cannot_be_sent_back(curator: Actor, toe_curls: Exercise) -> None:
    before = factories.count_rows()
    with pytest.raises(Refused, match="does not wait for review"):
        actions.end_review(actor=curator, exercise=toe_curls, reason="No.")
    assert factories.count_rows() == before


def test_a_tag_is_added_and_taken_from_many_each_by_itself(
    carlos: User, toe_curls: Exercise, fasciitis: FindingType
) -> None:
    other = factories.make_exercise("short-foot")
    toe_curls.findings.add(fasciitis)
    client, both = signed_in(carlos), {"_selected_action": [toe_curls.pk, other.pk]}

    def told(**sent: Any) -> list[str]:
        response = client.post(reverse(LIST), both | sent, follow=True)
        return [str(message) for message in response.context["messages"]]

    assert told(action="add_tag", finding=fasciitis.pk) == [
        "Toe curls and spreads has the tag Plantar fasciitis already.",
        "Tagged for Plantar fasciitis: Short foot.",
    ]
    assert set(other.findings.values_list("pk", flat=True)) == {"tight_calf", fasciitis.pk}
    assert told(action="add_tag", finding="") == ["Choose a tag beside the action."]
    assert told(action="remove_tag", finding=fasciitis.pk) == [
        "No longer tagged for Plantar fasciitis: Short foot, Toe curls and spreads."
    ]
    assert AuditEntry.objects.filter(verb="exercise.untagged").count() == 2
    last = told(action="remove_tag", finding="tight_calf")
    assert "Short foot is published, and Tight calf is its only tag. Add another one first." in last
    assert list(other.findings.values_list("pk", flat=True)) == ["tight_calf"]


def test_the_list_says_what_is_missing_and_finds_by_another_name(carlos: User, toe_curls: Exercise) -> None:
    factories.make_exercise("short-foot", published=False, alt_text="", aliases=["Janda’s foot"])
    Exercise.objects.get(slug="short-foot").findings.clear()
    client = signed_in(carlos)
    assert "lacks: the picture in words, a finding that it is for" in text(client.get(reverse(LIST)))
    for query in ("janda", "short-f", "SHORT F"):
        found = client.get(reverse(LIST), {"q": query}).context["cl"].result_list
        assert [row.slug for row in found] == ["short-foot"], query
    for filters, slugs in (
        ({"status": "draft"}, ["short-foot"]),
        ({"status": "published"}, ["toe-curls-and-spreads"]),
        ({"status": "nonsense"}, ["short-foot", "toe-curls-and-spreads"]),
        ({"whose": "clinic"}, []),
        ({"whose": "shared", "evidence_tag__exact": "practice"}, ["short-foot", "toe-curls-and-spreads"]),
    ):
        found = client.get(reverse(LIST), filters).context["cl"].result_list
        assert [row.slug for row in found] == slugs, filters


def test_curators_see_the_shared_catalogue_and_their_clinics_own(
    carlos: User, hugo: User, toe_curls: Exercise
) -> None:
    own = factories.make_exercise("our-own", published=False, clinic=carlos.staff_membership.clinic)
    foreign = factories.make_exercise("their-own", clinic=hugo.staff_membership.clinic)
    root = User.objects.create_superuser("root@footwork.example", None, name="Root")
    for user, slugs in ((carlos, [own.slug, toe_curls.slug]), (root, [toe_curls.slug])):
        found = signed_in(user).get(reverse(LIST)).context["cl"].result_list
        assert [row.slug for row in found] == slugs
    for name in ("change", "compare", "preview", "retire", "send_back"):
        address = reverse(f"admin:exercises_exercise_{name}", args=[foreign.pk])
        assert signed_in(carlos).get(address).status_code in {302, 404}, name
    before = factories.count_rows()
    for action in ("publish", "retire", "ask_for_review"):
        sent = {"action": action, "_selected_action": [foreign.pk], "confirmed": "yes"}
        signed_in(carlos).post(reverse(LIST), sent)
    changed = {name for name, rows in factories.count_rows().items() if rows != before[name]}
    assert changed <= {"django_session"}
