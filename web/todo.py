"""The box of a case with what its rules ask of people: tasks, suggestions, demands; and what they did."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.gatekeeping import phrase
from complaints.models import Effect, Task
from complaints.services.correction import CORRECTABLE
from complaints.settling import people_of, role_to_settle
from complaints.taskwords import source_title, task_title
from escalation.selectors import open_orders, tasks_to_settle
from organizations.actors import Actor
from policies.engine.demands import demands
from policies.engine.schema import Policy
from policies.posts import Posts
from policies.readable import phrases
from policies.readable.words import listed
from policies.selectors import policy_of, posts_for
from web.actions import IN_PLACE, Failed
from web.casefile import CaseFile
from web.forms.tasks import SettleForm

SETTLE = "settle"
ORDERS_SHOWN = 100


@dataclass(frozen=True)
class TaskRow:
    """A task as pages show it. `form` is there for those who may settle it."""

    task: Task
    title: str
    who: str
    people: str
    rule: str
    url: str = ""
    form: SettleForm | None = None
    is_open: bool = False


@dataclass(frozen=True)
class Hint:
    """Something the rules suggest; `link` leads to where it is done, for those who may."""

    text: str
    rule: str
    link: str = ""


@dataclass(frozen=True)
class Done:
    """Something the rules have done."""

    at: datetime
    text: str


@dataclass(frozen=True)
class Todo:
    tasks: list[TaskRow]
    settled: list[TaskRow]
    hints: list[Hint]
    demands: list[str]
    done: list[Done]

    def __bool__(self) -> bool:
        return bool(self.tasks or self.settled or self.hints or self.demands or self.done)


def todo(file: CaseFile, offered: set[str], failed: Failed | None = None) -> Todo:
    """The box of a case. `offered` are the names of the actions that are open to the actor."""
    run = file.course.run
    rows = [_case_row(file, task, failed) for task in file.tasks]
    return Todo(
        # What was refused is shown again, even if somebody else has settled it in the meantime.
        tasks=[row for row in rows if row.task.state == Task.State.OPEN or row.is_open],
        settled=[row for row in rows if row.task.state != Task.State.OPEN and not row.is_open],
        hints=list(dict.fromkeys(_hints(file, offered))),
        demands=[phrase(file.policy, need) for need in demands(run.effects, run.facts)],
        done=list(_done(file)),
    )


def task_row(actor: Actor, policy: Policy, task: Task, posts: Posts) -> TaskRow:
    """A task without a form, for lists."""
    return TaskRow(
        task=task,
        title=task_title(policy, task),
        who=phrases.roles(policy, task.roles),
        people=listed(people_of(actor, task, posts)),
        rule=brought_about(policy, task),
    )


def brought_about(policy: Policy, task: Task) -> str:
    """Who or what wants a task done: 「高总下达」, 「规则“升级倾向”」."""
    if task.issued_by is not None:
        return _("issued by %(who)s") % {"who": task.issued_by}
    return _("rule “%(rule)s”") % {"rule": source_title(policy, task.source)}


def waiting(actor: Actor, now: datetime, back: str) -> list[TaskRow]:
    """The tasks that wait for the actor, the oldest first; the first of them with a form that leads back to
    the page of this name."""
    posts = posts_for(actor)
    return [
        _with_form(actor, task, posts, now, back if place < IN_PLACE else "")
        for place, task in enumerate(tasks_to_settle(actor))
    ]


def _with_form(actor: Actor, task: Task, posts: Posts, now: datetime, back: str) -> TaskRow:
    row = task_row(actor, policy_of(task.complaint.policy_id), task, posts)
    if not back:
        return row
    file = CaseFile(task.complaint, actor, now)
    file.posts = posts
    return replace(row, url=_url(task), form=_form(file, task, back))


def orders(actor: Actor, known: Iterable[TaskRow]) -> list[TaskRow]:
    """Supervision orders of the actor's part of the tree that nobody has answered yet, without those shown
    already."""
    shown = [row.task.pk for row in known]
    return _rows(actor, open_orders(actor).exclude(pk__in=shown)[:ORDERS_SHOWN])


def _rows(actor: Actor, tasks: Iterable[Task]) -> list[TaskRow]:
    posts = posts_for(actor)
    return [task_row(actor, policy_of(task.complaint.policy_id), task, posts) for task in tasks]


def _form(file: CaseFile, task: Task, back: str = "case") -> SettleForm:
    return SettleForm(file=file, task=task, auto_id=f"task-{task.pk}-%s", initial={"back": back})


def _url(task: Task) -> str:
    return reverse("task-settle", args=[task.complaint.organization.slug, task.pk])


def _case_row(file: CaseFile, task: Task, failed: Failed | None) -> TaskRow:
    row = task_row(file.actor, file.policy, task, file.posts)
    again = failed is not None and failed.is_for(SETTLE, str(task.pk))
    if failed is not None and again:
        form: SettleForm | None = failed.form  # type: ignore[assignment]
    elif task.state == Task.State.OPEN and role_to_settle(file.actor, task, file.posts):
        form = _form(file, task)
    else:
        form = None
    return replace(row, url=_url(task), form=form, is_open=again)


def _done(file: CaseFile) -> Iterator[Done]:
    """What was done at once; a clock stop that waits for its decider stands among the tasks."""
    proposed = {effect.key for effect in file.course.run.effects if effect.proposed}
    for row in file.effects:
        if row.key not in proposed and public_actions(row):
            yield Done(row.at, done_words(file.policy, row))


def public_actions(effect: Effect) -> list[dict[str, Any]]:
    """What an effect did, without the penalties it proposes: those are for who decides on them."""
    return [action for action in effect.actions if Task.Kind.PENALTY not in action]


def done_words(policy: Policy, effect: Effect) -> str:
    """「按规则“升级倾向”:通知客服主管;发出督办单」."""
    actions = phrases.actions(policy, public_actions(effect))
    said = {"rule": source_title(policy, effect.source), "actions": actions}
    return _("By the rule “%(rule)s”: %(actions)s") % said


# --- suggestions --------------------------------------------------------------------------------------------


def _hints(file: CaseFile, offered: set[str]) -> Iterator[Hint]:
    """What the rules suggest and nobody has done yet."""
    for effect in file.course.run.effects:
        for action in effect.actions:
            target = action.get("suggest")
            if target is None or _is_so(file, target):
                continue
            rule = source_title(file.policy, effect.source)
            yield Hint(phrases.action(file.policy, {"suggest": target}), rule, _link(target, offered))


def _is_so(file: CaseFile, target: object) -> bool:
    return isinstance(target, Mapping) and all(
        file.facts.get(name) == value for name, value in target.items()
    )


def _link(target: object, offered: set[str]) -> str:
    names = list(target) if isinstance(target, Mapping) else []
    if "tier" in names:
        return "?do=grade#next" if "grade" in offered else ""
    column = next((name for name in names if name in CORRECTABLE), "")
    if column:
        return f"?correct={column}#correct" if "correct" in offered else ""
    return "?do=note#next" if names and "note" in offered else ""
