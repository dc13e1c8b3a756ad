"""The tab of the days: what was due, what was said of it, and pain, day by day."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.models import AuditEntry
from exercises.models import Done
from tests.exercises.record_world import log
from tests.factories import NOON, count_rows, make_exercise, make_finding, make_programme
from tests.pages import signed_in, text


@pytest.fixture(autouse=True)
def _monday_noon(monkeypatch):
    """The page asks PostgreSQL for the time; here it is Monday, 23 November 2026, 12:00 UTC."""
    monkeypatch.setattr("clinic.clock.now", lambda: NOON)


@pytest.fixture
def url(margaret) -> str:
    return reverse("exercises:progress", args=[margaret.pk])


def row(response, day: str) -> str:
    """The words of one day's row."""
    page = text(response)
    start = page.index(f'<th scope="row">{day}')
    cells = page[start : page.index("</tr>", start)]
    for tag in ("<th", "</th", "<td", "</td", "<span", "</span"):
        cells = cells.replace(tag, "|" + tag)
    words = [part.rpartition(">")[2].strip() for part in cells.split("|")]
    return " ".join(word for word in words if word)


# --- what it says ---------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-09", "HZ-23")
def test_each_day_says_what_was_done_of_what_was_due(as_priya, priya, margaret, url):
    exercises = [make_exercise(), make_exercise("heel-raises-near-wall")]
    programme = make_programme(priya, margaret, exercises, now=NOON - timedelta(days=4))
    log(margaret, programme, 4, done=Done.DONE, foot=6, back=0)
    log(margaret, programme, 3, done=Done.PARTLY)
    log(margaret, programme, 2, done=Done.NOT_DONE, foot=0)
    response = as_priya.get(url)
    assert row(response, "Mon 23 Nov") == "Mon 23 Nov today 0 of 2 done, 2 not logged no score no score"
    assert row(response, "Sun 22 Nov") == "Sun 22 Nov 0 of 2 done, 2 not logged no score no score"
    assert row(response, "Sat 21 Nov") == "Sat 21 Nov 0 of 2 done, 2 not done 0 no score"
    assert row(response, "Fri 20 Nov") == "Fri 20 Nov 0 of 2 done, 2 partly no score no score"
    assert row(response, "Thu 19 Nov") == "Thu 19 Nov 2 of 2 done 6 0"
    assert row(response, "Wed 18 Nov") == "Wed 18 Nov nothing due no score no score"
    assert "2 of 10 exercises done, 2 partly, 2 not done, 4 not logged. Last log: 21 Nov 2026." in text(
        response
    )


@pytest.mark.parametrize(
    ("asked", "shown"), [("", 14), ("?days=14", 14), ("?days=84", 84), ("?days=9999", 14), ("?days=x", 14)]
)
def test_two_or_twelve_weeks(as_priya, url, asked, shown):
    assert len(as_priya.get(url + asked).context["progress"].lines) == shown


def test_a_last_log_older_than_the_table_is_still_named(as_priya, priya, margaret, url):
    programme = make_programme(priya, margaret, [make_exercise()], now=NOON - timedelta(days=40), weeks=1)
    log(margaret, programme, 36, done=Done.DONE)
    assert "Nothing was due. Last log: 18 Oct 2026." in text(as_priya.get(url))


def test_it_stands_in_the_record(as_priya, priya, margaret, url):
    make_finding(priya, margaret)
    page = text(as_priya.get(url))
    assert "<title>Progress of Margaret Hale – Footwork</title>" in page
    assert "Plantar fasciitis, left" in page
    assert f'<a href="{url}" aria-current="page">Progress</a>' in page
    assert page.count("aria-current") == 3  # the list in the header, the crumb, this tab


def test_the_number_of_queries_does_not_grow(as_priya, priya, margaret, url, django_assert_num_queries):
    # session, user with membership, patient; savepoint, audit entry, release; findings, warning signs; programmes,
    # items, logs with the newest, pain
    # pauses; notes
    expected = 15
    curls = make_exercise()
    programme = make_programme(priya, margaret, [curls], now=NOON - timedelta(days=10))
    log(margaret, programme, 10, done=Done.DONE, foot=3)
    with django_assert_num_queries(expected):
        as_priya.get(url)
    for number in range(9):
        make_programme(priya, margaret, [curls], now=NOON - timedelta(days=10))
        log(margaret, programme, 9 - number, done=Done.DONE, foot=number)
    with django_assert_num_queries(expected):
        as_priya.get(url)


# --- who sees it ----------------------------------------------------------------------------------------------
def test_reading_leaves_one_entry(as_priya, priya, margaret, url):
    as_priya.get(url)
    entry = AuditEntry.objects.get(verb="record.read")
    assert (entry.actor_user, entry.patient_id, entry.changes) == (priya, margaret.pk, {"page": "progress"})


def test_owners_read(olivia, url):
    assert "The last 14 days" in text(signed_in(olivia).get(url))


def test_others_stay_outside(asha, carlos, audrey, url):
    before = count_rows()
    for user in (asha, carlos, audrey):
        assert signed_in(user).get(url).status_code == 403
    after = count_rows()
    assert {table for table in after if after[table] != before[table]} == {"django_session"}


def test_another_clinic_finds_nothing(hugo, url):
    client, before = signed_in(hugo), AuditEntry.objects.count()
    assert client.get(url).status_code == 404
    assert AuditEntry.objects.count() == before


def test_strangers_are_sent_to_sign_in(client, url):
    assert client.get(url).headers["Location"] == f"{reverse('account_login')}?next={url}"


def test_the_page_takes_no_post(as_priya, url):
    assert as_priya.post(url).status_code == 405
