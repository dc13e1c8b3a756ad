"""Files and columns, without the database: what was written is read again, and what columns mean."""

import csv
import string
from datetime import date
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients import import_files
from patients.import_columns import FORMATS, DayOrder, Field, answers, guessed, possible_orders, read_day
from patients.import_faults import column, reason

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
CELLS = st.one_of(
    TEXTS,
    st.sampled_from(
        ['"', '""', "a\nb", "\r\n", "=1+1", "'=1", "''@x", "-", "ليلى، حداد", "a;b\tc,d", "O’Brien"]
    ),
)
ROWS = st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8)
HEADINGS = ["First name", "Last name", "Born"]


def kept(rows: list[list[str]]) -> list[list[str]]:
    return [row for row in rows if any(cell.strip() for cell in row)]


@given(ROWS, st.sampled_from(import_files.DELIMITERS), st.booleans(), st.sampled_from(["\r\n", "\n"]))
def test_any_file_that_a_program_writes_is_read_as_it_was(
    rows: list[list[str]], delimiter: str, marked: bool, ending: str
) -> None:
    out = StringIO(newline="")
    # Python's own writer forgets to quote a lone carriage return where lines end without one.
    if ending == "\n":
        writer = csv.writer(out, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL)
    else:
        writer = csv.writer(out, delimiter=delimiter, lineterminator=ending)
    writer.writerows([HEADINGS, *rows])
    data = out.getvalue().encode("utf-8-sig" if marked else "utf-8")
    expected = kept([[import_files.unguarded(cell) for cell in row] for row in rows])
    if not expected:
        with pytest.raises(import_files.NotAList):
            import_files.read(data)
        return
    table = import_files.read(data)
    assert table.headings == HEADINGS
    assert [line.cells for line in table.lines] == expected
    numbers = [line.number for line in table.lines]
    assert numbers == sorted(set(numbers))


@given(ROWS)
@pytest.mark.check(25)
def test_what_we_write_is_harmless_in_a_spreadsheet_and_comes_back_whole(rows: list[list[str]]) -> None:
    text = import_files.write([HEADINGS, *rows])
    for row in csv.reader(StringIO(text, newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row)
    if kept(rows):
        assert [line.cells for line in import_files.read(text.encode("utf-8-sig")).lines] == kept(rows)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused_with_a_sentence(data: bytes) -> None:
    refused, table = None, None
    try:
        table = import_files.read(data)
    except import_files.NotAList as said:
        refused = said
    if table:
        assert {len(line.cells) for line in table.lines} == {len(table.headings)}
    else:
        assert refused
        assert refused.message


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (
            ["First name", "Last name", "DOB", "E-mail"],
            ["given_name", "family_name", "date_of_birth", "email"],
        ),
        (["Name", "Vorname", "Geburtsdatum"], ["family_name", "given_name", "date_of_birth"]),
        (["NOMBRE", "Apellidos", "Fecha de nacimiento"], ["given_name", "family_name", "date_of_birth"]),
        (["Patient", "Birth_Date", "Correo electrónico"], ["full_name", "date_of_birth", "email"]),
        (["Name", "First name", "Last name"], ["", "given_name", "family_name"]),
        (["Email", "E-Mail", "Diagnosis", ""], ["email", "", "", ""]),
        (["Patienten-ID", "Nachname"], ["reference", "family_name"]),
        (["Language", "Zeitzone", "Reminders"], ["language", "time_zone", "reminders_allowed"]),
    ],
)
def test_headings_of_three_languages_are_guessed(headings: list[str], expected: list[str]) -> None:
    assert guessed(headings) == expected


@given(
    st.lists(
        st.text(string.printable, max_size=20) | st.sampled_from(["name", "Vorname", "email"]), max_size=60
    )
)
def test_a_guess_names_each_column_and_no_field_twice(headings: list[str]) -> None:
    found = guessed(headings)
    assert len(found) == len(headings)
    fields = [field for field in found if field]
    assert len(fields) == len(set(fields))
    assert set(fields) <= set(Field.values)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.sampled_from(list(FORMATS)), st.data())
def test_a_day_is_read_as_it_was_written(day: date, order: str, data: st.DataObject) -> None:
    written = day.strftime(data.draw(st.sampled_from(FORMATS[order])))
    assert read_day(written, order) == day
    assert order in possible_orders([written, "", "nonsense"])


def test_orders_that_are_possible() -> None:
    assert possible_orders(["03/04/1956", "05/06/1956"]) == [DayOrder.DAY_FIRST, DayOrder.MONTH_FIRST]
    assert possible_orders(["03/04/1956", "14/06/1956"]) == [DayOrder.DAY_FIRST]
    assert possible_orders(["03/14/1956", "14/06/1956"]) == []  # neither fits all: a person decides
    assert possible_orders(["", " "]) == []
    assert read_day("03/04/56", DayOrder.DAY_FIRST) is None  # of which century?


@given(st.lists(CELLS, min_size=4, max_size=4), st.permutations(["given_name", "email", "note", ""]))
def test_cells_go_to_their_fields_and_nowhere_else(cells: list[str], columns: list[str]) -> None:
    said = answers(cells, columns, {"time_zone": "Europe/London", "language": "en-gb"})
    for field, cell in zip(columns, cells, strict=True):
        if field:
            assert said[field] == cell.strip()
    assert set(said) == {"given_name", "email", "note", "time_zone", "language", "reminders_allowed"}
    assert said["reminders_allowed"] == ""


def test_a_full_name_is_cut_at_its_comma() -> None:
    said = answers(["de la Cruz, Ana María"], ["full_name"], {})
    assert (said["family_name"], said["given_name"]) == ("de la Cruz", "Ana María")
    assert answers(["Cher"], ["full_name"], {})["given_name"] == ""


def test_every_fault_has_a_sentence_even_one_that_nobody_foresaw() -> None:
    assert reason({"field": "email", "code": "odd"}) == "This cannot be used."
    assert column({"field": "shoe_size"}) == "shoe_size"
    assert "Row 7" in reason({"field": "name", "code": "row", "row": 7})
