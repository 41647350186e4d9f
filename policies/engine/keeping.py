"""How long something is kept, and what happens to it then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from policies.engine.conditions import holds
from policies.engine.limits import clipped
from policies.engine.schema import Policy, Retention

# What `personal_data` may say: the record stays, the person in it goes.
MASK = ("mask", "mask_after_years")


@dataclass(frozen=True, slots=True)
class Kept:
    """What a policy says about one thing.

    `until` is the last day it is kept; None = `forever`, or nobody has filled the period in (`is_open`).
    `then` says what happens the day after: remove, or mask. `mask_on` is the last day with the person in it,
    where the record itself stays.
    """

    rule: Retention
    until: date | None = None
    forever: bool = False
    is_open: bool = False
    then: str = "remove"
    mask_on: date | None = None


def kept(policy: Policy, what: str, since: date, facts: Mapping[str, object]) -> Kept | None:
    """How long `what` (case, recording, audit_log ...) of a case with these facts is kept from `since` on.

    A row with a condition that holds goes before one without. None = the policy says nothing about it.
    """
    rows = [row for row in policy.keeping.retention if row.what == what and holds(row.when, facts)]
    if not rows:
        return None
    row = next((one for one in rows if one.when), rows[0])
    last = _last_day(row, since)
    masks = row.personal_data in MASK
    if row.forever:
        return Kept(row, forever=True, then="mask" if masks else "keep", mask_on=last if masks else None)
    return Kept(row, until=last, is_open=last is None, then="mask" if masks else "remove")


def _last_day(row: Retention, since: date) -> date | None:
    """Counted as 《民法典》 200-202 counts: the first day is not, a month ends on the day of its number."""
    months = int((row.years or 0) * 12 + (row.months or 0))
    if not (months or row.days):
        return None
    month = since.year * 12 + since.month - 1 + months
    return clipped(month // 12, month % 12 + 1, since.day) + timedelta(days=row.days or 0)
