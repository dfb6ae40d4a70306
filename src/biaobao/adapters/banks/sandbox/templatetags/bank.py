"""How amounts, times and account numbers are written on the bank's pages."""

from __future__ import annotations

from datetime import datetime

from django import template

from biaobao.adapters.banks.iso20022.vocabulary import CHINA, minor_digits

register = template.Library()


@register.filter
def amount(minor: int, currency: str = "CNY") -> str:
    digits = minor_digits(currency)
    whole, rest = divmod(abs(minor), 10**digits)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}" + (f".{rest:0{digits}d}" if digits else "")


@register.filter
def grouped(number: str) -> str:
    """Return an account number in groups of four."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


@register.filter
def moment(kept: str | float) -> str:
    """Return a time as kept in the store, in Beijing time to the second."""
    instant = (
        datetime.fromtimestamp(kept, CHINA)
        if isinstance(kept, float)
        else datetime.fromisoformat(kept).astimezone(CHINA)
    )
    return f"{instant:%Y-%m-%d %H:%M:%S}"
