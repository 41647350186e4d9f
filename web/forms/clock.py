"""The forms for stopping the clock of a case, counting anew, and ending its handling."""

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.stops import check_stopping
from web import choices
from web.forms.base import CaseForm
from web.forms.fields import CleanCharField, long_text
from web.forms.papers import Comes


class StopForm(CaseForm):
    """Something recorded under a clock stop of the rules; which one is asked only if there are several."""

    stop = forms.ChoiceField(label=_("By which rule"), required=False)
    reason = long_text(label=_("Reason"), rows=2)
    kind = ""

    def fit(self) -> None:
        rows = self.file.stops(self.right, self.kind)
        if len(rows) > 1:
            self.fields["stop"].choices = [(row.id, row.title or row.id) for row in rows]
        else:
            del self.fields["stop"]

    def comes_with(self) -> Comes:
        return Comes(self.kind, text="reason")

    def acting_role(self) -> str:
        return check_stopping(self.file.actor, self.file.case, self.right, self.kind, self.file.posts)


class PauseForm(StopForm):
    cause = forms.ChoiceField(label=_("Cause"))
    field_order = ["revision", "back", "stop", "cause", "reason"]
    right, kind = "pause", "paused"

    def fit(self) -> None:
        super().fit()
        self.fields["cause"].choices = choices.listed(self.file.policy, "pause_reasons")


class RestartForm(StopForm):
    right, kind = "restart", "restarted"


class EndForm(StopForm):
    right, kind = "end", "ended"


class ResumeForm(CaseForm):
    reason = CleanCharField(label=_("Note"), required=False, max_length=500)
    comes, right = Comes("resumed", text="reason"), "resume"

    def acting_role(self) -> str:
        return check_stopping(self.file.actor, self.file.case, self.right, "paused", self.file.posts)
