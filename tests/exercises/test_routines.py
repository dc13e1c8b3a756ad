"""Routines of the catalogue, of a clinic and of one person: who finds, reads, writes, signs and retires them."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from clinic.roles import Role
from exercises import actions
from exercises.actions import RoutineLine, StagePlan
from exercises.models import Exercise, Programme, Routine, Scope, Stage
from patients.models import FindingType, Patient
from tests import factories
from tests.exercises.assign_world import nothing_was_written, problems, typed, with_drafts
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db
LIST = "/routines/"


def page_of(routine: Routine) -> str:
    return reverse("exercises:routine", args=[routine.slug])


@pytest.fixture
def petra(riverside: Any) -> User:
    """Another practitioner of Riverside."""
    return factories.make_staff(riverside, Role.PRACTITIONER, "Petra Hall")


def names(client: Client, **asked: Any) -> list[str]:
    return [routine.name for routine in client.get(LIST, asked).context["page"]]


@pytest.mark.hazard("HZ-31")
def test_each_sees_the_shared_ones_the_clinics_and_their_own(
    priya: User, petra: User, asha: User, hugo: User, staged: Routine, personal: Routine
) -> None:
    shown = {user.name: names(signed_in(user)) for user in (priya, petra, asha, hugo)}
    assert shown == {
        "Priya Nair": ["Article basics", "Loading", "My evenings"],
        "Petra Hall": ["Article basics", "Loading"],
        "Asha Moyo": ["Article basics", "Loading"],
        "Hugo Stein": ["Article basics"],
    }
    assert "1 routine" in text(signed_in(hugo).get(LIST))
    assert names(signed_in(hugo), q="Loading") == names(signed_in(petra), q="evenings") == []
    assert names(signed_in(hugo), scope="clinic") == names(signed_in(petra), scope="personal") == []


@pytest.mark.hazard("HZ-31")
def test_nobody_elses_routine_exists_anywhere(
    priya: User,
    petra: User,
    hugo: User,
    margaret: Patient,
    heinrich: Patient,
    staged: Routine,
    personal: Routine,
) -> None:
    before = factories.count_rows()
    for user, patient, routine in (
        (hugo, heinrich, staged),
        (hugo, heinrich, personal),
        (petra, margaret, personal),
    ):
        client = signed_in(user)
        assert client.get(page_of(routine)).status_code == 404
        assert client.get(reverse("exercises:routine_edit", args=[routine.slug])).status_code == 404
        for name in ("edit", "sign", "retire", "restore"):
            url = reverse(f"exercises:routine_{name}", args=[routine.slug])
            assert client.post(url, {"name": "Mine now"}).status_code == 404
        assign = reverse("exercises:assign", args=[patient.pk])
        assert client.get(assign, {"routine": routine.slug}).status_code == 404
        assert routine.name not in text(client.get(assign))
        exercise = Exercise.objects.get(slug="toe-curls-and-spreads")
        answer = client.post(assign, typed(exercise, routine=routine.slug))
        assert answer.status_code == 422
        assert any("taken out of the catalogue" in problem for problem in problems(answer))
    assert nothing_was_written()
    before, after = with_drafts(before, 2), factories.count_rows()
    reads = AuditEntry.objects.filter(verb="record.read").count()
    table = AuditEntry._meta.db_table
    sessions = "django_session"
    assert {k: v for k, v in after.items() if k not in {table, sessions}} == {
        k: v for k, v in before.items() if k not in {table, sessions}
    }
    assert after[table] - before[table] == reads


@pytest.mark.hazard("HZ-31")
def test_the_actions_refuse_it_too(
    priya: User, petra: User, hugo: User, heinrich: Patient, staged: Routine, personal: Routine
) -> None:
    before = factories.count_rows()
    exercise = Exercise.objects.select_related("current").get(slug="toe-curls-and-spreads")
    plan = actions.RoutinePlan(name="Taken", lines=[RoutineLine(exercise=exercise)])
    for user, routine in ((hugo, staged), (petra, personal), (petra, Routine.objects.get(clinic=None))):
        actor = Actor.staff(user)
        with pytest.raises(Refused) as refused:
            actions.write_routine(actor=actor, plan=plan, routine=routine, now=factories.NOON)
        assert refused.value.code == "not_yours"
    for act in (actions.retire_routine, actions.restore_routine):
        with pytest.raises(Refused, match="not yours"):
            act(actor=Actor.staff(hugo), routine=staged)
    with pytest.raises(Refused, match="no such routine"):
        factories.make_programme(hugo, heinrich, [exercise], routine=staged)
    assert factories.count_rows() == before


@pytest.mark.hazard("HZ-31")
def test_a_programme_from_a_colleagues_own_routine_does_not_name_it(
    petra: User, priya: User, margaret: Patient, personal: Routine, toe_curls: Exercise
) -> None:
    given = factories.make_programme(priya, margaret, [toe_curls], routine=personal, name="Evenings")
    url = reverse("exercises:programme", args=[given.pk])
    seen, unseen = text(signed_in(priya).get(url)), text(signed_in(petra).get(url))
    assert "My evenings" in seen
    assert "My evenings" not in unseen
    assert personal.slug not in unseen
    api = f"/api/v1/programmes/{given.pk}/"
    assert signed_in(priya).get(api).json()["routine"] == personal.slug
    assert signed_in(petra).get(api).json()["routine"] is None


def test_the_list_is_filtered_by_its_address(
    as_priya: Client, staged: Routine, personal: Routine, basics: Routine, fasciitis: FindingType
) -> None:
    basics.findings.add(fasciitis)
    assert names(as_priya, scope="shared") == ["Article basics"]
    assert names(as_priya, scope="clinic") == ["Loading"]
    assert names(as_priya, scope="personal") == ["My evenings"]
    assert names(as_priya, finding=fasciitis.pk) == ["Article basics"]
    assert names(as_priya, q="heel near") == ["Article basics", "Loading"]
    assert names(as_priya, scope="nobody's", finding="\x00", state="x") == [
        "Article basics",
        "Loading",
        "My evenings",
    ]
    assert "No routine fits." in text(as_priya.get(LIST, {"q": "swimming"}))
    actions.retire_routine(actor=Actor.staff(User.objects.get(name="Priya Nair")), routine=personal)
    assert "My evenings" not in names(as_priya)
    assert names(as_priya, state="retired") == ["My evenings"]


def test_many_stand_on_pages_that_keep_the_filter(as_priya: Client, priya: User, toe_curls: Exercise) -> None:
    for number in range(21):
        factories.write_routine(priya, [RoutineLine(exercise=toe_curls)], name=f"Set {number:02}")
    page = text(as_priya.get(LIST, {"scope": "clinic"}))
    assert "21 routines" in page
    assert "?scope=clinic&page=2" in page
    assert names(as_priya, scope="clinic", page=2) == ["Set 20"]


@pytest.mark.parametrize("url", [LIST, "one"])
def test_costs_the_same_for_one_and_for_ten(
    as_priya: Client, priya: User, toe_curls: Exercise, url: str
) -> None:
    counts = []
    for number in (1, 10):
        exercises = [factories.make_exercise(f"exercise-{number}-{n}") for n in range(4)]
        for n in range(number):
            lines = [RoutineLine(exercise=exercise) for exercise in exercises[: 1 if number == 1 else 4]]
            made = factories.write_routine(priya, lines, name=f"Set {number} {n}")
        with CaptureQueriesContext(connection) as queries:
            assert as_priya.get(page_of(made) if url == "one" else url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_page_tells_stages_doses_and_who_signed(as_priya: Client, staged: Routine) -> None:
    page = text(as_priya.get(page_of(staged)))
    for shown in (
        "Stage 1 of 2: <bdi>Weeks 1 to 2</bdi>",
        "<b>Go on when:</b> No pain above 3 in the morning.",
        "Weeks 3 to 8",
        "10–15 times",
        "as many sets of 8 as you can · 3 seconds up, 4 seconds down · rest 2 minutes between sets",
        "with a backpack · once a day, every second day",
        "23 Nov 2026 by Priya Nair",
        "Nothing goes on to the next stage by itself",
    ):
        assert shown in page, shown


@pytest.mark.hazard("HZ-38")
def test_buttons_and_doors_by_role(
    priya: User, olivia: User, carlos: User, asha: User, audrey: User, staged: Routine, basics: Routine
) -> None:
    for user, may in ((priya, True), (olivia, True), (carlos, True), (asha, False), (audrey, False)):
        client = signed_in(user)
        if user == audrey:
            assert client.get(page_of(staged)).status_code == 403
            continue
        assert ("/edit/" in text(client.get(page_of(staged)))) is may
        assert ("/retire/" in text(client.get(page_of(staged)))) is may
        assert "/edit/" not in text(client.get(page_of(basics)))
        edit = reverse("exercises:routine_edit", args=[staged.slug])
        assert client.get(edit).status_code == (200 if may else 403)
        assert signed_in(user).get(reverse("exercises:routine_edit", args=[basics.slug])).status_code == (
            404 if may else 403
        )


@pytest.mark.hazard("HZ-38")
def test_only_a_practitioner_signs(
    olivia: User, carlos: User, priya: User, asha: User, toe_curls: Exercise
) -> None:
    line = RoutineLine(exercise=toe_curls)
    for user in (olivia, carlos):
        draft = factories.write_routine(user, [line], name=f"By {user.name}")
        assert (draft.stage, draft.signed_off_by, draft.scope) == (Stage.DRAFT, None, Scope.CLINIC)
        with pytest.raises(Refused) as refused:
            actions.publish_routine(actor=Actor.staff(user), routine=draft, now=factories.NOON)
        assert refused.value.code == "not_clinical"
        sign = reverse("exercises:routine_sign", args=[draft.slug])
        assert signed_in(user).post(sign).status_code == 403
        assert signed_in(asha).get(page_of(draft)).status_code == 404  # drafts are for authors
        with pytest.raises(Refused) as refused:
            factories.write_routine(user, [line], scope=Scope.PERSONAL)
        assert refused.value.field == "scope"
    assert "can be assigned" in text(signed_in(priya).post(sign, follow=True))
    draft.refresh_from_db()
    assert (draft.stage, draft.signed_off_by) == (Stage.PUBLISHED, priya)
    assert AuditEntry.objects.filter(verb="routine.published", actor_user=priya).count() == 1


def test_an_owners_edit_takes_the_signature_away(olivia: User, staged: Routine) -> None:
    plan = actions.RoutinePlan(
        name="Loading, shorter", lines=[RoutineLine(exercise=staged.items.all()[0].exercise)]
    )
    actions.write_routine(actor=Actor.staff(olivia), plan=plan, routine=staged, now=factories.NOON)
    staged.refresh_from_db()
    assert (staged.name, staged.stage, staged.signed_off_by) == ("Loading, shorter", Stage.DRAFT, None)
    assert (staged.items.count(), staged.stages.count()) == (1, 0)


def test_retiring_is_taken_back(as_priya: Client, priya: User, staged: Routine) -> None:
    retire = reverse("exercises:routine_retire", args=[staged.slug])
    answer = as_priya.post(retire, follow=True)
    assert "Undo" in text(answer)
    staged.refresh_from_db()
    assert staged.stage == Stage.RETIRED
    assert not Routine.objects.assignable().filter(pk=staged.pk).exists()
    assert as_priya.get(reverse("exercises:routine_edit", args=[staged.slug])).status_code == 404
    assert "is not published" in text(as_priya.post(retire, follow=True))
    restore = reverse("exercises:routine_restore", args=[staged.slug])
    assert "can be assigned again" in text(as_priya.post(restore, follow=True))
    staged.refresh_from_db()
    assert (staged.stage, staged.signed_off_by) == (Stage.PUBLISHED, priya)
    verbs = AuditEntry.objects.filter(object_id=str(staged.pk)).order_by("pk").values_list("verb", flat=True)
    assert list(verbs)[-2:] == ["routine.retired", "routine.restored"]


def test_a_retired_one_is_not_signed(priya: User, personal: Routine) -> None:
    actor = Actor.staff(priya)
    actions.retire_routine(actor=actor, routine=personal)
    before = factories.count_rows()
    with pytest.raises(Refused) as refused:
        actions.publish_routine(actor=actor, routine=personal, now=factories.NOON)
    assert refused.value.code == "retired"
    assert factories.count_rows() == before
    personal.refresh_from_db()
    assert personal.stage == Stage.RETIRED


def test_restoring_asks_the_exercises_again(priya: User, personal: Routine, toe_curls: Exercise) -> None:
    actor = Actor.staff(priya)
    actions.retire_routine(actor=actor, routine=personal)
    Exercise.objects.filter(pk=toe_curls.pk).update(stage=Stage.RETIRED)
    with pytest.raises(Refused) as refused:
        actions.restore_routine(actor=actor, routine=personal)
    assert refused.value.code == "unpublished"
    personal.refresh_from_db()
    assert personal.stage == Stage.RETIRED


def test_short_names_cannot_be_guessed_and_names_may_repeat(
    priya: User, hugo: User, toe_curls: Exercise
) -> None:
    line = RoutineLine(exercise=toe_curls)
    made = [factories.write_routine(user, [line], name="Heel pain") for user in (priya, priya, hugo)]
    slugs = {routine.slug for routine in made}
    assert len(slugs) == 3
    assert all(slug.startswith("heel-pain-") and len(slug) == len("heel-pain-") + 8 for slug in slugs)
    odd = factories.write_routine(priya, [line], name="脚 " + "x" * 70)
    assert len(odd.slug) <= 60
    assert factories.write_routine(priya, [line], name="脚").slug.startswith("routine-")


def test_the_same_form_twice_makes_one(priya: User, toe_curls: Exercise) -> None:
    first = factories.write_routine(priya, [RoutineLine(exercise=toe_curls)])
    again = factories.write_routine(priya, [RoutineLine(exercise=toe_curls)], routine_id=first.pk)
    assert again == first
    assert Routine.objects.count() == 1


def test_what_colleagues_use_is_not_taken_from_them(priya: User, staged: Routine, personal: Routine) -> None:
    exercise = personal.items.get().exercise
    lines = [RoutineLine(exercise=exercise)]
    plan = actions.RoutinePlan(name="Mine", lines=lines, scope=Scope.PERSONAL)
    with pytest.raises(Refused, match="stays with the clinic"):
        actions.write_routine(actor=Actor.staff(priya), plan=plan, routine=staged, now=factories.NOON)
    plan = actions.RoutinePlan(name="Ours", lines=lines, scope=Scope.CLINIC)
    actions.write_routine(actor=Actor.staff(priya), plan=plan, routine=personal, now=factories.NOON)
    personal.refresh_from_db()
    assert (personal.scope, personal.name) == (Scope.CLINIC, "Ours")


@pytest.mark.hazard("HZ-31")
def test_another_clinics_exercise_cannot_be_put_in(priya: User, hugo: User, hilltop: Any) -> None:
    theirs = factories.make_exercise("hilltop-own", clinic=hilltop)
    before = factories.count_rows()
    with pytest.raises(Refused, match="not in the catalogue"):
        factories.write_routine(priya, [RoutineLine(exercise=theirs)])
    assert factories.count_rows() == before


def stages(**second: Any) -> list[StagePlan]:
    stated: dict[str, Any] = {"name": "Second", "from_week": 3} | second
    first = StagePlan(name="First", from_week=1, to_week=2, criteria="No pain.")
    return [first, StagePlan(**stated)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lines": []}, "empty"),
        ({"lines": [1, 1, 1, 1, 1], "stages": []}, "too_many"),
        ({"lines": [1, 2, 2, 2, 2, 2]}, "too_many"),
        ({"lines": [1, 3]}, "stage_items"),
        ({"lines": [1]}, "stage_items"),
        ({"lines": [1, 2], "stages": []}, "stage_items"),
        ({"stages": stages(from_week=4)}, "stage_weeks"),
        ({"stages": stages(from_week=2)}, "stage_weeks"),
        ({"stages": [StagePlan(name="A", from_week=1, to_week=2), stages()[1]]}, "stage_criteria"),
        ({"stages": [StagePlan(name="A", from_week=1, criteria="x"), stages()[1]]}, "stage_weeks"),
        (
            {
                "stages": [
                    StagePlan(name="A", from_week=2, to_week=3, criteria="x"),
                    StagePlan(name="B", from_week=4),
                ]
            },
            "stage_weeks",
        ),
    ],
)
def test_what_no_routine_may_be_is_refused(priya: User, change: dict[str, Any], code: str) -> None:
    exercises = [factories.make_exercise(f"exercise-{n}") for n in range(5)]
    before = factories.count_rows()
    used: dict[int, int] = {}
    lines = []
    for stage in change.get("lines", [1, 2]):
        used[stage] = used.get(stage, -1) + 1
        lines.append(RoutineLine(exercise=exercises[used[stage]], stage=stage))
    with pytest.raises(Refused) as refused:
        factories.write_routine(priya, lines, stages=change.get("stages", stages()))
    assert refused.value.code == code
    assert factories.count_rows() == before


def test_four_in_each_of_two_stages_are_fine(priya: User) -> None:
    exercises = [factories.make_exercise(f"exercise-{n}") for n in range(4)]
    lines = [RoutineLine(exercise=exercise, stage=stage) for stage in (1, 2) for exercise in exercises]
    made = factories.write_routine(priya, lines, stages=stages())
    assert (made.stage, made.items.count(), made.stages.count()) == (Stage.PUBLISHED, 8, 2)


def test_curators_do_not_find_the_clinics_in_the_administration(
    carlos: User, staged: Routine, personal: Routine
) -> None:
    client = signed_in(carlos)
    page = text(client.get(reverse("admin:exercises_routine_changelist")))
    assert "Article basics" in page
    assert "Loading" not in page
    assert "My evenings" not in page
    url = reverse("admin:exercises_routine_change", args=[personal.pk])
    assert client.get(url).status_code == 302


def test_programmes_stay_when_their_routine_changes(
    priya: User, margaret: Patient, staged: Routine, toe_curls: Exercise
) -> None:
    given = factories.make_programme(priya, margaret, [toe_curls], routine=staged, stage=1)
    plan = actions.RoutinePlan(name="Anew", lines=[RoutineLine(exercise=toe_curls)])
    actions.write_routine(actor=Actor.staff(priya), plan=plan, routine=staged, now=factories.NOON)
    given = Programme.objects.get(pk=given.pk)
    assert (given.stage_number, given.stage_name, given.items.count()) == (1, "Weeks 1 to 2", 1)
    page = text(signed_in(priya).get(reverse("exercises:programme", args=[given.pk])))
    assert "written anew since" in page
    assert "Give stage" not in page
