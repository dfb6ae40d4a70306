"""Amounts as payment documents spell them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biaobao.core.money import DIGITS, Money


@pytest.mark.parametrize(
    ("yuan", "words"),
    [
        ("0.00", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("0.55", "伍角伍分"),
        ("1.00", "壹元整"),
        ("10.00", "壹拾元整"),
        ("20.00", "贰拾元整"),
        ("105.00", "壹佰零伍元整"),
        ("1000.01", "壹仟元零壹分"),
        ("1001.10", "壹仟零壹元壹角整"),
        ("10500.60", "壹万零伍佰元陆角整"),
        ("100000.00", "壹拾万元整"),
        ("100050.00", "壹拾万零伍拾元整"),
        ("1000000.05", "壹佰万元零伍分"),
        ("10001000.00", "壹仟万壹仟元整"),
        ("100000000.00", "壹亿元整"),
        ("100000500.00", "壹亿零伍佰元整"),
        ("100005000.00", "壹亿零伍仟元整"),
        ("100010000.00", "壹亿零壹万元整"),
        ("123456789.12", "壹亿贰仟叁佰肆拾伍万陆仟柒佰捌拾玖元壹角贰分"),
        ("999999999999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        # Examples of the rules for filling in bills and settlement vouchers.
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
    ],
)
def test_capital_numerals(yuan: str, words: str) -> None:
    assert Money(int(yuan.replace(".", ""))).in_capitals() == words


def test_a_negative_amount_says_so() -> None:
    assert Money(-2_050).in_capitals() == "负贰拾元伍角整"


def test_an_amount_beyond_any_voucher_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^100000000000000 fen is more than any voucher"):
        Money(10**14).in_capitals()


@given(st.integers(min_value=0, max_value=10**14 - 1))
def test_capital_numerals_read_back_as_the_amount(fen: int) -> None:
    words = Money(fen).in_capitals()

    assert _read(words) == fen
    assert "零零" not in words


def _read(words: str) -> int:
    total = group = digit = 0
    for letter in words:
        if letter in DIGITS:
            digit = DIGITS.index(letter)
        elif letter in "拾佰仟":
            group, digit = group + digit * 10 ** ("拾佰仟".index(letter) + 1), 0
        elif letter in "万亿":
            total, group, digit = (
                total + (group + digit) * 10 ** (4 + 4 * "万亿".index(letter)),
                0,
                0,
            )
        elif letter == "元":
            total, group, digit = (total + group + digit) * 100, 0, 0
        elif letter in "角分":
            total, digit = total + digit * (10 if letter == "角" else 1), 0
    return total
