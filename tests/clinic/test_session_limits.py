"""A session ends a quarter of an hour after the last click, and half a day after it began; pages and API alike."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from clinic import clock, session_limits
from clinic.models import User

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PAGE = reverse("exercises:catalogue")


def aged(desk: Client, *, seen: timedelta = timedelta(0), began: timedelta = timedelta(0)) -> None:
    """As if the last click, or the sign-in, had been so long ago."""
    session = desk.session
    session["seen"] -= int(seen.total_seconds())
    session["began"] -= int(began.total_seconds())
    session.save()


@pytest.fixture
def desk(priya: User) -> Client:
    desk = Client()
    desk.force_login(priya)
    session = desk.session
    session_limits.begin(session, clock.now())
    session.save()
    return desk


@pytest.mark.parametrize("address", [PAGE, "/api/v1/exercises/"])
@pytest.mark.check(34)
def test_who_clicks_stays(desk: Client, address: str) -> None:
    for _ in range(3):
        aged(desk, seen=timedelta(minutes=14))
        assert desk.get(address).status_code == 200


@pytest.mark.parametrize(("address", "status"), [(PAGE, 302), ("/api/v1/exercises/", 403)])
@pytest.mark.parametrize(
    "ages",
    [{"seen": timedelta(minutes=16)}, {"began": timedelta(hours=12, seconds=5)}],
    ids=["idle", "whole"],
)
@pytest.mark.check(34)
def test_else_it_ends(desk: Client, address: str, status: int, ages: dict[str, timedelta]) -> None:
    key = desk.session.session_key
    aged(desk, **ages)
    assert desk.get(address).status_code == status
    assert key
    assert not SessionStore().exists(key)
    assert desk.get(PAGE).status_code == 302


def test_asking_is_no_click_and_staying_is_one(desk: Client) -> None:
    aged(desk, seen=timedelta(minutes=13, seconds=30))
    first, second = (desk.get(reverse("clinic:session")).json()["seconds"] for _ in range(2))
    assert 0 < second <= first <= 90
    assert desk.post(reverse("clinic:session")).json()["seconds"] > 800
    aged(desk, seen=timedelta(minutes=16))
    assert desk.get(reverse("clinic:session")).json() == {"seconds": 0}
    assert desk.post(reverse("clinic:session")).json() == {"seconds": 0}
    assert Client().get(reverse("clinic:session")).json() == {"seconds": 0}


@given(st.lists(st.integers(min_value=0, max_value=60 * 60), max_size=40))
def test_left_is_never_more_than_either_limit(pauses: list[int]) -> None:
    """Clicks after these pauses in seconds: the session goes on while neither limit is passed, within a minute."""
    session, now, last = SessionStore(), START, START
    session["began"] = session["seen"] = int(START.timestamp())
    for pause in pauses:
        now += timedelta(seconds=pause)
        left = session_limits.left(session, now)
        whole = now - START >= timedelta(hours=12)
        assert (left <= timedelta(0)) or not whole
        if now - last > timedelta(minutes=15):
            assert left <= timedelta(0)
        if now - last < timedelta(minutes=14) and not whole:
            assert left > timedelta(0)
        if left <= timedelta(0):
            return
        session["seen"] = session["seen"] if now - last < timedelta(minutes=1) else int(now.timestamp())
        last = last if now - last < timedelta(minutes=1) else now
