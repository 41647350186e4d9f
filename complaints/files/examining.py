"""What a file is, decided by its content; its name only chooses between kinds of text.

Decoding a photo takes a second, so this is done before a verb opens its transaction.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext as _

from complaints.files import documents, pictures
from organizations.errors import Refused
from organizations.text import normalise

# What a page offers for choosing. (Without HEIC in it an iPhone hands over JPEG.)
PICTURES = "image/jpeg,image/png,image/webp"
ACCEPTED = f"{PICTURES},application/pdf,.docx,.xlsx,.pptx,.txt,.csv"

_LONGEST_STEM = 100
_SUFFIX = re.compile(r"\.([A-Za-z][A-Za-z0-9]{0,4})$")
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f<>:"/\\|?*]')
_HEIF = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")
_TEXTS = {"txt": "text/plain", "csv": "text/csv"}


@dataclass(frozen=True)
class Prepared:
    """A file that may be kept, in the form in which it will be. Sizes in bytes, digests SHA-256 in hex.

    `source` is the digest of what was sent, `digest` of what is kept; they differ for photos. `thumbnail` is
    empty for anything but photos.
    """

    name: str
    extension: str
    content_type: str
    content: File
    size: int
    digest: str
    source: str
    width: int | None = None
    height: int | None = None
    thumbnail: bytes = b""

    @property
    def is_picture(self) -> bool:
        return bool(self.thumbnail)


def examine(upload: File) -> Prepared:
    """The file as it may be kept. Raises Refused, with a sentence that names the file."""
    name = shown_name(upload.name or "")
    _check_size(upload, name)
    upload.seek(0)
    data = upload.read()
    kind = _kind(data)
    if kind in _DECODERS:
        return _picture(data, name, _DECODERS[kind])
    check = _DOCUMENTS.get(kind)
    if check is None:
        raise _refused(_NOT_TAKEN[kind](), name)
    try:
        extension, content_type = check(data, name)
    except documents.Active as error:
        raise _refused(
            _("“%(name)s” contains scripts, macros or programs. Save it without them or print it as a PDF."),
            name,
        ) from error
    except documents.Damaged as error:
        raise _refused(_NOT_TAKEN["unknown"](), name) from error
    digest = _digest(data)
    # A File of its own around the upload's: the storage would move the upload's temporary file away.
    content = File(upload.file if isinstance(upload, File) else upload)
    return Prepared(
        with_extension(name, extension), extension, content_type, content, len(data), digest, digest
    )


def _check_size(upload: File, name: str) -> None:
    if not upload.size:
        raise _refused(_("“%(name)s” is empty."), name)
    if upload.size > settings.FILE_MAX_BYTES:
        raise _refused(
            _("“%(name)s” is larger than %(limit)s MB."), name, limit=settings.FILE_MAX_BYTES // 1024**2
        )
    if not getattr(upload, "is_whole", True):  # see config.uploads
        raise Refused(
            _("These files are too much for one go. Send “%(name)s” by itself.") % {"name": name},
            field="files",
        )


def _refused(sentence: str, name: str, **values: object) -> Refused:
    return Refused(sentence % {"name": name, **values}, field="files")


def _kind(data: bytes) -> str:
    """jpeg, png, webp, heif, pdf, archive, old_office, or text for everything without a mark of its own."""
    marks = (
        (b"\xff\xd8\xff", "jpeg"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"%PDF-", "pdf"),
        (b"PK\x03\x04", "archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_office"),
    )
    for mark, kind in marks:
        if data.startswith(mark):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF:
        return "heif"
    return "text"


_DECODERS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP"}
_NOT_TAKEN: dict[str, Callable[[], str]] = {
    "heif": lambda: _(
        "“%(name)s” is a HEIC photo, which many devices cannot show. Set the camera to “most compatible”, "
        "which is JPEG."
    ),
    "old_office": lambda: _(
        "“%(name)s” is in an old format of Office. Save it as docx, xlsx or pptx, or print it as a PDF."
    ),
    "unknown": lambda: _(
        "“%(name)s” is damaged or no kind of file that is kept here: photos (JPEG, PNG, WebP), PDF, Office "
        "(docx, xlsx, pptx) and text (txt, csv)."
    ),
}


def _pdf(data: bytes, name: str) -> tuple[str, str]:
    documents.check_pdf(data)
    return "pdf", "application/pdf"


def _office(data: bytes, name: str) -> tuple[str, str]:
    return documents.office_type(data)


def _text(data: bytes, name: str) -> tuple[str, str]:
    """Text says nothing of what it is for: only names that no program runs."""
    found = _SUFFIX.search(name)
    extension = found[1].lower() if found else ""
    if extension not in _TEXTS:
        raise documents.Damaged
    documents.check_text(data)
    return extension, _TEXTS[extension]


_DOCUMENTS: dict[str, Callable[[bytes, str], tuple[str, str]]] = {
    "pdf": _pdf,
    "archive": _office,
    "text": _text,
}


def _picture(data: bytes, name: str, decoder: str) -> Prepared:
    try:
        picture = pictures.encoded_anew(BytesIO(data), decoder)
    except pictures.TooManyPixels as error:
        raise _refused(_("“%(name)s” has more pixels than any photo needs."), name) from error
    except pictures.Unreadable as error:
        raise _refused(_("“%(name)s” is damaged: it cannot be shown as a photo."), name) from error
    return Prepared(
        name=with_extension(name, "jpg"),
        extension="jpg",
        content_type="image/jpeg",
        content=ContentFile(picture.data),
        size=len(picture.data),
        digest=_digest(picture.data),
        source=_digest(data),
        width=picture.width,
        height=picture.height,
        thumbnail=picture.thumbnail,
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def shown_name(name: str) -> str:
    """The last part of a path, without what no file system or reader can take."""
    last = re.split(r"[/\\]", normalise(name))[-1]
    return _NOT_IN_NAMES.sub("", last).strip(". ") or "file"


def with_extension(name: str, extension: str) -> str:
    """`evil.exe` with the content of a PDF is called evil.pdf."""
    stem = _SUFFIX.sub("", name).strip(". ")[:_LONGEST_STEM].strip() or "file"
    return f"{stem}.{extension}"
