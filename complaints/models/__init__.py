"""The tables of cases: one module for each noun."""

from complaints.models.attachment import Attachment
from complaints.models.case import ENDED, OPEN, CaseEvent, Complaint, NumberSequence, State
from complaints.models.deadline import Deadline
from complaints.models.draft import Draft
from complaints.models.effect import Effect, Task
from complaints.models.listing import SavedView, SearchEntry
from complaints.models.public import PublicAccess, PublicPageChange, PublicTry
from complaints.models.sending import Sent

__all__ = [
    "ENDED",
    "OPEN",
    "Attachment",
    "CaseEvent",
    "Complaint",
    "Deadline",
    "Draft",
    "Effect",
    "NumberSequence",
    "PublicAccess",
    "PublicPageChange",
    "PublicTry",
    "SavedView",
    "SearchEntry",
    "Sent",
    "State",
    "Task",
]
