"""The filters of the list of supervision orders. They live in the URL; what is not understood is left out."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from escalation.orders import ANSWERED, OPEN, OVERDUE, PEOPLE, RULES
from organizations.actors import Actor
from web.forms.base import VerbForm
from web.forms.fields import DepartmentField


class OrderFilter(VerbForm):
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    source = forms.ChoiceField(label=gettext_lazy("Wanted by"), required=False)
    department = DepartmentField(label=gettext_lazy("Who has to answer"), required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [
            ("", _("All states")),
            (OPEN, _("Not answered yet")),
            (OVERDUE, _("Overdue")),
            (ANSWERED, _("Answered")),
        ]
        self.fields["source"].choices = [("", _("All")), (PEOPLE, _("People")), (RULES, _("Rules"))]
        everywhere = actor.directory.departments.values()
        self.fields["department"].offer(actor.directory, everywhere, _("All departments"))

    @property
    def chosen(self) -> dict[str, Any]:
        """The filters that are set and understood."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
