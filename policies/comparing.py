"""What is different between two versions of the rules, in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from policies.engine.schema import Policy
from policies.readable import Line, Section, sections


@dataclass(frozen=True, slots=True)
class Difference:
    """One rule that is not the same. `old` or `new` is None where it is only in the other version."""

    section: str
    title: str
    id: str
    old: Line | None
    new: Line | None

    @property
    def kind(self) -> str:
        """added | removed | changed"""
        if self.old is None:
            return "added"
        return "removed" if self.new is None else "changed"

    @property
    def gone(self) -> list[str]:
        """What only the old one says, text and details."""
        return _only(self.old, self.new)

    @property
    def come(self) -> list[str]:
        """What only the new one says."""
        return _only(self.new, self.old)


def compare(old: Policy, new: Policy) -> list[Difference]:
    """Every rule that differs, by section, in the order of the new version.

    What no sentence shows (the order of a list, an id) is not passed over: its section is named.
    """
    before = {section.id: section for section in sections(old)}
    after = {section.id: section for section in sections(new)}
    found: list[Difference] = []
    for name in dict.fromkeys([*after, *before]):
        title = (after.get(name) or before[name]).title
        rows = list(_rows(title, name, before.get(name), after.get(name)))
        found += rows or _unspoken(title, name, old, new)
    return found


def _rows(title: str, name: str, old: Section | None, new: Section | None) -> Iterator[Difference]:
    before = {line.id: line for line in old.lines} if old else {}
    after = {line.id: line for line in new.lines} if new else {}
    for key in dict.fromkeys([*after, *before]):
        one, other = before.get(key), after.get(key)
        if one is None or other is None or (one.whole, one.source) != (other.whole, other.source):
            yield Difference(name, title, key, one, other)


def _unspoken(title: str, name: str, old: Policy, new: Policy) -> list[Difference]:
    if old.document.get(name) == new.document.get(name):
        return []
    text = _("Details that the sentences do not show are different; see the YAML.")
    return [Difference(name, title, "", Line("", text), Line("", text))]


def _only(line: Line | None, other: Line | None) -> list[str]:
    if line is None:
        return []
    others = {other.text, *other.details} if other else set()
    said = [text for text in (line.text, *line.details) if text not in others]
    return said or [line.text]
