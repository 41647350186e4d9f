"""How somebody wants to be told outside the product."""

from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.models import Preference
from web.forms.base import VerbForm

Way = Preference.Way


class HourField(forms.TimeField):
    """An hour of the day, to the minute."""

    widget = forms.TimeInput(attrs={"type": "time", "class": "form-control"}, format="%H:%M")

    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%H:%M", "%H:%M:%S"], **options)


def _ways(label: Any, *ways: str) -> forms.ChoiceField:
    choices = [(way, Way(way).label) for way in ways]
    # One is always chosen: a star would say nothing. What is sent empty all the same, the verb refuses.
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, required=False)


class PreferenceForm(VerbForm):
    """The fields of a Preference; hours are those of the organization's zone."""

    warnings = _ways(_("Limits that are near"), Way.NOW, Way.DAILY, Way.NEVER)
    breaches = _ways(_("Limits passed, escalations and supervision orders"), Way.NOW, Way.NEVER)
    tickets = _ways(_("Tickets and cases"), Way.NOW, Way.DAILY, Way.NEVER)
    decisions = _ways(_("Requests and decisions"), Way.NOW, Way.DAILY, Way.NEVER)
    quiet_from = HourField(label=_("No e-mail from"), required=False)
    quiet_until = HourField(label=_("until"), required=False)
    breaks_quiet = forms.BooleanField(
        label=_("Passed limits of the gravest cases come in quiet hours, too"), required=False
    )
    daily_hour = forms.TypedChoiceField(
        label=_("The daily mail comes at"),
        choices=[(str(hour), f"{hour:02}:00") for hour in range(24)],
        coerce=int,
        required=False,
        empty_value=-1,
    )

    @classmethod
    def of(cls, preference: Preference) -> "PreferenceForm":
        """The form with what is set."""
        form = cls()
        form.initial = {name: getattr(preference, name) for name in form.fields}
        return form

    @property
    def ways(self) -> list[forms.BoundField]:
        return [self[name] for name in ("breaches", "warnings", "tickets", "decisions")]

    def clean_quiet_from(self) -> time | None:
        return _to_the_minute(self.cleaned_data["quiet_from"])

    def clean_quiet_until(self) -> time | None:
        return _to_the_minute(self.cleaned_data["quiet_until"])


def _to_the_minute(value: time | None) -> time | None:
    return value.replace(second=0, microsecond=0) if value else None
