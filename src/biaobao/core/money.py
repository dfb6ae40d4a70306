"""Money in whole fen: the only amount there is in this house."""

from __future__ import annotations

from dataclasses import dataclass


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
        sign = "-" if self.fen < 0 else ""
        yuan, fen = divmod(abs(self.fen), 100)
        return f"{sign}¥{yuan:,}.{fen:02d}"

    @classmethod
    def yuan(cls, amount: int) -> Money:
        return cls(amount * 100)


ZERO = Money(0)
