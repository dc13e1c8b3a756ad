"""The patient's three activities: named, reworded, retired and asked again."""

import pytest
from django.urls import reverse

from clinic.models import AuditEntry
from patients.models import Activity, ActivityScore
from tests.factories import TODAY, count_rows, make_activity, tell
from tests.pages import signed_in


@pytest.fixture
def board_url(margaret) -> str:
    return reverse("patients:outcome_list", args=[margaret.pk])


@pytest.fixture
def add(margaret) -> str:
    return reverse("patients:activity_new", args=[margaret.pk])


def url(verb: str, activity: Activity) -> str:
    return reverse(f"patients:activity_{verb}", args=[activity.pk])


def asked(patient) -> list[tuple[int, str]]:
    return list(Activity.objects.current().filter(patient=patient).values_list("position", "words"))


def verbs() -> list[str]:
    return list(AuditEntry.objects.filter(verb__startswith="activity.").values_list("verb", flat=True))


def test_three_are_named_and_a_fourth_is_refused(as_priya, priya, margaret, add, board_url):
    for words in ("  Walking   the dog ", "Stairs", "Cooking"):
        assert as_priya.post(add, {"words": words}).headers["Location"] == board_url
    assert asked(margaret) == [(1, "Walking the dog"), (2, "Stairs"), (3, "Cooking")]
    assert Activity.objects.get(position=1).named_by == priya
    assert "Add the activity" not in as_priya.get(board_url).content.decode()
    before = count_rows()
    response = as_priya.post(add, {"words": "Dancing"})
    assert response.status_code == 422
    assert dict(response.context["form"].errors) == {
        "words": ["Three activities are the most. Retire one first."]
    }
    assert count_rows() == before
    entry = AuditEntry.objects.filter(verb="activity.named").first()
    assert entry is not None
    assert set(entry.changes) == {"position"}  # never the words


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Enter the activity in the patient’s words."),
        ("   ", "Enter the activity in the patient’s words."),
        ("walking THE dog", "This activity is on the list already."),
        ("x" * 121, "Ensure this value has at most 120 characters (it has 121)."),
        ("bell \x07", "Remove the control characters from this text."),
        ("one\ntwo", "Write this on one line."),
    ],
)
@pytest.mark.parametrize("verb", ["new", "reword"])
def test_bad_words_are_explained_and_kept(as_priya, priya, margaret, add, verb, typed, message):
    make_activity(priya, margaret)
    stairs = make_activity(priya, margaret, "Stairs")
    before = count_rows()
    response = as_priya.post(add if verb == "new" else url("reword", stairs), {"words": typed})
    assert response.status_code == 422
    assert dict(response.context["form"].errors) == {"words": [message]}
    assert response.content.decode().count(message) >= 2  # in the summary and at the field
    assert asked(margaret) == [(1, "Walking the dog"), (2, "Stairs")]
    assert count_rows() == before


def test_retired_and_asked_again_with_its_scores(as_priya, priya, margaret, board_url):
    dog = make_activity(priya, margaret)
    tell(priya, margaret, activities={dog: 3})
    response = as_priya.post(url("retire", dog))
    assert response.headers["Location"] == f"{board_url}?retired={dog.pk}"
    assert asked(margaret) == []
    body = as_priya.get(response.headers["Location"]).content.decode()
    assert "“Walking the dog” is not asked any more. Its scores stay." in body
    assert "Earlier activities" in body
    assert "3 on 23 Nov 2026" in body
    assert as_priya.post(url("resume", dog)).headers["Location"] == board_url
    assert asked(margaret) == [(1, "Walking the dog")]
    assert verbs() == ["activity.named", "activity.retired", "activity.resumed"]
    body = as_priya.get(response.headers["Location"]).content.decode()  # the address of before
    assert "is not asked any more" not in body
    assert "“Walking the dog” is asked from now on." in body
    assert as_priya.get(board_url, {"retired": "nonsense"}).status_code == 200


def test_a_reworded_activity_begins_without_a_score(as_priya, priya, margaret, board_url):
    dog, stairs = make_activity(priya, margaret), make_activity(priya, margaret, "Stairs")
    tell(priya, margaret, activities={dog: 3, stairs: 4})
    as_priya.post(url("retire", dog))
    as_priya.post(url("reword", stairs), {"words": "Stairs at work"})
    assert asked(margaret) == [(2, "Stairs at work")]  # in the same place, though the first is free
    new = Activity.objects.get(words="Stairs at work")
    assert list(ActivityScore.objects.values_list("activity__words", "score").order_by("score")) == [
        ("Walking the dog", 3),
        ("Stairs", 4),
    ]
    board = as_priya.get(board_url).context["board"]
    assert [(activity, series.latest) for activity, series in board.activities.current] == [(new, None)]


def test_no_way_back_while_another_stands_in_its_place(as_priya, priya, margaret):
    dog = make_activity(priya, margaret)
    as_priya.post(url("reword", dog), {"words": "Walking uphill"})
    before = count_rows()
    response = as_priya.post(url("resume", dog))
    assert response.status_code == 422
    assert "Another activity stands in its place. Retire that one first." in response.content.decode()
    assert (asked(margaret), count_rows()) == ([(1, "Walking uphill")], before)


def test_no_way_back_to_words_that_are_asked_elsewhere(as_priya, priya, margaret):
    dog, _stairs = make_activity(priya, margaret), make_activity(priya, margaret, "Stairs")
    as_priya.post(url("retire", dog))
    as_priya.post(url("reword", _stairs), {"words": "Walking the dog"})
    response = as_priya.post(url("resume", dog))
    assert response.status_code == 422
    assert "This activity is on the list already." in response.content.decode()
    assert asked(margaret) == [(2, "Walking the dog")]


@pytest.mark.parametrize(
    ("verb", "first", "message"),
    [
        ("retire", "retire", "This activity was retired in the meantime."),
        ("reword", "retire", "This activity was retired in the meantime."),
        ("resume", None, "This activity is asked already."),
    ],
)
def test_a_second_press_says_so(as_priya, priya, margaret, verb, first, message):
    dog = make_activity(priya, margaret)
    if first:
        as_priya.post(url(first, dog))
    standing, before = asked(margaret), count_rows()
    response = as_priya.post(url(verb, dog), {"words": "Other words"})
    assert response.status_code == 422
    assert message in response.content.decode()
    assert (asked(margaret), count_rows()) == (standing, before)


def test_who_may(olivia, asha, carlos, audrey, hugo, client, priya, margaret, add):
    dog = make_activity(priya, margaret)
    addresses = [add, url("retire", dog), url("resume", dog), url("reword", dog)]
    for address in addresses:
        for user in (olivia, asha, carlos, audrey):
            assert signed_in(user).post(address, {"words": "Other"}).status_code == 403
        assert signed_in(hugo).post(address, {"words": "Other"}).status_code == 404
        assert client.post(address).headers["Location"].startswith(reverse("account_login"))
        assert signed_in(priya).get(address).status_code == 405
    assert (asked(margaret), verbs()) == ([(1, "Walking the dog")], ["activity.named"])


def test_the_days_of_scores_are_told_once(as_priya, priya, margaret, board_url):
    dog = make_activity(priya, margaret)
    tell(priya, margaret, TODAY, activities={dog: 3})
    tell(priya, margaret, TODAY, activities={dog: 6})
    assert ActivityScore.objects.get().score == 6
    assert list(ActivityScore.objects.get().history.order_by("pgh_id").values_list("score", flat=True)) == [
        3,
        6,
    ]
