"""The laws of time of DESIGN section 4, against the minute-stepping oracle."""

from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.engine.calendars import Calendar
from policies.engine.events import Event
from policies.engine.limits import due_for
from policies.engine.opentime import OpenTime
from policies.engine.parsing.shapes import Reading
from policies.engine.parsing.times import limit as limit_shape
from policies.engine.planning import plan
from tests.policies import oracle
from tests.policies.worlds import DESK, SHANGHAI, duty, policy_of, standard

laws = settings(derandomize=True, max_examples=40, deadline=None, database=None)
FIRST = date(2025, 9, 1)
DAYS = [FIRST + timedelta(days=ahead) for ahead in range(150)]
STANDARD = standard()
COUNTED = {"h": oracle.always, "bh": None, "wd": None}

minutes = st.integers(0, 12 * 24 * 60)
starts = minutes.map(lambda ahead: datetime(2025, 9, 1) + timedelta(minutes=ahead))
rest_days = st.sets(st.sampled_from(DAYS[:40]), max_size=18)
units = st.sampled_from(["h", "bh", "wd", "d", "mo", "next_open", "same_day"])


def calendar_with(rest: set[date]) -> Calendar:
    """Every day of the window said in so many words, so that nothing depends on a statutory table."""
    return Calendar(SHANGHAI, days={day: day not in rest for day in DAYS})


def limit_of(unit: str, value: int):
    rule = DESK if unit in ("bh", "next_open", "same_day") else {"kind": "day", "roll_forward": unit == "d"}
    row = {"unit": unit, "calendar": {"kind": "elapsed"} if unit == "h" else rule}
    reading = Reading()
    parsed = limit_shape(reading, "", row if unit in ("next_open", "same_day") else {**row, "value": value})
    assert not reading.errors
    return parsed


def counted(unit: str, rest: set[date]) -> oracle.Counts:
    return {"bh": oracle.in_opening_hours(rest), "wd": oracle.on_working_days(rest)}.get(unit, oracle.always)


def local(moment: datetime) -> datetime:
    return moment.astimezone(SHANGHAI).replace(tzinfo=None)


def aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=SHANGHAI)


def due(unit: str, value: int, start: datetime, rest: set[date]) -> datetime:
    return local(due_for(limit_of(unit, value), aware(start), calendar_with(rest), {}).at)


@laws
@given(starts, st.integers(1, 30), rest_days)
def test_business_hours_agree_with_the_oracle(start, value, rest):
    assert due("bh", value, start, rest) == oracle.after(start, value * 60, oracle.in_opening_hours(rest))


@laws
@given(starts, st.integers(0, 15), rest_days)
def test_working_days_agree_with_the_oracle(start, value, rest):
    assert due("wd", value, start, rest) == oracle.working_day_end(start, value, rest)


@laws
@given(starts, starts, st.sampled_from(["h", "bh", "wd"]), rest_days)
def test_open_time_between_agrees_with_the_oracle(one, other, unit, rest):
    start, end = sorted((one, other))
    found = OpenTime(calendar_with(rest), limit_of(unit, 1)).between(aware(start), aware(end))
    assert found == timedelta(minutes=oracle.minutes_between(start, end, counted(unit, rest)))


@laws
@given(starts, st.integers(0, 3000), st.sampled_from(["h", "bh", "wd"]), rest_days)
def test_counting_on_and_measuring_back_agree(start, amount, unit, rest):
    time = OpenTime(calendar_with(rest), limit_of(unit, 1))
    end = time.after(aware(start), timedelta(minutes=amount))
    assert local(end) == oracle.after(start, amount, counted(unit, rest))
    assert time.between(aware(start), end) == timedelta(minutes=amount)


@laws
@given(starts, st.integers(1, 12), units, rest_days, st.sampled_from(DAYS[:40]))
def test_a_further_holiday_never_makes_a_deadline_earlier(start, value, unit, rest, holiday):
    assert due(unit, value, start, rest | {holiday}) >= due(unit, value, start, rest)


@laws
@given(starts, st.integers(1, 12), units, rest_days, st.integers(0, 5000))
def test_a_later_start_never_makes_a_deadline_earlier(start, value, unit, rest, later):
    assert due(unit, value, start + timedelta(minutes=later), rest) >= due(unit, value, start, rest)


@laws
@given(
    starts,
    st.integers(1, 20),
    st.sampled_from(["h", "bh", "wd"]),
    rest_days,
    st.lists(st.integers(0, 4000), min_size=2, max_size=4, unique=True),
)
def test_a_pause_moves_the_due_time_by_exactly_the_paused_time(start, value, unit, rest, offsets):
    moments = [start + timedelta(minutes=offset) for offset in sorted(offsets)]
    stretches = list(pairwise(moments))[::2]
    events = [Event(1, "recorded", aware(start))]
    for begins, ends in stretches:
        events.append(Event(len(events) + 1, "paused", aware(begins)))
        events.append(Event(len(events) + 1, "resumed", aware(ends)))
    row = {
        "value": value,
        "unit": unit,
        "calendar": {"bh": DESK, "wd": {"kind": "workday"}}.get(unit, {"kind": "elapsed"}),
    }
    (found,) = plan(policy_of(duty(limits=[row], warn_at=0.9)), calendar_with(rest), {}, events)

    counts = counted(unit, rest)
    whole = oracle.minutes_between(start, local(found.first_due_at), counts)
    if unit == "wd":
        # The end of a working day, not of a number of hours: the whole of it is what the limit gives.
        assert local(found.first_due_at) == oracle.working_day_end(start, value, rest)
    assert local(found.due_at) == _with_pauses(start, whole, local(found.first_due_at), counts, stretches)
    assert found.warn_at <= found.due_at


