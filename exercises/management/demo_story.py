"""Who lives in the demo and what happened to them. All of it is made up; addresses end in .example."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.actions import ClinicFields
from clinic.roles import Role
from exercises.management.demo_record import Cautions, Day, Record
from exercises.models import Side as ExerciseSide
from exercises.schedule import EARLIEST, LATEST
from patients.models import ConfirmedBy, OnsetPrecision, Severity, Side

CLINIC: ClinicFields = {
    "name": "Riverside Podiatry",
    "sender_name": "Riverside",
    "address": "1 High Street, Riverside (a made-up clinic with made-up numbers)",
    "phone": "000 0000 0000",
    "urgent_number": "111",
    "emergency_number": "112",
    "time_zone": "Europe/London",
}
CURATOR = "carlos@riverside.example"
STAFF = [
    (Role.PRACTITIONER, "Priya Nair", "priya@riverside.example"),
    (Role.OWNER, "Olivia Brandt", "olivia@riverside.example"),
    (Role.ASSISTANT, "Asha Moyo", "asha@riverside.example"),
    (Role.CURATOR, "Carlos Vega", CURATOR),
    (Role.AUDITOR, "Audrey Lind", "audrey@riverside.example"),
]
# In one of these it is between 06:00 and 20:30 at every minute of the year.
DAYTIME_ZONES = ("Europe/London", "America/Los_Angeles", "Asia/Tokyo")
TOE_CURLS, ARCH, HEELS = (
    "toe-curls-and-spreads",
    "arch-stretch-ball-or-bottle",
    "heel-raises-near-wall",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingStory:
    key: str
    side: Side
    confirmed_by: ConfirmedBy = ConfirmedBy.CLINICAL
    severity: Severity = Severity.MODERATE
    onset_date: date | None = None
    onset_precision: OnsetPrecision | None = None


@dataclass(frozen=True, slots=True)
class Line:
    slug: str
    side: ExerciseSide
    times_per_day: int = 1
    days_per_week: int = 7
    kit: str = ""  # empty: the first that the exercise can be done with


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Another dose of one exercise, given at a visit."""

    slug: str
    dose: dict[str, int | None]
    why: str
    days_ago: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    lines: list[Line]
    weeks: int
    days_ago: int = 0
    days: list[Day | None] = field(default_factory=list)  # from the first day on; None: nothing logged
    reminder_time: time | None = None
    letter: bool = False  # send the "plan is ready" letter when the demo starts
    ended_days_ago: int = 0
    paused_for: int = 0  # days, from today on
    changed: Changed | None = None
    end_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    given_name: str
    family_name: str
    date_of_birth: date
    time_zone: str
    findings: list[FindingStory]
    email: str = ""
    reminders_allowed: bool = False
    note: str = ""
    plan: Plan | None = None
    record: Record = field(default_factory=Record)
    cautions: Cautions = field(default_factory=Cautions)
    next_visit_in: int = 0  # days
    known_for: int = 0  # days since the findings were recorded
    same_person_checked: bool = False  # somebody insisted that this is another person


