"""Files as spreadsheets write them: which letters, which separator, and which row is which. The file's own format alone
knows what stands in a row."""

import codecs
import csv
import io
from collections.abc import Collection
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

SEPARATORS = (",", ";", "\t")
MARKED = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def decoded(data: bytes) -> str:
    """UTF-8, and UTF-16 that says so. Others are not guessed: a wrong letter would be read by patients."""
    encoding = next((name for mark, name in MARKED.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as fault:
        message = _(
            "The letters of this file cannot be read from line %(line)s on: it is not UTF-8."
            " Save it as “CSV UTF-8” and choose it again."
        )
        line = data[: fault.start].count(b"\n") + 1
        raise ValidationError(message % {"line": line}, code="encoding") from fault
    if "\0" in text:
        raise ValidationError(
            _("This file is not text, or not UTF-8. Save it as “CSV UTF-8” and choose it again."),
            code="encoding",
        )
    return text


def read(data: bytes, separator: str, known: Collection[str]) -> tablib.Dataset:
    """Rows below their header, as ``rows_of`` numbers them. Commas, semicolons or tabs: whichever parts the header
    into more of the columns that are ``known``."""
    text = decoded(data)
    header = next((line for line in text.splitlines() if line.strip()), "")
    by_count = [separator, *(other for other in SEPARATORS if other != separator)]
    separator = max(by_count, key=lambda one: len(set(_cells(header, one)) & set(known)))
    numbered = [
        (number, row)
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), start=1)
        if row and (len(row) == 1 or any(row))  # spreadsheets leave rows of nothing but separators behind
    ]
    if not numbered:
        return tablib.Dataset()
    (_number, names), *rows = numbered
    names = [name.strip() for name in names]
    dataset = tablib.Dataset(headers=names)
    for number, row in rows:
        if len(row) > len(names) and any(row[len(names) :]):
            message = _("Row %(row)s has more cells than there are columns: a comma has to stand in quotes.")
            raise ValidationError(message % {"row": number}, code="cells")
        cells = [*row, *[""] * (len(names) - len(row))][: len(names)]
        dataset.append([cell.removeprefix("'") for cell in cells])
    dataset.shown_numbers = [number for number, _row in rows]
    return dataset


def shown_numbers(dataset: Any) -> list[int]:
    """Of each row the number that a spreadsheet shows beside it: the header is row 1. Other files count from 1."""
    known: list[int] = getattr(dataset, "shown_numbers", [])
    return known or list(range(1, len(dataset) + 1))


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip() for row in csv.reader([line], delimiter=separator) for cell in row]
