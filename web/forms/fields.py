"""Fields for text, numbers and times as people type them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from organizations.directory import Directory
from organizations.models import Department
from organizations.text import normalise, normalise_phone
from web import choices

LONG_TEXT = 20_000


class CleanCharField(forms.CharField):
    """Text, normalised: full-width digits folded, zero-width and control characters gone."""

    def to_python(self, value: Any) -> str:
        return super().to_python(normalise(str(value)) if value not in self.empty_values else value) or ""


class PhoneField(CleanCharField):
    """A phone number, kept as digits."""

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value)
        number = normalise_phone(typed)
        if typed and not number:
            raise ValidationError(_("Write the number in digits."))
        return number


def long_text(**options: Any) -> CleanCharField:
    """Several lines of text."""
    rows = options.pop("rows", 3)
    return CleanCharField(widget=forms.Textarea(attrs={"rows": rows}), max_length=LONG_TEXT, **options)


class LocalDateTimeField(forms.DateTimeField):
    """A date and time of the organization's zone; years outside 2000–2100 are slips of the keyboard."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **options: Any) -> None:
        formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
        super().__init__(input_formats=formats, **options)

    def to_python(self, value: Any) -> datetime | None:
        try:
            moment = super().to_python(normalise(value) if isinstance(value, str) else value)
        except OverflowError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        if moment is not None and not 2000 <= moment.year <= 2100:
            raise ValidationError(_("Choose a date between 2000 and 2100."))
        return moment


class GradingField(forms.ChoiceField):
    """A tier by one of its criteria, as one choice. Cleans to (tier, criterion), ("", "") if left open."""

    widget = forms.RadioSelect

    def clean(self, value: Any) -> tuple[str, str]:
        tier, _colon, criterion = super().clean(value).partition(":")
        return tier, criterion


class YesNoField(forms.TypedChoiceField):
    """A question that has to be answered knowingly: neither answer is chosen beforehand."""

    widget = forms.RadioSelect

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=yes_or_no, coerce=_is_yes, empty_value=None, **options)


def yes_or_no() -> list[choices.Choice]:
    return [("yes", _("Yes")), ("no", _("No"))]


def _is_yes(value: str) -> bool:
    return value == "yes"


class DepartmentField(forms.ChoiceField):
    """One of the departments that `offer` names; None if left open."""

    known: Mapping[str, Department] = {}

    def offer(self, directory: Directory, departments: Iterable[Department], blank: str = "—") -> None:
        rows = list(departments)
        self.known = {str(row.pk): row for row in rows}
        self.choices = [("", blank), *choices.named(directory, rows)]

    def clean(self, value: Any) -> Department | None:
        return self.known.get(super().clean(value))


class DepartmentsField(forms.MultipleChoiceField):
    """Any number of the departments that `offer` names."""

    widget = forms.CheckboxSelectMultiple
    known: Mapping[str, Department] = {}

    def offer(self, directory: Directory, departments: Iterable[Department]) -> None:
        rows = list(departments)
        self.known = {str(row.pk): row for row in rows}
        self.choices = choices.named(directory, rows)

    def clean(self, value: Any) -> list[Department]:
        return [self.known[key] for key in super().clean(value)]
