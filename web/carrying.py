"""What was typed into a form whose session had ended: kept through the login page, to be sent once more.

The middleware sends such a form on to the login page, which carries it in one signed input.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Self

from django.core import signing
from django.http import HttpRequest

from web.errors import typed

_SALT = "huiyin.carried"
_KEPT_FOR = timedelta(hours=12)


@dataclass(frozen=True)
class Carried:
    """The names and values of a form. Its files do not come along: no browser chooses them again."""

    typed: list[tuple[str, str]]
    has_files: bool

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """The form that a request brings; nothing is carried of one with a password."""
        return cls(typed(request), bool(request.FILES))

    @classmethod
    def unpacked(cls, text: str) -> Self | None:
        """What packed() wrote down, None if it did not or that is too long ago."""
        try:
            return cls(**signing.loads(text, salt=_SALT, max_age=_KEPT_FOR))
        except signing.BadSignature:
            return None

    def packed(self) -> str:
        """As a text for an input; empty if there is nothing to carry."""
        if not self.typed:
            return ""
        return signing.dumps(asdict(self), salt=_SALT, compress=True)
