"""A time line as SVG: everything is computed here, the template only writes it down.

No styles in it, since the content security policy forbids them; colours come from classes of the style sheet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from policies.engine.calendars import Calendar
from policies.engine.deadlines import PlannedDeadline, Rung
from policies.engine.events import Event
from policies.engine.schema import Policy
from policies.readable import phrases
from policies.readable.words import weekdays

LEFT, WIDTH, TOP, ROW, FOOT = 150, 1000, 46, 34, 26
LONGEST = timedelta(days=400)
MOST_RUNGS = 12
LABEL = 11
# (length of the whole up to, distance of the marks)
_MARKS = (
    (timedelta(hours=3), timedelta(minutes=15)),
    (timedelta(hours=8), timedelta(hours=1)),
    (timedelta(hours=30), timedelta(hours=3)),
    (timedelta(days=5), timedelta(hours=12)),
    (timedelta(days=16), timedelta(days=1)),
    (timedelta(days=60), timedelta(days=7)),
    (LONGEST * 10, timedelta(days=30)),
)


@dataclass(frozen=True)
class Band:
    """A day. `rest`: nobody works on it."""

    x: float
    width: float
    rest: bool
    label: str


@dataclass(frozen=True)
class Mark:
    x: float
    label: str


@dataclass(frozen=True)
class Point:
    """A rung or the due time. `kind`: warn | breach | ladder | due"""

    x: float
    kind: str
    title: str


@dataclass(frozen=True)
class Bar:
    """One limit."""

    y: float
    label: str
    title: str
    x: float
    width: float
    warn_x: float | None
    warn_width: float
    state: str
    points: list[Point]


@dataclass(frozen=True)
class Drawing:
    width: int
    height: int
    left: int
    bands: list[Band]
    marks: list[Mark]
    bars: list[Bar]
    events: list[Mark]
    bottom: float


@dataclass(frozen=True)
class _Scale:
    start: datetime
    end: datetime

    def x(self, at: datetime) -> float:
        share = (at - self.start) / (self.end - self.start)
        return round(LEFT + (WIDTH - LEFT - 12) * min(max(share, 0.0), 1.0), 1)

    def holds(self, at: datetime) -> bool:
        return self.start <= at <= self.end


def draw(
    policy: Policy,
    calendar: Calendar,
    deadlines: Sequence[PlannedDeadline],
    events: Sequence[Event],
    *,
    hours: int = 0,
) -> Drawing | None:
    """The drawing of a trial; the first `hours` only, 0 = everything. None if there is nothing to draw."""
    shown = [row for row in deadlines if row.due_at is not None]
    if not shown:
        return None
    start = min(row.started_at for row in shown)
    scale = _Scale(start, _end(shown, start, hours))
    visible = [row for row in shown if row.started_at <= scale.end]
    bottom = TOP + ROW * len(visible)
    return Drawing(
        width=WIDTH,
        height=bottom + FOOT,
        left=LEFT,
        bands=list(_bands(calendar, scale)),
        marks=list(_marks(calendar, scale)),
        bars=[_bar(policy, calendar, scale, row, at) for at, row in enumerate(visible)],
        events=list(_events(policy, calendar, scale, events)),
        bottom=bottom,
    )


def _end(rows: Sequence[PlannedDeadline], start: datetime, hours: int) -> datetime:
    if hours:
        return start + timedelta(hours=hours)
    last = start + timedelta(minutes=10)
    for row in rows:
        assert row.due_at is not None
        last = max(last, row.due_at, *(rung.at for rung in row.rungs[:MOST_RUNGS]))
    return start + min(last - start, LONGEST) * 1.03


def _bands(calendar: Calendar, scale: _Scale) -> Iterator[Band]:
    day, last = calendar.day_of(scale.start), calendar.day_of(scale.end)
    long = (last - day).days > 21
    while day <= last:
        left = scale.x(max(scale.start, calendar.start_of(day)))
        right = scale.x(min(scale.end, calendar.end_of(day)))
        yield Band(
            left,
            round(right - left, 1),
            not calendar.is_workday(day),
            "" if long else _day_label(day, right - left),
        )
        day += timedelta(days=1)


def _day_label(day: date, width: float) -> str:
    if width > 60:
        return f"{day.month}-{day.day:02d} {weekdays()[day.weekday()]}"
    return f"{day.month}-{day.day:02d}" if width > 32 else ""


def _marks(calendar: Calendar, scale: _Scale) -> Iterator[Mark]:
    length = scale.end - scale.start
    step = next(step for most, step in _MARKS if length <= most)
    local = scale.start.astimezone(calendar.zone)
    at = local.replace(hour=0, minute=0, second=0, microsecond=0)
    while at <= scale.end:
        if at >= scale.start:
            whole_days = step >= timedelta(days=1)
            if step >= timedelta(days=7) or not whole_days:
                yield Mark(scale.x(at), f"{at.month}-{at.day:02d}" if whole_days else f"{at:%H:%M}")
            else:
                yield Mark(scale.x(at), "")
        at += step


def _bar(policy: Policy, calendar: Calendar, scale: _Scale, row: PlannedDeadline, at: int) -> Bar:
    assert row.due_at is not None
    left, right = scale.x(row.started_at), scale.x(min(row.due_at, scale.end))
    warn_x = scale.x(row.warn_at) if row.warn_at is not None and scale.holds(row.warn_at) else None
    title = f"{row.title}: {_moment(calendar, row.started_at)} → {_moment(calendar, row.due_at)}"
    return Bar(
        y=TOP + ROW * at,
        label=row.title if len(row.title) <= LABEL else row.title[: LABEL - 1] + "…",
        title=title,
        x=left,
        width=max(round(right - left, 1), 3),
        warn_x=warn_x,
        warn_width=round(max(right - warn_x, 0), 1) if warn_x is not None else 0,
        state=row.state,
        points=list(_points(policy, calendar, scale, row)),
    )


def _points(policy: Policy, calendar: Calendar, scale: _Scale, row: PlannedDeadline) -> Iterator[Point]:
    for rung in row.rungs[:MOST_RUNGS]:
        if scale.holds(rung.at):
            yield Point(scale.x(rung.at), rung.kind, _rung_title(policy, calendar, rung))
    if row.met_at is not None and scale.holds(row.met_at):
        yield Point(scale.x(row.met_at), "met", _moment(calendar, row.met_at))


def _rung_title(policy: Policy, calendar: Calendar, rung: Rung) -> str:
    return f"{_moment(calendar, rung.at)} {phrases.actions(policy, rung.actions)}"


def _events(policy: Policy, calendar: Calendar, scale: _Scale, events: Sequence[Event]) -> Iterator[Mark]:
    for event in events:
        if scale.holds(event.at):
            yield Mark(
                scale.x(event.at), f"{_moment(calendar, event.at)} {phrases.event(policy, event.kind)}"
            )


def _moment(calendar: Calendar, at: datetime) -> str:
    local = at.astimezone(calendar.zone)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return f"{local - timedelta(days=1):%m-%d} 24:00"
    return f"{local:%m-%d %H:%M}"
