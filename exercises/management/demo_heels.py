"""People of the demo with heel and Achilles pain, and what their records hold. All of it is made up."""

from datetime import date, time

from exercises.management.demo_record import Record, Referred, Screened, Support, Visit, diary, fpi
from exercises.management.demo_story import ARCH, HEELS, FindingStory, Line, Person, Plan
from exercises.models import Side as ExerciseSide
from patients.models import (
    ConfirmedBy,
    Decision,
    Measure,
    OnsetPrecision,
    ReferralKind,
    Severity,
    Side,
    SupportKind,
    SupportSide,
)
from patients.red_flags import Level, Region

FIRST_STEP, FOOT, BACK = Measure.PAIN_FIRST_STEP, Measure.PAIN_FOOT, Measure.PAIN_BACK

MARGARETS_RECORD = Record(
    visits=(
        Visit(
            days_ago=90,
            left={**fpi(1, 1, 2, 1, 1, 1), "navicular_drop_mm": 11, "windlass": "positive", "heel_raises": 6},
            right={
                **fpi(1, 1, 1, 1, 1, 0),
                "navicular_drop_mm": 8,
                "windlass": "negative",
                "heel_raises": 14,
            },
            gait="Shortened step on the left, less push-off.",
            pain={FIRST_STEP: 8, FOOT: 6, BACK: 4},
            activities={"Walking to the market": 3, "Standing while I cook": 4},
        ),
        Visit(
            days_ago=22,
            left={
                **fpi(1, 1, 2, 1, 1, 1),
                "navicular_drop_mm": 10,
                "windlass": "positive",
                "heel_raises": 10,
            },
            right={
                **fpi(1, 1, 1, 1, 1, 0),
                "navicular_drop_mm": 8,
                "windlass": "negative",
                "heel_raises": 15,
            },
            pain={FIRST_STEP: 7, FOOT: 6, BACK: 4},
            activities={"Walking to the market": 4, "Standing while I cook": 5},
        ),
        Visit(
            days_ago=9,
            left={**fpi(1, 1, 1, 1, 1, 1), "heel_raises": 15, "heel_raise_pain": 2, "heel_inverts": True},
            right={**fpi(1, 1, 1, 1, 1, 0), "heel_raises": 16, "heel_raise_pain": 0, "heel_inverts": True},
            pain={FIRST_STEP: 4, FOOT: 3, BACK: 1},
            activities={"Walking to the market": 7, "Standing while I cook": 6},
            change=2,
        ),
    ),
    supports=(
        Support(
            kind=SupportKind.PREFABRICATED_INSOLE,
            side=SupportSide.BILATERAL,
            reason="plantar_fasciitis",
            days_ago=21,
            fields={
                "arch_support": "medium",
                "heel_cushioning": "soft",
                "hours_per_day": 8,
                "wear_in_plan": "Two hours on the first day, one hour more each day.",
                "patient_note": "Move the insoles into the shoes you wear most.",
            },
            hours=(2, 3, 4, None, 6, 6, 8, 8, 0, 8, None, 8, 8, 6, 8, 8, None, 8, 10, 8),
            review_in_days=21,
        ),
    ),
    screenings=(Screened(days_ago=22, region=Region.FOOT), Screened(days_ago=22, region=Region.BACK)),
)

