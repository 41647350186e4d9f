"""Conditions over the facts of a case: a map is AND, a list of values is any-of, all/any/not nest.

    {tier: [important, major], loss_amount.gte: 1000, any: [{channel: visit}, {requested_due.exists: true}]}

An unknown fact equals nothing, not even false: `{satisfied: false}` holds only when somebody said no, while
`{satisfied.not: true}` also holds when nobody was asked. (The flags the timeline computes are always known.)
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

# How many there are, for one count condition; None = nobody can say, and the condition does not hold.
Counts = Callable[[Mapping[str, object]], int | None]

OPERATORS = ("not", "gt", "gte", "lt", "lte", "exists")
_COMPARE: Mapping[str, Callable[[int], bool]] = {
    "gt": lambda sign: sign > 0,
    "gte": lambda sign: sign >= 0,
    "lt": lambda sign: sign < 0,
    "lte": lambda sign: sign <= 0,
}
_KINDS = {"consent": "consent", "form": "form", "listed_in": "listed"}


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that is missing: a leaf of a condition, or what a gate or an extension asks for.

    code      meaning, and what the other fields hold
    fact      the fact `fact` should stand in relation `op` to `expected`
    consent   the role `expected` must agree (fact is "consent.<role>")
    form      the form `expected` must be filed (fact is "form.<id>")
    listed    the case must be on the list `expected` (fact is "listed_in.<schedule>")
    any, all  one, or every, one of `options` is needed
    not       `expected` (a condition) must not hold
    count     the count condition `expected` must hold
    field, signature    the form `expected` lacks `fact`: form.<id>.<field>, form.<id>.sign.<role>
    role, not_by, blocked, kind, decide, reason, rounds, duty       see gates.py
    not_allowed, met, before_due, not_later, max, ceiling, times    see extensions.py
    transfer_to, return_only    see routes.py
    choice, respondent          see penalties.py
    demand                      see demands.py
    """

    code: str
    fact: str = ""
    op: str = "is"
    expected: object = None
    options: tuple["Need", ...] = ()
    text: str = ""


def holds(
    condition: Mapping[str, object], facts: Mapping[str, object], *, counts: Counts | None = None
) -> bool:
    """Whether a condition (already checked by the schema) holds. The empty map always does.

    `counts` answers `{count: ...}` with a number of cases; without it no count condition holds.
    """
    return all(_holds_one(key, value, facts, counts) for key, value in condition.items())


def unmet(
    condition: Mapping[str, object], facts: Mapping[str, object], *, counts: Counts | None = None
) -> list[Need]:
    """What is missing for the condition to hold; empty if it holds. `any` is one need with its options."""
    needs: list[Need] = []
    for key, value in condition.items():
        if not _holds_one(key, value, facts, counts):
            needs.extend(_needs_of(key, value, facts, counts))
    return needs


def facts_read(condition: Mapping[str, object]) -> Iterator[str]:
    """The names of the facts a condition looks at, its own and those of everything nested in it."""
    for key, value in condition.items():
        if key in ("all", "any"):
            for inner in value:  # type: ignore[attr-defined]
                yield from facts_read(inner)
        elif key == "not":
            yield from facts_read(value)  # type: ignore[arg-type]
        elif key == "event_was":
            yield from _each(value)  # type: ignore[misc]
        elif key == "count":
            yield from value.get("same", ())  # type: ignore[attr-defined]
        else:
            yield split_operator(key)[0]


@lru_cache(maxsize=4096)
def split_operator(key: str) -> tuple[str, str]:
    """`loss_amount.gte` -> (loss_amount, gte); a key without an operator is compared for equality: `is`."""
    name, dot, last = key.rpartition(".")
    return (name, last) if dot and last in OPERATORS else (key, "is")


def _holds_one(key: str, value: object, facts: Mapping[str, object], counts: Counts | None) -> bool:
    if key == "all":
        return all(holds(inner, facts, counts=counts) for inner in value)  # type: ignore[attr-defined]
    if key == "any":
        return any(holds(inner, facts, counts=counts) for inner in value)  # type: ignore[attr-defined]
    if key == "not":
        return not holds(value, facts, counts=counts)  # type: ignore[arg-type]
    if key == "event_was":
        return any(facts.get(str(kind)) is True for kind in _each(value))
    if key == "count":
        return _count_holds(value, counts)  # type: ignore[arg-type]
    name, operator = split_operator(key)
    return _compare(look_up(facts, name), operator, value)


def _count_holds(count: Mapping[str, object], counts: Counts | None) -> bool:
    if counts is None:
        return False
    number = counts(count)
    if number is None:
        return False
    return all(_compare(number, operator, count[operator]) for operator in _COMPARE if operator in count)


def look_up(facts: Mapping[str, object], name: str) -> object:
    """The value of a fact; `respondent.unit` also finds the key `unit` of a map `respondent`."""
    if name in facts:
        return facts[name]
    owner, dot, attribute = name.partition(".")
    inner = facts.get(owner) if dot else None
    return inner.get(attribute) if isinstance(inner, Mapping) else None


def _compare(actual: object, operator: str, expected: object) -> bool:
    if operator == "exists":
        return (actual not in (None, "", ())) is bool(expected)
    if operator == "is":
        return any(_same(have, want) for have in _each(actual) for want in _each(expected))
    if operator == "not":
        return not any(_same(have, want) for have in _each(actual) for want in _each(expected))
    sign = _sign(actual, expected)
    return sign is not None and _COMPARE[operator](sign)


def _same(have: object, want: object) -> bool:
    # True == 1 in Python, but "yes" is not "one" in a rule.
    if isinstance(have, bool) or isinstance(want, bool):
        return have is want
    return have == want


def _sign(actual: object, expected: object) -> int | None:
    """-1, 0 or 1 as actual is below, at or above expected; None where they cannot be compared."""
    left, right = _ordered(actual), _ordered(expected)
    if left is None or type(left) is not type(right):
        return None
    return (left > right) - (left < right)  # type: ignore[operator]


def _ordered(value: object) -> float | datetime | str | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        return float(value)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return str(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime(value.year, value.month, value.day, tzinfo=UTC) if isinstance(value, date) else None


def _each(value: object) -> tuple[object, ...]:
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(value)
    return (value,)


def _needs_of(key: str, value: object, facts: Mapping[str, object], counts: Counts | None) -> list[Need]:
    if key == "all":
        return [need for inner in value for need in unmet(inner, facts, counts=counts)]  # type: ignore[attr-defined]
    if key == "any":
        options = tuple(_as_one(unmet(inner, facts, counts=counts)) for inner in value)  # type: ignore[attr-defined]
        return [Need("any", options=options)]
    if key == "not":
        return [Need("not", expected=value)]
    if key == "count":
        return [Need("count", expected=value)]
    if key == "event_was":
        return [Need("fact", fact=str(kind), expected=True) for kind in _each(value)]
    return [_leaf(*split_operator(key), value)]


def _leaf(name: str, operator: str, expected: object) -> Need:
    need = Need("fact", fact=name, op=operator, expected=expected)
    owner, dot, rest = name.partition(".")
    if dot and owner in _KINDS and expected is True:
        return replace(need, code=_KINDS[owner], expected=rest)
    return need


def _as_one(needs: list[Need]) -> Need:
    return needs[0] if len(needs) == 1 else Need("all", options=tuple(needs))
