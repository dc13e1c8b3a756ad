"""The clinical record in brief, the newest of everything: one question, columns of the patient's own row.

``columns`` is what to ask, so that who asks something else of the row asks it all at once; ``read`` is what it says.
A question left alone is not there: missing is missing, never zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from clinic.actors import Actor
from clinic.text import signed
from patients import measures, wear
from patients.models import (
    FPI_ITEMS,
    Activity,
    ActivityScore,
    ChangeRating,
    Evaluation,
    Foot,
    FootMeasures,
    PainScore,
    QuestionnaireResponse,
    RaisedFlag,
    RecordStatus,
    Referral,
    ReferralKind,
    Screening,
    SignReport,
    Source,
    SupportAdvice,
    SupportKind,
    SupportSide,
    WearEntry,
    about_patient,
    packed,
)
from patients.outcome_measures import (
    MY_ACTIVITIES,
    MY_ACTIVITIES_MEAN,
    Change,
    Number,
    OutcomeMeasure,
    Reading,
    change_between,
    important_rating,
    mean_on,
    measure,
    since_first,
)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Measured:
    """One outcome measure: its newest value and what changed, in words. Whether that is good is nobody's judgement here."""

    title: str
    latest: str
    on: str  # the day of it
    change: str = ""
    reached: str = ""  # that the change reaches the published figure


@dataclass(frozen=True, slots=True)
class Worn:
    """One support in use, and the hours it was worn against the hours advised; None where nobody advised any."""

    what: str
    wear: wear.Wear
    advised: int | None
    review_on: date | None

    @property
    def in_words(self) -> str:
        counted = {"mean": _plain(self.wear.mean or 0), "n": self.wear.answered, "asked": self.wear.asked}
        if not self.wear.answered:
            said = ngettext("no answer on %(asked)s day", "no answer on %(asked)s days", self.wear.asked)
        else:
            said = gettext("%(mean)s h a day on %(n)s of %(asked)s days answered")
        advised = gettext("%(n)s h advised") % {"n": self.advised} if self.advised is not None else ""
        return ", ".join([said % counted, *([advised] if advised else [])])


@dataclass(frozen=True, slots=True)
class Brief:
    pain: dict[tuple[date, str], int]  # by day and measure, from the day asked for on
    visits: list[date]  # oldest first
    measured: list[Measured]
    worn: list[Worn]
    sign_notes: list[tuple[date, str]]  # what the patient wrote beside warning signs, newest first
    referrals: list[str]  # waiting for their outcome
    screenings: list[str]  # the newest for each region


def pain_column(actor: Actor, first: date) -> Any:
    scores = PainScore.objects.visible_to(actor).standing().filter(**about_patient(), on__gte=first)
    return packed(scores.one_a_day(), "on", "measure", "score")


def read_pain(rows: Iterable[Sequence[Any]] | None) -> dict[tuple[date, str], int]:
    return {(_day(on), asked): score for on, asked, score in rows or ()}


def columns(actor: Actor, first: date) -> dict[str, Any]:
    """``first``: from which day on pain, hours and notes are read; of all else the newest, however old."""
    return {
        "pain": pain_column(actor, first),
        **_examined(actor),
        **_outcomes(actor),
        **_supports(actor, first),
        **_safety(actor, first),
    }


def _examined(actor: Actor) -> dict[str, Any]:
    mine = Evaluation.objects.visible_to(actor).standing()
    feet = FootMeasures.objects.filter(evaluation__in=mine.filter(patient=OuterRef(OuterRef("pk"))))
    told = PainScore.objects.visible_to(actor).standing().filter(**about_patient(), source=Source.VISIT)
    return {
        "examined": packed(mine.filter(**about_patient()).order_by("examined_on"), "examined_on"),
        "feet": packed(
            feet.order_by("evaluation__examined_on", "evaluation__signed_at"),
            "evaluation__examined_on",
            "foot",
            *FPI_ITEMS,
        ),
        "told_on": packed(told.order_by("on").distinct("on"), "on"),
    }


def _outcomes(actor: Actor) -> dict[str, Any]:
    own, standing = about_patient(), {"status": RecordStatus.RECORDED}
    activities = Activity.objects.visible_to(actor)
    scores = ActivityScore.objects.filter(
        **standing, activity__in=activities.current().order_by().filter(patient=OuterRef(OuterRef("pk")))
    )
    ratings = ChangeRating.objects.visible_to(actor).standing().filter(**own)
    answers = QuestionnaireResponse.objects.visible_to(actor).standing().filter(**own, score__isnull=False)
    return {
        "activities": packed(activities.current().filter(**own), "pk", "words"),
        "scores": packed(scores.order_by("on"), "activity_id", "on", "score", "recorded_by_id"),
        "ratings": packed(ratings.order_by("on"), "on", "rating"),
        "answers": packed(
            answers.order_by("questionnaire__title", "questionnaire_id", "on", "recorded_at"),
            "questionnaire_id",
            "questionnaire__title",
            "questionnaire__important_change",
            "on",
            "score",
        ),
    }


