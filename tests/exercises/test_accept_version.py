"""A running programme keeps the text that was sent until a practitioner takes over a newer one."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from exercises import actions
from exercises.models import CautionOverride, Exercise, ExerciseVersion, Programme
from patients.models import Decision, Patient
from tests import factories
from tests.factories import NOON, item_plan
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db
OLD, NEW = "Curl your toes down.", "Curl your toes down slowly."
REASON = "She sits safely."


def revise(exercise: Exercise, **changes: Any) -> ExerciseVersion:
    """A curator publishes another text."""
    actor = Actor.system("test")
    exercise.refresh_from_db()
    for name, value in changes.items():
        setattr(exercise, name, value)
    actions.save_exercise(actor=actor, exercise=exercise)
    actions.publish_exercise(actor=actor, exercise=exercise, now=NOON)
    exercise.refresh_from_db()
    assert exercise.current
    return exercise.current


@pytest.fixture
def newer(programme: Programme, toe_curls: Exercise) -> ExerciseVersion:
    return revise(toe_curls, steps=["Sit down.", NEW, "Spread them wide."])


def page(programme: Programme) -> str:
    return reverse("exercises:programme_versions", args=[programme.pk])


def answers(programme: Programme, *versions: ExerciseVersion, which: str = "", **more: Any) -> dict[str, Any]:
    items = list(programme.items.in_force().in_order())
    chosen = {f"item-{item.pk}": version.pk for item, version in zip(items, versions, strict=False)}
    return {"which": which or str(items[0].pk)} | chosen | more


def accept(by: User, programme: Programme, *versions: ExerciseVersion, **reasons: str) -> Programme:
    items = programme.items.in_force().in_order()
    chosen = {item.pk: version.pk for item, version in zip(items, versions, strict=False)}
    return actions.accept_versions(
        actor=Actor.staff(by), programme=programme, versions=chosen, reasons=reasons, now=NOON
    )


@pytest.mark.hazard("HZ-12")
def test_nothing_changes_by_itself_and_both_texts_stand_side_by_side(
    as_priya: Client, programme: Programme, newer: ExerciseVersion
) -> None:
    sent = text(as_priya.get(reverse("exercises:programme", args=[programme.pk])))
    assert OLD in sent
    assert NEW not in sent
    assert f'href="{page(programme)}"' in sent
    shown = text(as_priya.get(page(programme)))
    assert "In the plan: version 1" in shown
    assert "New: version 2" in shown
    assert "<ins>" in shown
    assert "there is no way back to an older text" in shown
    assert "Use the new versions of all" not in shown  # there is one
    assert programme.items.in_force().get().version.number == 1


@pytest.mark.hazard("HZ-12")
def test_the_new_text_is_taken_over_and_the_patient_reads_it_at_the_next_opening(
    as_priya: Client, priya: User, margaret: Patient, toe_curls: Exercise
) -> None:
    now = clock.now()
    programme = factories.make_programme(priya, margaret, [toe_curls], now=now)
    newer = revise(toe_curls, steps=["Sit down.", NEW], reps_min=20, reps_max=30)
    phone = Client()
    factories.open_plan(phone, margaret, now=now)
    assert OLD in text(phone.get("/today/"))
    dose = programme.items.in_force().get().dose
    response = as_priya.post(page(programme), answers(programme, newer))
    assert response["Location"] == reverse("exercises:programme", args=[programme.pk])
    item = programme.items.in_force().get()
    assert (item.version, item.dose) == (newer, dose)
    programme.refresh_from_db()
    assert programme.version == 2
    assert NEW in text(phone.get("/today/"))
    entry = AuditEntry.objects.get(verb="programme.versions_accepted")
    assert entry.changes["to"] == [newer.pk]
    assert entry.actor_user == priya
    assert "All texts of this plan are those of the catalogue." in text(as_priya.get(page(programme)))


def test_all_at_once(as_priya: Client, priya: User, margaret: Patient, basics: Any) -> None:
    exercises = [item.exercise for item in basics.items.order_by("order")]
    programme = factories.make_programme(priya, margaret, exercises)
    new = [revise(exercise, movement="another way") for exercise in exercises]
    assert "Use the new versions of all" in text(as_priya.get(page(programme)))
    assert as_priya.post(page(programme), answers(programme, *new, which="all")).status_code == 302
    assert [item.version for item in programme.items.in_force().in_order()] == new
    programme.refresh_from_db()
    assert programme.version == 2


@pytest.mark.hazard("HZ-14")
def test_a_caution_that_the_new_text_meets_asks_for_its_reason(
    as_priya: Client, priya: User, margaret: Patient, programme: Programme, toe_curls: Exercise
) -> None:
    factories.make_check(priya, margaret, "hallux_rigidus")
    new = revise(toe_curls, cautions=["hallux_rigidus"])
    before = factories.count_rows()
    response = as_priya.post(page(programme), answers(programme, new))
    assert response.status_code == 422
    assert "Say why it may go ahead." in text(response)
    with pytest.raises(Refused) as refused:
        accept(priya, programme, new)
    assert refused.value.code == "reason_needed"
    assert factories.count_rows() == before
    data = answers(programme, new, **{"reason-hallux_rigidus": REASON})
    assert as_priya.post(page(programme), data).status_code == 302
    assert CautionOverride.objects.get().reason == REASON
    newest = revise(toe_curls, movement="once more")
    assert as_priya.post(page(programme), answers(programme, newest)).status_code == 302  # given already
    assert CautionOverride.objects.count() == 1


@pytest.mark.hazard("HZ-14")
def test_a_block_and_a_list_that_nobody_asked_are_refused(
    as_priya: Client, priya: User, margaret: Patient, programme: Programme, toe_curls: Exercise
) -> None:
    new = revise(toe_curls, cautions=["recent_surgery"])
    factories.make_check(priya, margaret, "recent_surgery")
    response = as_priya.post(page(programme), answers(programme, new))
    assert response.status_code == 422
    assert "Not with “Recent surgery or fracture”" in text(response)
    with pytest.raises(Refused) as refused:
        accept(priya, programme, new, recent_surgery="x")
    assert refused.value.code == "caution_blocks"
    assert programme.items.in_force().get().version.number == 1


@pytest.mark.hazard("HZ-14")
@pytest.mark.parametrize("caution", ["recent_surgery", "fall_risk"])
def test_what_cannot_be_taken_over_asks_for_no_reason(
    as_priya: Client, priya: User, margaret: Patient, programme: Programme, toe_curls: Exercise, caution: str
) -> None:
    """One is blocked, the other needs a note that only a new programme can have; either also meets one with a reason."""
    revise(toe_curls, cautions=[caution, "hallux_rigidus"])
    factories.make_check(priya, margaret, "hallux_rigidus")
    assert 'name="reason-hallux_rigidus"' in text(as_priya.get(page(programme)))
    factories.make_check(priya, margaret, caution, "hallux_rigidus", now=NOON + timedelta(days=1))
    shown = text(as_priya.get(page(programme)))
    assert "The plan keeps the text that was sent while this stands." in shown
    assert "reason-" not in shown
    assert "Why it may go ahead" not in shown
    assert "Use the new version of" not in shown
    assert ("Assign a new programme with the note, and end this one." in shown) == (caution == "fall_risk")


@pytest.mark.hazard("HZ-12")
def test_the_catalogues_dose_is_not_shown_as_if_it_came_with_the_text(
    as_priya: Client, programme: Programme, toe_curls: Exercise
) -> None:
    stays = "The dose of this plan stays as it is."
    revise(toe_curls, steps=["Sit down.", NEW, "Spread them wide."])
    shown = text(as_priya.get(page(programme)))
    assert stays not in shown
    revise(toe_curls, reps_min=21, reps_max=29, rest_s=45, times_per_day_min=3, dose_note="Said anew.")
    shown = text(as_priya.get(page(programme)))
    assert stays in shown
    rows = shown[shown.index("<tbody>") : shown.index("</tbody>")]
    assert "<ins>" in rows
    assert not any(words in rows for words in ("Repetitions", "21", "45", "Times a day", "Said anew."))


def test_where_only_the_dose_is_another_the_words_are_the_same(
    as_priya: Client, programme: Programme, toe_curls: Exercise
) -> None:
    revise(toe_curls, reps_min=21, reps_max=29)
    shown = text(as_priya.get(page(programme)))
    assert "The words are the same." in shown
    assert "The dose of this plan stays as it is." in shown


@pytest.mark.hazard("HZ-05", "HZ-12")
@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (None, "A warning sign waits for a practitioner's decision. Record the decision first."),
        (
            Decision.HOLD,
            "It was decided: no exercises for now. Change that decision before anything is sent.",
        ),
    ],
)
def test_a_warning_sign_keeps_new_texts_back(
    as_priya: Client,
    priya: User,
    margaret: Patient,
    programme: Programme,
    newer: ExerciseVersion,
    decision: Decision | None,
    words: str,
) -> None:
    flag = factories.make_flag(priya, margaret)
    if decision:
        factories.make_decision(priya, flag, decision)
    before = factories.count_rows()
    response = as_priya.post(page(programme), answers(programme, newer))
    assert response.status_code == 422
    assert words in text(response)
    with pytest.raises(Refused) as refused:
        accept(priya, programme, newer)
    assert (refused.value.code, refused.value.message) == ("red_flag", words)
    assert factories.count_rows() == before
    assert programme.items.in_force().get().version.number == 1
    programme.refresh_from_db()
    assert programme.version == 1


@pytest.mark.hazard("HZ-14")
def test_a_note_that_the_patient_has_to_read_needs_a_new_programme(
    as_priya: Client, priya: User, margaret: Patient, programme: Programme, toe_curls: Exercise
) -> None:
    factories.make_check(priya, margaret, "fall_risk")
    new = revise(toe_curls, cautions=["fall_risk"])
    before = factories.count_rows()
    data = answers(programme, new, **{"reason-fall_risk": REASON})
    response = as_priya.post(page(programme), data)
    assert response.status_code == 422
    said = "Assign a new programme with the note, and end this one."
    assert text(response).count(said) == 2  # above, and where the button would be
    assert factories.count_rows() == before


@pytest.mark.hazard("HZ-02", "HZ-12")
def test_side_and_kit_that_were_chosen_have_to_hold_on(
    priya: User, margaret: Patient, programme: Programme, toe_curls: Exercise
) -> None:
    arch = factories.make_exercise(
        "arch-stretch-ball-or-bottle", kit_options=["tennis_ball", "frozen_bottle"]
    )
    assert arch.current
    ball = factories.make_programme(priya, margaret, [], items=[item_plan(arch.current, kit="tennis_ball")])
    for plan, new, word in (
        (programme, revise(toe_curls, sides=["left"]), "Each in turn"),
        (ball, revise(arch, kit_options=["tin", "ball"]), "tennis ball"),
    ):
        before = factories.count_rows()
        with pytest.raises(Refused) as refused:
            accept(priya, plan, new)
        assert refused.value.code == "does_not_fit"
        assert word in refused.value.message
        assert "Assign a new programme with it, and end this one." in refused.value.message
        assert factories.count_rows() == before


@pytest.mark.hazard("HZ-12")
def test_what_was_not_looked_at_is_not_taken_over(
    as_priya: Client, priya: User, programme: Programme, toe_curls: Exercise, newer: ExerciseVersion
) -> None:
    revise(toe_curls, movement="newer still")
    response = as_priya.post(page(programme), answers(programme, newer))
    assert response.status_code == 422
    assert "The catalogue has changed in the meantime" in text(response)
    assert programme.items.in_force().get().version.number == 1


def test_twice_is_once_and_nothing_goes_back(
    priya: User, programme: Programme, newer: ExerciseVersion
) -> None:
    old = programme.items.in_force().get().version
    accept(priya, programme, newer)
    for version, code in ((newer, "current"), (old, "stale")):
        with pytest.raises(Refused) as refused:
            accept(priya, programme, version)
        assert refused.value.code == code
    programme.refresh_from_db()
    assert programme.version == 2


@pytest.mark.parametrize("who", ["olivia", "asha"])
def test_only_a_practitioner(request: Any, who: str, programme: Programme, newer: ExerciseVersion) -> None:
    user = request.getfixturevalue(who)
    with pytest.raises(Refused) as refused:
        accept(user, programme, newer)
    assert refused.value.code == "not_practitioner"
    client = signed_in(user)
    assert client.post(page(programme), answers(programme, newer)).status_code == 403
    assert page(programme) not in text(client.get(reverse("exercises:programme", args=[programme.pk])))


def test_an_ended_programme_and_foreign_items_are_refused(
    priya: User, margaret: Patient, programme: Programme, newer: ExerciseVersion, basics: Any
) -> None:
    other = factories.make_programme(priya, margaret, [basics.items.last().exercise])
    with pytest.raises(Refused) as refused:
        actions.accept_version(
            actor=Actor.staff(priya),
            programme=programme,
            item=other.items.get(),
            version=newer,
            reasons={},
            now=NOON,
        )
    assert refused.value.code == "other_programme"
    actions.end_programme(actor=Actor.staff(priya), programme=programme, now=NOON, reason="Done.")
    with pytest.raises(Refused) as refused:
        accept(priya, programme, newer)
    assert refused.value.code == "ended"


def test_the_page_costs_the_same_for_one_text_and_for_ten(
    as_priya: Client, priya: User, margaret: Patient
) -> None:
    counts = []
    for number in (1, 10):
        exercises = [factories.make_exercise(f"exercise-{number}-{n}") for n in range(number)]
        programme = factories.make_programme(priya, margaret, exercises)
        for exercise in exercises:
            revise(exercise, movement="another way")
        with CaptureQueriesContext(connection) as queries:
            assert as_priya.get(page(programme)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
