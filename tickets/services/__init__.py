"""Every verb on a department's share of a case, and on remedies."""

from tickets.services.calls import log_and_decide
from tickets.services.dispatching import dispatch, log_call, return_ticket, sign_for
from tickets.services.handling import assign, file_result, record_work
from tickets.services.remedies import decide_remedy, deliver_remedy, propose_remedy, withdraw_remedy
from tickets.services.withdrawing import withdraw_ticket

__all__ = [
    "assign",
    "decide_remedy",
    "deliver_remedy",
    "dispatch",
    "file_result",
    "log_and_decide",
    "log_call",
    "propose_remedy",
    "record_work",
    "return_ticket",
    "sign_for",
    "withdraw_remedy",
    "withdraw_ticket",
]
