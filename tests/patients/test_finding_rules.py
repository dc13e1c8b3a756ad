"""Which findings cannot stand together (rules C1 to C12 of the vocabulary), and how exactly an onset is known."""

import itertools
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import User
from patients import actions, summary
from patients.coding import codings_for, feet
from patients.forms.findings import Onset, OnsetField
from patients.models import ConfirmedBy, Finding, FindingType, OnsetPrecision, Patient, Side, Status
from tests.factories import NOON, make_finding

pytestmark = pytest.mark.slow  # tries everything there is

ONE_FOOT = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
FLAT = ("flat_foot_acquired", "flat_foot_congenital")
HIGH = ("high_arch_acquired", "high_arch_congenital")
BY_RULE = {
    "C1": [FLAT],
    "C2": [HIGH],
    "C3": list(itertools.product(FLAT, HIGH)),
    "C4": [("rearfoot_valgus", "rearfoot_varus")],
}
EXCLUSIVE = [(rule, *pair) for rule, pairs in BY_RULE.items() for pair in pairs]
FOOT = [Side.LEFT, Side.RIGHT, Side.BILATERAL]
SIDES = list(itertools.product(FOOT, FOOT))


@pytest.fixture
def kinds(db: None) -> dict[str, FindingType]:
    call_command("load_vocabularies", verbosity=0)
    return FindingType.objects.in_bulk()


def record(staff: User, patient: Patient, kind: FindingType, side: Side, **stated: Any) -> Finding:
    entry = actions.FindingEntry.stated(
        **{"type": kind, "side": side, "confirmed_by": ConfirmedBy.CLINICAL} | stated
    )
    return actions.record_finding(actor=Actor.staff(staff), patient=patient, entry=entry, now=NOON)


# --- what cannot stand on one foot ----------------------------------------------------------------------------
@pytest.mark.hazard("HZ-21")
@pytest.mark.parametrize(("rule", "one", "other"), EXCLUSIVE)
def test_c1_to_c4_on_every_pair_of_sides(
    rule: str, one: str, other: str, kinds: dict[str, FindingType], priya: User, margaret: Patient
) -> None:
    """Refused exactly where both speak of one foot, whichever of the two came first."""
    for first, second in ((one, other), (other, one)):
        for here, there in SIDES:
            with transaction.atomic():
                record(priya, margaret, kinds[first], here)
                if feet(here) & feet(there):
                    with pytest.raises(actions.Contradiction) as refusal:
                        record(priya, margaret, kinds[second], there)
                    assert (refusal.value.code, refusal.value.field) == ("contradiction", "side")
                    assert refusal.value.rival is not None
                    assert refusal.value.rival.type_id == first
                else:
                    record(priya, margaret, kinds[second], there)
                transaction.set_rollback(True)
    assert Finding.objects.count() == 0


def test_how_many_pairs_were_tried() -> None:
    assert (len(EXCLUSIVE), len(SIDES)) == (1 + 1 + 4 + 1, 9)


@pytest.mark.hazard("HZ-21")
def test_c5_both_are_kept_and_coding_is_warned_of(
    kinds: dict[str, FindingType], priya: User, margaret: Patient
) -> None:
    reader = Actor.staff(priya)
    congenital = record(priya, margaret, kinds["flat_foot_congenital"], Side.BILATERAL)
    valgus = record(priya, margaret, kinds["rearfoot_valgus"], Side.LEFT)
    assert summary.coded_apart(reader, valgus) == [congenital]
    assert summary.coded_apart(reader, congenital) == [valgus]
    actions.close_finding(actor=reader, finding=congenital, status=Status.RESOLVED, now=NOON)
    assert summary.coded_apart(reader, valgus) == []
    record(priya, margaret, kinds["high_arch_congenital"], Side.RIGHT)
    assert summary.coded_apart(reader, valgus) == []  # the other foot
    assert summary.coded_apart(reader, record(priya, margaret, kinds["low_back_pain"], Side.LEFT)) == []


@pytest.mark.hazard("HZ-21")
@pytest.mark.parametrize("order", [1, -1])
def test_c6_the_back_has_one_of_the_two_and_can_be_converted(
    order: int, kinds: dict[str, FindingType], priya: User, margaret: Patient
) -> None:
    both = [("low_back_pain", Side.NOT_APPLICABLE), ("lbp_with_sciatica", Side.LEFT)]
    (first, here), (second, there) = both[::order]
    standing = record(priya, margaret, kinds[first], here)
    with pytest.raises(actions.Contradiction) as refusal:
        record(priya, margaret, kinds[second], there)
    assert refusal.value.rival == standing
    entry = actions.FindingEntry.of(standing).but(type=kinds[second], side=there)
    converted = actions.amend_finding(
        actor=Actor.staff(priya), finding=standing, entry=entry, version=1, reason="", now=NOON
    )
    assert (converted.type_id, converted.side, converted.version) == (second, there, 2)


