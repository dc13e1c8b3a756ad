"""A running programme is changed: what holds from today on, and what stays as it was."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from exercises import actions, told
from exercises.actions.succession import as_planned
from exercises.models import (
    CautionOverride,
    Done,
    Exercise,
    LogEntry,
    Programme,
    ProgrammeItem,
    ProgrammeRevision,
    Way,
)
from patients.models import Patient
from tests import factories
from tests.factories import NOON, TODAY, item_plan

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def plan_of(programme: Programme, **fields: Any) -> actions.ProgrammeChange:
    """What it holds now."""
    current = programme.items.in_force().select_related("version").in_order()
    items = [as_planned(item, item.version) for item in current]
    given: dict[str, Any] = {"name": programme.name, "items": items, "ends_on": programme.ends_on}
    return actions.ProgrammeChange(**given | fields)


def change(
    by: User, programme: Programme, *, seen: int | None = None, now: Any = NOON, **fields: Any
) -> Programme:
    programme.refresh_from_db()
    return actions.change_programme(
        actor=Actor.staff(by),
        programme=programme,
        plan=plan_of(programme, **fields),
        seen_version=seen or programme.version,
        now=now,
    )


def with_dose(programme: Programme, **dose: int | None) -> list[actions.ItemPlan]:
    return [replace(item, dose=item.dose | dose) for item in plan_of(programme).items]


@pytest.fixture
def heels() -> Exercise:
    return factories.make_exercise("heel-raises", name="Heel raises")


@pytest.fixture
def running(priya: User, margaret: Patient, toe_curls: Exercise, heels: Exercise) -> Programme:
    """Two exercises, since three days ago."""
    return factories.make_programme(priya, margaret, [toe_curls, heels], now=NOON - 3 * DAY)


def items_on(programme: Programme, offset: int) -> list[tuple[str, int | None]]:
    fresh = Programme.objects.with_items().get(pk=programme.pk)
    return [(item.version.name, item.reps_min) for item in fresh.items_due_on(TODAY + offset * DAY)]


# --- what holds when --------------------------------------------------------------------------------------------
def test_a_dose_holds_from_today_and_yesterday_keeps_its_own(priya: User, running: Programme) -> None:
    before = items_on(running, -1)
    changed = change(priya, running, items=with_dose(running, reps_min=20, reps_max=None))
    assert changed.version == 2
    assert items_on(running, -1) == before == items_on(running, -3)
    assert [reps for _name, reps in items_on(running, 0)] == [20, 20]
    old, new = ProgrammeItem.objects.filter(version__name="Heel raises").order_by("since_version")
    assert (old.until_version, old.last_day) == (2, TODAY - DAY)
    assert (new.since_version, new.first_day, new.succeeds) == (2, TODAY, old)


def test_what_was_logged_today_changes_tomorrow(priya: User, margaret: Patient, running: Programme) -> None:
    curls = running.items.order_by("order")[0]
    factories.make_log(margaret, curls, TODAY, at=NOON)
    change(priya, running, items=with_dose(running, reps_min=20, reps_max=None))
    assert [reps for _name, reps in items_on(running, 0)] == [10, 20]
    assert [reps for _name, reps in items_on(running, 1)] == [20, 20]
    # Changed again the same day: what begins tomorrow still does.
    change(priya, running, items=with_dose(running, reps_min=5))
    assert [reps for _name, reps in items_on(running, 0)] == [10, 5]
    assert [reps for _name, reps in items_on(running, 1)] == [5, 5]


def test_what_is_taken_out_and_put_back_the_same_day_is_not_due_twice(
    priya: User, margaret: Patient, running: Programme, toe_curls: Exercise
) -> None:
    factories.make_log(margaret, running.items.order_by("order")[0], TODAY, at=NOON)
    change(priya, running, items=plan_of(running).items[1:])
    assert [name for name, _reps in items_on(running, 1)] == ["Heel raises"]
    assert toe_curls.current
    change(priya, running, items=[*plan_of(running).items, item_plan(toe_curls.current)])
    assert sorted(name for name, _reps in items_on(running, 0)) == ["Heel raises", "Toe curls and spreads"]
    assert sorted(name for name, _reps in items_on(running, 1)) == ["Heel raises", "Toe curls and spreads"]


def test_a_new_order_makes_no_successor(priya: User, running: Programme) -> None:
    before = list(ProgrammeItem.objects.order_by("pk").values_list("pk", flat=True))
    change(priya, running, items=plan_of(running).items[::-1])
    assert list(ProgrammeItem.objects.order_by("pk").values_list("pk", flat=True)) == before
    assert [name for name, _reps in items_on(running, 0)] == ["Heel raises", "Toe curls and spreads"]


def test_a_log_stays_with_the_item_it_was_made_for(
    priya: User, margaret: Patient, running: Programme
) -> None:
    curls = running.items.order_by("order")[0]
    entry = factories.make_log(margaret, curls, TODAY - DAY, at=NOON - DAY)
    change(priya, running, items=with_dose(running, reps_min=20, reps_max=None))
    entry.refresh_from_db()
    assert entry.item == curls
    # An earlier day is corrected by the item that was asked for then, today is said of the new one.
    factories.make_log(margaret, curls, TODAY - 2 * DAY, at=NOON)
    with pytest.raises(Refused) as refused:
        factories.make_log(margaret, curls, TODAY, at=NOON)
    assert refused.value.code == "not_due"


def test_an_answer_without_a_network_to_the_old_item_counts_for_what_followed(
    priya: User, margaret: Patient, running: Programme
) -> None:
    curls = running.items.order_by("order")[0]
    change(priya, running, items=with_dose(running, reps_min=20, reps_max=None))
    entry = actions.DayLog(
        performed_on=TODAY, done={curls.pk: Done.DONE}, way=Way.OFFLINE, made_at=NOON - DAY
    )
    actions.log_day(actor=Actor.patient(margaret), patient=margaret, entry=entry, now=NOON)
    today = told.with_pain(Actor.staff(priya), margaret, TODAY)[0].days(TODAY, TODAY)[0]
    assert (today.due, today.done, today.not_logged) == (2, 1, 1)


def test_it_counts_too_for_what_was_taken_out_and_put_back_the_same_day(
    priya: User, margaret: Patient, running: Programme, toe_curls: Exercise
) -> None:
    curls = running.items.order_by("order")[0]
    assert toe_curls.current
    back = item_plan(toe_curls.current)
    for _ in range(2):  # a second time it goes on from where it came back
        change(priya, running, items=plan_of(running).items[-1:])
        change(priya, running, items=[back, *plan_of(running).items])
    new = ProgrammeItem.objects.in_force().get(version=toe_curls.current)
    assert (new.first_day, new.order) == (TODAY, 1)
    assert new.succeeds
    assert new.succeeds.succeeds == curls
    entry = actions.DayLog(
        performed_on=TODAY, done={curls.pk: Done.DONE}, way=Way.OFFLINE, made_at=NOON - DAY
    )
    actions.log_day(actor=Actor.patient(margaret), patient=margaret, entry=entry, now=NOON)
    today = told.with_pain(Actor.staff(priya), margaret, TODAY)[0].days(TODAY, TODAY)[0]
    assert (today.due, today.done, today.not_logged) == (2, 1, 1)


def test_one_that_was_taken_out_is_followed_by_one_alone(
    priya: User, running: Programme, toe_curls: Exercise
) -> None:
    curls = running.items.order_by("order")[0]
    assert toe_curls.current
    change(priya, running, items=plan_of(running).items[1:])
    both = [item_plan(toe_curls.current, side=side) for side in ("left", "right")]
    change(priya, running, items=[*plan_of(running).items, *both])
    assert [item.side for item in ProgrammeItem.objects.filter(succeeds=curls)] == ["left"]


# --- who, when, why ---------------------------------------------------------------------------------------------
def test_the_first_change_keeps_both_states(priya: User, olivia: User, running: Programme) -> None:
    assert not ProgrammeRevision.objects.exists()  # assigning writes none
    change(priya, running, items=with_dose(running, reps_min=20, reps_max=None), why="Calf is stronger.")
    first, second = ProgrammeRevision.objects.order_by("number")
    assert (first.number, first.made_by, first.made_at) == (1, priya, NOON - 3 * DAY)
    assert (second.number, second.reason, second.made_at) == (2, "Calf is stronger.", NOON)
    assert [item["dose"]["reps_min"] for item in first.shot["items"]] == [10, 10]
    assert [item["dose"]["reps_min"] for item in second.shot["items"]] == [20, 20]
    change(priya, running, items=with_dose(running, reps_min=30))
    assert ProgrammeRevision.objects.count() == 3
    entry = AuditEntry.objects.filter(verb="programme.changed").earliest("pk")
    assert (entry.actor_user, entry.reason) == (priya, "Calf is stronger.")


def test_extending_is_a_version_too_and_the_review_follows(priya: User, running: Programme) -> None:
    until = running.ends_on + 14 * DAY
    done = actions.extend_programme(
        actor=Actor.staff(priya),
        programme=running,
        ends_on=until,
        why="Two weeks more.",
        seen_version=1,
        now=NOON,
    )
    running.refresh_from_db()
    assert (
        (running.ends_on, running.review_on, running.version)
        == (until, until, 2)
        == (
            done.ends_on,
            done.review_on,
            done.version,
        )
    )
    assert [one.shot["programmes"][0]["ends_on"] for one in ProgrammeRevision.objects.order_by("number")] == [
        (until - 14 * DAY).isoformat(),
        until.isoformat(),
    ]
    assert ProgrammeItem.objects.count() == 2


# --- refusals ---------------------------------------------------------------------------------------------------
def refused(code: str, work: Any) -> str:
    before = factories.count_rows()
    with pytest.raises(Refused) as refusal:
        work()
    assert refusal.value.code == code
    assert factories.count_rows() == before
    return refusal.value.message


def test_the_second_of_two_editors_is_told_who_was_faster(
    priya: User, riverside: Any, running: Programme
) -> None:
    nils = factories.make_staff(riverside, "practitioner", "Nils Berg")  # type: ignore[arg-type]
    mine = with_dose(running, reps_min=12)
    change(nils, running, items=with_dose(running, reps_min=20, reps_max=None))
    said = refused("stale", lambda: change(priya, running, seen=1, items=mine))
    assert said.startswith("Nils Berg changed this plan on ")
    assert "so yours is not saved" in said
    change(priya, running, seen=2, items=mine)  # told, and meant: written over what is known
    assert [reps for _name, reps in items_on(running, 0)] == [12, 12]
    assert ProgrammeItem.objects.in_force().count() == 2


def test_a_second_press_changes_nothing_more(priya: User, running: Programme) -> None:
    mine = with_dose(running, reps_min=20, reps_max=None)
    change(priya, running, items=mine)
    before = factories.count_rows()
    assert change(priya, running, seen=1, items=mine).version == 2
    assert factories.count_rows() == before


def test_what_cannot_be_is_refused(priya: User, asha: User, margaret: Patient, running: Programme) -> None:
    def items(**fields: Any) -> Any:
        return lambda: change(
            priya, running, items=[replace(one, **fields) for one in plan_of(running).items]
        )

    refused("unchanged", lambda: change(priya, running))
    refused("empty", lambda: change(priya, running, items=[]))
    refused("side", items(side="together"))
    refused("frequency", items(every_n_days=2))
    refused("dose", items(dose={}))
    refused("kit", items(kit="tennis_ball"))
    refused("end", lambda: change(priya, running, ends_on=TODAY - DAY))
    refused("end", lambda: change(priya, running, ends_on=TODAY + 400 * DAY))
    refused("not_practitioner", lambda: change(asha, running, items=with_dose(running, reps_min=3)))
    over = running.ends_on + DAY
    later = NOON + (over - TODAY)
    refused("over", lambda: change(priya, running, items=with_dose(running, reps_min=3), now=later))
    actions.end_programme(actor=Actor.staff(priya), programme=running, now=NOON, reason="Done.")
    refused("ended", lambda: change(priya, running, items=with_dose(running, reps_min=3)))


@pytest.mark.hazard("HZ-14")
def test_cautions_are_judged_anew(
    priya: User, margaret: Patient, running: Programme, heels: Exercise
) -> None:
    careful = factories.make_exercise("careful", cautions=["hallux_rigidus"])
    blocked = factories.make_exercise("blocked", cautions=["recent_surgery"])
    factories.make_check(priya, margaret, "hallux_rigidus", "recent_surgery")
    assert careful.current
    assert blocked.current
    more = [*plan_of(running).items, item_plan(careful.current)]
    refused("reason_needed", lambda: change(priya, running, items=more))
    refused("caution_blocks", lambda: change(priya, running, items=[item_plan(blocked.current)]))
    change(priya, running, items=more, reasons={"hallux_rigidus": "It is warm."})
    assert CautionOverride.objects.get().reason == "It is warm."
    change(priya, running, items=with_dose(running, reps_min=7))  # the reason holds on
    assert CautionOverride.objects.count() == 1


@pytest.mark.hazard("HZ-01")
def test_nothing_is_changed_while_a_warning_sign_waits(
    priya: User, margaret: Patient, running: Programme
) -> None:
    mine = with_dose(running, reps_min=3)
    factories.make_flag(priya, margaret)
    refused("red_flag", lambda: change(priya, running, items=mine))


@pytest.mark.hazard("HZ-12")
def test_an_unchanged_exercise_keeps_the_text_that_was_sent(
    priya: User, running: Programme, heels: Exercise
) -> None:
    heels.movement = "another way"
    actions.save_exercise(actor=Actor.system("test"), exercise=heels)
    actions.publish_exercise(actor=Actor.system("test"), exercise=heels, now=NOON)
    change(priya, running, items=with_dose(running, reps_min=3))
    assert {item.version.number for item in ProgrammeItem.objects.in_force()} == {1}


# --- cost -------------------------------------------------------------------------------------------------------
def test_it_costs_the_same_for_one_exercise_and_for_ten(priya: User, margaret: Patient) -> None:
    exercises = [factories.make_exercise(f"exercise-{n}") for n in range(10)]
    counts = []
    for chosen in (exercises[:1], exercises):
        programme = factories.make_programme(priya, margaret, chosen)
        items = with_dose(programme, reps_min=20, reps_max=None)
        plan = plan_of(programme, items=items)
        with CaptureQueriesContext(connection) as queries:
            actions.change_programme(
                actor=Actor.staff(priya), programme=programme, plan=plan, seen_version=1, now=NOON
            )
        counts.append(len([one for one in queries if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]))
        assert LogEntry.objects.count() == 0
    assert counts[0] == counts[1]
