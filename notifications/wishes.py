"""What readers want of the letters whose turn has come: now, later, in the daily mail, or not at all."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from notifications.models import Delivery, Preference
from notifications.timing import next_daily, quiet_end, way_of

State, Way = Delivery.State, Preference.Way


@dataclass(frozen=True, slots=True)
class Turn:
    """A letter whose turn it is. With a carrier it is a daily mail."""

    pk: int
    is_urgent: bool
    carrier_id: int | None
    organization_id: int
    user_id: int
    occasion: str


def sort_out(turns: Collection[Turn], now: datetime) -> set[int]:
    """The ids of the letters that may go now. The others are put off or laid aside, in the transaction that
    has them locked; that is no attempt to send them. One query, and a statement for each thing to be done.
    """
    preferences = _preferences(turns)
    aside: dict[tuple[str, datetime], set[int]] = defaultdict(set)
    for turn in turns:
        preference = preferences.get((turn.organization_id, turn.user_id))
        if preference and (wish := _wish(preference, turn, now)):
            aside[wish].add(turn.pk)
    for (state, at), ids in aside.items():
        Delivery.objects.filter(pk__in=ids).update(state=state, next_attempt_at=at)
    return {turn.pk for turn in turns}.difference(*aside.values())


def _wish(preference: Preference, turn: Turn, now: datetime) -> tuple[str, datetime] | None:
    """What becomes of a letter instead of being sent: its state, and when to look at it again."""
    zone = preference.organization.zone
    if turn.carrier_id is None:
        way = way_of(preference, turn.occasion)
        if way == Way.NEVER:
            return State.UNWANTED, now
        if way == Way.DAILY:
            return State.HELD, next_daily(preference.daily_hour, now, zone)
    end = quiet_end(preference, now, zone)
    if end is None or (turn.is_urgent and preference.breaks_quiet):
        return None
    return State.WAITING, end


def _preferences(turns: Collection[Turn]) -> dict[tuple[int, int], Preference]:
    rows = Preference.objects.filter(
        organization__in={turn.organization_id for turn in turns}, user__in={turn.user_id for turn in turns}
    )
    return {(row.organization_id, row.user_id): row for row in rows.select_related("organization")}