@pytest.mark.hazard("HZ-21")
@pytest.mark.parametrize("confirmed_by", ConfirmedBy)
def test_c7_a_heel_spur_without_imaging_warns(
    confirmed_by: ConfirmedBy, kinds: dict[str, FindingType], priya: User, margaret: Patient
) -> None:
    spur = record(priya, margaret, kinds["heel_spur"], Side.LEFT, confirmed_by=confirmed_by)
    assert spur.lacks_imaging == (confirmed_by in {ConfirmedBy.CLINICAL, ConfirmedBy.PATIENT_REPORTED})


def test_c8_a_bunion_stands_beside_its_code(kinds: dict[str, FindingType]) -> None:
    """Nothing forbids the code of the bunion itself; it is kept for review, as it says more than the finding."""
    stored = kinds["hallux_valgus"].codes.all()
    assert {"M21.611", "M21.612", "M21.619"} <= {code.code for code in stored}
    leaving = [coding.code for coding in codings_for(stored, "left") if coding.system == "icd10cm"]
    assert leaving == ["M20.12"]


@pytest.mark.hazard("HZ-02")
@pytest.mark.hazard("HZ-21")
def test_c9_a_foot_without_a_side_is_refused_for_every_type(
    kinds: dict[str, FindingType], priya: User, margaret: Patient
) -> None:
    refused = []
    for kind, side in itertools.product(kinds.values(), ["", *Side.values]):
        if side in kind.sides:
            continue
        with pytest.raises(Refused) as refusal:
            record(priya, margaret, kind, side)  # type: ignore[arg-type]
        assert refusal.value.field == "side"
        refused.append((kind.key, side))
    assert len(refused) == 17 * 3 + 1 + 2 * 2  # 17 types of the foot, one of them never both, two of the back
    assert Finding.objects.count() == 0


@pytest.mark.hazard("HZ-21")
def test_c10_and_c11_both_feet_are_two_codes_and_an_observation_has_none(
    kinds: dict[str, FindingType],
) -> None:
    both = codings_for(kinds["heel_spur"].codes.all(), "bilateral")
    assert [coding.code for coding in both if coding.system == "icd10cm"] == ["M77.31", "M77.32"]
    assert codings_for(kinds["overpronation"].codes.all(), "bilateral") == []


@pytest.mark.hazard("HZ-21")
def test_c12_what_was_entered_in_error_stands_in_nobodys_way(
    kinds: dict[str, FindingType], priya: User, margaret: Patient
) -> None:
    slip = record(priya, margaret, kinds["rearfoot_valgus"], Side.LEFT)
    actions.close_finding(actor=Actor.staff(priya), finding=slip, status=Status.ENTERED_IN_ERROR, now=NOON)
    record(priya, margaret, kinds["rearfoot_varus"], Side.LEFT)
    shown = Finding.objects.about(margaret).for_chart()
    assert [finding.type_id for finding in shown] == ["rearfoot_varus"]
    assert slip.history.count() == 2


@pytest.mark.hazard("HZ-21")
@given(st.lists(st.tuples(st.sampled_from([*FLAT, *HIGH]), st.sampled_from(FOOT)), max_size=6))
@ONE_FOOT
def test_one_shape_of_the_arch_for_each_foot_whatever_is_typed(
    kinds: dict[str, FindingType], priya: User, margaret: Patient, typed: list[tuple[str, Side]]
) -> None:
    """Both feet count as left and right: a finding is kept exactly when its feet are free."""
    with transaction.atomic():
        taken: set[str] = set()
        for key, side in typed:
            try:
                record(priya, margaret, kinds[key], side)
            except actions.Contradiction:
                assert feet(side) & taken
            else:
                assert not feet(side) & taken
                taken |= feet(side)
        assert {foot for finding in Finding.objects.all() for foot in feet(finding.side)} == taken
        transaction.set_rollback(True)


