"""Two people write the same routine, one presses twice, and the fullest page can still be sent."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import User
from exercises.forms.routines import MOST_ROWS, MOST_STAGES
from exercises.models import Exercise, Routine
from tests import factories
from tests.exercises.test_routine_forms import CURLS, NEW, said, written
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


def sent_by(page: Any) -> dict[str, Any]:
    """What a browser sends when the button of the page is pressed."""
    sent: dict[str, Any] = {"rows": [], "stages": [], "findings": []}
    for field in re.findall(r"<(?:input|textarea|select)\b[^>]*>", page.content.decode()):
        name, value = re.search(r' name="([^"]+)"', field), re.search(r' value="([^"]*)"', field)
        if name is None or (
            ('type="radio"' in field or 'type="checkbox"' in field) and " checked" not in field
        ):
            continue
        if name[1] in {"rows", "stages", "findings"}:
            sent[name[1]].append(value[1] if value else "")
        else:
            sent[name[1]] = value[1] if value else ""
    return sent


def test_what_somebody_saved_meanwhile_is_not_written_over(
    as_priya: Client, olivia: User, personal: Routine, toe_curls: Exercise
) -> None:
    Routine.objects.update(owner=None)
    address = reverse("exercises:routine_edit", args=[personal.slug])
    mine = sent_by(as_priya.get(address)) | {"name": "Priya's words"}
    theirs = sent_by(signed_in(olivia).get(address)) | {"name": "Olivia's words"}
    assert mine["seen"] == theirs["seen"] != ""
    assert signed_in(olivia).post(address, theirs).status_code == 302
    before = factories.count_rows()
    # Buttons that save nothing keep what the author began with.
    again = as_priya.post(address, mine | {"update": "1"})
    answer = as_priya.post(address, sent_by(again) | {"name": "Priya's words"})
    assert answer.status_code == 422
    assert "Somebody else saved this routine meanwhile" in said(answer)[0]
    assert answer.context["form"]["name"].value() == "Priya's words"
    assert factories.count_rows() == before
    personal.refresh_from_db()
    assert personal.name == "Olivia's words"
    # Pressed twice: the second press finds what the first one wrote.
    assert signed_in(olivia).post(address, theirs).status_code == 302


def test_a_form_sent_again_with_other_words_says_that_it_was_saved(
    as_priya: Client, toe_curls: Exercise
) -> None:
    data = written(CURLS)
    assert as_priya.post(NEW, data).status_code == as_priya.post(NEW, data).status_code == 302
    before = factories.count_rows()
    answer = as_priya.post(NEW, data | {"name": "Another"})
    assert answer.status_code == 422
    assert said(answer) == ["This routine was saved already. Open it to change it."]
    assert factories.count_rows() == before
    assert Routine.objects.get().name == "Evening set"


def test_the_fullest_editor_can_be_sent(as_priya: Client, settings: Any) -> None:
    for number in range(60):
        factories.make_finding_type(f"finding_{number}", label=f"Finding {number}", position=number)
    for number in range(4):
        factories.make_exercise(f"exercise-{number}", kit_options=["tennis_ball", "frozen_bottle"])
    stages = tuple(range(1, MOST_STAGES + 1))
    rows = [f"{n}:{(n - 1) // 4 + 1}:exercise-{n % 4}" for n in range(1, MOST_ROWS + 1)]
    page = as_priya.post(NEW, written(*rows, stages=stages, update="1")).content.decode()
    assert page.count('name="rows"') == MOST_ROWS
    assert page.count('name="stages"') == MOST_STAGES
    fields = re.findall(r"<(?:input|textarea|select)\b[^>]* name=", page)
    assert MOST_ROWS * 16 < len(fields) < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
