"""Whether and when a message leaves the house, by what its reader wants. Nothing here reads the database."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from notifications.models import Preference

# The field of a preference that an occasion falls under; everything else is about tickets and cases.
_KINDS = {
    "warned": "warnings",
    **dict.fromkeys(("breached", "escalated", "order_issued", "order_overdue"), "breaches"),
    **dict.fromkeys(("extension_asked", "extended", "extension_refused", "order_answered"), "decisions"),
    **dict.fromkeys(("remedy_proposed", "remedy_approved", "remedy_refused"), "decisions"),
}
KINDS = ("warnings", "breaches", "tickets", "decisions")


def kind_of(occasion: str) -> str:
    """warnings, breaches, tickets or decisions."""
    return _KINDS.get(occasion, "tickets")


def way_of(preference: Preference | None, occasion: str) -> str:
    """How somebody wants to be told of an occasion outside the product: a Preference.Way."""
    return getattr(preference, kind_of(occasion)) if preference else Preference.Way.NOW


def next_daily(hour: int, now: datetime, zone: ZoneInfo) -> datetime:
    """The next time after `now` that it is `hour` o'clock."""
    today = datetime.combine(now.astimezone(zone).date(), time(hour), zone)
    return today if today > now else today + timedelta(days=1)


def is_quiet(preference: Preference, at: time) -> bool:
    """Whether an hour of the day lies in the quiet hours. They begin at `quiet_from` and are over at
    `quiet_until`."""
    start, end = preference.quiet_from, preference.quiet_until
    if start is None or end is None:
        return False
    return start <= at < end if start < end else at >= start or at < end


def quiet_end(preference: Preference, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours are over that `now` lies in; None outside of them."""
    local = now.astimezone(zone)
    if not is_quiet(preference, local.time()) or preference.quiet_until is None:
        return None
    # Where the clock goes back the hour comes twice: the one that `now` lies in is meant.
    end = datetime.combine(local.date(), preference.quiet_until, zone).replace(fold=local.fold)
    return end if end > local else end + timedelta(days=1)
