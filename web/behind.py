"""The cases behind a figure of the dashboard, as filters of the list of cases. They stand in its address:

figure=closed.2026-11   by=tier.minor   part=7
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from complaints.models import Complaint
from organizations.actors import Actor
from organizations.directory import Directory
from policies.engine.schema import Policy
from policies.selectors import duty_title, title_of
from reporting.selectors import may_read_reports, part_of
from reporting.statistics.behind import HANDLING, Figure, Value, in_figure, in_row
from reporting.statistics.part import WHOLE
from reporting.statistics.titles import Titles

LONGEST = 120
FILTERS = ("figure", "by", "part")


class _TokenField(forms.CharField):
    """A name of the address; whatever is none is an error."""

    kind: type[Figure] | type[Value]

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.HiddenInput, required=False, max_length=LONGEST, **options)

    def clean(self, value: Any) -> Figure | Value | None:
        token = super().clean(value)
        try:
            return self.kind.read(token) if token else None
        except ValueError as error:
            raise ValidationError(token) from error


class FigureField(_TokenField):
    kind = Figure


class ValueField(_TokenField):
    kind = Value


def narrowed(
    cases: QuerySet[Complaint], chosen: Mapping[str, Any], actor: Actor, now: datetime
) -> QuerySet[Complaint]:
    """The cases behind what is chosen of FILTERS. To a reader of figures a figure is that of their own part,
    as it is on the dashboard."""
    figure, row, department = (chosen.get(name) for name in FILTERS)
    titles = Titles(actor.organization, now)
    if figure:
        cases = cases.filter(in_figure(figure, now, actor.organization.zone, titles))
        if may_read_reports(actor):
            cases = part_of(actor).of(cases)
    if row:
        cases = cases.filter(in_row(row, titles))
    if department:
        cases = WHOLE.below(actor.directory.subtree([department.pk])).of(cases)
    return cases


def figure_words(figure: Figure, policy: Policy) -> str:
    """「销项 2026-11」."""
    if figure.duty:
        duty = _("Handling") if figure.duty == HANDLING else duty_title(policy, figure.duty)
        what = _limit_names()[figure.name] % {"duty": duty}
    else:
        what = figure_names()[figure.name]
    return f"{what} {figure.month:%Y-%m}" if figure.month else what


def figure_names() -> dict[str, str]:
    return {
        "received": _("Received"),
        "accepted": _("Accepted"),
        "explained": _("Settled by an explanation"),
        "rejected": _("Rejected"),
        "handled": _("Handled"),
        "told": _("Result told"),
        "closed": _("Closed out"),
        "reopened": _("Taken up again"),
        "open": _("Open now"),
        "overdue": _("Overdue now"),
    }


def _limit_names() -> dict[str, str]:
    return {
        "in_time": _("%(duty)s: in time"),
        "late": _("%(duty)s: done too late"),
        "missed": _("%(duty)s: too late and not done"),
        "broken": _("%(duty)s: not in time"),
    }


def row_words(row: Value, policy: Policy, directory: Directory) -> str:
    """「等级:轻微」."""
    if row.name == "lead":
        known = row.value and int(row.value) in directory.departments
        return directory.path(int(row.value)) if known else _("not dispatched")
    if not row.value:
        heading = {"tier": _("Tier"), "channel": _("Channel")}.get(row.name, _("Category"))
        return f"{heading}: {_('not stated')}"
    lists = {"tier": "tiers", "channel": "channels"}
    return title_of(policy, lists.get(row.name, "categories"), row.value)
