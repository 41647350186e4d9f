"""Tasks and what brought them about, in words."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from complaints.models import Task
from complaints.orders import PERSON
from complaints.penalties import SOURCE
from complaints.settling import STOP_SOURCE
from policies.engine.schema import Policy
from policies.readable import phrases
from policies.selectors import duty_title


def task_title(policy: Policy, task: Task) -> str:
    """What is to be done: the text of the rules for an order or a task, else its action in words."""
    if task.kind in (Task.Kind.ORDER, Task.Kind.TASK):
        text = task.action.get(task.kind)
        return str(text.get("title", text.get("text", "")) if isinstance(text, Mapping) else text)
    if task.kind == Task.Kind.CLOCK:
        return _("%(rule)s: %(effect)s") % {
            "rule": source_title(policy, task.source),
            "effect": phrases.action(policy, {"stop": task.action.get("stop", "")}),
        }
    return phrases.action(policy, dict([next(iter(task.action.items()))])) if task.action else ""


def source_title(policy: Policy, source: str) -> str:
    """What the rule is called that brought something about: a trigger, clock_stop.<id>, a limit. Its id, if
    it has no title or the rules know it no more; "" where it was no rule but a person."""
    if source.startswith(STOP_SOURCE):
        name = source.removeprefix(STOP_SOURCE)
        return _titled(policy.clock_stops, name)
    if source.startswith(SOURCE):
        return _titled(policy.penalties, source.removeprefix(SOURCE))
    if source in policy.duties_by_id:
        return duty_title(policy, source)
    title = _titled(policy.triggers, source)
    return "" if title == PERSON else title


def _titled(rows: Iterable[Any], name: str) -> str:
    return next((row.title for row in rows if row.id == name and row.title), name)
