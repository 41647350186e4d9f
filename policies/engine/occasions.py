"""What a text of the rules may be written for, and which words of a case may stand in it.

Both are fixed here: a pack cannot add to them, and what is not in these tables is refused when it is read.
"""

from collections.abc import Mapping

# A rung of a limit, of any (`warn`) or of one (`warn.solve`).
RUNGS = ("warn", "breach", "ladder")
# What the product tells the people of the house. These have a subject of their own.
MESSAGES = (
    *RUNGS,
    "dispatched",
    "sent",
    "returned",
    "withdrawn",
    "assigned",
    "handled",
    "extension_asked",
    "extended",
    "extension_refused",
)
# What people say or write to the complainant: offered where they write it down, never sent by itself.
SPOKEN = ("acceptance", "rejection", "explanation", "promise", "progress_told", "reply", "follow_up")
# Written as a list of questions, asked one after another.
ASKED = frozenset({"follow_up"})
OCCASIONS = (*MESSAGES, *SPOKEN)
# The event that the spoken words of an occasion are written down with, where no other verb records it.
EVENT_OF: Mapping[str, str] = {"promise": "promise_made", "progress_told": "progress_told"}

_OF_THE_CASE = frozenset(
    {"number", "subject", "organization", "desk", "received", "channel", "category", "tier"}
)
# Who complains and where they live is theirs: it stands in what is said to them, and in no message, which
# goes out by mail and shows on locked screens.
_OF_THE_COMPLAINANT = frozenset({"complainant", "place", "person", "department", "promised"})
_MORE: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(RUNGS, frozenset({"duty", "due", "late", "department"})),
    "dispatched": frozenset({"ticket", "department", "instructions"}),
    "sent": frozenset({"department"}),
    **dict.fromkeys(("returned", "withdrawn"), frozenset({"ticket", "department", "reason"})),
    "assigned": frozenset({"ticket", "department"}),
    "handled": frozenset({"ticket", "department", "result"}),
    **dict.fromkeys(
        ("extension_asked", "extended", "extension_refused"),
        frozenset({"duty", "due", "department", "reason"}),
    ),
    **dict.fromkeys(("promise", "progress_told"), _OF_THE_COMPLAINANT),
    **dict.fromkeys(("acceptance", "rejection", "explanation"), _OF_THE_COMPLAINANT | {"reason"}),
    **dict.fromkeys(("reply", "follow_up"), _OF_THE_COMPLAINANT | {"result", "outcome"}),
}
WORDS = _OF_THE_CASE.union(*_MORE.values())
# {due.solve}: until when the limit `solve` of the case runs. Only in what is said; a message has a {due}.
DUE_OF = "due."


def family(occasion: str) -> str:
    """The general occasion of one: warn.solve -> warn, dispatched -> dispatched."""
    return occasion.partition(".")[0]


def words_at(occasion: str) -> frozenset[str]:
    """The words that may stand in a text for this occasion, besides {due.<duty>}."""
    return _OF_THE_CASE | _MORE.get(family(occasion), frozenset())


def tells_due(occasion: str) -> bool:
    """Whether {due.<duty>} may stand in a text for this occasion."""
    return occasion in SPOKEN