def _supports(actor: Actor, first: date) -> dict[str, Any]:
    supports = SupportAdvice.objects.visible_to(actor).filter(**about_patient()).in_plan()
    worn = WearEntry.objects.visible_to(actor).filter(**about_patient(), on__gte=first)
    return {
        "supports": packed(
            supports.order_by("recommended_at", "pk"),
            *("pk", "kind", "side", "product", "hours_per_day", "recommended_at", "review_on"),
        ),
        "worn": packed(worn.order_by("on"), "advice_id", "on", "hours"),
    }


def _safety(actor: Actor, first: date) -> dict[str, Any]:
    own = about_patient()
    referrals = Referral.objects.visible_to(actor).filter(**own).open().order_by("-referred_on", "pk")
    newest = Screening.objects.visible_to(actor).standing().filter(**own)
    raised = RaisedFlag.objects.standing().filter(screening=OuterRef("pk")).order_by()
    signs = raised.values("screening").annotate(n=Count("pk")).values("n")
    reports = SignReport.objects.visible_to(actor).filter(**own, received_at__date__gte=first)
    return {
        "referrals": packed(referrals, "kind", "referred_on", "recipient"),
        "screenings": packed(
            newest.order_by("region", "-screened_at", "pk")
            .distinct("region")
            .annotate(signs=Coalesce(Subquery(signs), 0)),
            *("region", "screened_at", "signs"),
        ),
        "sign_notes": packed(reports.exclude(note="").order_by("-made_at", "pk"), "made_at", "note"),
    }


def read(row: Row, *, zone: ZoneInfo, first: date, today: date) -> Brief:
    """``first``: may be later than the day that was asked for; hours and notes are counted from there."""
    return Brief(
        pain=read_pain(row["pain"]),
        visits=visits(row),
        measured=[
            *_posture(row, today),
            *_activities(row, today),
            *_ratings(row, today),
            *_answers(row, today),
        ],
        worn=[_worn(support, row, zone, first, today) for support in row["supports"] or ()],
        sign_notes=[
            (on, note) for made_at, note in row["sign_notes"] or () if (on := _local(made_at, zone)) >= first
        ],
        referrals=[_referral(*referral, today=today) for referral in row["referrals"] or ()],
        screenings=[_screening(*screening, zone=zone, today=today) for screening in row["screenings"] or ()],
    )


def visits(row: Row) -> list[date]:
    """Oldest first: the days of evaluations, and of whatever was told at a visit."""
    told = [on for _activity, on, _score, by in row["scores"] or () if by]
    rated = [on for on, _rating in row["ratings"] or ()]
    answered = [on for *_questionnaire, on, _score in row["answers"] or ()]
    alone = [on for (on,) in [*(row["examined"] or ()), *(row["told_on"] or ())]]
    return sorted({_day(on) for on in [*told, *rated, *answered, *alone]})


def _posture(row: Row, today: date) -> list[Measured]:
    """FPI-6 of each foot: the newest total with its published band, beside the total before it."""
    found: dict[str, list[tuple[str, date]]] = {}
    for on, foot, *items in row["feet"] or ():
        said = measures.total_and_band(FootMeasures(foot=foot, **dict(zip(FPI_ITEMS, items, strict=True))))
        if said:
            found.setdefault(foot, []).append((said, _day(on)))
    heads = {Foot.LEFT: gettext("FPI-6, left"), Foot.RIGHT: gettext("FPI-6, right")}
    return [_total(head, found[foot], today) for foot, head in heads.items() if foot in found]


def _total(head: str, totals: Sequence[tuple[str, date]], today: date) -> Measured:
    """``totals``: in words with their days, oldest first."""
    (said, on), *before = totals[::-1]
    if not before:
        return Measured(head, said, _in_words(on, today))
    earlier, then = before[0]
    words = {"said": earlier, "day": _in_words(then, today)}
    return Measured(head, said, _in_words(on, today), gettext("before: %(said)s, %(day)s") % words)


