"""Triggers, routes, grants, penalties, schedules, metrics, keeping."""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.engine.frozen import EMPTY
from policies.engine.schema.grammar import Action, Condition
from policies.engine.schema.times import Limit


@dataclass(frozen=True, slots=True)
class Timer:
    """`limit` after the latest `since`, once, or again after every further `limit`."""

    since: str
    limit: Limit
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Trigger:
    id: str
    do: tuple[Action, ...]
    events: tuple[str, ...] = ()
    timer: Timer | None = None
    when: Condition = EMPTY
    once: bool = False  # at most one run in the life of a case
    title: str = ""
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    to: str
    when: Condition = EMPTY
    needs: tuple[Condition, ...] = ()
    settings: Mapping[str, object] = EMPTY  # with, helped_by, then, else, optional, also_notify, of


@dataclass(frozen=True, slots=True)
class Routes:
    first_contact: str = ""
    assign: tuple[Route, ...] = ()
    case_owner: tuple[Route, ...] = ()
    settings: Mapping[str, object] = EMPTY  # joint, co_handlers, transfer, recusal, contact_customer, queue


@dataclass(frozen=True, slots=True)
class Grant:
    right: str
    role: str
    kinds: tuple[str, ...] = ()
    max_yuan: float | None = None
    scope: object = ""
    when: Condition = EMPTY
    conditions: tuple[str, ...] = ()  # facts that must be known before anything is promised
    over: str = ""
    tenant_fill: bool = False
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PenaltySubject:
    """Numbers are single values or (min, max); a range, or `sanctions_any`, must be decided by a person."""

    who: str
    points: object = None
    yuan: object = None
    bonus_months: object = None
    bonus_percent: object = None
    loss_share: float | None = None
    sanctions: tuple[str, ...] = ()
    sanctions_any: tuple[str, ...] = ()
    sanctions_by: Mapping[str, object] = EMPTY
    sanctions_min: str = ""
    no_awards_in: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Penalty:
    """A proposal, never automatic."""

    id: str
    when: Condition
    subjects: tuple[PenaltySubject, ...]
    decided_by: str
    replaces: tuple[str, ...] = ()
    fallback: Mapping[str, object] = EMPTY
    tell_complainant: bool = False
    title: str = ""
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    id: str
    every: str
    title: str = ""
    step: int = 1  # every second month, every third year ...
    due: Mapping[str, object] = EMPTY
    by: str = ""
    to: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()
    selects: Condition = EMPTY
    decides: tuple[str, ...] = ()
    at_least: str = ""
    form: str = ""
    tenant_fill: bool = False
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    id: str
    stat: str
    title: str = ""
    of: str = ""
    by: tuple[str, ...] = ()
    when: Condition = EMPTY
    numerator: object = None
    denominator: object = None
    target: Mapping[str, object] = EMPTY
    period: str = ""
    tenant_fill: bool = False
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retention:
    what: str
    when: Condition = EMPTY
    years: float | None = None
    months: float | None = None
    days: float | None = None
    forever: bool = False
    basis: str = ""
    personal_data: str = ""
    tenant_fill: bool = False
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Keeping:
    retention: tuple[Retention, ...] = ()
    disclosure: tuple[str, ...] = ()
    privacy: Mapping[str, object] = EMPTY


@dataclass(frozen=True, slots=True)
class Basis:
    """A source document a rule can name."""

    id: str
    text: str = ""
    file: str = ""
