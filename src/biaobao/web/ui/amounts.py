"""Amounts as people read and write them."""

from __future__ import annotations

from biaobao.core.money import Money


def fen_of(amount: Money | int) -> int:
    return amount.fen if isinstance(amount, Money) else amount


def typed(amount: Money) -> str:
    """Return an amount as people type it into a bank's form: ``80000.00``."""
    return f"{amount.fen // 100}.{amount.fen % 100:02d}"
