"""Calendars, limits, duties, extensions, clock stops."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time

from policies.engine.frozen import EMPTY
from policies.engine.schema.grammar import Action, Condition

Hours = tuple[tuple[time, time], ...]


@dataclass(frozen=True, slots=True)
class CalendarRule:
    """How a limit counts. `hours` are opening ranges of a day; `days` says which days count as worked."""

    name: str = ""
    kind: str = "elapsed"  # elapsed | day | workday | business
    first_day: str = "excluded"  # excluded (Civil Code art. 201) | included
    ends: str = ""  # midnight | business_close; "" = business_close for kind business, else midnight
    roll_forward: bool = False  # a last day that is a rest day moves to the next worked day (art. 203)
    days: str = "cn_workdays"  # cn_workdays | weekdays | every_day
    hours: Hours = ()
    title: str = ""
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ValueRange:
    """A limit between two bounds: `lo` counts where `lo_when` holds, else `hi`."""

    lo: float | None
    hi: float | None
    lo_when: Condition = EMPTY


@dataclass(frozen=True, slots=True)
class Limit:
    """One row of a duty's limits. Without unit or value (`tenant_fill`) it is tracked but has no due time."""

    when: Condition = EMPTY
    value: float | None = None
    unit: str = ""
    calendar: CalendarRule = CalendarRule()
    force: str = "must"  # must | should
    earlier_of: str = ""  # a fact holding a time; the earlier of both counts
    fact: str = "promised_due"  # unit promise: the fact holding the promised time
    range: ValueRange | None = None
    day: int | None = None  # unit at: day of the month, clipped to its last day
    tenant_fill: bool = False
    suggest: float | None = None
    basis: str = ""
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LadderStep:
    """One rung above the breach, counted from the rung before it.

    Either `of_limit` (a fraction of the length of the duty's limit, at most `at_most`) or a `fixed` limit.
    """

    actions: tuple[Action, ...]
    of_limit: float | None = None
    at_most: Limit | None = None
    fixed: Limit | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """A rule: from this event to that event within this limit, owned by this role."""

    id: str
    owner: str
    start: tuple[str, ...]  # `from`: the latest of these
    end: tuple[str, ...]  # `to`: the first of these
    limits: tuple[Limit, ...]
    title: str = ""
    when: Condition = EMPTY
    each: str = "case"  # case | ticket
    pausable: bool = True
    warn_at: float | None = None
    on_warn: tuple[Action, ...] = ()
    on_breach: tuple[Action, ...] = ()
    ladder: tuple[LadderStep, ...] = ()
    ceiling: Limit | None = None  # a legal limit that no extension may pass
    blocks: tuple[str, ...] = ()  # events refused while the duty is open
    ordered_by: str = ""
    basis: str = ""
    source: tuple[str, ...] = ()
    reads: frozenset[str] = frozenset()  # the facts its conditions and limits look at


@dataclass(frozen=True, slots=True)
class MaximumExtension:
    """`of` added: all extensions together, from the first due time; total: the whole, from the start."""

    limit: Limit
    of: str = "added"


@dataclass(frozen=True, slots=True)
class ExtensionRule:
    duty: str
    approver: tuple[str, ...] = ()  # empty: nobody decides (forbidden, or a notice is enough)
    allowed: bool = True
    notice_only: bool = False
    when: Condition = EMPTY
    max: MaximumExtension | None = None
    times: int | None = None
    before_due: bool = False
    contents: tuple[str, ...] = ()
    notify: tuple[str, ...] = ()
    reply: str = ""
    no_reply: str = ""
    not_past: str = ""  # the duty whose ceiling also bounds this extension
    effect: Mapping[str, object] = EMPTY
    also: tuple[Mapping[str, object], ...] = ()
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClockStop:
    id: str
    effect: str  # pause | restart | end | merge | pause_or_end
    title: str = ""
    when: Condition = EMPTY
    decider: str = ""
    tell: str = ""
    source: tuple[str, ...] = ()
