"""What a verb may answer instead of doing what it was asked.

Every face (page, API, command) turns these four into its own form of answer; nothing else is expected to
leave a service.
"""

from collections.abc import Sequence


class Refused(Exception):
    """The move is not allowed now. `str()` is one sentence for the user, `missing` what is still needed.

    `field` names the input it is about, where there is one, so that a form can show the sentence beside it.
    """

    def __init__(self, message: str, *, missing: Sequence[str] = (), field: str | None = None) -> None:
        super().__init__(str(message))
        self.missing = [str(need) for need in missing]
        self.field = field


class Forbidden(Refused):
    """The actor may see the object but not do this to it (403)."""


class Stale(Refused):
    """The object has changed since the actor opened it (409)."""


class NotVisible(Exception):
    """The object does not exist for this actor: another tenant's, another department's, or no such (404)."""


class CrossTenant(Exception):
    """A row would point into, or be written for, another organization. Always a programming error."""
