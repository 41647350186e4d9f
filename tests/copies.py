"""Many cases quickly: copies of cases that the verbs have made, with everything that hangs on them."""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import models

from complaints.models import Attachment, CaseEvent, Complaint, Deadline, Effect, Task
from escalation.models import ExtensionRequest, Firing, PenaltyDecision
from notifications.models import Notification
from organizations.models import Department
from tickets.models import Remedy, Ticket

# What is copied after what it points to.
_HANGING = (
    Ticket,
    CaseEvent,
    Attachment,
    Remedy,
    Deadline,
    Firing,
    ExtensionRequest,
    PenaltyDecision,
    Effect,
    Task,
    Notification,
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_numbers = itertools.count(500_000)  # the verbs do not come that far


@dataclass(frozen=True)
class Move:
    """How a copy differs: by how much later, which department (by id) stands for which, other columns."""

    later: timedelta
    departments: Mapping[int, int] = field(default_factory=dict)
    columns: dict[str, Any] = field(default_factory=dict)


def copy_case(case: Complaint, moves: Sequence[Move]) -> list[Complaint]:
    """One copy for each move, in the scope of the case's organization. Due times move along as they are,
    whatever the calendar says of the new day."""
    made: dict[tuple[type[models.Model], Any], list[Any]] = {}
    for model in (Complaint, *_HANGING):
        rows = [case] if model is Complaint else model._base_manager.filter(complaint=case)
        for row in rows:
            made[model, row.pk] = [_copied(row, move, place, made) for place, move in enumerate(moves)]
        new = itertools.chain.from_iterable(group for (kind, _pk), group in made.items() if kind is model)
        model.objects.bulk_create(list(new), batch_size=500)
    return made[Complaint, case.pk]


def _copied(row: models.Model, move: Move, place: int, made: Mapping[Any, list[Any]]) -> models.Model:
    values = {
        column.attname: _value(column, getattr(row, column.attname), move, place, made)
        for column in row._meta.concrete_fields
        if not column.primary_key
    }
    return type(row)(**(values | move.columns if isinstance(row, Complaint) else values))


def _value(column: models.Field, value: Any, move: Move, place: int, made: Mapping[Any, list[Any]]) -> Any:
    if column.name == "request_key" or not value:
        return None if column.null else value
    if column.name in ("number", "key", "external_number"):
        return f"{re.sub('-.*', '', value)}-{next(_numbers)}"
    if column.name == "ticket_ref":
        return made[Ticket, value][place].pk
    if isinstance(column, models.ForeignKey):
        if column.related_model is Department:
            return move.departments.get(value, value)
        return made[column.related_model, value][place].pk if (column.related_model, value) in made else value
    return _moved(value, move.later)


def _moved(value: Any, later: timedelta) -> Any:
    """A value with every moment in it moved, those that JSON holds as text as well."""
    if isinstance(value, datetime):
        return value + later
    if isinstance(value, str) and _MOMENT.match(value):
        return (datetime.fromisoformat(value) + later).isoformat()
    if isinstance(value, dict):
        return {name: _moved(one, later) for name, one in value.items()}
    if isinstance(value, list):
        return [_moved(one, later) for one in value]
    return value
