"""The ways out of the house. A channel takes one letter and returns when it is handed over, or raises."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """What leaves the house: never more than titles and links, whatever the notifications hold.

    The text of a message may name the complainant; mail is forwarded, printed and kept on strangers' servers.
    `lines` are title and link of each message of a daily mail.
    """

    address: str
    title: str
    link: str
    message_id: str  # the same at every attempt, so that a repeat is recognised
    lines: tuple[tuple[str, str], ...] = ()


class Channel(Protocol):
    """One connection's worth of sending."""

    def send(self, letter: Letter) -> None:
        """Hand a letter over. Any exception means that it was, as far as is known, not handed over."""

    def close(self) -> None:
        """Let go of whatever is held open. Never raises."""


class CannotConnect(Exception):
    """The channel as a whole does not answer, so trying the next letter now is no use."""