def _with_pauses(start, amount, first_due, counts, stretches):
    """The due time by stepping: a pause that begins when the time is already over takes nothing away.

    Where no counted time was lost the due time stays as it was (it may lie in the night after the last open
    minute).
    """
    effective, due_ = [], first_due
    for begins, ends in stretches:
        if begins < due_:
            effective.append((begins, ends))
            if oracle.minutes_between(begins, ends, counts):
                due_ = oracle.after(due_, oracle.minutes_between(begins, ends, counts), counts)
    if due_ != first_due:
        assert due_ == oracle.after(start, amount, counts, effective)
    return due_


@laws
@given(starts, st.integers(1, 12), st.sampled_from(["h", "bh", "wd"]), rest_days, st.integers(-5000, 20000))
def test_an_extension_never_shortens_and_never_passes_the_ceiling(start, value, unit, rest, moved):
    row = {"value": value, "unit": unit, "calendar": DESK if unit == "bh" else {"kind": "workday"}}
    policy = policy_of(duty(limits=[row], ceiling={"value": 15, "unit": "d"}))
    recorded = Event(1, "recorded", aware(start))
    (before,) = plan(policy, calendar_with(rest), {}, [recorded])
    wanted = before.due_at + timedelta(minutes=moved)
    extended = Event(2, "extended", aware(start), data={"duty": "solve", "due_at": wanted.isoformat()})
    (after,) = plan(policy, calendar_with(rest), {}, [recorded, extended])
    ceiling = aware(datetime.combine(start.date() + timedelta(days=16), datetime.min.time()))
    assert after.due_at == max(before.due_at, min(wanted, ceiling))
    assert after.first_due_at == before.due_at
    assert after.revision == (after.due_at != before.due_at)


KINDS = [
    "recorded",
    "accepted",
    "dispatched",
    "acknowledged",
    "handled",
    "told",
    "follow_up_done",
    "follow_up_attempt",
    "closed",
    "reopened",
    "returned",
    "regraded",
    "extended",
    "paused",
    "resumed",
    "explained",
    "consented",
    "part_handled",
    "noted",
]


@st.composite
def timelines(draw):
    """Any events in any order: also those no service would let happen."""
    rows = draw(
        st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 4000), st.integers(1, 3)), max_size=25)
    )
    events = [Event(1, "recorded", aware(datetime(2025, 9, 1)), facts={"tier": "minor"})]
    for number, (kind, minute, ticket) in enumerate(rows, start=2):
        moment = aware(datetime(2025, 9, 1) + timedelta(minutes=minute))
        on_ticket = kind in ("dispatched", "acknowledged", "handled", "returned", "part_handled")
        events.append(
            Event(
                number,
                kind,
                moment,
                ticket=ticket if on_ticket else None,
                role="general_manager",
                facts={"tier": ("minor", "important", "major")[ticket - 1]} if kind == "regraded" else {},
                data={"duty": "solve", "due_at": (moment + timedelta(hours=30)).isoformat()}
                if kind == "extended"
                else {},
            )
        )
    return events


@laws
@given(timelines(), st.randoms(use_true_random=False))
def test_planning_again_in_any_order_gives_the_same_rows(events, random):
    shuffled = list(events)
    random.shuffle(shuffled)
    calendar = Calendar(SHANGHAI)
    first = plan(STANDARD, calendar, {}, events)
    assert plan(STANDARD, calendar, {}, events) == first
    assert plan(STANDARD, calendar, {}, shuffled) == first


@laws
@given(timelines())
def test_what_holds_for_every_deadline(events):
    found = plan(STANDARD, Calendar(SHANGHAI), {}, events)
    identities = [(row.duty, row.ticket, row.round, row.occurrence) for row in found]
    assert len(set(identities)) == len(identities)
    for row in found:
        times = [rung.at for rung in row.rungs]
        assert times == sorted(times)
        assert row.due_at is None or row.warn_at is None or row.started_at <= row.warn_at <= row.due_at
        assert (row.state == "met") == (row.met_at is not None)
        assert row.state != "paused" or not row.rungs
        if row.state == "met":
            assert row.met_at >= row.started_at
            assert all(at <= row.met_at for at in times)
            assert row.is_late == any(rung.kind == "breach" for rung in row.rungs)


@laws
@given(timelines(), st.integers(0, 25))
def test_what_is_met_stays_as_it_was_whatever_comes_later(events, length):
    ordered = sorted(events, key=lambda event: (event.at, event.id))
    calendar = Calendar(SHANGHAI)
    early = plan(STANDARD, calendar, {}, ordered[:length])
    late = plan(STANDARD, calendar, {}, ordered)
    for before, after in zip(early, late, strict=False):
        if before.state in ("met", "void"):
            assert after == before


@laws
@given(timelines(), st.integers(0, 4000))
def test_an_unrelated_event_changes_nothing(events, minute):
    noted = Event(999, "noted", aware(datetime(2025, 9, 1) + timedelta(minutes=minute)))
    calendar = Calendar(SHANGHAI)
    assert plan(STANDARD, calendar, {}, [*events, noted]) == plan(STANDARD, calendar, {}, events)
