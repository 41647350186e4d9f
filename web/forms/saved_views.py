"""The forms that keep a view of the list of cases."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.models.listing import SavedView
from complaints.saved_views import may_share
from organizations.actors import Actor
from organizations.models import Role
from web.forms.base import VerbForm
from web.forms.fields import CleanCharField

NAME_LENGTH = SavedView._meta.get_field("name").max_length
_LONGEST_ADDRESS = 4000


class RenameForm(VerbForm):
    name = CleanCharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH)


class SaveViewForm(RenameForm):
    """`query` is the query string of the list that is to be kept, as the page has it."""

    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=_LONGEST_ADDRESS)
    role = forms.ChoiceField(label=gettext_lazy("Share with"), required=False)
    is_default = forms.BooleanField(label=gettext_lazy("Show it first"), required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [("", _("Nobody: only for me")), *Role.choices]
        if not may_share(actor):
            del self.fields["role"]
