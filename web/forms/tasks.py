"""The form that settles a task of the rules."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.models import Task
from complaints.services.tasks import ANSWERED, choices_of
from complaints.settling import stop_of
from web.forms.base import CaseForm
from web.forms.fields import long_text
from web.forms.passing import CaseNumberField

_CHOICES = {"pause": _("Stop the clock"), "end": _("End the handling")}


class SettleForm(CaseForm):
    """`accepted` comes with the button. What is to be chosen, and which case a merge goes into, is asked
    where the rule proposes one."""

    accepted = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")], widget=forms.HiddenInput)
    choice = forms.ChoiceField(label=_("What happens"), widget=forms.RadioSelect, required=False)
    into = CaseNumberField(label=_("Number of the other case"), max_length=40, required=False)
    answer = long_text(label=_("Answer"), required=False, rows=2)

    def __init__(self, *args: Any, task: Task, **kwargs: Any) -> None:
        self.task = task
        super().__init__(*args, **kwargs)

    def fit(self) -> None:
        policy = self.file.policy
        stop, offered = stop_of(policy, self.task), choices_of(policy, self.task)
        self.fields["choice"].choices = [(name, _CHOICES[name]) for name in offered]
        if not offered:
            del self.fields["choice"]
        self.fields["into"].file = self.file
        if stop is None or stop.effect != "merge":
            del self.fields["into"]
        if self.is_answered:
            self.fields["answer"].required = True
        else:
            self.fields["answer"].label = _("Note; why, if it is declined")

    @property
    def is_answered(self) -> bool:
        """Whether it wants an answer, and cannot be declined."""
        return self.task.kind in ANSWERED

    def arguments(self) -> dict[str, Any]:
        values = super().arguments()
        return {**values, "accepted": values["accepted"] == "yes"}
