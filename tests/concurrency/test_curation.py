"""Two curators save one exercise at the same moment: the later one waits, and is told."""

from typing import Any

import pytest
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import User
from exercises import actions
from exercises.models import Exercise
from tests.concurrency.test_screening import meanwhile, one_connection_for_each_thread  # noqa: F401
from tests.exercises.test_admin_exercises import typed
from tests.pages import signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.mark.hazard("HZ-26")
def test_a_form_sent_while_another_is_being_saved_is_refused(
    carlos: User, olivia: User, toe_curls: Exercise
) -> None:
    address = reverse("admin:exercises_exercise_change", args=[toe_curls.pk])
    as_carlos, answers = signed_in(carlos), list[Any]()
    seen = as_carlos.get(address).context["adminform"].form["seen"].value()
    sent = typed(toe_curls, seen=seen, name="Carlos's name")

    def olivias() -> None:
        theirs = Exercise.objects.get(pk=toe_curls.pk)
        theirs.movement = "Olivia's words"
        actions.save_exercise(actor=Actor.staff(olivia), exercise=theirs)

    waited, _refused = meanwhile(olivias, lambda: answers.append(as_carlos.post(address, sent)))
    assert waited
    assert "Olivia Brandt saved this exercise meanwhile" in answers[0].content.decode()
    stored = Exercise.objects.get()
    assert (stored.name, stored.movement) == (toe_curls.name, "Olivia's words")
