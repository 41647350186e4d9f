"""Every write about more time, penalties, orders of people, and deadlines that move without an event of
their own."""

from escalation.services.extensions import ask_extension, decide_extension
from escalation.services.orders import issue_order
from escalation.services.penalties import decide_penalty
from escalation.services.replanning import Moved, replan_open_cases
from escalation.services.rollouts import (
    apply_version,
    carry_on,
    change_day,
    change_hours,
    change_year,
    preview_days,
    preview_version,
)

__all__ = [
    "Moved",
    "apply_version",
    "ask_extension",
    "carry_on",
    "change_day",
    "change_hours",
    "change_year",
    "decide_extension",
    "decide_penalty",
    "issue_order",
    "preview_days",
    "preview_version",
    "replan_open_cases",
]
