"""Files as people send them, and as nobody should."""

import struct
import zipfile
import zlib
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from complaints.files import Prepared, examine

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
PLACE = "116.397"  # a longitude in EXIF


def upload(name: str, data: bytes) -> SimpleUploadedFile:
    # What the sender says of the type is never believed.
    return SimpleUploadedFile(name, data, content_type="image/jpeg")


def picture(format: str = "JPEG", size: tuple[int, int] = (64, 48), colour: str = "teal", **options) -> bytes:
    out = BytesIO()
    mode = options.pop("mode", "RGB")
    Image.new(mode, size, colour).save(out, format, **options)
    return out.getvalue()


def photo(colour: str = "teal", *, orientation: int = 1, size: tuple[int, int] = (64, 48)) -> bytes:
    """A JPEG as a telephone writes it: where and by whom it was taken, and how it was held."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x013B] = "王摄影"
    exif.get_ifd(0x8825).update({1: "N", 2: (39.0, 54.0, 20.0), 3: "E", 4: (116.0, 23.0, 50.0)})
    return picture(
        "JPEG", size, colour, exif=exif, comment=b"secret comment", xmp=b"<x:xmpmeta>secret</x:xmpmeta>"
    )


def bomb() -> bytes:
    """A PNG of a few kilobytes that says it is 30,000 pixels wide and high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def pdf(*objects: bytes) -> bytes:
    body = b"\n".join(b"%d 0 obj\n%s\nendobj" % (number, data) for number, data in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def packed(*objects: bytes) -> bytes:
    """Objects in a compressed stream, where a search for names sees nothing."""
    data = zlib.compress(b"12 0 13 40 " + b" ".join(objects))
    return b"<< /Type /ObjStm /Filter /FlateDecode >> stream\n" + data + b"\nendstream"


CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
SCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"


def office(main: str = "word/document.xml", *more: str, types: str = "") -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f"<Types>{types}</Types>")
        for name in (main, *more):
            archive.writestr(name, "<x/>")
    return out.getvalue()


def prepared(data: bytes | None = None, name: str = "现场.jpg") -> Prepared:
    return examine(upload(name, photo() if data is None else data))
