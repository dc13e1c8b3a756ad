"""The record in brief on the patient's page: the feet, the newest measures, support, referrals, warning signs."""

import re

import pytest
from django.urls import reverse

from patients.models import Measure, RecordStatus, Side, Site, Source
from tests.exercises.record_world import (
    ago,
    make_activities,
    make_change,
    make_evaluation,
    make_everything,
    make_pain,
    make_referral,
    make_screening,
    make_support,
    make_wear,
)
from tests.factories import NOON, make_finding, make_finding_type, make_patient
from tests.pages import signed_in, text

MINUS = "\N{MINUS SIGN}"


@pytest.fixture(autouse=True)
def _monday_noon(monkeypatch):
    monkeypatch.setattr("clinic.clock.now", lambda: NOON)


@pytest.fixture
def url(margaret) -> str:
    return reverse("exercises:patient", args=[margaret.pk])


def marks(response) -> list[tuple[str, str, str]]:
    """Foot, region and number of each mark of the drawing."""
    pattern = r'<g class="pin" data-place="(\w+)" data-region="(\w+)">.*?<text [^>]*>(\d+)</text>'
    return re.findall(pattern, response.content.decode())


def section(response, heading: str) -> str:
    """The words of one section, without its tags."""
    page = text(response)
    start = page.index(f'aria-labelledby="{heading}-heading"')
    inside = page[page.index(">", start) + 1 : page.index("</section>", start)]
    return " ".join(re.sub(r"<[^>]+>", " ", inside).split())


# --- the feet -------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-02")
@pytest.mark.parametrize(
    ("side", "feet"),
    [(Side.LEFT, ["left"]), (Side.RIGHT, ["right"]), (Side.BILATERAL, ["left", "right"])],
)
def test_a_finding_is_marked_and_listed_on_its_foot(as_priya, priya, margaret, url, side, feet):
    make_finding(priya, margaret, side=side)
    response = as_priya.get(url)
    assert marks(response) == [(foot, "heel", "1") for foot in feet]
    page = text(response)
    left, right = page.index("<dt>Left foot</dt>"), page.index("<dt>Right foot</dt>")
    named = '<dd><span class="n">1</span> Plantar fasciitis</dd>'
    assert (named in page[left:right]) is ("left" in feet)
    assert (named in page[right : page.index("</dl>", right)]) is ("right" in feet)


def test_the_drawing_has_a_name_in_words(as_priya, priya, margaret, url):
    make_finding(priya, margaret)
    back = make_finding_type("low_back_pain", label="Low-back pain", site=Site.BACK, position=2)
    make_finding(priya, margaret, back, Side.NOT_APPLICABLE)
    page = text(as_priya.get(url))
    assert 'role="img" aria-label="Drawing of both feet seen from above' in page
    assert (
        "Left foot: 1 Plantar fasciitis (heel). Right foot: none. Back: 2 Low-back pain (lower back)." in page
    )


def test_only_active_findings_are_marked(as_priya, priya, margaret, url):
    closed = make_finding(priya, margaret)
    as_priya.post(reverse("patients:finding_close", args=[closed.pk]), {"status": "resolved", "version": "1"})
    response = as_priya.get(url)
    assert marks(response) == []
    assert "No active findings." in text(response)  # in the drawing's name
    assert "No active findings recorded." in text(response)


@pytest.mark.hazard("HZ-02")
def test_the_drawing_follows_what_was_just_saved(as_priya, fasciitis, margaret):
    typed = {"type": "plantar_fasciitis", "side": "right", "confirmed_by": "clinical"}
    add = reverse("patients:finding_add", args=[margaret.pk])
    response = as_priya.post(add, typed, headers={"HX-Request": "true"})
    assert marks(response) == [("right", "heel", "1")]


# --- measures -------------------------------------------------------------------------------------------------
def test_nothing_measured_is_said_to_be_nothing(as_priya, url):
    assert section(as_priya.get(url), "measures") == (
        "Latest measures Logged pain, 0 none to 10 worst, 1 Sep to 23 Nov 2026 "
        "First-step pain No answer in 12 weeks. Foot pain No answer in 12 weeks. "
        "Lower back pain No answer in 12 weeks. "
        "FPI-6 No evaluation yet Activities No score yet Overall change Not asked yet"
    )


@pytest.mark.hazard("HZ-23")
def test_pain_says_its_first_and_newest_answer_with_their_days(as_priya, margaret, url):
    for days_ago, score in ((20, 7), (10, 0), (3, 4)):
        make_pain(margaret, Measure.PAIN_FIRST_STEP, days_ago, score)
    response = as_priya.get(url)
    assert "First-step pain 4 10 0 7 on 3 Nov, 4 on 20 Nov. 3 answers." in section(response, "measures")
    assert (
        'aria-label="First-step pain: logged pain was 7 on 3 November and 4 on 20 November. 3 answers."'
        in text(response)
    )


