"""Lists and what they are made of, facts, forms."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.engine.frozen import EMPTY
from policies.engine.schema.grammar import Condition


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a list. `attributes` holds every other key of it (recorded, outside, level ...)."""

    id: str
    title: str
    group: str = ""
    attributes: Mapping[str, object] = EMPTY
    children: tuple["Item", ...] = ()

    def walk(self) -> Iterator["Item"]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Role(Item):
    acts_as: str = ""  # the product role this role of the pack corresponds to


@dataclass(frozen=True, slots=True)
class Criterion:
    id: str
    text: str
    fact: str = ""
    by: str = ""
    tenant_fill: str = ""


@dataclass(frozen=True, slots=True)
class Tier(Item):
    rank: int = 0
    criteria: tuple[Criterion, ...] = ()


@dataclass(frozen=True, slots=True)
class AcceptReason(Item):
    """`title` is the text of the reason."""

    effect: str = "register"  # register | explain_only | clarify_first | reject | merge | suspend | end
    when: Condition = EMPTY
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    id: str
    type: str
    title: str = ""
    from_list: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    role: str
    when: Condition = EMPTY


@dataclass(frozen=True, slots=True)
class Form:
    id: str
    at: str
    title: str = ""
    when: Condition = EMPTY
    fields: tuple[str, ...] = ()
    sign: tuple[Signature, ...] = ()
    source: tuple[str, ...] = ()
