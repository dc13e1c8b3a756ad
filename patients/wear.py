"""How long a support was worn, counted from the patient's answers. Pure.

A day without an answer is not a day of zero hours: nobody knows. It counts among the days asked, never in the mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import number_format
from django.utils.translation import ngettext

DAYS_SHOWN = 14


@dataclass(frozen=True, slots=True)
class WornDay:
    on: date
    hours: Decimal | None  # None: not answered

    @property
    def in_words(self) -> str:
        """Empty where nobody answered; never "0 hours" for that."""
        return "" if self.hours is None else in_words(self.hours)


@dataclass(frozen=True, slots=True)
class Wear:
    days: tuple[WornDay, ...]  # newest first

    @property
    def asked(self) -> int:
        return len(self.days)

    @property
    def answered(self) -> int:
        return len(self._hours())

    @property
    def mean(self) -> Decimal | None:
        """Hours a day over the answered days, to a tenth; None where no day has an answer."""
        hours = self._hours()
        if not hours:
            return None
        return (sum(hours, Decimal()) / len(hours)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)

    def _hours(self) -> list[Decimal]:
        return [day.hours for day in self.days if day.hours is not None]


def over(answers: Mapping[date, Decimal], *, since: date, today: date, days: int = DAYS_SHOWN) -> Wear:
    """The last days, today included; fewer for what was advised ``since`` then."""
    first = max(since, today - timedelta(days=days - 1))
    counted = [today - timedelta(days=back) for back in range((today - first).days + 1)]
    return Wear(tuple(WornDay(day, answers.get(day)) for day in counted))


def in_words(hours: Decimal) -> str:
    """ "1 hour", "5.5 hours"; zero is said as zero."""
    whole = hours == hours.to_integral_value()
    shown = number_format(int(hours) if whole else hours)
    return ngettext("%(hours)s hour", "%(hours)s hours", int(hours) if whole else 2) % {"hours": shown}
