"""The answer that hands a file out, the same for pages and API. Who asks has come through the case's door."""

from django.db.models.fields.files import FieldFile
from django.http import FileResponse
from django.utils.translation import gettext as _

from complaints.models.attachment import Attachment
from organizations.errors import NotVisible, Refused

# For saving only, and should a browser show it after all: without scripts, in an origin of its own.
_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def download(row: Attachment) -> FileResponse:
    """The file, to be saved. Raises Refused if it is gone from the store."""
    return _answer(row.file, row.content_type, row.name, as_attachment=True)


def thumbnail(row: Attachment) -> FileResponse:
    """The small picture of a photo, shown in its place. Raises NotVisible for anything else."""
    if not row.thumbnail:
        raise NotVisible(str(row.pk))
    return _answer(row.thumbnail, "image/jpeg", row.name, as_attachment=False)


def _answer(field: FieldFile, content_type: str, name: str, *, as_attachment: bool) -> FileResponse:
    try:
        file = field.storage.open(str(field.name))
    except OSError as error:
        raise Refused(_("This file is missing.")) from error
    return FileResponse(
        file, as_attachment=as_attachment, filename=name, content_type=content_type, headers=_HEADERS
    )
