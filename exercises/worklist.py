"""Who needs somebody today, and why: open alerts by patient, the most urgent first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, TypedDict, Unpack
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import (
    Count,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    UUIDField,
    Window,
    prefetch_related_objects,
)
from django.utils.translation import gettext, gettext_lazy, ngettext

from clinic.actors import Actor
from clinic.http import address
from clinic.models import User
from clinic.prepared import among, prepared
from clinic.roles import WRITES_CLINICAL
from exercises import alert_facts, alert_words
from exercises.actions.alerts import colleagues
from exercises.alert_rules import ABOUT, About, Level, Rule, Thresholds
from exercises.models import Alert, AlertClock, AlertQuerySet, AlertTrigger, Programme, alert_notes
from patients.models import Patient

PATIENTS_A_PAGE = 10
LONGEST_NUMBER = 9  # digits of a page
CLOSED_SHOWN_FOR = timedelta(days=14)
USUAL_SNOOZE = timedelta(days=7)
CHECKED_WITHIN = timedelta(minutes=10)
LINKS = (
    ({Rule.NEW_NOTE}, "exercises:visit", gettext_lazy("Read the note")),
    (
        {Rule.PAIN_SEVERE, Rule.PAIN_RISE, Rule.NO_CHANGE},
        "patients:outcome_list",
        gettext_lazy("Pain scores"),
    ),
    ({Rule.ADDRESS_FAILING}, "exercises:patient_edit", gettext_lazy("Correct the address")),
    (
        {Rule.NO_LOG, Rule.LOW_ADHERENCE, Rule.SKIPPED_FOR_PAIN, Rule.PAIN_IN_EXERCISE},
        "exercises:visit",
        gettext_lazy("Days and notes"),
    ),
)
MINE, ALL = "mine", "all"
NOW, SNOOZED, CLOSED = "", "snoozed", "closed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for."""

    who: str = MINE  # or a colleague's number
    rule: str = ""
    show: str = NOW

    @classmethod
    def of(cls, asked: Mapping[str, str], actor: Actor) -> "Wanted":
        """Whatever is not known counts as not asked. Those who treat nobody themselves see everybody's at first."""
        usual = MINE if actor.has_role(WRITES_CLINICAL) else ALL
        who, rule, show = (asked.get(name, "") for name in ("who", "rule", "show"))
        return cls(
            who if who in {MINE, ALL} or (who.isdecimal() and len(who) < 10) else usual,
            rule if rule in set(Rule) else "",
            show if show in {SNOOZED, CLOSED} else NOW,
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.rule) or self.who not in {MINE, ALL}

    def query(self, **other: str) -> str:
        """For an address of the list, with some of it asked otherwise or more."""
        asked = {"who": self.who, "rule": self.rule, "show": self.show} | other
        return urlencode({name: value for name, value in asked.items() if value})


@dataclass(frozen=True, slots=True)
class Reason:
    """One alert with everything that its lines say."""

    alert: Alert
    sentence: str
    asks: str
    source: str
    waits: timedelta

    @property
    def whose(self) -> str:
        """What buttons and links are about, for whoever hears them without their surroundings."""
        return f"{self.alert.about}, {self.alert.patient}"

    @property
    def url(self) -> str:
        return address("exercises:alert", self.alert.pk)

    @property
    def seen_url(self) -> str:
        return address("exercises:alert_seen", self.alert.pk)

    @property
    def close_url(self) -> str:
        return address("exercises:alert_close", self.alert.pk)

    @property
    def reopen_url(self) -> str:
        return address("exercises:alert_reopen", self.alert.pk)

    @property
    def days(self) -> int:
        return self.waits.days

    @property
    def unseen(self) -> bool:
        return self.alert.is_open and (self.alert.acknowledged_at is None or self.alert.is_new_again)

    @property
    def waits_in_words(self) -> str:
        """Of one that nobody has seen."""
        if self.days:
            said = ngettext("not seen for %(days)s day", "not seen for %(days)s days", self.days)
            return said % {"days": self.days}
        return gettext("new again") if self.alert.is_new_again else gettext("new")

    @property
    def occasions(self) -> str:
        times = self.alert.count
        return ngettext("The occasion", "All %(times)s occasions", times) % {"times": times}

    @property
    def link(self) -> tuple[str, str] | None:
        """Where to look at what it is about, and what stands on the link."""
        for rules, name, words in LINKS:
            if self.alert.rule in rules:
                return address(name, self.alert.patient_id), str(words)
        return None

    @property
    def tone(self) -> str:
        return {1: "bad", 2: "warn"}.get(self.alert.level, "")


