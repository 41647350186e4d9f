"""The form that settles a task of the rules."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.models import Task
from complaints.services.tasks import ANSWERED, choices_of
from complaints.settling import role_to_settle, stop_of
from policies.engine.stops import EVENT_OF_STOP
from web.forms.base import CaseForm
from web.forms.fields import long_text
from web.forms.papers import Comes
from web.forms.passing import SAID_BY_MERGING, CaseNumberField

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

    def comes_with(self) -> Comes | None:
        """The event of a clock stop that is accepted; any other answer is none the rules ask forms for."""
        stop = stop_of(self.file.policy, self.task)
        chosen = self.typed("choice") if "choice" in self.fields else ""
        event = EVENT_OF_STOP.get(chosen or stop.effect) if stop else None
        if event is None:
            return None
        brings = SAID_BY_MERGING if event == "merged" else {}
        return Comes(event, text="answer", brings=brings, certain=self.typed("accepted") == "yes")

    def acting_role(self) -> str:
        return role_to_settle(self.file.actor, self.task, self.file.posts)

    @property
    def is_answered(self) -> bool:
        """Whether it wants an answer, and cannot be declined."""
        return self.task.kind in ANSWERED

    def arguments(self) -> dict[str, Any]:
        values = super().arguments()
        if values["accepted"] != "yes":
            values.pop("forms", None)  # nothing is recorded that they belong to
        return {**values, "accepted": values["accepted"] == "yes"}
