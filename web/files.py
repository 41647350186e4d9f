"""The files of a case: handing them out, and saving those of a form that was refused."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from complaints.files import serving
from complaints.models import Complaint
from complaints.services import attach
from organizations.errors import Refused
from tickets.access import access_file
from web.answers import page
from web.casefile import CaseFile
from web.forms.base import CaseForm
from web.forms.files import AttachForm, FilesField
from web.request import Request


@page("GET")
def download(request: Request, number: str, pk: int) -> HttpResponseBase:
    """A file, to be saved."""
    return serving.download(access_file(request.actor, number, pk))


@page("GET")
def thumbnail(request: Request, number: str, pk: int) -> HttpResponseBase:
    """The small picture of a photo."""
    return serving.thumbnail(access_file(request.actor, number, pk))


def rescue(request: Request, file: CaseFile, form: CaseForm) -> None:
    """Attach the files of a refused form to the case, and say so.

    No browser puts files into a form again, and a photo taken from within one may exist nowhere else. What
    was typed is sent again, without them.
    """
    field = form.fields.get("files")
    if not isinstance(field, FilesField) or not field.prepared:
        return
    note, kind = form.about() if isinstance(form, AttachForm) else ("", "")
    try:
        attach(
            actor=file.actor, complaint=file.case, files=field.prepared, note=note, kind=kind, now=file.now
        )
    except Refused as error:
        if str(error) not in form.errors.get("files", []):
            form.add_error("files", str(error))
        form.add_error("files", _("The files have not been saved. Choose them again."))
        return
    count = len(field.prepared)
    sentence = ngettext(
        "%(count)d file has been saved with the case already. It need not be chosen again.",
        "%(count)d files have been saved with the case already. They need not be chosen again.",
        count,
    )
    messages.info(request, sentence % {"count": count})
    _follow(form, file.case)


def _follow(form: CaseForm, before: Complaint) -> None:
    """The files have moved the case on by one revision: that is nothing its user would have to look at."""
    seen, now = form.data.get("revision"), Complaint.objects.only("revision").get(pk=before.pk).revision
    if seen == str(before.revision) and now == before.revision + 1:
        form.catch_up(now)
