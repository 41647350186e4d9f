"""The rungs of a deadline: a warning, a breach, and the ladder above, with their times and receivers."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from policies.engine.calendars import Calendar, Span
from policies.engine.deadlines import Rung
from policies.engine.frozen import EMPTY
from policies.engine.limits import due_for
from policies.engine.schema import Action, Duty, LadderStep

TELLS = ("notify", "sms", "assign")


def rungs_of(
    duty: Duty,
    calendar: Calendar,
    *,
    warn_at: datetime | None,
    breach_at: datetime | None,
    length: timedelta,
    late_pauses: Sequence[Span] = (),
) -> tuple[Rung, ...]:
    """The rungs in order of time.

    `length` is the length of the duty's limit, of which ladder steps may take a fraction. `late_pauses` are
    pauses that began after the breach: they cannot heal it, but the ladder above waits for them.
    """
    rungs = []
    if warn_at is not None:
        rungs.append(Rung(0, "warn", warn_at, receivers(duty.on_warn), duty.on_warn))
    if breach_at is not None:
        rungs.append(Rung(1, "breach", breach_at, receivers(duty.on_breach), duty.on_breach))
        for number, (at, step) in enumerate(_climb(duty, calendar, breach_at, length, late_pauses), start=2):
            rungs.append(Rung(number, "ladder", at, receivers(step.actions), step.actions))
    return tuple(rungs)


def _climb(
    duty: Duty,
    calendar: Calendar,
    breach_at: datetime,
    length: timedelta,
    late_pauses: Sequence[Span],
) -> Iterator[tuple[datetime, LadderStep]]:
    at = breach_at
    for step in duty.ladder:
        above = _next_rung(step, calendar, at, length)
        if above is None:
            return
        for begins, ends in late_pauses:
            if at <= begins < above:
                above += ends - begins
        at = above
        yield at, step


def _next_rung(step: LadderStep, calendar: Calendar, below: datetime, length: timedelta) -> datetime | None:
    at = below + length * step.of_limit if step.of_limit is not None else None
    for limit in (step.fixed, step.at_most):
        due = due_for(limit, below, calendar, EMPTY) if limit else None
        if due is not None:
            at = min(at, due.at) if at else due.at
    return at


def receivers(actions: Iterable[Action]) -> tuple[str, ...]:
    """The roles a list of actions tells something, each once, in order."""
    found: dict[str, None] = {}
    for action in actions:
        for verb, target in action.items():
            if verb in TELLS:
                found.update(dict.fromkeys([target] if isinstance(target, str) else target))  # type: ignore[call-overload]
            elif verb == "escalate":
                found.update(dict.fromkeys(target["path"]))  # type: ignore[index]
    return tuple(found)
