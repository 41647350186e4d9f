"""Documents are kept byte for byte, so they are looked through for what could run when they are opened.

This is the second wall. The first is that a file is only ever handed over for saving, never shown as a page
of this site (serving.py); a scanner for viruses is neither.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

MOST_ENTRIES = 4000  # parts of an Office file
MOST_INFLATED = 64 * 1024 * 1024  # bytes looked through of what a PDF holds compressed
_CHUNK = 1024 * 1024


class Damaged(Exception):
    """Not readable as what it claims to be."""


class Active(Exception):
    """It holds scripts, macros or programs."""


# --- PDF ----------------------------------------------------------------------------------------------------

_ACTIVE = re.compile(rb"/(?:JavaScript|Launch|RichMedia)(?![A-Za-z0-9])|/XFA(?=[\s\[(<\d])")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")  # /Java#53cript is /JavaScript
_OBJECTS = re.compile(rb"\s*\d+\s+\d+\s")  # how a stream of objects begins


def check_pdf(data: bytes) -> None:
    """Raise Damaged for a PDF that does not end as one, Active for one that can run something.

    Scripts in encrypted parts are not found.
    """
    if b"%%EOF" not in data.rstrip(b"\0\r\n\t ")[-1024:]:
        raise Damaged
    if _runs(data) or any(_runs(part) for part in _object_streams(data)):
        raise Active


def _runs(part: bytes) -> bool:
    plain = _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), part)
    return _ACTIVE.search(plain) is not None


def _object_streams(data: bytes) -> Iterator[bytes]:
    """The compressed streams that hold objects, as text."""
    room = MOST_INFLATED
    for stream in _streams(data):
        inflater = zlib.decompressobj()
        try:
            part = inflater.decompress(stream, 64)
            if not _OBJECTS.match(part):
                continue  # a text, say
            while not inflater.eof and inflater.unconsumed_tail and room > len(part):
                part += inflater.decompress(inflater.unconsumed_tail, _CHUNK)
        except zlib.error:
            continue  # compressed in another way: a picture
        room -= len(part)
        if room <= 0:
            raise Damaged
        yield part


def _streams(data: bytes) -> Iterator[bytes]:
    # No regular expression: with `stream` written a million times it would begin anew each time.
    at = 0
    while (start := data.find(b"stream", at)) >= 0 and (end := data.find(b"endstream", start)) >= 0:
        yield data[start + len(b"stream") : end].lstrip(b"\r\n")
        at = end + len(b"endstream")


# --- Office -------------------------------------------------------------------------------------------------

_DOCUMENT = "application/vnd.openxmlformats-officedocument."
_MAIN = {
    "word/document.xml": ("docx", _DOCUMENT + "wordprocessingml.document"),
    "xl/workbook.xml": ("xlsx", _DOCUMENT + "spreadsheetml.sheet"),
    "ppt/presentation.xml": ("pptx", _DOCUMENT + "presentationml.presentation"),
}
_TYPES = "[content_types].xml"
_HARMLESS_INSIDE = (".docx", ".xlsx", ".pptx")


def office_type(data: bytes) -> tuple[str, str]:
    """(extension, content type) of an Office file. Raises Damaged for another archive, Active for macros,
    controls and embedded programs. Unpacks nothing but the list of content types."""
    if data.count(b"PK\x01\x02") > MOST_ENTRIES:
        raise Damaged
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = {row.lower(): row for row in archive.namelist()}
            if _TYPES not in names:
                raise Damaged
            with archive.open(names[_TYPES]) as part:
                types = part.read(_CHUNK)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        raise Damaged from error
    kind = next((kind for main, kind in _MAIN.items() if main in names), None)
    if kind is None or len(types) == _CHUNK:
        raise Damaged
    if b"macroenabled" in types.lower() or any(_is_active(name) for name in names):
        raise Active
    return kind


def _is_active(name: str) -> bool:
    embedded = "/embeddings/" in name and not name.endswith((*_HARMLESS_INSIDE, "/"))
    return name.endswith("vbaproject.bin") or "/activex/" in name or embedded


# --- text ---------------------------------------------------------------------------------------------------

_MARKUP = re.compile(r"<(?:!doctype|html|svg|script|iframe|object|embed|body|head|\?xml)\b|<\?|^#!", re.I)
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")


def check_text(data: bytes) -> None:
    """Raise Damaged for what is no text in UTF-8 or GB 18030, Active for markup that a browser would run."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Damaged
    if _CONTROL.search(text):
        raise Damaged
    if _MARKUP.search(text):
        raise Active
