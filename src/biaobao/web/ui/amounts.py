"""Amounts as people read and write them."""

from __future__ import annotations

from biaobao.core.money import Money

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿")
LIMIT_YUAN = 10**12


def fen_of(amount: Money | int) -> int:
    return amount.fen if isinstance(amount, Money) else amount


def in_capitals(amount: Money | int) -> str:
    """Return the amount in the capital numerals that payment documents ask for.

    The rules for filling in bills and settlement vouchers (Payment and Settlement Measures,
    annex 1) decide where 零 and 整 stand; after 角 they leave 整 open, and it is written here
    so that nothing can be added behind it.
    """
    fen = fen_of(amount)
    yuan, cents = divmod(abs(fen), 100)
    if yuan >= LIMIT_YUAN:
        raise ValueError(f"{fen} fen is more than any voucher has room for")
    tenths, hundredths = divmod(cents, 10)
    words = "负" if fen < 0 else ""
    if yuan or not cents:
        words += (_whole(yuan) or "零") + "元"
    if tenths:
        words += DIGITS[tenths] + "角"
    elif hundredths and yuan:
        words += "零"
    return words + (DIGITS[hundredths] + "分" if hundredths else "整")


def _whole(number: int) -> str:
    words = ""
    for place in reversed(range(len(GROUPS))):
        group = number // 10_000**place % 10_000
        if not group:
            continue
        # One 零 stands for any run of zeros between two digits, even across groups.
        starts_with_zero = not group // 1_000
        follows_a_hole = not number // 10_000 ** (place + 1) % 10_000
        gap = words and (starts_with_zero or follows_a_hole)
        words += ("零" if gap else "") + _four(group) + GROUPS[place]
    return words


def _four(group: int) -> str:
    words = ""
    for place in reversed(range(4)):
        digit = group // 10**place % 10
        if digit:
            skipped = words and group // 10 ** (place + 1) % 10 == 0
            words += ("零" if skipped else "") + DIGITS[digit] + PLACES[place]
    return words
