"""The one thing everything stands on: crashed, away, with another clock, full, or the copy of yesterday."""

import random
import re
import resource
import subprocess
import time
from datetime import time as clock
from zoneinfo import ZoneInfo

import psycopg
import pytest
from PIL import Image

from tests import uploads
from tests.chaos.conftest import Judge
from tests.chaos.stage import Browser, Stage
from tests.exercises.own_world import TYPED

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800)]

SENDERS = 3  # two children of the worker, and the loop
# Each with a mail on its way and the next one, which began behind it: neither result can be written meanwhile.
IN_FLIGHT = 2 * SENDERS
STACK = ("Traceback", "psycopg", "OperationalError", "File &quot;", 'File "')
TOMORROW = [  # every instant a day earlier: what everybody sees when PostgreSQL's clock is set a day forward
    "SET session_replication_role = replica",
    "UPDATE exercises_reminder SET local_date = local_date + 1000",
    """UPDATE exercises_reminder SET local_date = local_date - 1001,
         due_at = due_at - interval '1 day', expires_at = expires_at - interval '1 day'""",
    """UPDATE clinic_outgoingemail SET not_before = not_before - interval '1 day',
         expires_at = expires_at - interval '1 day', created_at = created_at - interval '1 day',
         lease_until = lease_until - interval '1 day', sent_at = sent_at - interval '1 day'""",
    """UPDATE exercises_programme SET starts_on = starts_on - 1, ends_on = ends_on - 1,
         assigned_at = assigned_at - interval '1 day'""",
    "UPDATE clinic_schedulerbeat SET materialised_until = materialised_until - interval '1 day'",
    "UPDATE clinic_mailcircuit SET open_until = open_until - interval '1 day'",
]
ROOM = 18_000_000  # bytes of one file: a segment of the log of PostgreSQL has 16 MB and must fit
SOON = """UPDATE exercises_reminder SET due_at = now() + interval '5 seconds' WHERE id = (
  SELECT id FROM exercises_reminder WHERE state = 'planned' AND due_at > now() ORDER BY due_at LIMIT 1)"""
FILL = """INSERT INTO exercises_photo (id, webp, width, height, uploaded_by_id)
  SELECT gen_random_uuid(), %s::bytea, 1, 1, id FROM clinic_user LIMIT 1"""


def fill(stage: Stage, size: int) -> None:
    data = random.randbytes(size)  # noqa: S311
    with psycopg.connect(stage.database_url) as connection:
        connection.execute(FILL.encode(), [data])


def fill_up(stage: Stage) -> None:
    """Until the server says that it is full."""
    for size in (1_000_000, 2000):
        with pytest.raises(psycopg.Error, match="could not extend file"):
            fill_again_and_again(stage, size)


def fill_again_and_again(stage: Stage, size: int) -> None:
    for _ in range(1000):
        fill(stage, size)


def everything(stage: Stage) -> Browser:
    stage.beat()
    stage.worker()
    stage.loop()
    return stage.web()


def is_clean_503(browser: Browser, path: str) -> bool:
    page = browser.get(path)
    assert not any(word in page.body for word in STACK), page.body
    return page.status == 503


def test_c5_crashed_in_mid_batch(stage: Stage, judge: Judge) -> None:
    stage.fault(latency=0.1)
    browser, page = everything(stage), f"/patients/{stage.world.patient}/"
    assert browser.status(page) == 200
    stage.ask("CHECKPOINT")  # the copying of the world is not what is to be recovered
    stage.until_taken(20)
    stage.servers.stop_postgres(crash=True)
    assert is_clean_503(browser, page)
    stage.servers.start_postgres()
    stage.heal()
    stage.until(lambda: browser.status(page) == 200)
    judge(second_copies=IN_FLIGHT)


def test_c6_away_for_a_while(stage: Stage, judge: Judge) -> None:
    stage.fault(latency=0.1)
    browser, page = everything(stage), f"/patients/{stage.world.patient}/"
    stage.until_taken(20)
    stage.servers.stop_postgres()
    stage.pause()
    assert is_clean_503(browser, page)
    assert (browser.status("/health/live"), browser.status("/health/ready")) == (200, 503)
    stage.servers.start_postgres()
    stage.heal()
    stage.until(lambda: (browser.status("/health/ready"), browser.status(page)) == (200, 200))
    judge(second_copies=IN_FLIGHT)


