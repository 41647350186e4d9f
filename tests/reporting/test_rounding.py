"""Half up, two digits, in one place."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.statistics.rounding import difference, half_up, percent


@pytest.mark.parametrize(
    ("part", "whole", "printed"),
    [
        (18, 28, 64.29),
        (28, 2217, 1.26),
        (1, 3, 33.33),
        (2, 3, 66.67),
        (1, 800, 0.13),
        (0, 5, 0.0),
        (5, 5, 100.0),
    ],
)
def test_per_cent(part, whole, printed):
    assert percent(part, whole) == printed


def test_the_rate_of_nothing_is_nothing():
    assert percent(0, 0) is None
    assert half_up(None) is None
    assert difference(None, 1.0) is None
    assert difference(1.0, None) is None


def test_halves_go_away_from_zero():
    assert half_up(Fraction(1, 200)) == 0.01  # 0.005: what round() and format() would make 0.0
    assert half_up(Fraction(-1, 200)) == -0.01
    assert half_up(Fraction(2675, 1000)) == 2.68  # the float 2.675 lies below and would give 2.67


@given(st.fractions(min_value=-(10**9), max_value=10**9))
def test_half_up_is_what_decimal_says(value):
    digits = Decimal(value.numerator) / Decimal(value.denominator)
    lossless = (value.numerator * 10**20) % value.denominator == 0
    if lossless:
        assert half_up(value) == float(digits.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))
    assert abs(Fraction(str(half_up(value))) - value) <= Fraction(1, 200)


def test_a_difference_is_that_of_the_printed_figures():
    assert difference(64.29, 60.0) == 4.29
    assert difference(33.33, 66.67) == -33.34
    assert difference(0.3, 0.1) == 0.2  # not 0.19999999999999998
