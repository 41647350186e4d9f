"""One step back: after something that a verb of the product can take back, the next page offers to do so.

What is offered is kept in the session until that page is shown; nothing is undone by itself, and the verb
checks everything it always checks.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.http import HttpRequest

_KEY = "undo"
_LONGEST = 20_000  # characters of the fields; more is not kept in a session


@dataclass(frozen=True)
class Undo:
    """A form of hidden fields: where it goes, and what is in it."""

    url: str
    fields: list[tuple[str, str]]


def offer_undo(request: HttpRequest, url: str, fields: Mapping[str, Any]) -> None:
    """Let the next page offer to send `fields` to `url`; lists are sent item by item."""
    pairs = [
        (name, str(one))
        for name, value in fields.items()
        for one in (value if isinstance(value, list | tuple) else [value])
    ]
    if sum(len(value) for _name, value in pairs) <= _LONGEST:
        request.session[_KEY] = asdict(Undo(url, pairs))


def take_undo(request: HttpRequest) -> Undo | None:
    """What is to be offered on this page, once."""
    session = getattr(request, "session", None)
    if session is None or _KEY not in session:
        return None
    return Undo(**session.pop(_KEY))
