from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.attention import decide_by
from patients.red_flags import Level

FRIDAY = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)


@pytest.mark.hazard("HZ-05")
@pytest.mark.parametrize(
    ("level", "end"),
    [
        (Level.EMERGENCY, datetime(2026, 11, 27, 20, 0, tzinfo=UTC)),
        (Level.SAME_DAY, datetime(2026, 11, 27, 20, 0, tzinfo=UTC)),
        (Level.NEXT_WORKING_DAY, datetime(2026, 12, 1, 0, 0, tzinfo=UTC)),
        (Level.URGENT, datetime(2026, 12, 2, 0, 0, tzinfo=UTC)),
        (Level.ROUTINE, None),
    ],
)
def test_over_a_weekend(level: Level, end: datetime | None) -> None:
    assert decide_by(level, FRIDAY, zone="Europe/London", urgent_days=2) == end


def test_a_day_ends_where_the_clinic_is() -> None:
    end = decide_by(
        Level.NEXT_WORKING_DAY,
        datetime(2026, 11, 24, 20, 0, tzinfo=UTC),
        zone="Asia/Tokyo",
        urgent_days=2,
    )
    assert end == datetime(2026, 11, 26, 15, 0, tzinfo=UTC)  # Thursday is over in Tokyo


@given(hours=st.integers(0, 9000), days=st.integers(1, 14))
def test_more_urgent_is_never_due_later(hours: int, days: int) -> None:
    raised = FRIDAY + timedelta(hours=hours)
    ends = [decide_by(level, raised, zone="Europe/London", urgent_days=days) for level in list(Level)[:4]]
    limits = [end for end in ends if end]
    assert limits == sorted(limits)
    assert raised < limits[0]
