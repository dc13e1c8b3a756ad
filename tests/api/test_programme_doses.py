"""Through the API too, every exercise of a programme says how much."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from clinic.models import User
from exercises.models import Exercise, Programme
from patients.models import Patient
from tests.api.conftest import Api

By = Callable[[User | None], Api]


@pytest.mark.parametrize("dose", [{}, {"sets_min": 3}, {"reps_min": None, "cue": "after breakfast"}])
def test_a_line_without_a_dose_is_refused(
    by: By, priya: User, margaret: Patient, toe_curls: Exercise, today: datetime, dose: dict[str, Any]
) -> None:
    line = {"exercise": toe_curls.slug, "exercise_version": 1, "side": "left"} | dose
    line |= {"times_per_day": 1, "days_per_week": 7}
    plan = {"patient": str(margaret.pk), "name": "Feet", "starts_on": today.date().isoformat(), "weeks": 4}
    answer = by(priya).post("programmes/", plan | {"items": [line]})
    assert answer.status_code in {400, 409, 422}, answer.content
    assert '"dose"' in answer.content.decode()
    assert not Programme.objects.exists()
    assert by(priya).post("programmes/", plan | {"items": [line | {"hold_s_min": 30}]}).status_code == 201
