"""The plan on paper, through its pages."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic import clock, qr
from clinic.actors import Actor
from clinic.models import User
from exercises import actions
from exercises.models import Exercise, Programme
from exercises.sheet import sheet
from patients import actions as patient_actions
from patients.access_codes import read_printed_code
from patients.models import AccessCode, Measure, Patient
from tests import factories
from tests.factories import NOON, TODAY
from tests.pages import signed_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


def address(patient: Patient) -> str:
    return f"/patients/{patient.pk}/sheet/"


def plan_of(staff: User, patient: Patient, number: int, **fields: Any) -> Programme:
    exercises = [factories.make_exercise(f"exercise-number-{n}") for n in range(number)]
    return factories.make_programme(staff, patient, exercises, **fields)


@pytest.mark.hazard("HZ-28")
def test_it_says_which_state_of_the_plan_it_is_and_where_to_look(
    as_priya: Client, margaret: Patient, programme: Programme
) -> None:
    shown = text(as_priya.get(address(margaret)))
    assert f"Version {programme.version}." in shown
    assert "Printed on 23 November 2026." in shown
    assert f"Review: {programme.review_on.day} {programme.review_on:%B %Y}." in shown
    assert "check online at" in shown
    assert "/c/</bdi> or call your clinic" in shown


@pytest.mark.hazard("HZ-28")
def test_a_later_version_is_another_sheet(as_priya: Client, margaret: Patient, programme: Programme) -> None:
    Programme.objects.filter(pk=programme.pk).update(version=7)
    assert "Version 7." in text(as_priya.get(address(margaret)))


def test_what_stands_on_it(as_priya: Client, priya: User, margaret: Patient, toe_curls: Exercise) -> None:
    assert toe_curls.current
    factories.make_programme(
        priya,
        margaret,
        [],
        items=[
            factories.item_plan(
                toe_curls.current,
                side="left",
                times_per_day=2,
                days_per_week=None,
                every_n_days=2,
                note="Slowly.",
            )
        ],
    )
    factories.make_support(priya, margaret, hours_per_day=4, note="for staff only")
    shown = text(as_priya.get(address(margaret)))
    for said in (
        "10–15 times, left foot",
        "twice a day, every second day",
        "curl the toes towards the floor",
        "Slowly.",
        "Insole, both feet",
        "hours worn, of 4 hours",
        "Foot pain",
        "Lower back pain",
        "Stop this exercise and contact your clinic",
        "000 0000 0000",
        "111",
        "112",
        "Nobody watches your logs in real time.",
    ):
        assert said in shown, said
    assert "for staff only" not in shown
    assert "First-step pain" not in shown
    assert shown.count('class="box"') == 4 * 2
    assert shown.count("<td>rest</td>") == 3


@pytest.mark.hazard("HZ-29")
@pytest.mark.parametrize(
    ("side", "caption"), [("left", "Do it with the left"), ("right", "Do it with the right")]
)
def test_a_drawing_of_the_other_foot_says_so(
    as_priya: Client, priya: User, margaret: Patient, side: str, caption: str
) -> None:
    """One of the two sides is not the drawn one, and that one carries the sentence."""
    raises = factories.make_exercise("arch-roll", picture="arch-roll", sides=["left", "right"])
    assert raises.current
    plan = [factories.item_plan(raises.current, side=side)]
    factories.make_programme(priya, margaret, [], items=plan)
    shown = text(as_priya.get(address(margaret)))
    drawn = "left" if "Shown on the left foot." in shown else "right"
    assert f"Shown on the {drawn} foot." in shown
    assert (caption in shown) is (side != drawn)


def test_first_step_pain_where_it_is_asked(as_priya: Client, margaret: Patient, programme: Programme) -> None:
    Patient.objects.filter(pk=margaret.pk).update(daily_measures=[Measure.PAIN_FIRST_STEP])
    shown = text(as_priya.get(address(margaret)))
    assert "First-step pain" in shown
    assert "Lower back pain" not in shown


def test_days_before_the_start_and_after_the_end_stay_empty(
    priya: User, margaret: Patient, toe_curls: Exercise
) -> None:
    factories.make_programme(priya, margaret, [toe_curls], starts_on=TODAY + timedelta(days=3), weeks=1)
    weeks = sheet(margaret, NOON, first=TODAY, weeks=2).weeks
    cells = [len(cell.boxes) for week in weeks for cell in week.rows[0].cells]
    assert cells == [0] * 3 + [1] * 7 + [0] * 4
    assert sheet(margaret, NOON).weeks[0].days[0] == TODAY + timedelta(days=3)


def test_paused_days_ask_for_nothing(priya: User, margaret: Patient, programme: Programme) -> None:
    programme.pauses.create(
        clinic=margaret.clinic,
        patient=margaret,
        first_day=TODAY + timedelta(days=1),
        last_day=TODAY + timedelta(days=2),
        made_by=priya,
    )
    cells = sheet(margaret, NOON).weeks[0].rows[0].cells
    assert [cell.free for cell in cells] == ["", "pause", "pause", "", "", "", ""]


@pytest.mark.parametrize(
    ("asked", "days"), [("weeks=4", 28), ("weeks=9", 7), ("first=never", 7), ("weeks=0", 7)]
)
def test_as_many_days_as_were_asked_for(
    as_priya: Client, margaret: Patient, programme: Programme, asked: str, days: int
) -> None:
    assert text(as_priya.get(f"{address(margaret)}?{asked}")).count('class="box"') == days


def test_an_ended_programme_is_not_printed(
    as_priya: Client, priya: User, margaret: Patient, programme: Programme
) -> None:
    actions.end_programme(actor=Actor.staff(priya), programme=programme, now=NOON, reason="Done.")
    shown = text(as_priya.get(address(margaret)))
    assert "Nothing to print" in shown
    assert "Article basics" not in shown


def test_nothing_to_print_for_the_patient(client: Client, margaret: Patient) -> None:
    factories.open_device(client, margaret)
    assert "there is nothing to print" in text(client.get("/today/sheet/"))


def test_the_patients_own_sheet_is_the_same_without_code_and_tools(
    client: Client, as_priya: Client, margaret: Patient, programme: Programme
) -> None:
    factories.open_device(client, margaret)
    mine, theirs = text(client.get("/today/sheet/")), text(as_priya.get(address(margaret)))
    paper = re.compile(r"<article.*</article>")
    assert paper.findall(mine) == paper.findall(theirs) != []
    assert "new access code" not in mine


@pytest.mark.hazard("HZ-09", "HZ-17")
def test_the_patients_page_says_that_nobody_watches_and_links_to_help(
    client: Client, margaret: Patient, programme: Programme
) -> None:
    factories.open_device(client, margaret)
    answer = client.get("/today/sheet/")
    shown = text(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'Nobody watches your logs in real time. If you need help now, open "Get help now".' in shown
    assert f'href="/help/{margaret.clinic_id}/"' in shown


def test_a_link_alone_does_not_print(client: Client, margaret: Patient, programme: Programme) -> None:
    factories.open_plan(client, margaret)
    assert client.get("/today/sheet/").status_code == 404


def test_an_assistant_prints_the_same_sheet(
    as_priya: Client, asha: User, priya: User, margaret: Patient
) -> None:
    plan_of(priya, margaret, 1)
    factories.make_support(priya, margaret)
    paper = re.compile(r"<article.*</article>")
    assert paper.findall(text(signed_in(asha).get(address(margaret)))) == paper.findall(
        text(as_priya.get(address(margaret)))
    )


def test_a_new_code_stands_on_it_once(as_priya: Client, margaret: Patient, programme: Programme) -> None:
    answer = as_priya.post(address(margaret))
    made = read_printed_code(factories.code_in(text(answer)))
    assert made is not None
    assert answer.headers["Cache-Control"] == "no-store"
    assert AccessCode.objects.get(patient=margaret).is_opened_by(made.secret)
    drawn = re.search(r'viewBox="0 0 (\d+) \1"><path stroke="#000" d="([^"]+)"', text(answer))
    assert drawn is not None
    expected = qr.encoded(f"{settings.SITE_URL}/c/#{made}")
    assert _dark(drawn[2], int(drawn[1])) == [
        [bool(dark) for dark in row] for row in expected.matrix_iter(border=4)
    ]
    assert (
        "<path"
        not in re.sub(r"<header.*</header>", "", text(as_priya.get(address(margaret)))).split('class="key"')[
            -1
        ][:200]
    )
    assert str(made) not in text(as_priya.get(address(margaret)))
    assert 'class="qr"' not in text(as_priya.get(address(margaret)))


def _dark(path: str, size: int) -> list[list[bool]]:
    rows = [[False] * size for _ in range(size)]
    for x, y, length in re.findall(r"M(\d+) (\d+)\.5h(\d+)", path):
        for place in range(int(x), int(x) + int(length)):
            rows[int(y)][place] = True
    return rows


@pytest.mark.parametrize("address_", ["https://plan.riverside.example/c/#7KQ4-M2XD-0000", "plain words"])
def test_the_parts_of_a_qr_code_say_the_address(address_: str) -> None:
    parts = "".join(qr._parts(address_))
    assert parts.casefold() == address_.casefold()
    assert parts.partition("/c/")[2] == address_.partition("/c/")[2]


def test_no_code_without_a_programme(as_priya: Client, margaret: Patient) -> None:
    before = factories.count_rows()
    answer = as_priya.post(address(margaret))
    assert answer.status_code == 422
    assert "Assign a programme first" in text(answer)
    after = factories.count_rows()
    assert sum(after.values()) - sum(before.values()) <= 2  # that it was read, and to print
    assert not AccessCode.objects.exists()


def test_in_the_patients_language_with_tools_in_ours(
    as_priya: Client, margaret: Patient, programme: Programme
) -> None:
    Patient.objects.filter(pk=margaret.pk).update(language="ar")
    shown = text(as_priya.get(address(margaret)))
    assert '<html lang="ar" dir="rtl">' in shown
    assert 'lang="en-gb" dir="ltr"' in shown or 'lang="en" dir="ltr"' in shown


def test_ten_exercises_ask_the_database_no_more_than_one(
    as_priya: Client, priya: User, margaret: Patient
) -> None:
    counts = []
    for number in (1, 10):
        for one in Programme.objects.filter(patient=margaret).active():
            actions.end_programme(actor=Actor.staff(priya), programme=one, now=NOON, reason="Next.")
        exercises = [factories.make_exercise(f"exercise-{number}-{n}") for n in range(number)]
        factories.make_programme(priya, margaret, exercises)
        as_priya.get(address(margaret))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert as_priya.get(address(margaret)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1], counts


def test_reading_writes_nothing_but_that_it_was_read(
    as_priya: Client, margaret: Patient, programme: Programme
) -> None:
    before = factories.count_rows()
    as_priya.get(address(margaret))
    after = factories.count_rows()
    assert [after[table] - before[table] for table in after if after[table] != before[table]] == [
        2
    ]  # read, and to print


def test_next_visit_in_the_patients_own_time(
    as_priya: Client, margaret: Patient, programme: Programme
) -> None:
    Patient.objects.filter(pk=margaret.pk).update(
        time_zone="Asia/Tokyo", next_visit_at=NOON + timedelta(days=9)
    )
    assert "Your next visit: Wednesday 2 December, 21:00." in text(as_priya.get(address(margaret)))


def test_the_ways_to_it(as_priya: Client, margaret: Patient, programme: Programme) -> None:
    for page in (f"/patients/{margaret.pk}/", f"/programmes/{programme.pk}/"):
        assert f'href="{address(margaret)}"' in text(as_priya.get(page))


@pytest.mark.hazard("HZ-03")
def test_in_the_patients_language_and_english_marked_where_nobody_translated(
    client: Client,
    as_priya: Client,
    carlos: User,
    margaret: Patient,
    programme: Programme,
    toe_curls: Exercise,
) -> None:
    patient_actions.set_language(actor=Actor.patient(margaret), patient=margaret, language="de")
    factories.open_device(client, margaret)
    pages = [text(client.get("/today/sheet/")), text(as_priya.get(address(margaret)))]
    for page in pages:
        assert '<h3 lang="en" dir="ltr">Toe curls and spreads</h3>' in page
        assert '<th scope="row"><bdi lang="en" dir="ltr">Toe curls and spreads</bdi>' in page
        assert "Manche Übungen sind auf Englisch beschrieben." in page
    assert toe_curls.current
    said: dict[str, Any] = {
        "name": "Zehen krallen",
        "movement": "die Zehen krallen",
        "alt_text": "Gekrallte Zehen.",
    }
    said |= {
        "steps": ["Hinsetzen.", "Krallen.", "Spreizen."],
        "stop_rules": ["Hören Sie auf, wenn es sticht."],
    }
    row = actions.save_translation(
        actor=Actor.staff(carlos), version=toe_curls.current, language="de", texts=said, now=NOON
    )
    actions.review_translation(
        actor=Actor.staff(carlos), translation=row, seen=row.written_at, now=NOON + timedelta(hours=1)
    )
    for page in [text(client.get("/today/sheet/")), text(as_priya.get(address(margaret)))]:
        assert "<h3>Zehen krallen</h3>" in page
        assert '<th scope="row">Zehen krallen' in page
        assert "Hören Sie auf, wenn es sticht." in page
        assert "Toe curls" not in page
        assert 'lang="en" dir="ltr">' not in re.findall(r"<article.*</article>", page)[0]