@pytest.mark.hazard("HZ-23")
def test_one_answer_of_zero_is_an_answer(as_priya, margaret, url):
    make_pain(margaret, Measure.PAIN_FOOT, 0, 0)
    response = as_priya.get(url)
    assert "Foot pain 0 10 0 0 on 23 Nov. One answer." in section(response, "measures")
    assert 'aria-label="Foot pain: logged pain was 0 on 23 November. One answer."' in text(response)


@pytest.mark.hazard("HZ-23")
@pytest.mark.parametrize("own_first", [True, False])
def test_of_two_answers_for_one_day_the_own_one_counts_on_every_page(
    as_priya, priya, margaret, url, own_first
):
    make_pain(margaret, Measure.PAIN_BACK, 9, 8)
    told = [
        {"score": 5},
        {"score": 3, "source": Source.VISIT, "recorded_by": priya},
    ]
    for answer in told if own_first else reversed(told):
        make_pain(margaret, Measure.PAIN_BACK, 2, **answer)
    make_pain(margaret, Measure.PAIN_BACK, 1, 9, status=RecordStatus.ENTERED_IN_ERROR)
    assert "8 on 14 Nov, 5 on 21 Nov. 2 answers." in section(as_priya.get(url), "measures")
    outcomes = as_priya.get(reverse("patients:outcome_list", args=[margaret.pk]))
    assert "Lower back pain 5 of 10 21 Nov 2026 · the patient's plan 8 → 5 since 14 Nov" in section(
        outcomes, "pain"
    )
    progress = as_priya.get(reverse("exercises:progress", args=[margaret.pk])).context["progress"]
    assert [line.back for line in progress.lines[:4]] == [None, None, 5, None]


def test_an_answer_told_at_a_visit_counts_where_the_own_one_was_a_slip(as_priya, priya, margaret, url):
    make_pain(margaret, Measure.PAIN_BACK, 2, 5, status=RecordStatus.ENTERED_IN_ERROR)
    make_pain(margaret, Measure.PAIN_BACK, 2, 3, source=Source.VISIT, recorded_by=priya)
    assert "3 on 21 Nov. One answer." in section(as_priya.get(url), "measures")


@pytest.mark.parametrize(("days_ago", "counted"), [(83, True), (84, False)])
def test_the_window_is_twelve_weeks(as_priya, margaret, url, days_ago, counted):
    make_pain(margaret, Measure.PAIN_FOOT, days_ago, 6)
    assert ("One answer." in section(as_priya.get(url), "measures")) is counted


@pytest.mark.hazard("HZ-22")
def test_a_total_needs_all_six_items(as_priya, priya, margaret, url):
    make_evaluation(priya, margaret, 40, left=[0] * 6, right=[0] * 6)
    make_evaluation(priya, margaret, 9, left=[1, 1, 1, 1, 2, 1], right=[2, 2, 2, 2, 2, None])
    assert "FPI-6 , published bands Left +7 pronated Right no total Evaluation of 14 Nov 2026" in section(
        as_priya.get(url), "measures"
    )


def test_totals_carry_their_sign(as_priya, priya, margaret, url):
    make_evaluation(priya, margaret, 9, left=[-1] * 6, right=[0] * 6)
    assert f"Left {MINUS}6 highly supinated Right 0 neutral Evaluation" in section(
        as_priya.get(url), "measures"
    )


def test_an_evaluation_without_feet_has_no_totals(as_priya, priya, margaret, url):
    make_evaluation(priya, margaret, 9)
    assert "FPI-6 Left no total Right no total Evaluation of 14 Nov 2026" in section(
        as_priya.get(url), "measures"
    )


def test_activities_and_change_show_their_newest_day(as_priya, margaret, url):
    make_activities(margaret, 30, 1, 1)
    make_activities(margaret, 2, 6, 7)
    make_change(margaret, 30, 4)
    make_change(margaret, 2, -2)
    make_change(margaret, 1, 5, status=RecordStatus.ENTERED_IN_ERROR)
    words = section(as_priya.get(url), "measures")
    assert "Activities 6.5 of 10 Mean of 2, 21 Nov 2026" in words
    assert f"Overall change {MINUS}2 {MINUS}5 to +5, 21 Nov 2026" in words


