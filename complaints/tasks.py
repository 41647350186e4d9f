"""What the rules want people to do beside the verbs of a case: from the actions of triggers and rungs."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from complaints.models import Complaint, Task
from complaints.numbers import reserve_numbers
from organizations.models import Role
from policies.engine.schema import Action, Policy

# Who looks after what nobody is named for.
DESK = (Role.DESK_SUPERVISOR, Role.RECEPTIONIST)
OWNER = ("owner",)
COMPLAINANT = "complainant"
_TELLS = ("notify", "sms")


def tasks_of(
    case: Complaint,
    policy: Policy,
    actions: Iterable[Action],
    *,
    key: str,
    source: str,
    to: Iterable[str],
    now: datetime,
    ticket_ref: int = 0,
    department_id: int | None = None,
) -> list[Task]:
    """The tasks, unsaved and unnumbered, that a list of actions makes on a case.

    `key` names the run of the rule: the same run makes the same tasks again. `to` are the roles the rule
    addresses; who settles a task follows from its kind.
    """
    actions = list(actions)
    people = tuple(name for name in to if name != COMPLAINANT)
    return [
        Task(
            organization=case.organization,
            complaint=case,
            key=f"{key}#{number}",
            kind=kind,
            source=source,
            action=action,
            roles=list(_settled_by(policy, kind, action, people)),
            department_id=department_id or case.lead_department_id or case.desk_id,
            ticket_ref=ticket_ref,
            made_at=now,
        )
        for number, (kind, action) in enumerate(_wanted(actions))
    ]


def number_orders(case_tasks: Iterable[Task], now: datetime) -> None:
    """Give supervision orders their numbers (DB202611-00001), in one series of the organization."""
    orders = [task for task in case_tasks if task.kind == Task.Kind.ORDER]
    if orders:
        numbers = reserve_numbers(orders[0].organization, "DB", [now] * len(orders))
        for task, number in zip(orders, numbers, strict=True):
            task.number = number


def _wanted(actions: Iterable[Action]) -> Iterator[tuple[str, dict[str, Any]]]:
    for action in actions:
        for verb, target in action.items():
            if verb in Task.Kind.values:
                yield verb, {verb: target}
            elif verb in _TELLS and COMPLAINANT in _several(target):
                yield Task.Kind.TELLING, {verb: COMPLAINANT}


def _settled_by(
    policy: Policy, kind: str, action: Mapping[str, Any], people: tuple[str, ...]
) -> tuple[str, ...]:
    if kind == Task.Kind.PENALTY:
        penalty = next((row for row in policy.penalties if row.id == action[kind]), None)
        return (penalty.decided_by,) if penalty else DESK
    if kind in (Task.Kind.ORDER, Task.Kind.TASK):
        return people or (OWNER if kind == Task.Kind.ORDER else DESK)
    if kind == Task.Kind.CLOCK:
        return people or DESK
    return DESK


def _several(target: object) -> tuple[object, ...]:
    return tuple(target) if isinstance(target, list | tuple) else (target,)
