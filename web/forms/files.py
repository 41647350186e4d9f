"""Fields for files. A browser cannot put files into a form again: see `web.files.rescue`."""

from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.files import Prepared, examine
from complaints.files.examining import ACCEPTED, PICTURES
from complaints.models import Attachment
from organizations.errors import Refused
from web.forms.base import CaseForm, VerbForm
from web.forms.fields import CleanCharField


class FilesInput(forms.FileInput):
    """Any number of files. On a telephone there is a second input that opens the camera (see field.html)."""

    allow_multiple_selected = True
    camera_accepts = PICTURES

    def __init__(self) -> None:
        super().__init__({"accept": ACCEPTED, "class": "form-control"})

    def use_required_attribute(self, initial: Any) -> bool:
        return False  # what the camera's input holds would not count


class FilesField(forms.FileField):
    """Cleans to a list of files that may be kept; `prepared` are those of them that may, also if others may
    not."""

    widget = FilesInput

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "help_text",
            format_lazy(
                gettext_lazy("Photos, PDF, Office or text; at most {limit} MB each."),
                limit=settings.FILE_MAX_BYTES // 1024**2,
            ),
        )
        super().__init__(**options)
        self.prepared: list[Prepared] = []

    def clean(self, data: Any, initial: Any = None) -> list[Prepared]:
        self.prepared, refused = [], []
        for upload in data or []:
            try:
                self.prepared.append(examine(upload))
            except Refused as error:
                refused.append(str(error))
        if refused:
            raise ValidationError(refused)
        if self.required and not self.prepared:
            raise ValidationError(_("Choose a file."))
        return self.prepared


class LosesFiles(VerbForm):
    """Base of forms with `files` that nothing could keep if they are refused: there is no case yet. They say
    so, as no browser puts files into a form again."""

    def full_clean(self) -> None:
        super().full_clean()
        self._say_so()

    def refuse(self, error: Refused) -> None:
        super().refuse(error)
        self._say_so()

    def _say_so(self) -> None:
        if self.errors and self.fields["files"].prepared and "files" not in self.errors:
            self.add_error("files", _("Files have to be chosen again."))


class AttachForm(CaseForm):
    """Files for the case itself. What was seen of the case does not matter to them, so it has no revision to
    be stale."""

    files = FilesField(label=gettext_lazy("Photos and files"))
    note = CleanCharField(label=gettext_lazy("What they show"), required=False, max_length=200)
    scan = forms.BooleanField(label=gettext_lazy("These are signed papers"), required=False)
    request_key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def fit(self) -> None:
        self.initial.setdefault("request_key", uuid4())

    def arguments(self) -> dict[str, Any]:
        values = self.cleaned_data
        note, kind = self.about()
        return {"files": values["files"], "request_key": values["request_key"], "note": note, "kind": kind}

    def about(self) -> tuple[str, str]:
        """Note and kind of the files, also of those that may be kept when others may not."""
        values = self.cleaned_data
        return values.get("note", ""), Attachment.Kind.SCAN if values.get("scan") else ""