@dataclass(frozen=True, slots=True)
class Row:
    patient: Patient
    reasons: list[Reason]
    plan_url: str = ""  # where the plan is changed, or looked at by those who change none


@dataclass
class Worklist:
    wanted: Wanted
    page: Page[Any]
    rows: list[Row]
    colleagues: list[User]
    checked_at: datetime | None
    now: datetime
    others: int = field(default=0)  # patients on the lists of others, counted when this one is empty

    @property
    def is_beyond(self) -> bool:
        """There is no such page, or not any more."""
        return self.page.number > 1 and not self.rows

    @cached_property
    def is_behind(self) -> bool:
        """Nothing was counted lately: the worker stands still."""
        return self.checked_at is None or self.now - self.checked_at > CHECKED_WITHIN


class Asked(TypedDict):
    """The values of a list. ``person`` None: everybody's; ``rule`` None: every reason; ``then``: since when alerts that
    were closed are shown."""

    actor: Actor
    person: int | None
    rule: str | None
    today: date
    then: datetime


def worklist(actor: Actor, wanted: Wanted, page: str | None, now: datetime, today: date) -> Worklist:
    """``today``: the clinic's. The number of queries does not grow with the rows."""
    then, alone = now - CLOSED_SHOWN_FOR, wanted.who != MINE
    person = None if wanted.who == ALL else int(wanted.who) if alone else actor.user_id or 0
    asked = Asked(actor=actor, person=person, rule=wanted.rule or None, today=today, then=then)
    shown = _page(wanted.show, alone, asked, page)
    patients = [row["patient_id"] for row in shown.object_list]
    listed = Worklist(
        wanted=wanted,
        page=shown,
        rows=_rows(wanted.show, alone, asked, patients, now),
        colleagues=[member.user for member in colleagues(actor)],
        checked_at=AlertClock.objects.values_list("heard_until", flat=True).first(),
        now=now,
    )
    if not patients and wanted != Wanted(ALL):
        everybodys = Asked(actor=actor, person=None, rule=None, today=today, then=then)
        listed.others = _found(NOW, alone, **everybodys).values("patient_id").distinct().count()
    return listed


def _found(show: str, alone: bool, **asked: Unpack[Asked]) -> AlertQuerySet:
    mine = Alert.objects.visible_to(asked["actor"])
    if show == CLOSED:
        found = mine.closed_since(asked["then"])
    else:
        found = mine.open()
        found = found.asleep_on(asked["today"]) if show == SNOOZED else found.awake_on(asked["today"])
    if asked["rule"] is not None:
        found = found.filter(rule=asked["rule"])
    return found if asked["person"] is None else found.of(asked["person"], alone=alone)


def _ranked(found: AlertQuerySet) -> Any:
    """Patients by their most urgent alert, then by the age of that one."""
    ages = {f"since_{level}": Min("raised_at", filter=Q(level=level)) for level in Level}
    people = found.order_by().values("patient_id").annotate(rank=Min("level"), **ages)
    # The window counts patients: it looks at the groups, not at their alerts.
    people = people.annotate(number=Window(Count("*")))
    oldest = [
        F(name).asc(nulls_last=True) for name in ages
    ]  # none of a more urgent level than the patient's own
    return people.order_by("rank", *oldest, "patient_id")


@prepared
def _first(show: str, alone: bool, **asked: Unpack[Asked]) -> Any:
    """Of the first page: the place of any other one is no value, it stands in the words of the question."""
    return _ranked(_found(show, alone, **asked))[:PATIENTS_A_PAGE]


def _page(show: str, alone: bool, asked: Asked, page: str | None) -> Page[Any]:
    """The page that is asked for and how many patients there are, by one look at all the alerts."""
    number = max(int(page), 1) if page and page.isdecimal() and len(page) < LONGEST_NUMBER else 1
    if number == 1:
        rows = _first(show, alone, **asked)
    else:
        start = (number - 1) * PATIENTS_A_PAGE
        rows = list(_ranked(_found(show, alone, **asked))[start : start + PATIENTS_A_PAGE])
    paginator = Paginator(rows, PATIENTS_A_PAGE)
    paginator.count = rows[0]["number"] if rows else 0  # a cached property: not asked of the database again
    return Page(rows, number, paginator)