def test_c13_the_clock_jumps_a_day(stage: Stage, judge: Judge) -> None:
    """Today's reminders have become yesterday's: they end visibly, and the new day's leave at their own hour."""
    today = {plan.key for plan in stage.plans() if plan.state == "planned"}
    stage.sink.stop()
    stage.beat()
    stage.worker()
    stage.until(
        lambda: stage.ask("SELECT count(*) >= 30 FROM exercises_reminder WHERE state = 'posted'") == [(True,)]
    )
    with psycopg.connect(stage.database_url) as connection:
        for statement in TOMORROW:
            connection.execute(statement.encode())
    stage.expected = {plan.key for plan in stage.plans()} | {email.key for email in stage.emails()}
    stage.sink.start()
    stage.heal()
    judge(second_copies=0)
    states = dict(
        stage.ask(
            "SELECT state, count(*) FROM clinic_outgoingemail WHERE letter = 'exercise_reminder' GROUP BY state"
        )
    )
    assert states["expired"] >= 30, "yesterday's"
    assert states["sent"] == 30, "the new day's"
    assert len(today) > 60
    for record in stage.sink.accepted:
        assert clock(6) <= stage.local_time(record.at, ZoneInfo(stage.world.zone)) < clock(21)


def test_c14_no_room_for_photos(stage: Stage, judge: Judge) -> None:
    """Photos live in the database: its files may not grow beyond what the photos fill by now."""
    fill(stage, ROOM)
    stage.servers.stop_postgres()
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, most))  # which the server inherits
    try:
        stage.servers.start_postgres()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))
    fill_up(stage)
    stage.fault(latency=0.1)
    browser = everything(stage)
    photos = "SELECT count(*) FROM exercises_photo"
    had, exercises = stage.ask(photos), stage.ask("SELECT count(*) FROM exercises_exercise")
    form = "/exercises/new/"
    noise = uploads.encoded(Image.effect_noise((640, 480), 80).convert("RGB"))  # what no encoder makes small
    answer = browser.upload(form, TYPED | {"findings": "tight_calf", "picture": "", "draft": "1"}, noise)
    # A full disk (class 53 of PostgreSQL's errors) is a 503; a limit on its files, which stands for it here, a 500.
    assert answer.status in {500, 503}
    assert not any(word in answer.body for word in STACK), answer.body
    assert (stage.ask(photos), stage.ask("SELECT count(*) FROM exercises_exercise")) == (had, exercises)
    assert browser.status(f"/patients/{stage.world.patient}/") == 200
    stage.heal()
    judge(second_copies=0)
    stage.servers.stop_postgres()  # the next case has room again
    stage.servers.start_postgres()


def test_c17_yesterdays_backup(stage: Stage, judge: Judge) -> None:
    """Nothing that may have been sent is sent again: a restored database is nobody's until a person releases it."""
    backup = stage.dump()
    running = senders(stage)
    stage.settle()
    before = set(stage.sink.copies())
    for process in running:
        stage.kill(process)
    stage.restore(backup)
    stage.expect()
    stage.sink.accepted.clear()

    running = senders(stage)
    ticked = "SELECT count(*) FROM clinic_schedulerbeat WHERE last_tick_at > now() - interval '1 minute'"
    stage.until(lambda: stage.ask(ticked) == [(1,)])
    time.sleep(10 * stage.times.tick)
    assert not stage.sink.accepted, "a restored database has sent mail"
    for process in running:
        stage.kill(process)

    said = re.search(r"FOOTWORK_DEPLOYMENT_ID=(\S+)", stage.run("manage.py", "after_restore"))
    assert said
    stage.environment["FOOTWORK_DEPLOYMENT_ID"] = said[1]
    stage.ask(SOON)
    senders(stage)
    stage.heal()
    stage.until(lambda: bool(stage.sink.accepted))
    judge(second_copies=0)
    assert len(stage.sink.accepted) == 1, "only what is due from now on"
    assert not before & set(stage.sink.copies()), "sent again"


def senders(stage: Stage) -> "list[subprocess.Popen[bytes]]":
    return [stage.beat(), stage.worker(), stage.loop()]
