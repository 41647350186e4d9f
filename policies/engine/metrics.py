"""Metrics: figures of a period from numbers counted elsewhere, printed once, and held against their target.

Means belong here, never in a limit. A figure is rounded once, half-up, to two digits; whether the target is
met is judged on the exact value.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from policies.engine.conditions import holds
from policies.engine.schema import Metric

CENT = Decimal("0.01")
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` is exact (a rate is a share of 1), `shown` what is printed; both None/"" without any cases.

    `met` is None where there is no value or no target.
    """

    value: Decimal | None
    shown: str
    met: bool | None


def figure(
    metric: Metric,
    *,
    part: int | float | Decimal | None = None,
    whole: int | float | Decimal | None = None,
    hours: Sequence[int | float | Decimal] = (),
    number: int | float | Decimal | None = None,
) -> Figure:
    """The figure of a metric.

    rate, ratio, per_million take `part` and `whole`, mean_hours takes `hours`, count and entered `number`.
    Raises ValueError where what the statistic needs is missing.
    """
    value: Decimal | None
    if metric.stat in ("count", "entered"):
        value = _given(number, metric, "number")
    elif metric.stat == "mean_hours":
        value = sum(map(_exact, hours), Decimal(0)) / len(hours) if hours else None
    else:
        value = _quotient(_given(part, metric, "part"), _given(whole, metric, "whole"))
        if metric.stat == "per_million" and value is not None:
            value *= MILLION
    return Figure(value, _shown(metric, value), _met(metric, value))


def tally(metric: Metric, cases: Iterable[Mapping[str, object]]) -> tuple[int, int]:
    """(part, whole) of a metric over cases, each given by its facts.

    The whole are the cases for which `when` holds (and `denominator`, if it is a condition); the part are
    those of them for which the condition `numerator` holds.
    """
    conditions = [metric.when, metric.denominator]
    whole = [
        facts for facts in cases if all(holds(one, facts) for one in conditions if isinstance(one, Mapping))
    ]
    numerator = metric.numerator
    part = [facts for facts in whole if isinstance(numerator, Mapping) and holds(numerator, facts)]
    return len(part), len(whole)


def _exact(value: int | float | Decimal) -> Decimal:
    return Decimal(str(value))


def _given(value: int | float | Decimal | None, metric: Metric, name: str) -> Decimal:
    if value is None:
        raise ValueError(f"{metric.id}: a {metric.stat} needs {name}")
    return _exact(value)


def _quotient(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole if whole else None


def _shown(metric: Metric, value: Decimal | None) -> str:
    if value is None:
        return ""
    if metric.stat in ("count", "entered"):
        return format(value.normalize(), "f")
    if metric.stat in ("rate", "ratio"):
        return f"{(value * 100).quantize(CENT, ROUND_HALF_UP)} %"
    return str(value.quantize(CENT, ROUND_HALF_UP))


def _met(metric: Metric, value: Decimal | None) -> bool | None:
    least, most = metric.target.get("min"), metric.target.get("max")
    if value is None or (least is None and most is None):
        return None
    above = least is None or value >= _exact(least)  # type: ignore[arg-type]
    below = most is None or value <= _exact(most)  # type: ignore[arg-type]
    return above and below
