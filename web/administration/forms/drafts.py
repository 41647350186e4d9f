"""The forms that make a draft, publish it, and bring open cases under it."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.engine.loading import GREATEST_SIZE
from policies.packs import PackFile
from web.forms.base import VerbForm
from web.forms.fields import CleanCharField


class PackForm(VerbForm):
    """Which of the shipped packs to adopt."""

    pack = forms.ChoiceField(label=gettext_lazy("Pack"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, packs: tuple[PackFile, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pack"].choices = [(row.id, row.title) for row in packs]


class YamlForm(VerbForm):
    """A pack handed in as a file or as text."""

    file = forms.FileField(label=gettext_lazy("YAML file"), required=False)
    text = forms.CharField(
        label=gettext_lazy("or paste it here"),
        required=False,
        max_length=GREATEST_SIZE,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "class": "form-control yaml", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        file, text = self.cleaned_data.get("file"), self.cleaned_data.get("text")
        if not file and not text and not self.errors:
            self.add_error("file", _("Choose a file or paste a text."))
        elif file and file.size > GREATEST_SIZE:
            words = {"size": GREATEST_SIZE // 1024}
            self.add_error("file", _("The file is larger than %(size)d KiB.") % words)
        elif file:
            self._read(file)
        return self.cleaned_data

    def _read(self, file: Any) -> None:
        try:
            self.cleaned_data["text"] = file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            self.add_error("file", _("The file is not UTF-8 text."))

    def arguments(self) -> dict[str, Any]:
        file = self.cleaned_data.get("file")
        name = str(file.name)[:60] if file else _("pasted text")
        return {"text": self.cleaned_data["text"], "source": name}


class SeenForm(VerbForm):
    """A verb on a draft that needs nothing but the state that was seen."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


class ApplyForm(VerbForm):
    """Why open cases come under other rules."""

    reason = CleanCharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