@prepared
def _lines(show: str, alone: bool, *, patients: list[UUID], **asked: Unpack[Asked]) -> QuerySet[Alert]:
    newest = AlertTrigger.objects.filter(alert=OuterRef("pk")).order_by("-at", "-day", "-pk")
    found = _found(show, alone, **asked).filter(among("patient", patients, UUIDField())).with_people()
    return found.annotate(evidence=Subquery(newest.values("evidence")[:1])).order_by(
        "level", "raised_at", "pk"
    )


def _rows(show: str, alone: bool, asked: Asked, patients: list[UUID], now: datetime) -> list[Row]:
    if not patients:
        return []
    actor, today = asked["actor"], asked["today"]
    alerts = _lines(show, alone, patients=patients, **asked)
    prefetch_related_objects(alerts, alert_notes())
    known = alert_facts.thresholds([actor.clinic_id] if actor.clinic_id else [])
    numbers = known[actor.clinic_id] if actor.clinic_id else Thresholds()
    names = alert_words.names_in(_newest(alert) for alert in alerts)
    by_patient: dict[UUID, list[Reason]] = {pk: [] for pk in patients}
    for alert in alerts:
        by_patient[alert.patient_id].append(reason_of(alert, _newest(alert), numbers, names, now, today))
    plans = _plans(actor, patients, today)
    return [
        Row(reasons[0].alert.patient, reasons, plans.get(pk, ""))
        for pk, reasons in by_patient.items()
        if reasons
    ]


def _newest(annotated: Any) -> Mapping[str, Any]:
    """Of an alert that was read with the evidence of its newest occasion."""
    evidence: Mapping[str, Any] = annotated.evidence
    return evidence


def reason_of(
    alert: Alert,
    evidence: Mapping[str, Any],
    numbers: Thresholds,
    names: alert_words.Names,
    now: datetime,
    today: date,
) -> Reason:
    rule = Rule(alert.rule)
    return Reason(
        alert=alert,
        sentence=alert_words.sentence(rule, evidence, today, names),
        asks=numbers.in_words(rule),
        source=str(ABOUT[rule].source),
        waits=alert.waits_for(now),
    )


def _plans(actor: Actor, patients: Sequence[UUID], today: date) -> dict[UUID, str]:
    """Of each patient the plan that began last of those that run: where it is changed, for those who may."""
    page = "exercises:programme_edit" if actor.has_role(WRITES_CLINICAL) else "exercises:programme"
    running = Programme.objects.active().spanning(today).filter(patient__in=patients)
    return {
        patient: address(page, pk)
        for patient, pk in running.order_by("starts_on", "pk").values_list("patient_id", "pk")
    }


def usual_snooze(today: date) -> date:
    return today + USUAL_SNOOZE


# --- one alert --------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Occasion:
    at: datetime
    sentence: str


@dataclass(frozen=True, slots=True)
class Told:
    """One alert with each of its occasions, newest first, and what was written about it."""

    reason: Reason
    occasions: list[Occasion]
    colleagues: list[User]
    plan_url: str


def told(actor: Actor, alert: Alert, now: datetime, today: date) -> Told:
    triggers = list(alert.triggers.order_by("-at", "-day", "-pk"))
    names = alert_words.names_in(trigger.evidence for trigger in triggers)
    numbers = alert_facts.thresholds([alert.clinic_id])[alert.clinic_id]
    rule = Rule(alert.rule)
    return Told(
        reason=reason_of(alert, triggers[0].evidence, numbers, names, now, today),
        occasions=[
            Occasion(one.at, alert_words.sentence(rule, one.evidence, today, names)) for one in triggers
        ],
        colleagues=[member.user for member in colleagues(actor)],
        plan_url=_plans(actor, [alert.patient_id], today).get(alert.patient_id, ""),
    )


# --- the rules --------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule of the clinic with its fields, and how often it raised an alert lately."""

    about: About
    asks: str
    is_on: bool
    switch: Any
    numbers: list[Any]
    raised: int


def rule_lines(actor: Actor, form: Any, thresholds: Thresholds, since: datetime) -> list[RuleLine]:
    """``form``: a RulesForm."""
    raised = Alert.objects.visible_to(actor).filter(raised_at__gte=since).values_list("rule")
    counts = dict(raised.annotate(number=Count("pk")))
    return [
        RuleLine(
            about,
            thresholds.in_words(about.rule),
            thresholds.has(about.rule),
            switch,
            numbers,
            counts.get(about.rule, 0),
        )
        for about, switch, numbers in form.lines()
    ]
