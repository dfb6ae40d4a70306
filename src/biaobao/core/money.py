"""Money in whole fen: the only amount there is in this house."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

DIGITS = "零壹贰叁肆伍陆柒捌玖"
UNITS = ("", "拾", "佰", "仟")
GROUPS = {8: "亿", 4: "万"}
LIMIT_YUAN = 10**12


@dataclass(frozen=True, order=True, slots=True)
class Money:
    """An amount of CNY in whole fen; never a float, never negative by accident."""

    fen: int

    def __add__(self, other: Money) -> Money:
        return Money(self.fen + other.fen)

    def __sub__(self, other: Money) -> Money:
        return Money(self.fen - other.fen)

    def __bool__(self) -> bool:
        return self.fen != 0

    def __str__(self) -> str:
        """Return the amount as people read it: ``¥1,234,567.89``."""
        return _read_out(self.fen)

    def in_capitals(self) -> str:
        """Return the amount in the capital numerals (大写) that payment documents ask for: ``捌万元整``.

        The rules for filling in bills and settlement vouchers (Payment and Settlement Measures,
        annex 1) decide where 零 and 整 stand; after 角 they leave 整 open, and it is written here
        so that nothing can be added behind it.

        :raises ValueError: if it is 万亿 or more.
        """
        yuan, cents = divmod(abs(self.fen), 100)
        if yuan >= LIMIT_YUAN:
            raise ValueError(f"{self.fen} fen is more than any voucher has room for")
        tenths, hundredths = divmod(cents, 10)
        words = "负" if self.fen < 0 else ""
        if yuan or not cents:
            words += _whole_in_capitals(yuan) + "元"
        if tenths:
            words += DIGITS[tenths] + "角"
        elif hundredths and yuan:
            words += "零"
        return words + (DIGITS[hundredths] + "分" if hundredths else "整")

    @classmethod
    def yuan(cls, amount: int) -> Money:
        return cls(amount * 100)


ZERO = Money(0)


# Of the deposits of one lot, all are of one amount.
@lru_cache(maxsize=2**12)
def _read_out(amount: int) -> str:
    sign = "-" if amount < 0 else ""
    yuan, fen = divmod(abs(amount), 100)
    return f"{sign}¥{yuan:,}.{fen:02d}"


def _whole_in_capitals(number: int) -> str:
    words = ""
    figures = str(number)
    for place, figure in zip(range(len(figures))[::-1], figures, strict=True):
        words += "零" if figure == "0" else DIGITS[int(figure)] + UNITS[place % 4]
        group = number // 10**place % 10_000
        if place in GROUPS and group:
            words = words.rstrip("零") + GROUPS[place]
    # One 零 stands for any run of zeros between two digits.
    return re.sub("零+", "零", words.rstrip("零")) or "零"
