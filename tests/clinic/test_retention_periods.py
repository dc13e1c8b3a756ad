"""How long is long: month ends, leap days, and the day on which a child's record has been kept long enough."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.retention_periods import days_before, months_before, record_kept_until, years_after

DAYS = st.dates(date(1920, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 11, 26), 13, date(2025, 10, 26)),
        (date(2027, 1, 15), 13, date(2025, 12, 15)),
        (date(2027, 3, 31), 13, date(2026, 2, 28)),
        (date(2029, 3, 31), 13, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2027, 2, 28)),
        (date(2027, 12, 31), 13, date(2026, 11, 30)),
    ],
)
def test_months_end_on_their_last_day(day: date, months: int, before: date) -> None:
    assert months_before(day, months) == before


@pytest.mark.parametrize(
    ("day", "years", "after"),
    [
        (date(2020, 2, 29), 8, date(2028, 2, 29)),
        (date(2020, 2, 29), 1, date(2021, 3, 1)),
        (date(2020, 3, 1), 1, date(2021, 3, 1)),
        (date(2028, 2, 29), -8, date(2020, 2, 29)),
        (date(2000, 2, 29), 100, date(2100, 3, 1)),  # no leap year
    ],
)
def test_a_leap_day_keeps_things_a_day_longer(day: date, years: int, after: date) -> None:
    assert years_after(day, years) == after


@given(DAYS, st.integers(0, 60))
def test_nothing_goes_before_its_time(day: date, months: int) -> None:
    before = months_before(day, months)
    assert before <= day
    assert (day.year - before.year) * 12 + day.month - before.month == months
    assert before.day == day.day or months_before(day, months).day < day.day
    later = months_before(date.fromordinal(day.toordinal() + 1), months)
    assert before <= later  # a night later as much is over, or more
    assert days_before(day, months).toordinal() == day.toordinal() - months


class TestRecords:
    def test_of_adults(self) -> None:
        born = date(1956, 3, 14)
        assert record_kept_until(born=born, last_entry=date(2020, 5, 1), years=8) == date(2028, 5, 1)
        assert record_kept_until(born=born, last_entry=date(2020, 2, 29), years=8) == date(2028, 2, 29)

    @pytest.mark.parametrize(
        ("last_entry", "until"),
        [
            (date(2019, 6, 9), date(2035, 6, 10)),  # still 8 years old: the 25th birthday
            (
                date(2027, 6, 9),
                date(2035, 6, 10),
            ),  # the day before the 17th birthday: 8 years end after it anyway
            (date(2027, 6, 10), date(2036, 6, 10)),  # 17: the 26th
            (date(2028, 6, 9), date(2036, 6, 10)),  # the last day as a child
            (date(2028, 6, 10), date(2036, 6, 10)),  # an adult: 8 years
        ],
    )
    def test_of_children(self, last_entry: date, until: date) -> None:
        assert record_kept_until(born=date(2010, 6, 10), last_entry=last_entry, years=8) == until

    def test_of_a_child_born_on_a_leap_day(self) -> None:
        born = date(2012, 2, 29)
        assert record_kept_until(born=born, last_entry=date(2020, 1, 1), years=8) == date(2037, 3, 1)
        # 18 on 1 March 2030, so on 28 February the child is still 17: the 26th birthday
        assert record_kept_until(born=born, last_entry=date(2030, 2, 28), years=1) == date(2038, 3, 1)
        assert record_kept_until(born=born, last_entry=date(2030, 3, 1), years=1) == date(2031, 3, 1)

    def test_a_clinic_that_keeps_longer_keeps_childrens_records_longer(self) -> None:
        until = record_kept_until(born=date(2010, 6, 10), last_entry=date(2020, 1, 1), years=30)
        assert until == date(2050, 1, 1)

    @given(DAYS, DAYS, st.integers(1, 50))
    def test_never_before_the_years_nor_a_childs_25th_birthday(
        self, born: date, last_entry: date, years: int
    ) -> None:
        until = record_kept_until(born=born, last_entry=last_entry, years=years)
        assert until >= years_after(last_entry, years)
        if last_entry < years_after(born, 18):
            assert until >= years_after(born, 25)