# --- the side -------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-02")
@pytest.mark.parametrize("side", FOOT)
def test_a_side_is_the_same_word_wherever_it_is_shown(
    side: Side, kinds: dict[str, FindingType], priya: User, margaret: Patient, client: Any
) -> None:
    finding = make_finding(priya, margaret, kinds["plantar_fasciitis"], side)
    word = {"left": "left", "right": "right", "bilateral": "both"}[side]
    assert finding.in_words == f"Plantar fasciitis, {word}"
    client.force_login(priya)
    for url in (
        f"/patients/{margaret.pk}/",
        f"/findings/{finding.pk}/history/",
        f"/findings/{finding.pk}/edit/",
    ):
        assert f"Plantar fasciitis, {word}" in client.get(url).content.decode()
    assert client.get(f"/api/v1/findings/{finding.pk}/").json()["side"] == side


@pytest.mark.hazard("HZ-02")
def test_no_side_is_chosen_beforehand(
    kinds: dict[str, FindingType], priya: User, margaret: Patient, client: Any
) -> None:
    client.force_login(priya)
    form = client.get(f"/patients/{margaret.pk}/").context["form"]
    assert form["side"].value() is None
    assert [choice.data["selected"] for choice in form["side"]] == [False] * 5


# --- the onset ------------------------------------------------------------------------------------------------
onsets = st.builds(
    lambda day, precision: Onset(
        {
            OnsetPrecision.YEAR: day.replace(month=1, day=1),
            OnsetPrecision.MONTH: day.replace(day=1),
            OnsetPrecision.DAY: day,
        }[precision],
        precision,
    ),
    st.dates(date(1000, 1, 1), date(2999, 12, 31)),
    st.sampled_from(list(OnsetPrecision)),
)


@given(onsets)
def test_an_onset_can_be_typed_again_as_it_is_shown(onset: Onset) -> None:
    assert OnsetField().clean(str(onset)) == onset


@given(onsets)
def test_an_onset_is_shown_as_exactly_as_it_was_said(onset: Onset) -> None:
    words = Finding(onset_date=onset.first_day, onset_precision=onset.precision).onset_in_words.split()
    assert len(words) == {"year": 1, "month": 2, "day": 3}[onset.precision]
    assert OnsetField().clean(" ".join(words)) == onset


@given(onsets)
def test_what_is_left_open_begins_and_ends_with_the_year_month_or_day(onset: Onset) -> None:
    entry = actions.FindingEntry(
        type=FindingType(),
        side=Side.LEFT,
        confirmed_by=ConfirmedBy.CLINICAL,
        onset_date=onset.first_day,
        onset_precision=onset.precision,
    )
    last = entry.onset_end
    assert last is not None
    assert entry.onset_date is not None
    assert entry.onset_date <= last
    named = {OnsetPrecision.YEAR: "%Y", OnsetPrecision.MONTH: "%Y %m", OnsetPrecision.DAY: "%Y %m %d"}
    words = named[onset.precision]
    assert f"{entry.onset_date:{words}}" == f"{last:{words}}"
    for outside in (entry.onset_date - timedelta(days=1), last + timedelta(days=1)):
        assert f"{outside:{words}}" != f"{last:{words}}"


@given(st.text(max_size=12))
def test_any_text_is_an_onset_or_explained(typed: str) -> None:
    assert read(typed) in {None, "onset", "null_characters_not_allowed"}


def read(typed: str) -> str | None:
    """None: it was understood, and what was understood can be typed again. Else why not."""
    try:
        onset = OnsetField(required=False).clean(typed)
    except ValidationError as error:
        return str(error.error_list[0].code)
    assert onset is None or OnsetField().clean(str(onset)) == onset
    return None


@given(onsets, st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)))  # noqa: DTZ001
@ONE_FOOT
def test_an_onset_never_lies_in_the_future_nor_before_birth(
    kinds: dict[str, FindingType], priya: User, margaret: Patient, onset: Onset, at: datetime
) -> None:
    now = at.replace(tzinfo=NOON.tzinfo)
    entry = actions.FindingEntry.stated(
        type=kinds["foot_pain"],
        side="left",
        confirmed_by="clinical",
        onset_date=onset.first_day,
        onset_precision=onset.precision,
    )
    assert entry.onset_end is not None
    today = margaret.local_day(now)
    expected = ""
    if onset.first_day > today:
        expected = "future"
    elif entry.onset_end < margaret.date_of_birth:
        expected = "before_birth"
    said = ""
    with transaction.atomic():
        try:
            actions.record_finding(actor=Actor.staff(priya), patient=margaret, entry=entry, now=now)
        except Refused as refused:
            said = refused.code
        transaction.set_rollback(True)
    assert said == expected
