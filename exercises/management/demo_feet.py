"""People of the demo with other troubles of feet, legs and back. All of it is made up; addresses end in .example."""

from datetime import date, time

from exercises.management.demo_record import Cautions, Record, Referred, Screened, Support, Visit, diary, fpi
from exercises.management.demo_story import HEELS, TOE_CURLS, FindingStory, Line, Person, Plan
from exercises.models import Side as ExerciseSide
from patients.models import (
    ConfirmedBy,
    Decision,
    Measure,
    ReferralKind,
    Severity,
    Side,
    SupportKind,
    SupportSide,
)
from patients.red_flags import Level, Region

FIRST_STEP, FOOT, BACK = Measure.PAIN_FIRST_STEP, Measure.PAIN_FOOT, Measure.PAIN_BACK

YUSUF = Person(
    given_name="Yusuf",
    family_name="Demir",
    known_for=3,
    date_of_birth=date(1974, 8, 19),
    time_zone="Europe/London",
    email="yusuf.demir@patients.example",
    findings=[
        FindingStory(key="foot_pain", side=Side.LEFT, confirmed_by=ConfirmedBy.PATIENT_REPORTED),
        FindingStory(key="high_arch_acquired", side=Side.LEFT, severity=Severity.MODERATE),
    ],
    record=Record(
        screenings=(Screened(days_ago=1, region=Region.FOOT, yes=("diabetes_active", "new_numb_weak")),),
        referrals=(
            Referred(
                kind=ReferralKind.DIABETIC_FOOT,
                urgency=Level.NEXT_WORKING_DAY,
                reason="New blister under the left forefoot, known diabetes.",
                days_ago=1,
                recipient="Diabetic foot service, Riverside (made up)",
            ),
        ),
    ),
)

NOAH = Person(
    given_name="Noah",
    family_name="Lindqvist",
    known_for=30,
    date_of_birth=date(2011, 4, 2),
    time_zone="Europe/Stockholm",
    note="Write to his mother; her number is on the paper form.",
    findings=[FindingStory(key="flat_foot_congenital", side=Side.BILATERAL, severity=Severity.MILD)],
    record=Record(
        visits=(
            Visit(
                days_ago=30,
                left={**fpi(2, 1, 1, 2, 2, 1), "navicular_drop_mm": 13, "jack_arch_rises": True},
                right={**fpi(1, 1, 1, 2, 2, 1), "navicular_drop_mm": 12, "jack_arch_rises": True},
            ),
        ),
        screenings=(Screened(days_ago=30, region=Region.FOOT),),
    ),
)

ROSA = Person(
    given_name="Rosa",
    family_name="Ferreira",
    known_for=35,
    date_of_birth=date(1950, 10, 9),
    time_zone="Europe/Lisbon",
    email="rosa.ferreira@patients.example",
    reminders_allowed=True,
    findings=[
        FindingStory(key="hallux_valgus", side=Side.BILATERAL, confirmed_by=ConfirmedBy.X_RAY),
        FindingStory(key="metatarsalgia", side=Side.RIGHT),
    ],
    cautions=Cautions(
        yes=("numb_feet",),
        note="Does not feel the monofilament under the right big toe.",
        reasons={"no_barefoot": "In socks on a carpet; her son looks at the soles every evening."},
        told={TOE_CURLS: "Keep your socks on."},
    ),
    plan=Plan(
        lines=[Line(TOE_CURLS, ExerciseSide.BOTH_IN_TURN)],
        weeks=8,
        days_ago=35,
        reminder_time=time(10, 0),
        days=diary(35, ["d", "d", None, "d", "p", "d", "d"], foot=(5, 4)),
    ),
    record=Record(
        visits=(Visit(days_ago=35, pain={FOOT: 5}, activities={"Market day in closed shoes": 4}),),
        supports=(
            Support(
                kind=SupportKind.SHOE_ADVICE,
                side=SupportSide.BILATERAL,
                reason="hallux_valgus",
                days_ago=35,
                fields={"width": "extra_wide", "toe_box": "deep", "extra_depth": True, "fastening": "strap"},
                hours=(4, 5, 6, 6, None, 8, 8),
            ),
            Support(
                kind=SupportKind.PREFABRICATED_INSOLE,
                side=SupportSide.RIGHT,
                reason="metatarsalgia",
                days_ago=35,
                fields={"met_pad": True, "forefoot_cushioning": "soft", "hours_per_day": 6},
            ),
        ),
        referrals=(
            Referred(
                kind=ReferralKind.ADVANCED_INTERVENTION,
                urgency=Level.ROUTINE,
                reason="Wants to hear about surgery for the right big toe.",
                days_ago=10,
                finding="hallux_valgus",
                recipient="Foot surgery clinic (made up)",
            ),
        ),
        worsened=("hallux_valgus",),
    ),
)

