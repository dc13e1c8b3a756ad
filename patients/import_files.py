"""A CSV file as bytes, and what it holds as rows of text; and rows as a CSV file again. Knows nothing of patients."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

MOST_BYTES = 5_000_000
MOST_ROWS = 10_000
MOST_COLUMNS = 60
DELIMITERS = ",;\t"
SAMPLE = 20  # records by which the delimiter is judged
NAMED = 3  # lines at fault that a message names
# A spreadsheet would take such a cell for a formula; the apostrophe says that it is text.
FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
GUARDED = re.compile(r"'(?='*[=+\-@\t\r\n])")


class NotAList(Exception):
    """The file cannot be read as a table. ``message`` is for the person who chose it."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.message, self.code = message, code


@dataclass(frozen=True, slots=True)
class Line:
    """One record: ``number`` is the line of the file on which it begins, as a spreadsheet or an editor counts."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    headings: list[str]
    lines: list[Line]
    encoding: str  # utf-8 or cp1252

    @property
    def is_guessed(self) -> bool:
        """Not UTF-8: read as what Windows writes, which a person should look at."""
        return self.encoding != "utf-8"


def read(data: bytes) -> Table:
    """Raises ``NotAList`` with the first thing that is wrong; a part of a file is never taken."""
    text, encoding = _decoded(data)
    records = list(_records(text, _delimiter(text)))
    if not records:
        raise NotAList(_("The file is empty."), code="empty")
    heading, *lines = records
    headings = [name.strip() for name in heading.cells]
    if len(headings) > MOST_COLUMNS:
        raise NotAList(
            _("The file has %(number)d columns; %(most)d are possible. Delete those that you do not need.")
            % {"number": len(headings), "most": MOST_COLUMNS},
            code="columns",
        )
    if not lines:
        raise NotAList(
            _("The file has a first line with the names of the columns, but no patients below it."),
            code="headings_only",
        )
    if len(lines) > MOST_ROWS:
        raise NotAList(
            _("The file has %(number)d rows; %(most)d are possible at once. Split it into several files.")
            % {"number": len(lines), "most": MOST_ROWS},
            code="rows",
        )
    _refuse_ragged(lines, len(headings))
    return Table(headings, lines, encoding)


def write(rows: Iterable[Sequence[str]]) -> str:
    """For a spreadsheet: no cell is taken for a formula; ``read`` takes the guarding apostrophes off again."""
    out = StringIO(newline="")
    csv.writer(out).writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue()


def guarded(cell: str) -> str:
    return "'" + cell if FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    return GUARDED.sub("", cell, count=1) if GUARDED.match(cell) else cell


def _decoded(data: bytes) -> tuple[str, str]:
    if not data.strip():
        raise NotAList(_("The file is empty."), code="empty")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise NotAList(
            _("This is a spreadsheet, not a CSV file. Open it and save it as “CSV UTF-8”."), code="workbook"
        )
    if b"\0" in data:
        raise NotAList(
            _("This is not a plain text file, or one in UTF-16. Save it as “CSV UTF-8”."), code="nul"
        )
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), "cp1252"
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotAList(
            _("Line %(line)d holds a character that cannot be read. Save the file as “CSV UTF-8”.")
            % {"line": line},
            code="encoding",
        ) from error


def _delimiter(text: str) -> str:
    """The one that cuts the first line into most columns; of two equal ones, that which cuts the next lines alike."""
    return max(DELIMITERS, key=lambda delimiter: _merit(text, delimiter))


def _merit(text: str, delimiter: str) -> tuple[int, bool]:
    widths, whole = list[int](), True
    try:
        for line in islice(_records(text, delimiter), SAMPLE):
            widths.append(len(line.cells))
    except NotAList:  # said when the file is read with the delimiter that won
        whole = False
    return (widths[0], whole and len(set(widths)) == 1) if widths else (0, False)


def _records(text: str, delimiter: str) -> Iterator[Line]:
    """Without those that hold nothing at all."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise NotAList(
                _("The quotation marks in line %(line)d do not fit together.") % {"line": begins},
                code="quotes",
            ) from error
        plain = [unguarded(cell) for cell in cells]
        if any(cell.strip() for cell in plain):
            yield Line(begins, plain)


def _refuse_ragged(lines: list[Line], width: int) -> None:
    ragged = [line for line in lines if len(line.cells) != width]
    if not ragged:
        return
    first = ragged[0]
    said: dict[str, Any] = {
        "lines": ", ".join(str(line.number) for line in ragged[:NAMED]) + (" …" if ragged[NAMED:] else ""),
        "line": first.number,
        "found": len(first.cells),
        "width": width,
    }
    raise NotAList(
        _(
            "Line %(line)d has %(found)d cells, the first line has %(width)d. Lines to look at: %(lines)s."
            " A comma inside a cell needs quotation marks around it."
        )
        % said,
        code="ragged",
    )
