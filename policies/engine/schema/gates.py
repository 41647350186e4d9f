"""Gates."""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.engine.frozen import EMPTY
from policies.engine.schema.grammar import Condition


@dataclass(frozen=True, slots=True)
class GateKind:
    """One way through a gate. `needs` are conditions; `replaces_always` sets the gate's `always` aside."""

    id: str
    when: Condition = EMPTY
    needs: tuple[Condition, ...] = ()
    replaces_always: bool = False


@dataclass(frozen=True, slots=True)
class GateBlock:
    when: Condition
    text: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """What must be true before a case may pass. Every need is a condition over the facts of the timeline."""

    name: str
    applies_when: Condition = EMPTY
    who: tuple[str, ...] = ()
    not_by: tuple[str, ...] = ()
    always: Condition = EMPTY
    kinds: tuple[GateKind, ...] = ()
    extra: tuple[GateKind, ...] = ()
    blocks: tuple[GateBlock, ...] = ()
    decide: tuple[str, ...] = ()
    effects: Mapping[str, tuple[Condition, ...]] = EMPTY  # accept effect -> its own needs
    reason_required: bool = False
    or_reason: str = ""  # a fact that, when given, stands in for `always`
    max_rounds: int | None = None
    complete_after_close: tuple[str, ...] = ()
    settings: Mapping[str, object] = EMPTY  # carried for screens and services: to, order, of, screened_by ...
    source: tuple[str, ...] = ()
