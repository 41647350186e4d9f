"""The filters of the list of cases. They live in the URL; whatever is not understood is left out."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.models import State
from complaints.searching import LONGEST_QUERY
from organizations.actors import Actor
from organizations.models import Department
from policies.engine.schema import Policy
from reporting.statistics.behind import Figure, Value
from web import behind, choices
from web.forms.base import VerbForm
from web.forms.fields import CleanCharField, DepartmentField

OPEN_CASES, PAUSED = "open", "paused"


class QueryField(CleanCharField):
    """What is looked for. A pasted text that is too long is searched for by its beginning."""

    def to_python(self, value: Any) -> str:
        return super().to_python(value)[:LONGEST_QUERY].strip()


class DayField(forms.DateField):
    """A day of the organization's zone."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **options)

    def to_python(self, value: Any) -> date | None:
        day = super().to_python(value)
        if day is not None and not 2000 <= day.year <= 2100:
            raise ValidationError(_("Choose a date between 2000 and 2100."))
        return day


class CaseFilter(VerbForm):
    q = QueryField(label=gettext_lazy("Search"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    tier = forms.ChoiceField(label=gettext_lazy("Tier"), required=False)
    category = forms.ChoiceField(label=gettext_lazy("Category"), required=False)
    department = DepartmentField(label=gettext_lazy("Department"), required=False)
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), required=False)
    nature = forms.ChoiceField(label=gettext_lazy("Nature"), required=False)
    received_from = DayField(label=gettext_lazy("Received from"), required=False)
    received_to = DayField(label=gettext_lazy("Received until"), required=False)
    overdue = forms.BooleanField(label=gettext_lazy("Overdue only"), required=False)
    mine = forms.BooleanField(label=gettext_lazy("Only mine"), required=False)
    paused = forms.BooleanField(label=gettext_lazy("Clock stopped"), required=False)
    open_task = forms.BooleanField(label=gettext_lazy("With an open task"), required=False)
    figure = behind.FigureField(label=gettext_lazy("Figure"))
    by = behind.ValueField(label=gettext_lazy("Of these"))
    part = DepartmentField(
        label=gettext_lazy("Part of the organization"), required=False, widget=forms.HiddenInput
    )

    # Always in sight; the others are, once one of them is used.
    first = ("state", "tier", "category", "department")
    flags = ("overdue", "mine", "paused", "open_task")

    def __init__(self, *args: Any, actor: Actor, policy: Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [(OPEN_CASES, _("All open")), (PAUSED, _("Clock stopped")), *State.choices]
        self.fields["state"].choices = [("", _("All states")), *states]
        self.fields["tier"].choices = [("", _("All tiers")), *choices.listed(policy, "tiers")[1:]]
        self.fields["category"].choices = [("", _("All categories")), *choices.tree(policy, "categories")[1:]]
        self.fields["channel"].choices = [("", _("All channels")), *choices.listed(policy, "channels")[1:]]
        self.fields["nature"].choices = [("", _("All natures")), *choices.listed(policy, "natures")[1:]]
        everywhere = actor.directory.departments.values()
        self.fields["department"].offer(actor.directory, everywhere, _("All departments"))
        self.fields["part"].offer(actor.directory, everywhere)
        self.policy, self.directory = policy, actor.directory

    @property
    def chosen(self) -> dict[str, Any]:
        """The filters that are set and understood."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None, False)}

    @property
    def is_used(self) -> bool:
        return bool(self.chosen)

    @property
    def further(self) -> list[forms.BoundField]:
        """The fields that are folded away."""
        shown = ("q", *self.first, *self.flags, *behind.FILTERS)
        return [self[name] for name in self.fields if name not in shown]

    @property
    def switches(self) -> list[forms.BoundField]:
        return [self[name] for name in self.flags]

    @property
    def is_unfolded(self) -> bool:
        return not self.chosen.keys() <= {"q", *self.first, *behind.FILTERS}

    def parameters(self) -> list[tuple[str, str]]:
        """The filters as they stand in an address, in the order of the form."""
        return [(name, self._written(value)) for name, value in self.chosen.items()]

    @staticmethod
    def _written(value: Any) -> str:
        if isinstance(value, Department):
            return str(value.pk)
        if isinstance(value, Figure | Value):
            return value.token
        return "on" if value is True else str(value)

    def chips(self) -> Iterator[tuple[str, str, str]]:
        """(parameter, what is filtered by, to what) of each filter that is set; a flag is a sentence."""
        for name, value in self.chosen.items():
            label = str(self.fields[name].label)
            yield (name, "", label) if value is True else (name, label, self._title(name, value))

    def _title(self, name: str, value: Any) -> str:
        if isinstance(value, Department):
            return value.name
        if isinstance(value, Figure):
            return behind.figure_words(value, self.policy)
        if isinstance(value, Value):
            return behind.row_words(value, self.policy, self.directory)
        titles = dict(_flat(getattr(self.fields[name], "choices", ())))
        return str(titles.get(value, value))


def _flat(options: Any) -> Iterator[tuple[Any, Any]]:
    """Choices without their groups."""
    for key, title in options:
        if isinstance(title, list | tuple):
            yield from _flat(title)
        else:
            yield key, title