def _activities(row: Row, today: date) -> list[Measured]:
    asked = dict(row["activities"] or ())
    told: dict[date, dict[str, int]] = {}
    for activity, on, score, _by in row["scores"] or ():
        told.setdefault(_day(on), {})[activity] = score
    days = sorted(told)
    scale, whole = measure(MY_ACTIVITIES), measure(MY_ACTIVITIES_MEAN)
    found = [
        (f"“{name}”", scale, [Reading(on, told[on][key]) for on in days if key in told[on]])
        for key, name in asked.items()
    ]
    if len(asked) > 1:
        means = [(on, mean_on([told[on].get(key) for key in asked])) for on in days]
        known = [Reading(on, mean) for on, mean in means if mean is not None]
        found.append((gettext("Mean of the activities"), whole, known))
    return [_changed(title, known, readings, today) for title, known, readings in found if readings]


def _changed(title: str, known: OutcomeMeasure, readings: Sequence[Reading], today: date) -> Measured:
    newest = readings[-1]
    words = {"value": _plain(newest.value), "highest": known.highest}
    latest = gettext("%(value)s of %(highest)s") % words
    return Measured(title, latest, _in_words(newest.on, today), *_moved(since_first(known, readings), today))


def _moved(change: Change | None, today: date) -> tuple[str, str]:
    if change is None:
        return "", ""
    said = gettext("%(earlier)s → %(latest)s since %(day)s") % {
        "earlier": _plain(change.earlier),
        "latest": _plain(change.latest),
        "day": _in_words(change.since, today),
    }
    return said, _reached(change.important)


def _reached(points: Decimal | None) -> str:
    if points is None:
        return ""
    return gettext("Important change: %(points)s or more") % {"points": _plain(points)}


def _ratings(row: Row, today: date) -> list[Measured]:
    if not row["ratings"]:
        return []
    on, rating = row["ratings"][-1]
    title = gettext("Overall change, %(worst)s to %(best)s") % {"worst": signed(-5), "best": signed(5)}
    reached = _reached(important_rating(rating))
    return [Measured(title, signed(rating), _in_words(_day(on), today), reached=reached)]


def _answers(row: Row, today: date) -> list[Measured]:
    """Versions of a questionnaire are not compared with each other."""
    lines = []
    for _key, group in groupby(row["answers"] or (), lambda answer: answer[0]):
        answers = list(group)
        _pk, title, needed, *_rest = answers[0]
        oldest, *_between = readings = [Reading(_day(on), _number(score)) for *_of, on, score in answers]
        newest = readings[-1]
        figure = None if needed is None else _number(needed)
        moved = change_between(oldest, newest, figure) if len(readings) > 1 else None
        score = gettext("score %(value)s") % {"value": _plain(newest.value)}
        lines.append(Measured(title, score, _in_words(newest.on, today), *_moved(moved, today)))
    return lines


def _worn(support: Sequence[Any], row: Row, zone: ZoneInfo, first: date, today: date) -> Worn:
    pk, kind, side, product, advised, since, review_on = support
    hours = {_day(on): _number(said) for advice, on, said in row["worn"] or () if advice == pk}
    words = {"what": SupportKind(kind).label, "side": SupportSide(side).label.lower(), "product": product}
    what = gettext("%(what)s, %(side)s (%(product)s)") if product else gettext("%(what)s, %(side)s")
    start = max(first, _local(since, zone))
    counted = wear.over(hours, since=start, today=today, days=(today - first).days + 1)
    return Worn(what % words, counted, advised, _day(review_on) if review_on else None)


def _referral(kind: str, on: str, recipient: str, *, today: date) -> str:
    words = {"kind": ReferralKind(kind).label, "recipient": recipient, "day": _in_words(_day(on), today)}
    if recipient:
        return gettext("%(kind)s, %(recipient)s: waiting since %(day)s") % words
    return gettext("%(kind)s: waiting since %(day)s") % words


def _screening(region: str, at: str, signs: int, *, zone: ZoneInfo, today: date) -> str:
    where = gettext("Back") if region == "back" else gettext("Foot")
    words = {"where": where, "n": signs, "day": _in_words(_local(at, zone), today)}
    if not signs:
        return gettext("%(where)s: no sign, %(day)s") % words
    return ngettext("%(where)s: %(n)s sign, %(day)s", "%(where)s: %(n)s signs, %(day)s", signs) % words


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _local(text: str, zone: ZoneInfo) -> date:
    return datetime.fromisoformat(text).astimezone(zone).date()


def _in_words(on: date, today: date) -> str:
    """The year only where it is another one: what is read in seconds has no room for it."""
    return date_format(on, "j M" if on.year == today.year else "j M Y")


def _plain(value: Number) -> str:
    return measures.number(Decimal(value))


def _number(value: float) -> Decimal:
    """JSON tells 7.50 as 7.5, and never a binary approximation of it."""
    return Decimal(str(value)).normalize()
