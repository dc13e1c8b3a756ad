"""How long things are kept: calendar arithmetic, and nothing else. Where a day does not exist, things are kept longer.

Periods of the paper trail are ours; those of records follow the NHS code: a clinic's own law decides (``Clinic.retention_years``).
"""

from calendar import monthrange
from datetime import date, timedelta

LETTERS_MONTHS = 13  # reminders and e-mails: a year can be compared with the one before
TOKEN_DAYS = 7  # links and codes, after they ended
ENDED_DAYS = 30  # sessions, devices and invitations, after they ended
DRAFT_DAYS = 14  # what somebody typed and never saved
ADULT_AT = 18
CHILD_UNTIL, CHILD_OF_17_UNTIL = 25, 26  # the birthdays to which a child's record is kept


def days_before(day: date, days: int) -> date:
    return day - timedelta(days=days)


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or its last: thirteen months before 31 March is 28 or 29 February."""
    total = day.year * 12 + day.month - 1 - months
    year, month = total // 12, total % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def years_after(day: date, years: int) -> date:
    """The same day of a later year; of 29 February, 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def record_kept_until(*, born: date, last_entry: date, years: int) -> date:
    """The first day on which a record need not be kept any more.

    So many years after the last entry; of a child not before the 25th birthday, or the 26th if it was 17 at the last entry.
    """
    kept = years_after(last_entry, years)
    if last_entry >= years_after(born, ADULT_AT):
        return kept
    of_17 = last_entry >= years_after(born, ADULT_AT - 1)
    return max(kept, years_after(born, CHILD_OF_17_UNTIL if of_17 else CHILD_UNTIL))
