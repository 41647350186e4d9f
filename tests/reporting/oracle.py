"""The figures of a month once more: slow, in plain Python, over every row there is.

Shares no code with `reporting`: each case is replayed from its raw events up to the month's end, and its
deadlines are planned again from exactly those. What comes out has only the numbers, keyed by ids.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from types import SimpleNamespace

from complaints.course import as_event
from complaints.models import CaseEvent, Complaint
from escalation.models import ExtensionRequest, Firing
from organizations.models import Organization
from policies.engine.planning import plan
from policies.selectors import calendar_of, policy_of

ENDS = {"closed", "rejected", "explained", "merged", "ended"}
FOLLOW_UP_DUTIES, HANDLING_DUTIES = {"follow_up"}, {"solve"}


def two_digits(value: Fraction | None) -> float | None:
    if value is None:
        return None
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return float(exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def percent(part: int, whole: int) -> float | None:
    return two_digits(Fraction(part * 100, whole)) if whole else None


def bounds(organization: Organization, year: int, month: int) -> tuple[datetime, datetime]:
    zone = organization.zone
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    ends = [datetime(y, m, 1, tzinfo=zone) for y, m in ((year, month), following)]
    return ends[0].astimezone(UTC), ends[1].astimezone(UTC)


def counted(
    organization: Organization,
    year: int,
    month: int,
    *,
    until: datetime | None = None,
    among: Callable[[Complaint], bool] = lambda case: True,
) -> SimpleNamespace:
    """Every number of the month, or of the month up to and with the moment `until`, of the cases `among`. The
    organization's scope has to be open."""
    start, end = bounds(organization, year, month)
    if until is not None:
        end = until + timedelta(microseconds=1)
    book = SimpleNamespace(
        start=start,
        end=end,
        counts=Counter(),
        by=defaultdict(lambda: defaultdict(Counter)),
        reasons=defaultdict(Counter),
        duties=Counter(),
        times=defaultdict(list),
        satisfied=Counter(),
        solved=Counter(),
        rounds=Counter(),
        listed=[],
        firings=Counter(),
        extensions=Counter(),
        cases=defaultdict(set),  # by kind of event, and by (duty, standing) of must-limits
        handled=defaultdict(list),  # times by leading department
    )
    for case in filter(among, Complaint.objects.all()):
        _case(book, organization, case)
    for firing in Firing.objects.all():
        if start < firing.due_at <= end:
            book.firings[firing.duty, firing.kind, firing.rung] += 1
    for request in ExtensionRequest.objects.all():
        if start <= request.asked_at < end:
            book.extensions["asked"] += 1
        if request.decided_at and start <= request.decided_at < end:
            book.extensions[request.state] += 1
    return book


def _case(book: SimpleNamespace, organization: Organization, case: Complaint) -> None:
    timeline = sorted(CaseEvent.objects.filter(complaint=case), key=lambda row: (row.at, row.pk))
    known = [row for row in timeline if row.at < book.end]
    place = _place(case, timeline, known)

    def add(figure: str, number: int = 1) -> None:
        book.counts[figure] += number
        for name, value in place.items():
            book.by[name][value][figure] += number

    if book.start <= case.received_at < book.end:
        add("received")
    _verbs(book, known, add)
    taken = book.times["handle"][:]
    _times(book, case, timeline)
    book.handled[place["lead"]] += book.times["handle"][len(taken) :]
    if case.pk in book.cases["closed"]:
        for name, value in place.items():
            book.by[name][value]["closed_cases"] += 1
    broken = _deadlines(book, organization, case, known, place)
    turns = [row.kind for row in known if row.kind in ENDS or row.kind == "reopened"]
    if case.received_at < book.end and not (turns and turns[-1] in ENDS):
        add("open")
        musts = sorted((due, duty) for due, duty, force in broken if force == "must")
        if broken:
            add("overdue" if musts else "overdue_should")
        book.listed.append((musts[0] if musts else (datetime.max.replace(tzinfo=UTC), ""), case))


def _place(case: Complaint, timeline: list[CaseEvent], known: list[CaseEvent]) -> dict[str, object]:
    place: dict[str, object] = {"tier": "", "category": "", "channel": "", "lead": None}
    for row in known or timeline[:1]:
        for name, value in row.data.get("facts", {}).items():
            if name in ("tier", "category", "channel"):
                place[name] = value
        if row.kind == "dispatched" and row.data["part"] == "lead":
            place["lead"] = row.department_id
        if row.kind == "returned" or (row.kind == "withdrawn" and row.data["part"] == "lead"):
            place["lead"] = None
    return place


