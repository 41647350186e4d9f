"""How a figure looks on paper and screen. One filter for each kind, so that it looks the same everywhere."""

from django import template

register = template.Library()

NOTHING = "—"  # a figure that does not exist: the rate of nothing
MINUS = "−"
PERCENT = "\u00a0%"  # kept on the line of its number


@register.filter
def number(value: int | None) -> str:
    """1234; nothing is —."""
    return NOTHING if value is None else str(value)


@register.filter
def two_digits(value: float | None) -> str:
    """12.30; nothing is —. The value is rounded already: this only writes it."""
    return NOTHING if value is None else f"{value:.2f}"


@register.filter
def percentage(value: float | None) -> str:
    """64.29 %; nothing is —."""
    return NOTHING if value is None else f"{value:.2f}{PERCENT}"


@register.filter
def signed(value: int | None) -> str:
    """+3, −3, 0: the difference of two counts."""
    return NOTHING if value is None else _sign(value) + str(abs(value))


@register.filter
def signed_percentage(value: float | None) -> str:
    """+20.00 %: how much a count has grown."""
    return NOTHING if value is None else f"{_sign(value)}{abs(value):.2f}{PERCENT}"


@register.filter
def points(value: float | None) -> str:
    """+4.29: the difference of two rates, in percentage points."""
    return NOTHING if value is None else f"{_sign(value)}{abs(value):.2f}"


def _sign(value: float) -> str:
    return "+" if value > 0 else MINUS if value < 0 else ""
