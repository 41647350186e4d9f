"""Every verb on a case: one function, one transaction, one event, the same for pages, API and commands."""

from complaints.services.attaching import attach
from complaints.services.clock import pause, restart, resume
from complaints.services.closing import close, consent, reopen
from complaints.services.contacting import contact_again
from complaints.services.correction import correct, grade
from complaints.services.ending import end_handling, merge
from complaints.services.intake import Intake, accept, explain_only, register, reject
from complaints.services.noting import note
from complaints.services.renewing import give_code
from complaints.services.replying import follow_up, tell
from complaints.services.tasks import settle_task
from complaints.services.transferring import transfer

__all__ = [
    "Intake",
    "accept",
    "attach",
    "close",
    "consent",
    "contact_again",
    "correct",
    "end_handling",
    "explain_only",
    "follow_up",
    "give_code",
    "grade",
    "merge",
    "note",
    "pause",
    "register",
    "reject",
    "reopen",
    "restart",
    "resume",
    "settle_task",
    "tell",
    "transfer",
]
