"""Routes: who gets a case, who owns it, who may pass it on or speak to the customer, what comes first."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from policies.engine.conditions import Counts, Need, holds, look_up, unmet
from policies.engine.schema import Policy, Route


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who gets a case. Roles are ids of the pack; `of` names the fact that says whose (home_province).

    `offered` may take it over if somebody so decides (`optional` with `else`); `recused` was passed over
    because the complaint is about them. `needs` is what must happen before it may go there.
    """

    to: tuple[str, ...]
    row: int
    together_with: tuple[str, ...] = ()
    helped_by: tuple[str, ...] = ()
    also_notify: tuple[str, ...] = ()
    then: str = ""
    of: str = ""
    offered: tuple[str, ...] = ()
    recused: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()


def route(
    policy: Policy, facts: Mapping[str, object], *, counts: Counts | None = None, owner: bool = False
) -> Assignment | None:
    """The first row of `assign` (with `owner`: of `case_owner`) that holds; None if none does.

    `facts` are those of the case, open_hours among them where a row asks for it.
    """
    rows = policy.routes.case_owner if owner else policy.routes.assign
    for number, row in enumerate(rows):
        if holds(row.when, facts, counts=counts):
            assignment = _assignment(row, number, facts, counts)
            return _without_recused(policy, assignment, facts)
    return None


def is_recused(policy: Policy, facts: Mapping[str, object], *candidate: str) -> bool:
    """Whether the rules keep somebody out of this case; a candidate is known by role, unit or name.

    `recusal.not_handler_when` names the facts to look at: respondent, direct_interest.
    """
    return any(
        one == other or policy.role_is(other, one) or policy.role_is(one, other)
        for other in recused(policy, facts)
        for one in candidate
    )


def recused(policy: Policy, facts: Mapping[str, object]) -> frozenset[str]:
    """The names by which the facts of a case keep somebody out of it."""
    rule = policy.routes.settings.get("recusal")
    if not isinstance(rule, Mapping):
        return frozenset()
    return frozenset(
        str(one) for fact in _several(rule.get("not_handler_when")) for one in _named_in(look_up(facts, fact))
    )


def transfer_missing(policy: Policy, role: str, *, to: str = "", back: bool = False) -> list[Need]:
    """Why somebody in this role may not pass a case on (to this role); `back` = returns it.

    Codes: role (one of `expected` may), return_only (may only return it, to `expected`), transfer_to
    (`expected` are the roles it may go to).
    """
    rule = policy.routes.settings.get("transfer")
    if not isinstance(rule, Mapping) or back:
        return []
    may = _several(rule.get("by"))
    if may and not any(policy.role_is(role, one) for one in may):
        if rule.get("sections_may") == "return_only":
            return [Need("return_only", expected=_several(rule.get("return_to")) or may)]
        return [Need("role", expected=may)]
    targets = _several(rule.get("to"))
    if to and targets and not any(policy.role_is(to, one) for one in targets):
        return [Need("transfer_to", expected=targets)]
    return []


def contact_missing(policy: Policy, role: str) -> list[Need]:
    """Why somebody in this role may not speak to the customer; code role."""
    rule = policy.routes.settings.get("contact_customer")
    may = _several(rule.get("only")) if isinstance(rule, Mapping) else ()
    if not may or any(policy.role_is(role, one) for one in may):
        return []
    return [Need("role", expected=may)]


def priority_key(policy: Policy, facts: Mapping[str, object]) -> tuple[int, ...]:
    """Sorts a queue: the smaller, the sooner. The priorities of the pack are compared in their order."""
    return tuple(_rank(item.attributes, item.id, facts) for item in policy.items("priorities"))


def _rank(says: Mapping[str, object], name: str, facts: Mapping[str, object]) -> int:
    value = look_up(facts, str(says.get("fact") or name))
    order = says.get("order")
    if isinstance(order, list | tuple):
        return order.index(value) if value in order else len(order)
    return 0 if value is True else 1


def _assignment(row: Route, number: int, facts: Mapping[str, object], counts: Counts | None) -> Assignment:
    says = row.settings
    otherwise = _several(says.get("else"))
    is_offer = says.get("optional") is True
    return Assignment(
        to=(otherwise or ()) if is_offer else (row.to,),
        row=number,
        together_with=_several(says.get("with")),
        helped_by=_several(says.get("helped_by")),
        also_notify=_several(says.get("also_notify")),
        then=str(says.get("then", "")),
        of=str(says.get("of", "")),
        offered=(row.to,) if is_offer else (),
        needs=tuple(need for condition in row.needs for need in unmet(condition, facts, counts=counts)),
    )


def _without_recused(policy: Policy, found: Assignment, facts: Mapping[str, object]) -> Assignment:
    rule = policy.routes.settings.get("recusal")
    out = tuple(role for role in (*found.to, *found.together_with) if is_recused(policy, facts, role))
    if not out or not isinstance(rule, Mapping):
        return found
    kept = tuple(role for role in found.to if role not in out)
    return replace(
        found,
        to=kept or _several(rule.get("next")),
        together_with=tuple(role for role in found.together_with if role not in out),
        offered=tuple(role for role in found.offered if not is_recused(policy, facts, role)),
        recused=out,
    )


def _named_in(value: object) -> tuple[object, ...]:
    if isinstance(value, Mapping):
        return tuple(one for one in value.values() if one)
    return tuple(one for one in _several(value) if one)


def _several(value: object) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    return tuple(value) if isinstance(value, list | tuple) else (str(value),)
