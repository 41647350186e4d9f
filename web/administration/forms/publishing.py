"""The form for the public page: on or off, and what the rules want everybody to know."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from organizations.services import LONGEST_DETAIL
from policies.readable.rest import disclosed
from web.forms.base import VerbForm
from web.forms.fields import CleanCharField

PREFIX = "detail-"


class PublicPageForm(VerbForm):
    """One text for each of `wanted`, what only the organization can say; the rules insist on `required`."""

    is_on = forms.BooleanField(label=_("Complaints can be handed in on the public page"), required=False)

    def __init__(
        self,
        *args: Any,
        wanted: Iterable[str],
        required: Collection[str],
        stored: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = list(wanted)
        for name in self.wanted:
            self.fields[f"{PREFIX}{name}"] = CleanCharField(
                label=disclosed(name),
                required=False,
                max_length=LONGEST_DETAIL,
                widget=forms.Textarea(attrs={"rows": 2, "class": "form-control grows"}),
                help_text=gettext("Your rules want this to be public.") if name in required else "",
            )
            self.initial.setdefault(f"{PREFIX}{name}", stored.get(name, ""))

    @property
    def details(self) -> list[BoundField]:
        return [self[f"{PREFIX}{name}"] for name in self.wanted]

    def arguments(self) -> dict[str, Any]:
        values = self.cleaned_data
        return {
            "is_on": values["is_on"],
            "details": {name: values[f"{PREFIX}{name}"] for name in self.wanted},
        }
