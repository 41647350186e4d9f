"""Texts."""

from dataclasses import dataclass

from policies.engine.frozen import EMPTY
from policies.engine.schema.grammar import Condition


@dataclass(frozen=True, slots=True)
class Template:
    """A text for an occasion, with {words} to be filled in: either a `text` or `questions`."""

    id: str
    occasion: str
    text: str = ""
    questions: tuple[str, ...] = ()
    subject: str = ""  # of a message; "" = the product's own
    title: str = ""
    when: Condition = EMPTY
    words: frozenset[str] = frozenset()  # the placeholders that stand in it
    source: tuple[str, ...] = ()
