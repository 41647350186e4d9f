"""Who may give more time, how much, and why an extension is refused."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from policies.engine.calendars import Calendar
from policies.engine.conditions import Need, holds
from policies.engine.deadlines import PlannedDeadline
from policies.engine.limits import due_for
from policies.engine.schema import ExtensionRule, MaximumExtension, Policy


def extension_rule(policy: Policy, duty_id: str, facts: Mapping[str, object]) -> ExtensionRule | None:
    """The first rule for the duty whose condition holds; None = the policy knows no extension here.

    A rule with `allowed` False forbids it in so many words. `approver` are the roles any one of which
    decides; it is empty where a notice is enough (`notice_only`) or where nobody may.
    """
    return next(
        (rule for rule in policy.extensions if rule.duty == duty_id and holds(rule.when, facts)), None
    )


def check_extension(
    policy: Policy,
    calendar: Calendar,
    facts: Mapping[str, object],
    deadlines: Sequence[PlannedDeadline],
    deadline: PlannedDeadline,
    *,
    new_due: datetime,
    now: datetime,
    contents: Collection[str] = (),
) -> list[Need]:
    """Why `deadline` may not be moved to `new_due`; an empty list = it may be asked for, or granted.

    `facts` are those of the case now (timeline.facts_after), `deadlines` its whole plan, `contents` the
    names of what the request says (reason, new_due, progress ...). The codes, with what `expected` holds:

        not_allowed   no rule gives more time here
        met           the duty is done or void, or has no due time
        before_due    asked at or after the due time, which is in `expected`
        not_later     `new_due` is not after the present due time
        max, ceiling  `new_due` is after the last moment allowed
        times         as often as it may be extended
        contents      this must be part of the request
        fact          this must have happened first (`also`: the progress told to the complainant)
    """
    rule = extension_rule(policy, deadline.duty, facts)
    if rule is None or not rule.allowed:
        return [Need("not_allowed", fact=deadline.duty)]
    if deadline.state not in ("open", "paused") or deadline.due_at is None:
        return [Need("met", fact=deadline.duty)]
    return [
        *_timing(rule, deadline, new_due, now),
        *_bounds(rule, calendar, facts, deadlines, deadline, new_due),
        *(Need("contents", fact=name, expected=name) for name in rule.contents if name not in contents),
        *_also(rule, facts),
    ]


def _timing(
    rule: ExtensionRule, deadline: PlannedDeadline, new_due: datetime, now: datetime
) -> Iterable[Need]:
    assert deadline.due_at is not None
    if rule.before_due and deadline.state == "open" and now >= deadline.due_at:
        yield Need("before_due", expected=deadline.due_at)
    if new_due <= deadline.due_at:
        yield Need("not_later", expected=deadline.due_at)
    given = deadline.basis["extensions"]
    if rule.times is not None and isinstance(given, list | tuple) and len(given) >= rule.times:
        yield Need("times", expected=rule.times)


def _bounds(
    rule: ExtensionRule,
    calendar: Calendar,
    facts: Mapping[str, object],
    deadlines: Sequence[PlannedDeadline],
    deadline: PlannedDeadline,
    new_due: datetime,
) -> Iterable[Need]:
    if rule.max is not None:
        last = _last_moment(rule.max, calendar, facts, deadline)
        if last is not None and new_due > last:
            yield Need("max", op="lte", expected=last)
    others = [other for other in deadlines if other.duty == rule.not_past and other.round == deadline.round]
    ceilings = [calendar.moment(one.basis.get("ceiling_at")) for one in (deadline, *others)]
    ceiling = min((moment for moment in ceilings if moment), default=None)
    if ceiling is not None and new_due > ceiling:
        yield Need("ceiling", op="lte", expected=ceiling)


def _last_moment(
    maximum: MaximumExtension, calendar: Calendar, facts: Mapping[str, object], deadline: PlannedDeadline
) -> datetime | None:
    """The latest due time the rule allows: counted from the first due time, or from the start of the duty."""
    start = deadline.started_at
    if maximum.of == "added" and deadline.first_due_at is not None:
        start = deadline.first_due_at
        if maximum.limit.unit in ("d", "wd", "mo"):
            # 24:00 of the last day belongs to that day: the first added day is the one after it.
            start -= timedelta(microseconds=1)
    due = due_for(maximum.limit, start, calendar, facts)
    return due.at if due else None


def _also(rule: ExtensionRule, facts: Mapping[str, object]) -> Iterable[Need]:
    for demand in rule.also:
        act = demand.get("act")
        if isinstance(act, str) and facts.get(act) is not True:
            yield Need("fact", fact=act, expected=True)
