"""What an organization's rules say to the complainant who comes by the public page."""

from collections.abc import Mapping

from complaints.models import Complaint, State
from complaints.states import may_move
from policies.engine.naming import after_closing, named_events
from policies.engine.schema import Policy

# What the rules call the ways to reach the complainant (keeping.privacy.required_contact).
_CONTACT: Mapping[str, str] = {
    "name": "complainant_name",
    "phone": "complainant_phone",
    "phone_number": "complainant_phone",
    "address": "place",
}
CONTACTED_AGAIN, NOTED = "contacted_again", "noted"
_ENDED_AFTER_RESULT = (State.FOLLOWED_UP, State.CLOSED)


def public_channel(policy: Policy) -> str:
    """The channel that a complaint from the public page comes by: the one marked `public: true`, else the
    first that is the organization's own; "" where the rules have no channels."""
    channels = policy.items("channels")
    marked = (row for row in channels if row.attributes.get("public") is True)
    own = (row for row in channels if not row.attributes.get("outside"))
    found = next(marked, None) or next(own, None) or next(iter(channels), None)
    return found.id if found else ""


def required_contact(policy: Policy) -> list[str]:
    """The columns that the rules want filled in so that the complainant can be reached."""
    wanted = policy.keeping.privacy.get("required_contact") or ()
    names = wanted if isinstance(wanted, list | tuple) else (wanted,)
    return list(dict.fromkeys(_CONTACT[str(name)] for name in names if str(name) in _CONTACT))


def saying(policy: Policy, case: Complaint) -> str:
    """As what something that the complainant says is recorded on the case as it stands; "" where the rules
    have no place for it any more."""
    if not may_move(case, "note"):
        return ""
    kinds = named_events(policy) if case.is_open else after_closing(policy)
    if CONTACTED_AGAIN in kinds:
        return CONTACTED_AGAIN
    return NOTED if case.is_open or NOTED in kinds else ""


def may_confirm(case: Complaint) -> bool:
    """Whether the complainant is being waited for to say what the result is worth."""
    return case.state == State.TOLD


def may_reject(policy: Policy, case: Complaint) -> bool:
    """Whether the complainant may say that the matter is not solved: of a result he was told, and later too,
    as long as the rules have a place for it."""
    return case.state == State.TOLD or (case.state in _ENDED_AFTER_RESULT and bool(saying(policy, case)))
