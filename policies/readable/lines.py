"""The two things a reader of the rules sees: a line with its details and sources, and a section of them."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Line:
    """One rule in words. `id` is unique within its section; `is_open`: the organization has to fill it in."""

    id: str
    text: str
    details: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    basis: str = ""
    is_open: bool = False

    @property
    def whole(self) -> str:
        """Everything in one text, for comparing."""
        return "\n".join((self.text, *self.details))


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    title: str
    lines: list[Line] = field(default_factory=list)
