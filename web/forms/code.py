"""The form for giving out the code of the public page."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.services.renewing import LONGEST_CHECK
from web.forms.base import CaseForm
from web.forms.fields import CleanCharField


class CodeForm(CaseForm):
    """How it was made sure that it is the complainant. What was seen of the case does not matter, so it has
    no revision to be stale."""

    check = CleanCharField(
        label=_("How did you make sure that it is the complainant?"),
        max_length=LONGEST_CHECK,
        help_text=_(
            "For instance: called back on the number of the case. The complainant can then read online what "
            "was first written down, where the case stands, and what was answered. A code given out before "
            "stops working."
        ),
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput)

    def fit(self) -> None:
        del self.fields["once"]  # arriving again it shows the same code again
        self.initial.setdefault("request_key", uuid4())

    def arguments(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("check", "request_key")}
