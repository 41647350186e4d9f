"""How much time a deadline has left, in words and as a colour: from the clock, never from a stored flag."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from complaints.models import Deadline

OK, WARN, OVERDUE = "ok", "warn", "overdue"
MET, LATE, PAUSED, VOID, UNLIMITED = "met", "late", "paused", "void", "unlimited"


@dataclass(frozen=True)
class Countdown:
    """`tone` is one of the constants above; `ticks` says whether the browser may go on counting."""

    tone: str
    text: str
    due_at: datetime | None = None
    warn_at: datetime | None = None

    @property
    def ticks(self) -> bool:
        return self.tone in (OK, WARN, OVERDUE)


def countdown(deadline: Deadline, now: datetime) -> Countdown:
    """The countdown of a stored deadline at `now`. A due time is an exclusive end."""
    if deadline.state == Deadline.State.VOID:
        return Countdown(VOID, _("no longer needed"))
    if deadline.state == Deadline.State.MET:
        return _met(deadline)
    if deadline.due_at is None:
        return Countdown(UNLIMITED, _("no limit set"))
    if deadline.state == Deadline.State.PAUSED:
        return Countdown(PAUSED, _("clock stopped"), deadline.due_at)
    return running(deadline.due_at, deadline.warn_at, now)


def running(due_at: datetime, warn_at: datetime | None, now: datetime) -> Countdown:
    """The countdown to a due time that is still to be kept."""
    if due_at <= now:
        return Countdown(
            OVERDUE, _("overdue by %(time)s") % {"time": duration(now - due_at)}, due_at, warn_at
        )
    tone = WARN if warn_at is not None and warn_at <= now else OK
    return Countdown(tone, _("%(time)s left") % {"time": duration(due_at - now)}, due_at, warn_at)


def _met(deadline: Deadline) -> Countdown:
    if not deadline.is_late:
        return Countdown(MET, _("on time"))
    assert deadline.met_at is not None
    assert deadline.due_at is not None
    late = duration(deadline.met_at - deadline.due_at)
    return Countdown(LATE, _("late by %(time)s") % {"time": late})


def duration(length: timedelta) -> str:
    """The two largest units: 2 d 3 h, 5 h 20 min, 9 min 30 s. `static/js/clocks.js` counts on in them."""
    seconds = max(int(length.total_seconds()), 0)
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": seconds % 60}


def formats() -> dict[str, str]:
    """The wordings that the browser fills in while it counts."""
    return {
        "left": _("%(time)s left"),
        "overdue": _("overdue by %(time)s"),
        "days": _("%(days)d d %(hours)d h"),
        "hours": _("%(hours)d h %(minutes)d min"),
        "minutes": _("%(minutes)d min %(seconds)d s"),
        "near": _("Near its limit: %(what)s."),
        "passed": _("Past its limit: %(what)s."),
    }
