"""Lists as files: CSV for every program, XLSX with amounts and times that can be counted with."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, TypeVar

import xlsxwriter
from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils.functional import Promise
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from biaobao.core.instants import SHANGHAI, day_of, read_out
from biaobao.core.money import Money
from biaobao.core.paging import Page
from biaobao.core.refusal import refuse
from biaobao.web.ui.downloads import to_be_saved

Row = TypeVar("Row")
Cell = str | int | Money | date | Promise | None

# What one file may hold: more is no longer read, and would keep others waiting.
ROWS_MAX = 10_000
# Spreadsheet programs take a file for UTF-8 only if it begins with this mark.
UTF8_MARK = "\ufeff"
FORMULA_BEGINS = "=+-@\t\r"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MONEY, INSTANT, DAY = "#,##0.00", "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd"


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column of a file: its heading, and what of a row stands in it."""

    title: str | Promise
    of: Callable[[Row], Cell]


@dataclass(frozen=True, slots=True)
class Sheet(Generic[Row]):
    """A list as a file."""

    title: str | Promise
    columns: tuple[Column[Row], ...]

    def lines(self, rows: Iterable[Row]) -> Iterable[list[Cell]]:
        return ([column.of(row) for column in self.columns] for row in rows)


def exported(name: str, view: Callable[..., HttpResponse]) -> list[URLPattern]:
    """Return the addresses of a list's files, beside the list's own: ``letters.csv``, ``letters.xlsx``."""
    return [path(f"{name}.{kind}", view, {"kind": kind}, name=f"{name}-{kind}") for kind in _WRITE]


def answer(sheet: Sheet[Row], page: Page[Row], *, kind: str, at: datetime) -> HttpResponse:
    """Return the whole of a list as a file of a kind, csv or xlsx.

    :param page: the list as one page of at most ``ROWS_MAX`` rows.
    :raises Refused: LIST_TOO_LONG, if that is not all of it.
    """
    if page.pages > 1:
        raise refuse("LIST_TOO_LONG", rows=str(page.total), most=str(ROWS_MAX))
    write, media_type = _WRITE[kind]
    titles = [str(column.title) for column in sheet.columns]
    content = write(str(sheet.title), titles, sheet.lines(page.rows))
    name = f"{sheet.title}-{day_of(at).isoformat()}.{kind}"
    return to_be_saved(content, name=name, media_type=media_type)


def inert(text: str) -> str:
    """Return text that no spreadsheet program takes for a formula."""
    return f"'{text}" if text[:1] in FORMULA_BEGINS else text


def _csv(_title: str, titles: Sequence[str], lines: Iterable[list[Cell]]) -> bytes:
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(titles)
    table.writerows([_plain(cell) for cell in line] for line in lines)
    return f"{UTF8_MARK}{file.getvalue()}".encode()


def _plain(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Money():
            return f"{_yuan(cell):.2f}"
        case datetime():
            return read_out(cell)
        case date():
            return cell.isoformat()
        case int():
            return str(cell)
    return inert(str(cell))


def _xlsx(title: str, titles: Sequence[str], lines: Iterable[list[Cell]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        formats = {name: book.add_format({"num_format": name}) for name in (MONEY, INSTANT, DAY)}
        table = book.add_worksheet(title)
        table.freeze_panes(1, 0)
        table.set_column(0, len(titles) - 1, 20)
        bold = book.add_format({"bold": True})
        for place, heading in enumerate(titles):
            table.write_string(0, place, heading, bold)
        for number, line in enumerate(lines, start=1):
            for place, cell in enumerate(line):
                _set(table, (number, place), cell, formats)
    return file.getvalue()


def _set(table: Worksheet, place: tuple[int, int], cell: Cell, formats: dict[str, Format]) -> None:
    match cell:
        case None:
            return
        case Money():
            table.write_number(*place, _yuan(cell), formats[MONEY])
        case datetime():
            local = cell.astimezone(SHANGHAI).replace(tzinfo=None)
            table.write_datetime(*place, local, formats[INSTANT])
        case date():
            table.write_datetime(*place, cell, formats[DAY])
        case int():
            table.write_number(*place, cell)
        case _:
            # As text, whatever it begins with: it is never computed.
            table.write_string(*place, str(cell))


def _yuan(amount: Money) -> Decimal:
    return Decimal(amount.fen) / 100


_WRITE: dict[str, tuple[Callable[[str, Sequence[str], Iterable[list[Cell]]], bytes], str]] = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "xlsx": (_xlsx, XLSX),
}
