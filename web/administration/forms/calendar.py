"""The form of one change of the calendar: a day, opening hours, or a year that was looked through."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organizations.actors import Actor
from policies.engine.schema import Hours
from policies.readable.duties import calendar_title
from policies.services.calendars import LONGEST_NOTE, YEARS
from web.administration.forms.others import RangesField
from web.forms.base import VerbForm
from web.forms.fields import CleanCharField, DepartmentField

WORK, REST, TABLE = "work", "rest", "table"


class DayForm(VerbForm):
    """What one day is."""

    kind = forms.CharField(widget=forms.HiddenInput, initial="day")
    day = forms.DateField(
        label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    status = forms.ChoiceField(
        label=gettext_lazy("This day is"),
        choices=[
            (REST, gettext_lazy("off")),
            (WORK, gettext_lazy("worked")),
            (TABLE, gettext_lazy("as the official calendar says")),
        ],
    )
    note = CleanCharField(label=gettext_lazy("Note"), required=False, max_length=LONGEST_NOTE)

    def clean_day(self) -> Any:
        day = self.cleaned_data["day"]
        if day.year not in YEARS:
            raise forms.ValidationError(_("Choose a date between 2000 and 2100."))
        return day

    @property
    def is_workday(self) -> bool | None:
        status = self.cleaned_data["status"]
        return None if status == TABLE else status == WORK


class OpeningForm(VerbForm):
    """Opening hours of a business calendar, for everybody or for one desk."""

    kind = forms.CharField(widget=forms.HiddenInput, initial="hours")
    calendar = forms.ChoiceField(label=gettext_lazy("Calendar of the rules"))
    department = DepartmentField(label=gettext_lazy("For the cases of"), required=False)
    ranges = RangesField(
        label=gettext_lazy("Opening ranges of a day"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "08:30-12:00, 13:30-17:30"}),
    )

    def __init__(
        self, *args: Any, actor: Actor, calendars: dict[str, Hours], policy: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["calendar"].choices = [(name, calendar_title(policy, name)) for name in calendars]
        desks = [row for row in actor.directory.departments.values() if row.is_desk and row.is_active]
        self.fields["department"].offer(actor.directory, desks, _("the whole organization"))


class YearForm(VerbForm):
    """Whether the working days of a year have been looked through."""

    kind = forms.CharField(widget=forms.HiddenInput, initial="year")
    year = forms.IntegerField(widget=forms.HiddenInput, min_value=YEARS.start, max_value=YEARS.stop - 1)
    confirmed = forms.ChoiceField(widget=forms.HiddenInput, choices=[("yes", "yes"), ("no", "no")])
