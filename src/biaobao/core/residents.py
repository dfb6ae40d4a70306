"""Resident identity numbers (GB 11643-1999): place, birthday, order, and a check character."""

import re
from datetime import date

from stdnum.cn import ric

_FORM = re.compile(r"[1-9]\d{5}(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)\d{3}[\dX]", re.ASCII)


def is_valid(number: str) -> bool:
    """Tell whether the number has its form, a day of the calendar and a right check character.

    The place is not looked up: counties come and go, and old numbers stay good.
    """
    parts = _FORM.fullmatch(number)
    if parts is None or number != with_check(number[:-1]):
        return False
    try:
        date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
    except ValueError:
        return False
    return True


def with_check(first_17: str) -> str:
    """Return the whole number for its first 17 digits."""
    return first_17 + str(ric.calc_check_digit(f"{first_17}0"))