def _verbs(book: SimpleNamespace, known: list[CaseEvent], add) -> None:
    names = {
        "acknowledged": "signed",
        "helper_returned": "returned",
        "follow_up_done": "follow_ups",
        "follow_up_attempt": "attempts",
    }
    seen_reopened = False
    for position, row in enumerate(known):
        if row.at < book.start:
            continue
        book.cases[row.kind].add(row.complaint_id)
        if row.kind in ("handled", "closed"):
            add(row.kind)
        else:
            book.counts[names.get(row.kind, row.kind)] += 1
        if row.kind in ENDS:
            book.counts["ended"] += 1
        if row.kind == "closed":
            book.rounds[row.round] += 1
        if row.kind == "reopened":
            turns = [old.kind for old in known[:position] if old.kind in ENDS or old.kind == "reopened"]
            book.counts["reopened_after_end"] += bool(turns and turns[-1] in ENDS)
            book.counts["reopened_cases"] += not seen_reopened
            seen_reopened = True
        if row.kind in ("rejected", "explained"):
            book.reasons[row.kind][row.data["reason"]] += 1
        if row.kind in ("returned", "helper_returned"):
            book.reasons["returned"][row.data["cause"]] += 1
        if row.kind == "follow_up_done":
            book.satisfied[row.data["facts"].get("satisfaction", "")] += 1
            book.solved[row.data["facts"]["solved"]] += 1


def _times(book: SimpleNamespace, case: Complaint, timeline: list[CaseEvent]) -> None:
    began = {1: case.received_at} | {row.round: row.at for row in timeline if row.kind == "reopened"}
    recorded = next(row.at for row in timeline if row.kind == "recorded")
    sent = {row.ticket_ref: row.at for row in timeline if row.kind == "dispatched"}
    done = set()
    for row in timeline:
        if row.kind == "acknowledged":
            measure, key, since = "sign", row.ticket_ref, sent[row.ticket_ref]
        elif row.kind in ("dispatched", "handled", "told", "closed"):
            measure = {"dispatched": "dispatch", "handled": "handle", "told": "tell", "closed": "close"}[
                row.kind
            ]
            key, since = row.round, began[row.round]
            if measure == "dispatch" and row.round == 1:
                since = recorded
        else:
            continue
        if (measure, key) not in done and book.start <= row.at < book.end:
            book.times[measure].append(row.at - since)
        done.add((measure, key))


def _deadlines(
    book: SimpleNamespace,
    organization: Organization,
    case: Complaint,
    known: list[CaseEvent],
    place: dict[str, object],
) -> list[tuple[datetime, str, str]]:
    """Count the deadlines due in the month; returns those that were overdue at its end."""
    policy = policy_of(case.policy_id)
    written = [row for row in known if row.kind not in ("warned", "breached", "escalated")]
    planned = plan(policy, calendar_of(organization, policy), {}, [as_event(row) for row in written])
    overdue = []
    for row in planned:
        if row.due_at is None or row.due_at > book.end:
            continue
        void_at = datetime.fromisoformat(row.basis["void"]["at"]) if row.state == "void" else None
        stopped = datetime.fromisoformat(row.basis["paused_since"]) if row.state == "paused" else None
        if row.state == "met":
            standing = "in_time" if row.met_at < row.due_at else "late"
        elif void_at is not None:
            standing = "void" if void_at < row.due_at else "missed"
        elif stopped is not None and stopped < row.due_at:
            standing = "paused"
        else:
            standing = "missed"
            overdue.append((row.due_at, row.duty, row.force))
        if row.due_at > book.start:
            book.duties[row.duty, row.force, standing] += 1
            if row.force == "must":
                book.cases[row.duty, standing].add(case.pk)
            if row.duty in HANDLING_DUTIES and row.force == "must":
                for name, value in place.items():
                    book.by[name][value][standing] += 1
    return overdue


def spread(lengths: list) -> dict[str, object]:
    """Count, median, 90th percentile, mean and longest in hours."""
    micro = sorted(Fraction(round(length.total_seconds() * 1_000_000), 3_600_000_000) for length in lengths)
    number = len(micro)
    if not number:
        return {"count": 0, "median": None, "p90": None, "mean": None, "longest": None}
    half = number // 2
    median = micro[half] if number % 2 else (micro[half - 1] + micro[half]) / 2
    p90 = next(value for place, value in enumerate(micro, start=1) if place * 10 >= number * 9)
    values = {"median": median, "p90": p90, "mean": sum(micro) / number, "longest": micro[-1]}
    return {"count": number, **{name: two_digits(value) for name, value in values.items()}}