BEATRICE = Person(
    given_name="Beatrice",
    family_name="Lund",
    known_for=90,
    date_of_birth=date(1959, 5, 6),
    time_zone="Europe/Copenhagen",
    email="beatrice.lund@patients.example",
    reminders_allowed=True,
    findings=[
        FindingStory(
            key="plantar_fasciitis",
            side=Side.RIGHT,
            onset_date=date(2026, 1, 1),
            onset_precision=OnsetPrecision.YEAR,
            confirmed_by=ConfirmedBy.ULTRASOUND,
            severity=Severity.SEVERE,
        ),
        FindingStory(key="tight_calf", side=Side.BILATERAL, severity=Severity.MILD),
    ],
    plan=Plan(
        lines=[
            Line(ARCH, ExerciseSide.RIGHT, times_per_day=2),
            Line(HEELS, ExerciseSide.RIGHT, days_per_week=3),
        ],
        weeks=16,
        days_ago=84,
        reminder_time=time(8, 30),
        days=diary(84, ["dd", "d-", "dd", None, "dd", "dp", "d-"], foot=(8, 3)),
    ),
    record=Record(
        visits=(
            Visit(
                days_ago=84,
                left={"heel_raises": 18, "lunge": 9.5, "lunge_unit": "cm"},
                right={
                    "heel_raises": 4,
                    "heel_raise_pain": 7,
                    "lunge": 6,
                    "lunge_unit": "cm",
                    "windlass": "positive",
                    "windlass_weight_bearing": True,
                },
                pain={FIRST_STEP: 9, FOOT: 8},
                activities={"Getting out of bed": 1, "Choir practice, standing": 3, "Dog walk": 2},
            ),
            Visit(
                days_ago=42,
                left={"heel_raises": 19, "lunge": 10, "lunge_unit": "cm"},
                right={"heel_raises": 12, "heel_raise_pain": 4, "lunge": 8, "lunge_unit": "cm"},
                pain={FIRST_STEP: 6, FOOT: 5},
                activities={"Getting out of bed": 4, "Choir practice, standing": 5, "Dog walk": 5},
                change=2,
            ),
            Visit(
                days_ago=7,
                left={"heel_raises": 20, "lunge": 10, "lunge_unit": "cm"},
                right={"heel_raises": 17, "heel_raise_pain": 2, "lunge": 9, "lunge_unit": "cm"},
                pain={FIRST_STEP: 3, FOOT: 3},
                activities={"Getting out of bed": 7, "Choir practice, standing": 7, "Dog walk": 8},
                change=4,
            ),
        ),
        supports=(
            Support(
                kind=SupportKind.HEEL_CUP,
                side=SupportSide.RIGHT,
                reason="plantar_fasciitis",
                days_ago=84,
                fields={"heel_cushioning": "soft", "comfort": 8, "hours_per_day": 10},
                review_in_days=-2,
            ),
            Support(
                kind=SupportKind.SHOE_ADVICE,
                side=SupportSide.BILATERAL,
                reason="plantar_fasciitis",
                days_ago=84,
                fields={
                    "heel_cushioning": "soft",
                    "heel_drop_mm": 10,
                    "heel_counter": "firm",
                    "bends_at_toes": True,
                    "torsion_resists": True,
                    "patient_note": "Wear cushioned shoes indoors too, not slippers without a back.",
                },
            ),
        ),
        screenings=(
            Screened(
                days_ago=84,
                region=Region.FOOT,
                yes=("training_squeeze",),
                decision=Decision.MAY_START,
                why="Squeeze not painful on a second test, picture of the heel bone clear.",
            ),
        ),
        referrals=(
            Referred(
                kind=ReferralKind.IMAGING,
                urgency=Level.URGENT,
                reason="Heel bone to be seen before loading.",
                days_ago=86,
                finding="plantar_fasciitis",
                outcome="No bone injury seen.",
                outcome_days_ago=84,
            ),
        ),
    ),
)

GRACE = Person(
    given_name="Grace",
    family_name="Adeyemi",
    known_for=56,
    date_of_birth=date(1992, 2, 11),
    time_zone="Europe/London",
    email="grace.adeyemi@patients.example",
    reminders_allowed=True,
    findings=[
        FindingStory(
            key="achilles_tendinopathy",
            side=Side.LEFT,
            onset_date=date(2026, 7, 12),
            onset_precision=OnsetPrecision.DAY,
        )
    ],
    plan=Plan(
        lines=[Line(HEELS, ExerciseSide.BOTH_IN_TURN, days_per_week=5)],
        weeks=12,
        days_ago=56,
        reminder_time=time(19, 0),
        days=diary(56, ["d", "d", "p", "d", None, "d", "n"], foot=(6, 2)),
    ),
    record=Record(
        visits=(
            Visit(
                days_ago=56,
                left={"heel_raises": 8, "heel_raise_pain": 6, "heel_inverts": True},
                right={"heel_raises": 26, "heel_raise_pain": 0, "heel_inverts": True},
                pain={FIRST_STEP: 5, FOOT: 6},
                activities={"Running 5 km": 2, "Stairs in the morning": 4},
            ),
            Visit(
                days_ago=14,
                left={"heel_raises": 19, "heel_raise_pain": 3, "heel_inverts": True},
                right={"heel_raises": 28, "heel_raise_pain": 0, "heel_inverts": True},
                pain={FIRST_STEP: 2, FOOT: 3},
                activities={"Running 5 km": 5, "Stairs in the morning": 8},
                change=3,
            ),
        ),
        screenings=(Screened(days_ago=56, region=Region.FOOT),),
    ),
)

# Registered a second time at the front desk: two records to be merged.
GRACE_AGAIN = Person(
    given_name="Grace",
    family_name="Adeyemi",
    date_of_birth=date(1992, 2, 11),
    time_zone="Europe/London",
    note="Came in without an appointment.",
    same_person_checked=True,
    findings=[FindingStory(key="tight_calf", side=Side.LEFT, severity=Severity.MILD)],
)

WALTER = Person(
    given_name="Walter",
    family_name="Krause",
    known_for=120,
    date_of_birth=date(1944, 3, 28),
    time_zone="Europe/Berlin",
    findings=[FindingStory(key="heel_spur", side=Side.LEFT, confirmed_by=ConfirmedBy.X_RAY)],
    record=Record(
        visits=(Visit(days_ago=120, pain={FOOT: 4}), Visit(days_ago=60, pain={FOOT: 1}, change=4)),
        resolved=("heel_spur",),
        archived="Discharged: free of complaints.",
    ),
)
HEELS_AND_TENDONS = [BEATRICE, GRACE, GRACE_AGAIN, WALTER]