PETER = Person(
    given_name="Peter",
    family_name="Hollis",
    known_for=42,
    date_of_birth=date(1981, 7, 7),
    time_zone="Europe/London",
    email="peter.hollis@patients.example",
    reminders_allowed=True,
    findings=[
        FindingStory(key="leg_length_difference", side=Side.RIGHT),
        FindingStory(key="low_back_pain", side=Side.NOT_APPLICABLE),
    ],
    plan=Plan(
        lines=[Line(HEELS, ExerciseSide.TOGETHER, days_per_week=3)],
        weeks=12,
        days_ago=42,
        reminder_time=time(7, 15),
        days=diary(42, ["d", "-", "d", None, "d", "-", "-"], foot=(2, 1), back=(6, 3)),
    ),
    record=Record(
        visits=(
            Visit(days_ago=42, leg=(9, "tape", "right"), pain={FOOT: 2, BACK: 6}, gait="Lists to the right."),
            Visit(days_ago=12, leg=(8, "block", "right"), pain={FOOT: 1, BACK: 3}, change=2),
        ),
        supports=(
            Support(
                kind=SupportKind.HEEL_LIFT,
                side=SupportSide.RIGHT,
                reason="leg_length_difference",
                days_ago=42,
                fields={
                    "heel_lift_mm": 6,
                    "hours_per_day": 10,
                    "wear_in_plan": "Start with two hours, add one hour every second day.",
                },
                hours=(2, 2, 3, 3, None, 4, 5, 5, 6),
                review_in_days=30,
            ),
        ),
        screenings=(Screened(days_ago=42, region=Region.BACK),),
    ),
)

AMINA = Person(
    given_name="Amina",
    family_name="Rahman",
    known_for=40,
    date_of_birth=date(1996, 12, 1),
    time_zone="Europe/London",
    email="amina.rahman@patients.example",
    reminders_allowed=True,
    findings=[
        FindingStory(key="rearfoot_valgus", side=Side.BILATERAL),
        FindingStory(key="flat_foot_acquired", side=Side.BILATERAL),
        FindingStory(key="tibialis_posterior_tendinopathy", side=Side.LEFT),
    ],
    plan=Plan(
        lines=[Line(TOE_CURLS, ExerciseSide.BOTH_IN_TURN), Line(HEELS, ExerciseSide.LEFT, days_per_week=4)],
        weeks=10,
        days_ago=40,
        reminder_time=time(20, 0),
        days=diary(18, ["dd", "d-", None, "pn", None, "-n"], foot=(5, 6)),  # then silent
    ),
    record=Record(
        visits=(
            Visit(
                days_ago=40,
                left={
                    **fpi(2, 2, 2, 2, 1, 2),
                    "heel_stance_deg": 7,
                    "heel_stance_direction": "everted",
                    "heel_raises": 3,
                    "heel_raise_pain": 6,
                    "heel_inverts": False,
                },
                right={
                    **fpi(2, 1, 2, 1, 1, 1),
                    "heel_stance_deg": 5,
                    "heel_stance_direction": "everted",
                    "heel_raises": 15,
                    "heel_inverts": True,
                },
                pain={FIRST_STEP: 3, FOOT: 5},
                activities={"Carrying the baby upstairs": 3},
            ),
        ),
        screenings=(
            Screened(
                days_ago=40,
                region=Region.FOOT,
                yes=("not_better",),
                decision=Decision.MAY_START,
                why="Slow course is expected; review at six weeks.",
            ),
        ),
    ),
)
OTHER_FEET = [YUSUF, NOAH, ROSA, PETER, AMINA]
