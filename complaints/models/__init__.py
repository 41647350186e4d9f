"""The tables of cases: one module for each noun."""

from complaints.models.attachment import Attachment
from complaints.models.case import ENDED, OPEN, CaseEvent, Complaint, NumberSequence, State
from complaints.models.deadline import Deadline
from complaints.models.draft import Draft
from complaints.models.effect import Effect, Task
from complaints.models.listing import SavedView, SearchEntry
from complaints.models.public import PublicAccess, PublicTry

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
    "PublicTry",
    "SavedView",
    "SearchEntry",
    "State",
    "Task",
]
