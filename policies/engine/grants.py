"""Grants: who may promise which remedy up to which amount, and whose approval it takes above that."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.engine.conditions import Counts, Need, holds, look_up
from policies.engine.frozen import EMPTY
from policies.engine.schema import Grant, Policy


@dataclass(frozen=True, slots=True)
class Permission:
    """The answer: allowed at once, or by the approval of a role, or by nobody (`approval` empty).

    `path` are the roles asked on the way up, `approval` the last of them: the first one who may. `kinds` are
    the remedies the role may choose from, in the order the pack prefers them. `needs` must be known first.
    """

    allowed: bool
    approval: str = ""
    path: tuple[str, ...] = ()
    scope: object = ""
    kinds: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()


def permission(
    policy: Policy,
    role: str,
    *,
    kind: str = "",
    yuan: float | None = None,
    right: str = "remedy",
    facts: Mapping[str, object] = EMPTY,
    counts: Counts | None = None,
) -> Permission:
    """Whether somebody in `role` may do this, and if not, who can allow it.

    Above its amount, and for kinds it does not have, a role goes to the `over` of its grants, and so on up.
    A role named there that has no grants itself may promise and approve anything. An amount the organization
    has not filled in is none at all: everything that costs money goes up. A grant without `max_yuan` and
    without `tenant_fill` has no upper bound.
    """
    path: list[str] = []
    needs: list[Need] = []
    asked, seen = [role], {role}
    if _is_top(policy, role, right):
        return Permission(True)
    while asked:
        acting = asked.pop(0)
        mine = [one for one in policy.grants if one.right == right and policy.role_is(acting, one.role)]
        fitting = [one for one in mine if _fits(one, kind, facts, counts)]
        if acting != role:
            path.append(acting)
            if not mine:  # the end of the ladder: named as the one to ask, bound by nothing
                return Permission(False, acting, tuple(path))
        for grant in fitting:
            unknown = tuple(_unknown(grant, facts))
            if _covers(grant, yuan) and not unknown:
                allowed = acting == role
                return Permission(
                    allowed, "" if allowed else acting, tuple(path), grant.scope, grant.kinds, tuple(needs)
                )
            needs.extend(unknown if acting == role else ())
        if needs:
            # Whoever is asked above would have to know the same.
            return Permission(False, needs=tuple(dict.fromkeys(needs)))
        above = [one.over for one in (fitting or mine) if one.over and one.over not in seen]
        asked.extend(dict.fromkeys(above))
        seen.update(above)
    return Permission(False, path=tuple(path))


def granted_roles(policy: Policy, right: str = "remedy") -> tuple[str, ...]:
    """The roles that may do this, by grants of their own or as the last to be asked, in the pack's order."""
    rows = [row for row in policy.grants if row.right == right]
    return tuple(dict.fromkeys(name for row in rows for name in (row.role, row.over) if name))


def granted_kinds(policy: Policy, role: str = "", right: str = "remedy") -> tuple[str, ...]:
    """The kinds that the grants of a role name, of all roles if none is given, in the pack's order."""
    rows = [row for row in policy.grants if row.right == right]
    mine = [row for row in rows if not role or policy.role_is(role, row.role)]
    return tuple(dict.fromkeys(kind for row in mine for kind in row.kinds))


def _is_top(policy: Policy, role: str, right: str) -> bool:
    """Whether a role is named as the one to ask, and bound by no grants of its own."""
    rows = [row for row in policy.grants if row.right == right]
    asked = any(policy.role_is(role, row.over) for row in rows if row.over)
    return asked and not any(policy.role_is(role, row.role) for row in rows)


def _fits(grant: Grant, kind: str, facts: Mapping[str, object], counts: Counts | None) -> bool:
    if kind and grant.kinds and kind not in grant.kinds:
        return False
    if isinstance(grant.scope, Mapping) and not holds(grant.scope, facts, counts=counts):
        return False
    return holds(grant.when, facts, counts=counts)


def _covers(grant: Grant, yuan: float | None) -> bool:
    if not yuan:
        return True
    if grant.max_yuan is None:
        return not grant.tenant_fill
    return yuan <= grant.max_yuan


def _unknown(grant: Grant, facts: Mapping[str, object]) -> Iterator[Need]:
    for name in grant.conditions:
        if look_up(facts, name) in (None, ""):
            yield Need("fact", fact=name, op="exists", expected=True)
