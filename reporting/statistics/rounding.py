"""The one place where a figure is rounded: half up (四舍五入), two digits.

Everything before is exact (whole numbers, fractions, timedeltas), so that 18 of 28 is 64.29 on every page of
every document and never 64.28 on one of them.
"""

from fractions import Fraction

DIGITS = 2


def half_up(value: Fraction | int | None, digits: int = DIGITS) -> float | None:
    """The value rounded to `digits`, halves away from zero. Nothing stays nothing.

    The result is the float nearest to the decimal number, so JSON and f"{x:.2f}" show exactly its digits.
    """
    if value is None:
        return None
    scale = 10**digits
    exact = abs(Fraction(value)) * scale
    rounded = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return (-rounded if value < 0 else rounded) / scale


def percent(part: int, whole: int) -> float | None:
    """`part` of `whole` in per cent; None where there is nothing to take a part of."""
    return half_up(Fraction(100 * part, whole)) if whole else None


def difference(value: float | None, before: float | None) -> float | None:
    """The difference of two printed figures, so that a reader who subtracts them finds the printed one."""
    if value is None or before is None:
        return None
    scale = 10**DIGITS
    return (round(value * scale) - round(before * scale)) / scale


def hours(microseconds: Fraction | int | None) -> float | None:
    """A length of time in hours."""
    return None if microseconds is None else half_up(Fraction(microseconds) / 3_600_000_000)
