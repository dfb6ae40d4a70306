"""Unified social credit codes (GB 32100-2015): 18 characters, the last a check character."""

from stdnum.cn import uscc

LENGTH = 18


def is_valid(code: str) -> bool:
    """Tell whether the code is 18 characters of the standard's alphabet with a right check character."""
    return len(code) == LENGTH and code == code.upper() and bool(uscc.is_valid(code))


def with_check(first_17: str) -> str:
    """Return the whole code for its first 17 characters."""
    return first_17 + str(uscc.calc_check_digit(first_17))
