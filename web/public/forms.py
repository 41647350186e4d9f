"""The forms of the public page, in words for people who have never seen one like it."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.files import Prepared
from complaints.files.examining import PICTURES
from complaints.passcodes import LONGEST_TYPED
from complaints.publicrules import required_contact
from complaints.services import Intake
from complaints.services.opening import LONGEST_NUMBER
from complaints.services.public import LONGEST_TEXT, PHOTOS_AT_ONCE
from complaints.services.replying import Satisfaction
from policies.engine.schema import Policy
from web import choices
from web.forms.base import VerbForm
from web.forms.fields import CleanCharField, PhoneField
from web.forms.files import FilesField

LONGEST_SUBJECT = 40  # characters taken from what was written
# A person never sees this input; what fills in every input of a page does.
TRAP = "website"


class PhotosField(FilesField):
    """A few photos."""

    def __init__(self, **options: Any) -> None:
        hint = format_lazy(
            _("Up to {count} photos. Where and when they were taken is removed from them."),
            count=PHOTOS_AT_ONCE,
        )
        super().__init__(required=False, help_text=hint, **options)
        self.widget.attrs["accept"] = PICTURES

    def clean(self, data: Any, initial: Any = None) -> list[Prepared]:
        if len(data or []) > PHOTOS_AT_ONCE:  # before any of them is decoded
            raise ValidationError(gettext("At most %(limit)d photos at once.") % {"limit": PHOTOS_AT_ONCE})
        files = super().clean(data, initial)
        if not all(row.is_picture for row in files):
            raise ValidationError(gettext("Only photos can be sent here: JPEG, PNG or WebP."))
        return files


def _text(**options: Any) -> CleanCharField:
    rows = options.pop("rows")
    return CleanCharField(widget=forms.Textarea(attrs={"rows": rows}), max_length=LONGEST_TEXT, **options)


class PublicForm(VerbForm):
    """A form that is sent once, however often it is sent."""

    request_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("request_key", uuid4())


class HandInForm(PublicForm):
    """A complaint."""

    content = _text(label=_("What happened?"), rows=6)
    place = CleanCharField(label=_("Where?"), required=False, max_length=200)
    category = forms.ChoiceField(label=_("What is it about?"), required=False)
    request = _text(label=_("What would you like us to do?"), required=False, rows=2)
    complainant_name = CleanCharField(label=_("Your name"), required=False, max_length=80)
    complainant_phone = PhoneField(label=_("Your phone number"), required=False, max_length=40)
    files = PhotosField(label=_("Photos"))
    website = forms.CharField(required=False, max_length=200)

    def __init__(self, *args: Any, policy: Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _none, *categories = choices.tree(policy, "categories")
        self.fields["category"].choices = [("", gettext("I am not sure")), *categories]
        if not categories:
            del self.fields["category"]
        for name in required_contact(policy):
            self.fields[name].required = True
        self._explain()

    def _explain(self) -> None:
        hints = {
            "content": gettext("As exactly as you can: what, when, who was there."),
            "place": gettext("Building, room, counter, street …"),
            "complainant_phone": gettext("Only so that we can ask back and tell you the result."),
        }
        for name, hint in hints.items():
            self.fields[name].help_text = hint
        marks = {"complainant_name": "name", "complainant_phone": "tel"}
        for name, mark in marks.items():
            self.fields[name].widget.attrs["autocomplete"] = mark
        self.fields["complainant_phone"].widget.input_type = "tel"

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get(TRAP):  # a browser that fills in by itself is forgiven at the second try
            self.add_error(None, gettext("Please send it once more."))
        return self.cleaned_data

    def arguments(self) -> dict[str, Any]:
        values = self.cleaned_data
        same = ("content", "place", "request", "complainant_name", "complainant_phone", "request_key")
        intake = Intake(
            channel="",
            subject=subject_of(values["content"]),
            category=values.get("category", ""),
            **{name: values[name] for name in same},
        )
        return {"intake": intake, "files": values["files"]}

    @property
    def own_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name != TRAP]


def subject_of(content: str) -> str:
    """The beginning of what was written, as the title that the desk sees in its lists."""
    line = content.split("\n", 1)[0].strip()
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"


class FollowForm(VerbForm):
    """The door to a case."""

    number = forms.CharField(label=_("Number"), max_length=LONGEST_NUMBER)
    passcode = forms.CharField(label=_("Code"), max_length=LONGEST_TYPED)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, example in (("number", "TS202611-00001"), ("passcode", "XXXX-XXXX-XXXX-XXXX")):
            self.fields[name].widget.attrs |= {
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "placeholder": example,
            }


class AddForm(PublicForm):
    """Something more."""

    text = _text(label=_("What would you like to add?"), required=False, rows=4)
    files = PhotosField(label=_("Photos"))


class ConfirmForm(PublicForm):
    """The result is right."""

    answer: Mapping[str, Any] = {"is_solved": True}
    satisfaction = forms.ChoiceField(
        label=_("How satisfied are you with how it was handled?"),
        choices=Satisfaction.choices,
        widget=forms.RadioSelect,
    )
    words = _text(label=_("What would you like to say about it?"), required=False, rows=2)

    def arguments(self) -> dict[str, Any]:
        return {**self.answer, **self.cleaned_data}


class RejectForm(PublicForm):
    """It is not."""

    answer: Mapping[str, Any] = {"is_solved": False}
    words = _text(label=_("What is not solved?"), rows=4)

    def arguments(self) -> dict[str, Any]:
        return {**self.answer, **self.cleaned_data}
