"""Every refusal has words of its own."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

import biaobao
from biaobao.core.refusal import Objection
from biaobao.web.ui.words import WORDS, Explanation, explain

SOURCE = Path(biaobao.__file__).parent
MAKERS = {"refuse", "Objection", "_failed"}


def codes_in_source() -> set[str]:
    """Return each code that the source refuses with, by the first argument of what makes one."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) in MAKERS and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def test_every_code_in_the_source_has_words() -> None:
    assert sorted(codes_in_source() - WORDS.keys()) == []


@pytest.mark.parametrize("code", sorted(WORDS))
def test_each_of_the_three_parts_is_a_sentence(code: str) -> None:
    for part in WORDS[code]:
        assert str(part).endswith("。")
        names = [name for _, name, _, _ in string.Formatter().parse(str(part)) if name]
        assert all(name.isidentifier() for name in names)


def test_facts_and_citation_are_told() -> None:
    objection = Objection(
        "SECURITY_ABOVE_CAP",
        facts={"amount": "¥900,000.00", "highest": "¥800,000.00"},
        citation="《条例》第二十六条",
    )

    assert explain(objection) == Explanation(
        "没有办理。",
        "保证金 ¥900,000.00 超过最高限额 ¥800,000.00。",
        "请把保证金改为 ¥800,000.00 或更低。",
        "《条例》第二十六条",
    )


def test_a_missing_fact_is_a_dash() -> None:
    assert explain(Objection("USCC_TAKEN")).why == "统一社会信用代码 — 已经注册。"


def test_braces_in_facts_are_plain_text() -> None:
    objection = Objection("USERNAME_TAKEN", facts={"username": "{code}"})

    assert explain(objection).why == "用户名 {code} 已被使用。"


def test_an_unknown_code_gets_general_words_with_the_code_to_tell() -> None:
    assert explain(Objection("NOBODY_WROTE_THIS")) == Explanation(
        "这一步没有办成，资料和资金都没有变动。",
        "当前情况不符合办理条件。",
        "请返回上一页核对；如仍不明白，请拨打页面下方的咨询电话，并告知代码 NOBODY_WROTE_THIS。",
    )
