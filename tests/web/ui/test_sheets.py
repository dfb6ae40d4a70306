"""A list as a file is read by spreadsheet programs as it stands, and computes nothing."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import pytest
from lxml import etree

from biaobao.core.money import Money
from biaobao.core.paging import Page
from biaobao.core.refusal import Refused
from biaobao.web.ui import sheets
from biaobao.web.ui.sheets import Column, Sheet

AT = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
NAMES = ["衢州示例建设有限公司", "=cmd|' /C calc'!A0", "+86", "-1", "@SUM(A1)", "\t=1", "a=b"]

SHEET: Sheet[Any] = Sheet(
    "保函",
    (
        Column("单位", lambda row: row[0]),
        Column("金额", lambda row: row[1]),
        Column("时间", lambda row: row[2]),
        Column("到期", lambda row: row[3]),
        Column("版本", lambda row: row[4]),
    ),
)


def page_of(*names: str, pages: int = 1) -> Page[Any]:
    rows = tuple((name, Money(8_000_005), AT, date(2026, 6, 1), 2) for name in names)
    return Page(rows, 1, pages, len(rows) * pages)


def cells(content: bytes) -> list[list[tuple[str, str]]]:
    """Return type and value of each cell of a workbook, read as any other program would."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        texts = [
            "".join(each.itertext())
            for each in etree.fromstring(book.read("xl/sharedStrings.xml")).iter(f"{MAIN}si")
        ]
        sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert sheet.find(f".//{MAIN}f") is None
    found = []
    for row in sheet.iter(f"{MAIN}row"):
        line = []
        for cell in row.iter(f"{MAIN}c"):
            kind, value = cell.get("t", "n"), cell.findtext(f"{MAIN}v") or ""
            line.append((kind, texts[int(value)] if kind == "s" else value))
        found.append(line)
    return found


def test_a_csv_file_has_headings_amounts_and_times_as_people_read_them():
    answer = sheets.answer(SHEET, page_of(NAMES[0]), kind="csv", at=AT)

    text = answer.content.decode()
    assert text[0] == sheets.UTF8_MARK
    assert list(csv.reader(io.StringIO(text[1:]))) == [
        ["单位", "金额", "时间", "到期", "版本"],
        [NAMES[0], "80000.05", "2026-03-03 01:00:00", "2026-06-01", "2"],
    ]
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "filename*=utf-8''%E4%BF%9D%E5%87%BD-2026-03-03.csv" in answer["Content-Disposition"]


def test_what_begins_like_a_formula_is_made_inert_in_csv():
    answer = sheets.answer(SHEET, page_of(*NAMES), kind="csv", at=AT)

    rows = list(csv.reader(io.StringIO(answer.content.decode()[1:])))[1:]
    assert [row[0] for row in rows] == [
        NAMES[0],
        *(f"'{name}" for name in NAMES[1:-1]),
        NAMES[-1],
    ]


def test_a_workbook_holds_text_as_text_and_numbers_as_numbers():
    answer = sheets.answer(SHEET, page_of(*NAMES), kind="xlsx", at=AT)

    heading, *rows = cells(answer.content)
    assert heading == [("s", title) for title in ("单位", "金额", "时间", "到期", "版本")]
    assert [row[0] for row in rows] == [("s", name) for name in NAMES]
    # Days since 1899-12-30: in Shanghai it is 01:00 of 3 March.
    assert rows[0][1:] == [
        ("n", "80000.05"),
        ("n", "46084.04166666666"),
        ("n", "46174"),
        ("n", "2"),
    ]


def test_a_list_that_is_too_long_is_refused_and_not_cut():
    with pytest.raises(Refused) as refused:
        sheets.answer(SHEET, page_of(NAMES[0], pages=2), kind="csv", at=AT)

    (objection,) = refused.value.objections
    assert (objection.code, objection.facts) == ("LIST_TOO_LONG", {"rows": "2", "most": "10000"})
