"""The list of a patient's evaluations, and one of them beside the visit before."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import AuditEntry
from clinic.roles import Role
from patients import actions, measures
from patients.models import Evaluation, EvaluationDraft, EvaluationStatus, Foot
from tests import factories
from tests.factories import NOON, TODAY, make_evaluation
from tests.pages import signed_in
from tests.patients.evaluation_world import SEVEN, act, page_of, text

MINUS = "\N{MINUS SIGN}"
BEFORE = NOON - timedelta(days=60)
HEEL = {"heel_stance_deg": Decimal("4.0"), "heel_stance_direction": "inverted"}


@pytest.fixture
def url(margaret) -> str:
    return reverse("patients:evaluations", args=[margaret.pk])


def row_of(response, label: str) -> str:
    """One line of the table, as it reads."""
    rows = re.findall(r"<tr>.*?</tr>", response.content.decode(), flags=re.DOTALL)
    (row,) = [row for row in rows if f'<th scope="row">{label}</th>' in row]
    return " ".join(re.sub(r"<[^>]+>", " ", row).split())


# --- the list -------------------------------------------------------------------------------------------------
def test_a_patient_without_evaluations_shows_how_to_begin(as_priya, olivia, url):
    page = text(as_priya.get(url))
    assert "No evaluation is signed yet." in page
    assert "New evaluation" in page
    assert "New evaluation" not in text(signed_in(olivia).get(url))


def test_the_newest_visit_stands_first_with_its_values_and_units(as_priya, priya, margaret, url):
    make_evaluation(priya, margaret, {Foot.RIGHT: {"heel_raises": 30}}, now=BEFORE)
    left = SEVEN | HEEL | {"lunge": Decimal("-2.5"), "lunge_unit": "cm", "heel_raises": 1}
    make_evaluation(priya, margaret, {Foot.LEFT: left})
    page = text(as_priya.get(url))
    assert page.index("23 November 2026") < page.index("24 September 2026")
    assert (
        "Left FPI-6 total: +7, published band: pronated · Single-leg heel raises: 1 raise"
        f" · Weight-bearing lunge: {MINUS}2.5 cm · Resting calcaneal stance: 4° inverted"
    ) in page
    assert "Right Single-leg heel raises: 30 raises" in page
    assert "Published bands describe posture; they are not a diagnosis." in page


def test_what_was_replaced_stands_apart(as_priya, priya, margaret, url):
    first = make_evaluation(priya, margaret, now=BEFORE)
    second = make_evaluation(priya, margaret, now=NOON, amends=first, amendment_reason="Digits.")
    response = as_priya.get(url)
    assert [row["evaluation"] for row in response.context["standing"]] == [second]
    assert [row["evaluation"] for row in response.context["replaced"]] == [first]


@pytest.mark.parametrize("count", [1, 10])
def test_the_number_of_queries_of_the_list_is_the_same(
    as_priya, priya, riverside, margaret, url, count, django_assert_num_queries
):
    for number in range(count):
        make_evaluation(priya, margaret, {Foot.LEFT: {"heel_raises": 1}, Foot.RIGHT: {"heel_raises": 2}})
        paul = factories.make_staff(riverside, Role.PRACTITIONER, f"Paul{number} Grey")
        actions.start_draft(actor=Actor.staff(paul), patient=margaret, now=NOON)
    # session, user with membership, patient; savepoint, reading, release; evaluations, feet, drafts; clock; findings,
    # flags
    with django_assert_num_queries(13):
        assert len(as_priya.get(url).context["standing"]) == count


# --- one evaluation -------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-02")
def test_left_and_right_stand_beside_each_other_with_the_visit_before(as_priya, priya, margaret):
    make_evaluation(
        priya, margaret, {Foot.LEFT: {"heel_raises": 12}, Foot.RIGHT: {"heel_raises": 20}}, now=BEFORE
    )
    newer = make_evaluation(
        priya, margaret, {Foot.LEFT: {"heel_raises": 21}, Foot.RIGHT: {"heel_raises": 26}}
    )
    response = as_priya.get(page_of(newer))
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', response.content.decode())
    assert heads == [
        "Measure",
        "Left foot",
        "Left foot, 24 Sep 2026",
        "Right foot",
        "Right foot, 24 Sep 2026",
    ]
    line = "Single-leg heel raises 21 raises 9 more than before 12 raises 26 raises 20 raises"
    assert row_of(response, "Single-leg heel raises") == line  # 6 more is noise


@pytest.mark.parametrize(
    ("before", "now", "mark"),
    [(10, 17, "7 more than before"), (10, 16, ""), (17, 10, "7 fewer than before"), (16, 10, ""), (0, 0, "")],
)
def test_a_change_is_marked_from_seven_raises_on(priya, margaret, before, now, mark):
    earlier = make_evaluation(priya, margaret, {Foot.LEFT: {"heel_raises": before}}, now=BEFORE)
    newer = make_evaluation(priya, margaret, {Foot.LEFT: {"heel_raises": now}})
    ((_group, (row,)),) = measures.compare(newer, earlier)
    assert (row.left.change, row.right.change) == (mark, "")


@pytest.mark.hazard("HZ-22")
def test_measures_in_different_units_are_not_compared_or_converted(as_priya, priya, margaret):
    older = {
        "lunge": Decimal(36),
        "lunge_unit": "deg",
        "arch_value": Decimal("0.3"),
        "arch_measure": "arch_index",
    }
    newer = {
        "lunge": Decimal(10),
        "lunge_unit": "cm",
        "arch_value": Decimal("0.3"),
        "arch_measure": "arch_height_index",
    }
    make_evaluation(priya, margaret, {Foot.LEFT: older}, now=BEFORE)
    response = as_priya.get(page_of(make_evaluation(priya, margaret, {Foot.LEFT: newer})))
    apart = "Measured in another way before: not comparable."
    nothing = "not measured not measured"
    assert (
        row_of(response, "Weight-bearing lunge") == f"Weight-bearing lunge 10 cm 36 degrees {apart} {nothing}"
    )
    assert row_of(response, "Arch index") == (
        f"Arch index 0.3 (Arch height index) 0.3 (Arch index (footprint)) {apart} {nothing}"
    )


@pytest.mark.hazard("HZ-22")
def test_the_angle_of_a_heel_has_a_word_and_never_a_sign(as_priya, priya, margaret, url):
    everted = {"heel_stance_deg": Decimal("3.5"), "heel_stance_direction": "everted"}
    newer = make_evaluation(priya, margaret, {Foot.LEFT: HEEL, Foot.RIGHT: everted})
    assert row_of(as_priya.get(page_of(newer)), "Resting calcaneal stance") == (
        "Resting calcaneal stance 4° inverted 3.5° everted"
    )
    draft = as_priya.post(reverse("patients:evaluation_new", args=[margaret.pk]))["Location"]
    for address in (url, page_of(newer), draft):
        assert not re.search(rf"[-+{MINUS}]\s?\d+(\.\d)?\s?(°|deg)", text(as_priya.get(address))), address


@pytest.mark.hazard("HZ-22")
def test_five_items_have_no_total_on_the_page_either(as_priya, priya, margaret, url):
    five = {name: score for name, score in SEVEN.items() if name != "fpi_arch_shape"}
    evaluation = make_evaluation(priya, margaret, {Foot.LEFT: five, Foot.RIGHT: SEVEN})
    words = "FPI-6 total +7. Published band: pronated. This describes posture; it is not a diagnosis."
    line = f"FPI-6 total No total: 5 of 6 items are scored. {words}"
    assert row_of(as_priya.get(page_of(evaluation)), "FPI-6 total") == line
    assert "Left FPI-6 total" not in text(as_priya.get(url))


def test_every_measure_has_its_unit_or_word(priya, margaret):
    everything = {
        "fpi_talar_head": -2,
        "navicular_drop_mm": Decimal("9.0"),
        "arch_value": Decimal("0.310"),
        "arch_measure": "arch_index",
        "windlass": "negative",
        "windlass_weight_bearing": False,
        "jack_arch_rises": True,
        "heel_raises": 21,
        "heel_raise_pain": 0,
        "heel_inverts": False,
        "lunge": Decimal("35.0"),
        "lunge_unit": "deg",
        "heel_stance_deg": Decimal(0),
        "heel_stance_direction": "vertical",
    }
    foot = make_evaluation(priya, margaret, {Foot.LEFT: everything}).feet.get()
    said = {key: measures.in_words(key, foot) for key in measures.MEASURES}
    assert {key: words for key, words in said.items() if words} == {
        "fpi_talar_head": f"{MINUS}2",
        "fpi_total": "No total: 1 of 6 items is scored.",
        "navicular_drop": "9 mm",
        "arch": "0.31 (Arch index (footprint))",
        "windlass": "Negative, not weight-bearing",
        "jack": "The arch rises again",
        "heel_raises": "21 raises, pain 0 of 10, the heel does not turn in",
        "lunge": "35 degrees",
        "heel_stance": "vertical",
    }
    assert {measures.in_words(key, None) for key in measures.MEASURES} == {""}


def test_notes_legs_and_author_stand_on_the_page(as_priya, priya, margaret):
    legs = {"leg_difference_mm": Decimal("5.0"), "leg_difference_method": "block", "shorter_leg": "right"}
    make_evaluation(priya, margaret, now=BEFORE, leg_difference_mm=Decimal(0), leg_difference_method="tape")
    newer = make_evaluation(priya, margaret, {}, **legs, gait_note="Short <steps>.\nLeft.", note="Tired.")
    response = as_priya.get(page_of(newer))
    page = text(response)
    assert "Right leg shorter by 5 mm (blocks) 24 Sep 2026: No difference (tape)" in page
    assert "Short &lt;steps&gt;.<br>Left." in response.content.decode()
    assert "signed by Priya Nair, 23 Nov 2026, 12:00" in page
    assert "Note Tired." in page


def test_the_visit_before_is_an_earlier_one_that_stands(as_priya, priya, margaret):
    days = [NOON - timedelta(days=number) for number in (90, 60, 30, 0)]
    oldest, wrong, middle, newest = [make_evaluation(priya, margaret, now=day) for day in days]
    actions.enter_in_error(actor=Actor.staff(priya), evaluation=wrong, slip=actions.Slip.OTHER)
    amended = make_evaluation(priya, margaret, now=NOON, amends=middle, examined_on=middle.examined_on)
    for evaluation, earlier in ((oldest, None), (middle, oldest), (amended, oldest), (newest, amended)):
        assert as_priya.get(page_of(evaluation)).context["earlier"] == earlier
    page = as_priya.get(page_of(middle))
    assert f'href="{page_of(amended)}"' in page.content.decode()
    assert "Replaced by an amendment." in text(page)
    assert f'href="{page_of(middle)}"' in as_priya.get(page_of(amended)).content.decode()


def test_versions_of_one_visit_are_not_each_others_visit_before(as_priya, priya, margaret):
    first = make_evaluation(priya, margaret)
    second = make_evaluation(priya, margaret, amends=first, now=NOON + timedelta(hours=1))
    actions.enter_in_error(actor=Actor.staff(priya), evaluation=second, slip=actions.Slip.OTHER)
    assert list(Evaluation.objects.standing()) == [first]
    assert as_priya.get(page_of(second)).context["earlier"] is None
    later = make_evaluation(priya, margaret, now=NOON + timedelta(days=3))
    dated_back = make_evaluation(
        priya, margaret, amends=later, now=NOON + timedelta(days=3), examined_on=TODAY + timedelta(days=1)
    )
    for version in (later, dated_back):
        assert as_priya.get(page_of(version)).context["earlier"] == first


@pytest.mark.parametrize("count", [1, 10])
def test_the_number_of_queries_of_the_page_is_the_same(
    as_priya, priya, margaret, count, django_assert_num_queries
):
    for number in range(count + 1):
        newest = make_evaluation(priya, margaret, now=NOON - timedelta(days=count - number))
    # session, user with membership, evaluation, feet; savepoint, reading, release; earlier visit, its feet; clock;
    # findings, flags; the door of a restricted record; amendment
    with django_assert_num_queries(15):
        assert as_priya.get(page_of(newest)).context["earlier"]


@pytest.mark.slow
# --- who ------------------------------------------------------------------------------------------------------
def test_owners_read_and_only_practitioners_write(olivia, asha, carlos, audrey, hugo, priya, margaret, url):
    evaluation = make_evaluation(priya, margaret)
    for address in (url, page_of(evaluation)):
        page = text(signed_in(olivia).get(address))
        assert "10 raises" in page
        assert "New evaluation" not in page
        assert "Amend" not in page
        for user in (asha, carlos, audrey):
            assert signed_in(user).get(address).status_code == 403
        assert signed_in(hugo).get(address).status_code == 404
        assert signed_in(priya).post(address).status_code == 405
    for verb in ("amend", "error", "restore"):
        for user in (olivia, asha, carlos, audrey):
            assert act(signed_in(user), evaluation, verb, reason="other").status_code == 403
        assert act(signed_in(hugo), evaluation, verb, reason="other").status_code == 404
        assert (
            signed_in(priya).get(reverse(f"patients:evaluation_{verb}", args=[evaluation.pk])).status_code
            == 405
        )
    evaluation.refresh_from_db()
    assert (evaluation.status, EvaluationDraft.objects.open().count()) == (EvaluationStatus.SIGNED, 0)


def test_assistants_see_no_tab_for_it(as_priya, asha, margaret, url):
    patient = reverse("exercises:patient", args=[margaret.pk])
    assert f'href="{url}"' in as_priya.get(patient).content.decode()
    assert f'href="{url}"' not in signed_in(asha).get(patient).content.decode()


@pytest.mark.usefixtures("each_reading")
def test_reading_leaves_an_entry_for_each_page(as_priya, priya, margaret, url):
    evaluation = make_evaluation(priya, margaret)
    for address, page in ((url, "evaluations"), (page_of(evaluation), "evaluation")):
        as_priya.get(address)
        entry = AuditEntry.objects.latest("pk")
        assert (entry.verb, entry.patient_id, entry.changes) == ("record.read", margaret.pk, {"page": page})


# --- rows for whom, in which order ----------------------------------------------------------------------------
def test_querysets_choose_and_sort(priya, hugo, margaret, heinrich):
    older = make_evaluation(priya, margaret, now=BEFORE)
    newer = make_evaluation(priya, margaret)
    other = make_evaluation(hugo, heinrich)
    mine = Evaluation.objects.visible_to(Actor.staff(priya))
    assert list(mine.newest_first()) == [newer, older]
    assert set(Evaluation.objects.about(margaret, heinrich)) == {older, newer, other}
    assert list(mine.before(newer)) == [older]
    assert list(mine.amending(older.pk)) == []
    assert Evaluation.objects.get(pk=older.pk).examined_on == date(2026, 9, 24)
    drafts = EvaluationDraft.objects
    assert drafts.unsigned().count() == 0
    started = actions.start_draft(actor=Actor.staff(priya), patient=margaret, now=NOON)
    assert list(drafts.unsigned()) == list(drafts.open()) == list(drafts.about(margaret).open()) == [started]
    assert drafts.written_by(priya.pk).count() == 3
    assert drafts.written_by(hugo.pk).count() == 1
    assert drafts.written_by(None).count() == 0
