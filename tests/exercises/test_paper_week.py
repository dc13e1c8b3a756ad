"""A returned sheet, typed in at the desk, through its page."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import User
from exercises import actions
from exercises.models import DayReport, Done, Exercise, LogEntry, Programme, ProgrammeItem, Way
from exercises.paper_week import Asked, cell_name, paper_week
from patients.models import Measure, PainScore, Patient, Source, WearEntry
from tests import factories
from tests.factories import NOON, TODAY
from tests.pages import signed_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("a_week_later")]

FIRST = TODAY
BACK = NOON + timedelta(days=7)


@pytest.fixture
def a_week_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: BACK)


def address(patient: Patient, first: date = FIRST) -> str:
    return f"/patients/{patient.pk}/week/?from={first.isoformat()}"


def done(item: ProgrammeItem, day: int) -> str:
    return cell_name(Asked.DONE, item.pk, FIRST + timedelta(days=day))


def foot(day: int) -> str:
    return cell_name(Asked.PAIN, Measure.PAIN_FOOT, FIRST + timedelta(days=day))


def form_of(client: Client, patient: Patient) -> dict[str, str]:
    """What a browser sends if nothing is typed: hidden keys, and fields as they are shown."""
    form = client.get(address(patient)).context["form"]
    sent = {name: str(form[name].value() or "") for name in form.fields}
    shown = {f"was-{name}": value for name, value in sent.items() if value and not name.startswith("report-")}
    return sent | shown


def item_of(programme: Programme) -> ProgrammeItem:
    return programme.items.get()


def test_what_is_typed_is_stored_as_the_patients_own_words(
    asha: User, margaret: Patient, programme: Programme
) -> None:
    """By an assistant."""
    client, item = signed_in(asha), item_of(programme)
    typed = {done(item, 0): "d", done(item, 1): "P", done(item, 2): "0", foot(0): "10", foot(1): "0"}
    answer = client.post(address(margaret), form_of(client, margaret) | typed, follow=True)
    assert "Saved: 5 answers of the sheet." in text(answer)
    stored = LogEntry.objects.order_by("performed_on").values_list("done", flat=True)
    assert list(stored) == [Done.DONE, Done.PARTLY, Done.NOT_DONE]
    scores = PainScore.objects.order_by("on").values_list("score", "source")
    assert list(scores) == [(10, Source.PATIENT), (0, Source.PATIENT)]
    reports = DayReport.objects.order_by("on")
    assert [(report.way, report.entered_by, report.on) for report in reports] == [
        (Way.PAPER, asha, FIRST + timedelta(days=number)) for number in range(3)
    ]


def test_hours_worn(as_priya: Client, priya: User, margaret: Patient, programme: Programme) -> None:
    advice = factories.make_support(priya, margaret)
    name = cell_name(Asked.WORN, advice.pk, FIRST)
    as_priya.post(address(margaret), form_of(as_priya, margaret) | {name: "5,5"})
    assert str(WearEntry.objects.get().hours) == "5.5"
    assert f'name="{name}" value="5.5"' in text(as_priya.get(address(margaret)))


def test_the_same_sheet_sent_twice_is_stored_once(
    as_priya: Client, margaret: Patient, programme: Programme
) -> None:
    sent = form_of(as_priya, margaret) | {done(item_of(programme), 0): "d", foot(0): "3"}
    as_priya.post(address(margaret), sent)
    before = factories.count_rows()
    assert as_priya.post(address(margaret), sent).status_code == 302
    assert factories.count_rows() == before


def test_an_answer_of_the_patient_stays_unless_it_is_typed_over(
    as_priya: Client, margaret: Patient, programme: Programme
) -> None:
    item = item_of(programme)
    for number in range(2):
        factories.make_log(margaret, item, FIRST + timedelta(days=number), Done.PARTLY)
    sent = form_of(as_priya, margaret)
    assert sent[done(item, 0)] == "p"
    as_priya.post(address(margaret), sent | {done(item, 1): "d"})
    stored = dict(LogEntry.objects.values_list("performed_on", "done"))
    assert stored == {FIRST: Done.PARTLY, FIRST + timedelta(days=1): Done.DONE}
    assert DayReport.objects.filter(way=Way.PAPER).count() == 1


def test_what_the_patient_said_while_the_sheet_was_typed_stays(
    as_priya: Client, margaret: Patient, programme: Programme
) -> None:
    item = item_of(programme)
    sent = form_of(as_priya, margaret)
    factories.make_log(margaret, item, FIRST, Done.NOT_DONE)
    as_priya.post(address(margaret), sent | {done(item, 1): "d"})
    assert LogEntry.objects.get(performed_on=FIRST).done == Done.NOT_DONE


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("x", "Type d for done"),
        ("3", "Type d for done"),
        ("dd", "Type d for done"),
    ],
)
def test_a_key_that_is_none_names_the_cell_and_stores_nothing(
    as_priya: Client, margaret: Patient, programme: Programme, typed: str, said: str
) -> None:
    item = item_of(programme)
    sent = form_of(as_priya, margaret) | {done(item, 0): "d", done(item, 2): typed, foot(1): "4"}
    before = factories.count_rows()
    answer = as_priya.post(address(margaret), sent)
    shown = text(answer)
    assert answer.status_code == 422
    assert factories.count_rows() == before
    assert f"Toe curls and spreads, each foot, Wed 25 Nov – {said}" in shown
    for name, value in ((done(item, 0), "d"), (done(item, 2), typed), (foot(1), "4")):
        assert f'name="{name}" value="{value}"' in shown
    assert sent[f"report-{FIRST}"] in shown  # the key of the day stays: sent again it is still one report


@pytest.mark.parametrize("typed", ["11", "-1", "x", "1.5", "²"])
def test_pain_is_a_whole_number_up_to_ten(
    as_priya: Client, margaret: Patient, programme: Programme, typed: str
) -> None:
    answer = as_priya.post(address(margaret), form_of(as_priya, margaret) | {foot(0): typed})
    assert "Foot pain, Mon 23 Nov – Type a number from 0 to 10." in text(answer)
    assert not PainScore.objects.exists()


@pytest.mark.parametrize("typed", ["25", "NaN", "1e1", "0.25", "-1"])
def test_hours_are_those_of_a_day(
    as_priya: Client, priya: User, margaret: Patient, programme: Programme, typed: str
) -> None:
    name = cell_name(Asked.WORN, factories.make_support(priya, margaret).pk, FIRST)
    answer = as_priya.post(address(margaret), form_of(as_priya, margaret) | {name: typed})
    assert answer.status_code == 422
    assert "Type hours from 0 to 24" in text(answer)
    assert not WearEntry.objects.exists()


def test_a_stored_answer_is_not_emptied(as_priya: Client, margaret: Patient, programme: Programme) -> None:
    item = item_of(programme)
    factories.make_log(margaret, item, FIRST)
    answer = as_priya.post(address(margaret), form_of(as_priya, margaret) | {done(item, 0): ""})
    assert answer.status_code == 422
    assert "What is stored can be replaced, not emptied." in text(answer)
    assert LogEntry.objects.count() == 1


def test_nothing_typed_says_so(as_priya: Client, margaret: Patient, programme: Programme) -> None:
    answer = as_priya.post(address(margaret), form_of(as_priya, margaret))
    assert answer.status_code == 422
    assert "Nothing was typed in." in text(answer)


def test_a_refused_day_takes_the_others_back(priya: User, margaret: Patient, programme: Programme) -> None:
    item = item_of(programme)
    days = [
        actions.DayLog(performed_on=FIRST, done={item.pk: Done.DONE}),
        actions.DayLog(performed_on=BACK.date() + timedelta(days=1), done={item.pk: Done.DONE}),
    ]
    before = factories.count_rows()
    with pytest.raises(Refused, match="Tue 1 Dec: This day can no longer be changed"):
        actions.enter_sheet(actor=Actor.staff(priya), patient=margaret, days=days, now=BACK)
    assert factories.count_rows() == before


def test_only_people_type_in_sheets(margaret: Patient, programme: Programme) -> None:
    entry = actions.DayLog(performed_on=FIRST, done={item_of(programme).pk: Done.DONE})
    with pytest.raises(Refused, match="A person"):
        actions.enter_sheet(actor=Actor.patient(margaret), patient=margaret, days=[entry], now=BACK)


def test_another_patients_exercise_is_no_cell(
    as_priya: Client, priya: User, margaret: Patient, programme: Programme, toe_curls: Exercise
) -> None:
    other = factories.make_patient(priya, "Other", "Person")
    theirs = factories.make_programme(priya, other, [toe_curls]).items.get()
    as_priya.post(address(margaret), form_of(as_priya, margaret) | {done(theirs, 0): "d"})
    assert not LogEntry.objects.exists()


def test_only_what_was_due_has_cells(priya: User, margaret: Patient, toe_curls: Exercise) -> None:
    assert toe_curls.current
    plan = [factories.item_plan(toe_curls.current, days_per_week=None, every_n_days=2)]
    programme = factories.make_programme(priya, margaret, [], items=plan)
    programme.pauses.create(
        clinic=margaret.clinic,
        patient=margaret,
        first_day=FIRST + timedelta(days=4),
        last_day=FIRST + timedelta(days=5),
        made_by=priya,
    )
    cells = paper_week(margaret, BACK, FIRST).rows[0].cells
    assert [cell is not None for cell in cells] == [True, False, True, False, False, False, True]


def test_a_sheet_of_a_programme_that_has_ended_since(
    as_priya: Client, priya: User, margaret: Patient, programme: Programme
) -> None:
    actions.end_programme(
        actor=Actor.staff(priya), programme=programme, now=NOON + timedelta(days=3), reason="Done."
    )
    item = item_of(programme)
    assert [cell is not None for cell in paper_week(margaret, BACK, FIRST).rows[0].cells] == [True] * 4 + [
        False
    ] * 3
    as_priya.post(address(margaret), form_of(as_priya, margaret) | {done(item, 3): "d"})
    assert LogEntry.objects.get().performed_on == FIRST + timedelta(days=3)


def test_days_to_come_have_no_cells(margaret: Patient, programme: Programme) -> None:
    cells = paper_week(margaret, BACK, BACK.date() - timedelta(days=1)).rows[0].cells
    assert [cell is not None for cell in cells] == [True, True] + [False] * 5


@pytest.mark.parametrize("asked", ["", "never", "2020-01-01", "2026-12-01", "99999-1-1"])
def test_a_week_of_which_there_can_be_no_sheet_is_the_last_one(
    as_priya: Client, margaret: Patient, programme: Programme, asked: str
) -> None:
    found = as_priya.get(f"/patients/{margaret.pk}/week/?from={asked}").context["week"]
    assert found.days[0] == BACK.date() - timedelta(days=6)


def test_nothing_asked(as_priya: Client, margaret: Patient) -> None:
    Patient.objects.filter(pk=margaret.pk).update(daily_measures=[])
    assert "no programme ran" in text(as_priya.get(address(margaret)))


def test_who_types_reads_these_seven_days_and_no_others(
    asha: User, margaret: Patient, programme: Programme
) -> None:
    client, item = signed_in(asha), item_of(programme)
    factories.make_log(margaret, item, FIRST + timedelta(days=7), Done.NOT_DONE)
    assert form_of(client, margaret).get(done(item, 6)) == ""
    assert 'value="n"' not in text(client.get(address(margaret)))


def test_ten_exercises_ask_the_database_no_more_than_one(
    as_priya: Client, priya: User, margaret: Patient
) -> None:
    counts = []
    for number in (1, 10):
        exercises = [factories.make_exercise(f"exercise-{number}-{n}") for n in range(number)]
        for one in Programme.objects.filter(patient=margaret).active():
            actions.end_programme(
                actor=Actor.staff(priya), programme=one, now=NOON - timedelta(days=1), reason="Next."
            )
        factories.make_programme(priya, margaret, exercises)
        as_priya.get(address(margaret))
        with CaptureQueriesContext(connection) as queries:
            assert as_priya.get(address(margaret)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1], counts


def test_an_archived_record_takes_no_sheet(
    as_priya: Client, priya: User, margaret: Patient, programme: Programme
) -> None:
    sent = form_of(as_priya, margaret) | {done(item_of(programme), 0): "d"}
    actions.end_programme(actor=Actor.staff(priya), programme=programme, now=BACK, reason="Moved away.")
    actions.archive_patient(actor=Actor.staff(priya), patient=margaret, now=BACK, reason="Moved away.")
    answer = as_priya.post(address(margaret), sent)
    assert answer.status_code == 422
    assert not LogEntry.objects.exists()
    assert "Save the sheet" not in text(answer)
