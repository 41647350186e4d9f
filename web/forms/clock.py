"""The forms for stopping the clock of a case, counting anew, and ending its handling."""

from django import forms
from django.utils.translation import gettext_lazy as _

from web import choices
from web.forms.base import CaseForm
from web.forms.fields import CleanCharField, long_text


class StopForm(CaseForm):
    """Something recorded under a clock stop of the rules; which one is asked only if there are several."""

    stop = forms.ChoiceField(label=_("By which rule"), required=False)
    reason = long_text(label=_("Reason"), rows=2)
    verb, kind = "", ""

    def fit(self) -> None:
        rows = self.file.stops(self.verb, self.kind)
        if len(rows) > 1:
            self.fields["stop"].choices = [(row.id, row.title or row.id) for row in rows]
        else:
            del self.fields["stop"]


class PauseForm(StopForm):
    cause = forms.ChoiceField(label=_("Cause"))
    field_order = ["revision", "back", "stop", "cause", "reason"]
    verb, kind = "pause", "paused"

    def fit(self) -> None:
        super().fit()
        self.fields["cause"].choices = choices.listed(self.file.policy, "pause_reasons")


class RestartForm(StopForm):
    verb, kind = "restart", "restarted"


class EndForm(StopForm):
    verb, kind = "end", "ended"


class ResumeForm(CaseForm):
    reason = CleanCharField(label=_("Note"), required=False, max_length=500)
