"""Texts of the rules: which one belongs to an occasion, and how it reads for a case.

A text is filled in by putting words in the place of {names}, once and from left to right. Nothing is looked
up on an object, nothing is formatted, and what is put in is not read again: a complainant who writes
"{complainant}" is shown as having written just that.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.engine.conditions import holds
from policies.engine.occasions import family
from policies.engine.schema import Policy, Template

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_BRACES = re.compile(r"[{}｛｝]")
UNKNOWN = "—"  # where the case does not have the word (yet)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text with the words of a case in it. `subject` is one line, "" if the template has none.

    `gaps` are the placeholders for which there was no word.
    """

    text: str = ""
    questions: tuple[str, ...] = ()
    subject: str = ""
    title: str = ""
    gaps: frozenset[str] = frozenset()


def template_for(policy: Policy, occasion: str, facts: Mapping[str, object]) -> Template | None:
    """The text for an occasion, None if the rules have none that fits.

    A text for this very occasion (warn.solve) goes before a general one (warn), one with a condition before
    one without; of several the first in the pack whose condition holds.
    """
    return next((row for row in candidates(policy, occasion) if holds(row.when, facts)), None)


def candidates(policy: Policy, occasion: str) -> list[Template]:
    """The texts that may be chosen for an occasion, in the order in which they are tried."""
    meant = [row for row in policy.templates if row.occasion in (occasion, family(occasion))]
    return sorted(meant, key=lambda row: (row.occasion != occasion, not row.when))


def asks_facts(policy: Policy, occasion: str) -> bool:
    """Whether the choice of the text depends on the case. If not, nobody needs to look up its facts."""
    return any(row.when for row in candidates(policy, occasion))


def render(template: Template, words: Mapping[str, str], *, unknown: str = UNKNOWN) -> Rendered:
    """The text with the words in their places. A word that is missing or empty is shown as `unknown`."""
    return Rendered(
        text=_filled(template.text, words, unknown).strip(),
        questions=tuple(_filled(text, words, unknown) for text in template.questions),
        subject=" ".join(_filled(template.subject, words, unknown).split()),
        title=template.title,
        gaps=frozenset(name for name in template.words if not words.get(name)),
    )


def _filled(text: str, words: Mapping[str, str], unknown: str) -> str:
    return _PLACEHOLDER.sub(lambda found: words.get(found.group(1)) or unknown, text)


def placeholders(text: str) -> list[str]:
    """The names between braces, in their order."""
    return [found.group(1) for found in _PLACEHOLDER.finditer(text)]


def wrong_braces(text: str) -> Iterator[tuple[int, str]]:
    """(place, brace) of every brace that does not belong to a pair around a name. The first place is 1."""
    paired = {at for found in _PLACEHOLDER.finditer(text) for at in (found.start(), found.end() - 1)}
    for found in _BRACES.finditer(text):
        if found.start() not in paired:
            yield found.start() + 1, found.group()