MARGARET = Person(
    given_name="Margaret",
    family_name="Hale",
    date_of_birth=date(1956, 3, 14),
    time_zone="Europe/London",
    email="margaret.hale@patients.example",
    known_for=90,
    next_visit_in=12,
    reminders_allowed=True,
    findings=[
        FindingStory(
            key="plantar_fasciitis",
            side=Side.LEFT,
            onset_date=date(2026, 8, 1),
            onset_precision=OnsetPrecision.MONTH,
        ),
        FindingStory(
            key="low_back_pain",
            side=Side.NOT_APPLICABLE,
            confirmed_by=ConfirmedBy.PATIENT_REPORTED,
            severity=Severity.MILD,
        ),
    ],
    cautions=Cautions(
        yes=("fall_risk", "small_objects"),
        note="Two stumbles on the stairs this year. Grandchildren on Sundays.",
        reasons={"fall_risk": "Rises with both hands on the kitchen worktop; her daughter is at home."},
        told={HEELS: "Hold on to the kitchen worktop with both hands."},
    ),
    plan=Plan(
        lines=[
            Line(TOE_CURLS, ExerciseSide.BOTH_IN_TURN),
            Line(ARCH, ExerciseSide.LEFT, times_per_day=2),
            Line(HEELS, ExerciseSide.TOGETHER, days_per_week=3),
        ],
        weeks=6,
        days_ago=21,
        reminder_time=time(18, 0),
        letter=True,
        changed=Changed(
            slug=TOE_CURLS,
            dose={"reps_min": 15, "reps_max": None},
            why="Ten are easy by now. Asked for fifteen herself.",
            days_ago=9,
        ),
        days=[
            Day("ddd", 6, 4),
            Day("dd-", 6),
            Day("pdn", 7, 4, why="pain", how="hard"),
            None,
            Day("dpp", 6, 3),
            Day("dd-", 5, 3),
            Day("d--", 5),
            Day("ddd", 5, 4),
            None,
            None,
            Day("ppd", 6, 2),
            Day("dd-", 4, 2),
            Day("ddn", 5, 0),
            Day("---", 4, 0),
            Day("ddd", 4, 2),
            Day("dd-", 3),
            Day("ddd", 4, 1),
            None,
            Day("dpd", 3, 0),
            Day("dd-", 2, 0, how="easy", note="Walked to the market and back.", late=1),
            Day("nd-", 3, 1, why="no_time", how="right"),
        ],
    ),
)
TOM = Person(
    given_name="Tom",
    family_name="Okafor",
    date_of_birth=date(1989, 11, 2),
    time_zone="Europe/London",
    note="No programme yet. Wants nothing by e-mail.",
    findings=[FindingStory(key="flat_foot_acquired", side=Side.BILATERAL, severity=Severity.MILD)],
)
INES = Person(
    given_name="Ines",
    family_name="Duarte",
    date_of_birth=date(1971, 6, 23),
    time_zone="Europe/Lisbon",
    email="ines.duarte@patients.example",
    known_for=60,
    reminders_allowed=True,
    findings=[
        FindingStory(key="heel_spur", side=Side.RIGHT, confirmed_by=ConfirmedBy.X_RAY, severity=Severity.MILD)
    ],
    plan=Plan(
        lines=[Line(ARCH, ExerciseSide.RIGHT), Line(HEELS, ExerciseSide.BOTH_IN_TURN, days_per_week=3)],
        weeks=6,
        days_ago=56,
        reminder_time=time(8, 0),
        days=[Day("dd", 5), Day("d-", 5), Day("dp", 4), None, Day("dd", 4), Day("d-", 3)],
        ended_days_ago=30,
        end_reason="Reviewed at the clinic.",
    ),
)
SAMUEL = Person(
    given_name="Samuel",
    family_name="Price",
    date_of_birth=date(1964, 1, 30),
    time_zone="Europe/London",
    email="samuel.price@patients.example",
    note="Stopped reminders; looks at the plan by himself.",
    findings=[
        FindingStory(
            key="high_arch_congenital",
            side=Side.BILATERAL,
            onset_date=date(1964, 1, 1),
            onset_precision=OnsetPrecision.YEAR,
        ),
        FindingStory(key="low_back_pain", side=Side.NOT_APPLICABLE, severity=Severity.SEVERE),
    ],
    plan=Plan(
        lines=[Line(TOE_CURLS, ExerciseSide.BOTH_IN_TURN, days_per_week=5)],
        weeks=8,
        days_ago=9,
        paused_for=7,
        days=[Day("d", 2, 8), None, Day("n", 3, 8), None, None, Day("p", 2, 7)],
    ),
)
PATIENTS = [MARGARET, TOM, INES, SAMUEL]


def daytime_zone(now: datetime) -> str:
    """A zone in which a reminder may be sent two minutes from now."""
    for zone in DAYTIME_ZONES:
        if EARLIEST <= (now + timedelta(minutes=2)).astimezone(ZoneInfo(zone)).time() <= LATEST:
            return zone
    raise AssertionError("the zones leave a gap")


def daytime_patient(now: datetime) -> Person:
    return Person(
        given_name="Dana",
        family_name="Wells",
        date_of_birth=date(1978, 9, 5),
        time_zone=daytime_zone(now),
        email="dana.wells@patients.example",
        reminders_allowed=True,
        note="Lives where it was daytime when this demo first started, so that a reminder arrived soon after.",
        findings=[FindingStory(key="overpronation", side=Side.RIGHT, severity=Severity.MILD)],
    )


def plan_due_soon(now: datetime, zone: str) -> Plan:
    """Starts today; its reminder is due at the next full minute that leaves the worker time to start."""
    minute_after = now + timedelta(seconds=45 + 60, microseconds=-1)
    soon = minute_after.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0)
    return Plan(
        lines=[Line(TOE_CURLS, ExerciseSide.BOTH_IN_TURN), Line(HEELS, ExerciseSide.RIGHT, days_per_week=3)],
        weeks=4,
        reminder_time=soon.time(),
        letter=True,
    )
