"""Amounts as people read and write them."""

from __future__ import annotations

from biaobao.core.money import Money


def fen_of(amount: Money | int) -> int:
    return amount.fen if isinstance(amount, Money) else amount