@pytest.mark.hazard("HZ-23")
@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ((6, 7), "No mean 2 of 3 scored, 21 Nov 2026"),
        ((0,), "No mean 1 of 3 scored, 21 Nov 2026"),
        ((6, 7, 0), "4.3 of 10 Mean of 3, 21 Nov 2026"),
    ],
)
def test_a_mean_needs_a_score_of_every_activity(as_priya, margaret, url, scores, words):
    make_activities(margaret, 30, 1, 1, 1)
    make_activities(margaret, 2, *scores)
    assert f"Activities {words} Overall change" in section(as_priya.get(url), "measures")


def test_one_activity_has_a_score_and_no_mean(as_priya, margaret, url):
    make_activities(margaret, 2, 0)
    assert "Activities 0 of 10 One activity, 21 Nov 2026" in section(as_priya.get(url), "measures")


# --- support, referrals, warning signs ------------------------------------------------------------------------
def test_support_in_use_with_the_last_hours_worn(as_priya, priya, margaret, url, finding):
    worn = make_support(priya, finding, review_on=ago(-20))
    make_wear(worn, 5, 8)
    make_wear(worn, 2, 0)
    make_support(priya, finding, kind="night_splint", side="bilateral")
    make_support(priya, finding, kind="toe_spacer", status="ended")
    words = section(as_priya.get(url), "support")
    assert "Heel cup, left Worn 0 h on 21 Nov · review 13 Dec" in words
    assert "Night splint, both No hours logged" in words
    assert "Toe spacer" not in words


def test_referrals_that_wait(as_priya, priya, margaret, url):
    make_referral(priya, margaret, recipient="Riverside Imaging")
    make_referral(priya, margaret, kind="doctor", status="cancelled")
    words = section(as_priya.get(url), "referrals")
    assert words == "Open referrals Imaging Referred 18 Nov 2026 · Riverside Imaging"


def test_the_newest_screening_of_each_region(as_priya, priya, margaret, url):
    make_screening(priya, margaret, "tendon_snap", region="foot")
    make_screening(priya, margaret, region="back")
    words = section(as_priya.get(url), "safety")
    assert (
        words == "Warning signs 1 holds programmes back Back: no sign, 23 Nov 2026 Foot: 1 sign, 23 Nov 2026"
    )


def test_nothing_recorded_is_said_in_each_section(as_priya, url):
    response = as_priya.get(url)
    assert section(response, "support") == "Foot support Nothing in use."
    assert section(response, "referrals") == "Open referrals None waiting."
    assert section(response, "safety") == "Warning signs Not asked yet."


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("outcome_list", "Latest measures"),
        ("evaluations", "FPI-6"),
        ("support_list", "Foot support"),
        ("safety", "Open referrals"),
        ("safety", "Warning signs"),
    ],
)
def test_each_section_leads_to_its_page(as_priya, margaret, url, name, words):
    page = reverse(f"patients:{name}", args=[margaret.pk])
    assert re.search(f'<a href="{page}">{words}</a></(h2|dt)>', text(as_priya.get(url)))


# --- whose ----------------------------------------------------------------------------------------------------
def test_another_patient_s_record_stays_away(as_priya, priya, url):
    ana = make_patient(priya, "Ana", "García")
    make_everything(priya, ana, make_finding(priya, ana), 5)
    page = text(as_priya.get(url))
    assert page.count("No answer in 12 weeks.") == 3
    for words in ("No evaluation yet", "No score yet", "Not asked yet.", "Nothing in use.", "None waiting."):
        assert words in page


def test_assistants_read_none_of_it(asha, priya, margaret, url, finding):
    make_everything(priya, margaret, finding, 5)
    response = signed_in(asha).get(url)
    page = text(response)
    assert "record" not in response.context
    for words in (
        "Latest measures",
        "Foot support",
        "Open referrals",
        "Warning signs",
        "<figure",
        "Progress",
    ):
        assert words not in page


@pytest.mark.hazard("HZ-23")
def test_coordinates_are_the_same_where_decimals_have_a_comma(as_priya, margaret, url, settings):
    for days_ago, score in ((20, 7), (19, 3), (3, 4)):
        make_pain(margaret, Measure.PAIN_FIRST_STEP, days_ago, score)
    make_activities(margaret, 2, 6, 7)
    paths = re.compile(r' (?:d|cx|cy|x|y|r|rx|ry|transform|viewBox)="([^"]+)"')
    english = as_priya.get(url).content.decode()
    settings.LANGUAGE_CODE = "de"
    german = as_priya.get(url).content.decode()
    assert ("6.5 of 10" in english, "6,5 of 10" in german) == (True, True)
    assert paths.findall(german) == paths.findall(english)
    assert 'd="M132.3 17.6L134.0 30.4"' in german
