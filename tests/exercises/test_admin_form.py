"""The form of an exercise in the admin: closed lists are offered, and faults stand where they are."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import User
from exercises import figures, kit
from exercises.models import Exercise, Side
from patients.cautions import flags
from tests import factories
from tests.exercises.test_admin_exercises import send

pytestmark = pytest.mark.django_db
RANGE = "Give a number above zero, or a range with the smaller number first."


@pytest.fixture
def as_carlos(carlos: User) -> Client:
    client = Client()
    client.force_login(carlos)
    return client


def errors(response: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = response.context["adminform"].form.errors
    return found


def test_known_pictures_sides_and_words_are_offered(as_carlos: Client, toe_curls: Exercise) -> None:
    response = as_carlos.get(reverse("admin:exercises_exercise_change", args=[toe_curls.pk]))
    fields = response.context["adminform"].form.fields
    assert [key for key, _label in fields["picture"].choices] == ["", *figures.slugs()]
    assert [key for key, _label in fields["sides"].choices] == Side.values
    page = response.content.decode()
    assert page.count('type="checkbox" name="sides"') == len(Side.values)
    assert page.count('type="checkbox" name="equipment"') == len(kit.known())
    assert {key for key, _label in fields["cautions"].choices} == flags().keys() - {"active_red_flag"}
    assert "Fall risk: Say what to hold on to." in page


def test_an_unknown_picture_is_refused_with_the_known_ones(as_carlos: Client, toe_curls: Exercise) -> None:
    (message,) = errors(send(as_carlos, toe_curls, picture="hops"))["picture"]
    assert message == f"“hops” is not known. Known are: {', '.join(figures.slugs())}."
    assert Exercise.objects.get().picture == "toe-curls-and-spreads"


def test_the_picture_may_be_taken_away(as_carlos: Client, toe_curls: Exercise) -> None:
    send(as_carlos, toe_curls, picture="")
    assert Exercise.objects.get().picture == ""


def test_sides_are_kept_once_in_their_order(as_carlos: Client, toe_curls: Exercise) -> None:
    send(as_carlos, toe_curls, sides=["together", "left", "left"])
    assert Exercise.objects.get().sides == ["left", "together"]


@pytest.mark.parametrize(
    ("low", "high", "field"),
    [(15, 10, "hold_s_max"), ("", 10, "hold_s_min"), (5, 0, "hold_s_max")],
)
def test_a_range_is_mended_at_its_field(
    as_carlos: Client, toe_curls: Exercise, low: Any, high: Any, field: str
) -> None:
    before = factories.count_rows()
    assert errors(send(as_carlos, toe_curls, hold_s_min=low, hold_s_max=high)) == {field: [RANGE]}
    assert factories.count_rows() == before


def test_one_fault_is_said_once(as_carlos: Client, toe_curls: Exercise) -> None:
    assert list(errors(send(as_carlos, toe_curls, reps_min=-1, reps_max=5))) == ["reps_min"]


def test_a_box_that_left_its_list_is_not_lost_unseen(as_carlos: Client, toe_curls: Exercise) -> None:
    Exercise.objects.update(equipment=["towel", "sofa"])
    toe_curls.refresh_from_db()
    send(as_carlos, toe_curls, name="Toe curling")
    assert Exercise.objects.get().equipment == ["towel", "sofa"]


@pytest.mark.hazard("HZ-26")
def test_what_somebody_saved_meanwhile_is_not_written_over(
    as_carlos: Client, cora: User, toe_curls: Exercise
) -> None:
    address = reverse("admin:exercises_exercise_change", args=[toe_curls.pk])
    form = as_carlos.get(address)
    seen = form.context["adminform"].form["seen"].value()
    assert f'name="seen" value="{seen}"' in form.content.decode()
    as_cora = Client()
    as_cora.force_login(cora)
    first = send(as_cora, toe_curls, seen=seen, movement="Cora's words")
    assert first.redirect_chain
    before = factories.count_rows()
    late = send(as_carlos, toe_curls, seen=seen, name="Carlos's name", _publish="1")
    (said,) = errors(late)["__all__"]
    assert said.startswith("Cora Lind saved this exercise meanwhile, so yours is not saved.")
    assert "Changed there: movement in one line." in said
    assert 'value="Carlos&#x27;s name"' in late.content.decode()
    assert late.context["adminform"].form["seen"].value() == seen
    assert factories.count_rows() == before
    stored = Exercise.objects.get()
    assert (stored.name, stored.movement) == (toe_curls.name, "Cora's words")
    # Pressed twice: the second press finds what the first one wrote.
    assert send(as_cora, toe_curls, seen=seen, movement="Cora's words").redirect_chain


def test_a_tag_given_in_the_list_counts_as_a_change(as_carlos: Client, toe_curls: Exercise) -> None:
    address = reverse("admin:exercises_exercise_change", args=[toe_curls.pk])
    seen = as_carlos.get(address).context["adminform"].form["seen"].value()
    kept = list(toe_curls.findings.values_list("pk", flat=True))
    factories.make_finding_type("stiff_toe", label="Stiff toe")
    given = {"action": "add_tag", "finding": "stiff_toe", "_selected_action": [toe_curls.pk]}
    as_carlos.post(reverse("admin:exercises_exercise_changelist"), given)
    (said,) = errors(send(as_carlos, toe_curls, seen=seen, findings=kept))["__all__"]
    assert "Changed there: findings." in said
    assert toe_curls.findings.filter(pk="stiff_toe").exists()


def test_an_unchanged_form_writes_nothing(as_carlos: Client, toe_curls: Exercise) -> None:
    address = reverse("admin:exercises_exercise_change", args=[toe_curls.pk])
    seen = as_carlos.get(address).context["adminform"].form["seen"].value()
    before = factories.count_rows()["clinic_auditentry"]
    assert send(as_carlos, toe_curls, seen=seen).redirect_chain
    assert factories.count_rows()["clinic_auditentry"] == before


@pytest.mark.hazard("HZ-14")
@pytest.mark.parametrize("button", ["_save", "_publish"])
def test_the_last_caution_is_taken_away_in_words(as_carlos: Client, toe_curls: Exercise, button: str) -> None:
    Exercise.objects.update(cautions=["fall_risk"])
    page = as_carlos.get(reverse("admin:exercises_exercise_change", args=[toe_curls.pk]))
    assert "I looked through these; none speaks against this exercise" in page.content.decode()
    before = factories.count_rows()
    unsaid = send(as_carlos, toe_curls, cautions=[], no_cautions="", **{button: "1"})
    assert errors(unsaid) == {"no_cautions": ["Tick what speaks against it, or tick here that nothing does."]}
    both = send(as_carlos, toe_curls, cautions=["fall_risk"], no_cautions="on", **{button: "1"})
    assert errors(both) == {"no_cautions": ["You ticked cautions above. Take this tick or those away."]}
    assert factories.count_rows() == before
    assert Exercise.objects.get().cautions == ["fall_risk"]
    send(as_carlos, toe_curls, cautions=[], no_cautions="on", **{button: "1"})
    assert Exercise.objects.get().cautions == []


def test_no_caution_is_said_before_the_first_publishing(as_carlos: Client) -> None:
    draft = factories.make_exercise("short-foot", published=False)
    factories.make_finding_type("tight_calf")
    given: dict[str, Any] = {"findings": ["tight_calf"], "no_cautions": ""}
    assert send(as_carlos, draft, **given).redirect_chain  # a draft may leave it open
    assert "no_cautions" in errors(send(as_carlos, draft, **given, _publish="1"))
    send(as_carlos, draft, **given | {"no_cautions": "on"}, _publish="1")
    assert Exercise.objects.get().current is not None
