"""What a file is, its content says. Nothing that could run gets in, and photos keep no secrets."""

import struct
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from complaints.files import documents, examine, pictures
from organizations.errors import Refused
from tests.files.samples import (
    CATALOG,
    HTML,
    SCRIPT,
    SVG,
    bomb,
    office,
    packed,
    pdf,
    photo,
    picture,
    upload,
)

_OFFICE = "application/vnd.openxmlformats-officedocument"
DOCX, XLSX = f"{_OFFICE}.wordprocessingml.document", f"{_OFFICE}.spreadsheetml.sheet"
TWO_LENSES = picture("MPO", save_all=True, append_images=[Image.new("RGB", (9, 9))])
TEXT = "编号,内容\n1,漏水\n"


TAKEN = [
    ("现场.jpg", photo(), "现场.jpg", "image/jpeg"),
    ("IMG_0001.JPEG", photo(), "IMG_0001.jpg", "image/jpeg"),
    ("双摄.jpg", TWO_LENSES, "双摄.jpg", "image/jpeg"),
    ("截图.png", picture("PNG"), "截图.jpg", "image/jpeg"),
    ("微信.webp", picture("WEBP"), "微信.jpg", "image/jpeg"),
    ("scan.pdf", pdf(CATALOG), "scan.pdf", "application/pdf"),
    ("packed.pdf", pdf(CATALOG, packed(b"<< /Type /Page >>")), "packed.pdf", "application/pdf"),
    ("合同.docx", office(), "合同.docx", DOCX),
    ("表.xlsx", office("xl/workbook.xml"), "表.xlsx", XLSX),
    ("表.csv", TEXT.encode(), "表.csv", "text/csv"),
    ("表.csv", TEXT.encode("gb18030"), "表.csv", "text/csv"),
    ("说明.txt", "长短 < 5 厘米".encode(), "说明.txt", "text/plain"),
    # a wrong name does not matter: it is put right
    ("setup.exe", photo(), "setup.jpg", "image/jpeg"),
    ("page.html", pdf(CATALOG), "page.pdf", "application/pdf"),
    ("foto.pdf.jpg", office(), "foto.pdf.docx", DOCX),
    ("报告v1.2", pdf(CATALOG), "报告v1.2.pdf", "application/pdf"),
    ("../../etc/passwd", photo(), "passwd.jpg", "image/jpeg"),
    ("C:\\现场\\图\u202egpj.exe", photo(), "图gpj.jpg", "image/jpeg"),
    ("..", photo(), "file.jpg", "image/jpeg"),
    ("很" * 300 + ".jpg", photo(), "很" * 100 + ".jpg", "image/jpeg"),
]  # fmt: skip


@pytest.mark.parametrize("name,data,kept,content_type", TAKEN, ids=[row[0][:20] for row in TAKEN])
def test_what_is_taken(name, data, kept, content_type):
    file = examine(ContentFile(data, name))
    assert (file.name, file.content_type) == (kept, content_type)
    assert file.name.endswith("." + file.extension)
    assert file.is_picture == (content_type == "image/jpeg")
    with file.content.open() as content:
        assert len(content.read()) == file.size


HOSTILE = {
    "HTML named .jpg": ("a.jpg", HTML),
    "HTML named .txt": ("a.txt", HTML),
    "SVG": ("a.svg", SVG),
    "SVG named .png": ("a.png", SVG),
    "SVG named .csv": ("a.csv", b"\xef\xbb\xbf <?xml version='1.0'?>" + SVG),
    "a script": ("a.sh", b"#!/bin/sh\nrm -rf /\n"),
    "a script named .txt": ("a.txt", b"#!/bin/sh\nrm -rf /\n"),
    "a batch file": ("a.bat", b"format c:\n"),
    "a program": ("a.jpg", b"MZ\x90\x00" + b"\0" * 200),
    "a program named .txt": ("a.txt", b"\x7fELF" + b"\0" * 200),
    "a GIF": ("a.gif", b"GIF89a" + b"\0" * 200),
    "HEIC": ("IMG_1.HEIC", b"\0\0\0\x18ftypheic" + b"\0" * 200),
    "an old Word file": ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 200),
    "half a JPEG": ("a.jpg", photo(size=(400, 300))[:-600]),
    "only the mark of a JPEG": ("a.jpg", b"\xff\xd8\xff\xe0" + HTML),
    "a bomb": ("a.png", bomb()),
    "a PDF with a script": ("a.pdf", pdf(CATALOG, SCRIPT)),
    "a PDF with a disguised script": ("a.pdf", pdf(CATALOG, SCRIPT.replace(b"Java", b"J#61va"))),
    "a PDF with a packed script": ("a.pdf", pdf(CATALOG, packed(SCRIPT))),
    "a PDF that starts a program": ("a.pdf", pdf(CATALOG, b"<< /S /Launch /F (cmd.exe) >>")),
    "half a PDF": ("a.pdf", pdf(CATALOG)[:-8]),
    "a PDF with something behind it": ("a.pdf", pdf(CATALOG) + HTML * 100),
    "HTML before a PDF": ("a.pdf", HTML + pdf(CATALOG)),
    "Word with macros": ("a.docx", office("word/document.xml", "word/vbaProject.bin")),
    "Word that says it has macros": ("a.docx", office(types="ms-word.document.macroEnabled.main+xml")),
    "Word with a program inside": ("a.docx", office("word/document.xml", "word/embeddings/oleObject1.bin")),
    "Word with a control": ("a.docx", office("word/document.xml", "word/activeX/activeX1.xml")),
    "an archive": ("a.zip", office("setup.exe")),
    "an archive named .docx": ("a.docx", office("setup.exe")),
    "a broken archive": ("a.docx", office()[:-30]),
    "a program packed with a document": ("a.docx", b"MZ" + office()),
    "nothing": ("a.jpg", b""),
    "binary named .csv": ("a.csv", bytes(range(256))),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_not_taken(what):
    name, data = HOSTILE[what]
    with pytest.raises(Refused) as refused:
        examine(ContentFile(data, name))
    assert refused.value.field == "files"
    assert name in str(refused.value)


def test_a_photo_keeps_no_secrets():
    sent = photo(orientation=6, size=(64, 48))
    assert Image.open(BytesIO(sent)).getexif().get_ifd(0x8825), "control: the place is in what was sent"
    assert b"secret" in sent
    file = examine(upload("a.jpg", sent))
    for data in (file.content.read(), file.thumbnail):
        image = Image.open(BytesIO(data))
        assert not image.getexif()
        assert not set(image.info) & {"exif", "xmp", "comment", "icc_profile", "photoshop"}
        assert b"secret" not in data
        assert image.size == (48, 64), "held upright"
    assert (file.width, file.height) == (48, 64)
    assert file.source != file.digest


def test_what_hides_behind_a_photo_is_gone():
    sent = photo() + HTML + office("setup.exe")
    file = examine(upload("a.jpg", sent))
    data = file.content.read()
    assert b"script" not in data
    assert b"PK\x03\x04" not in data


@pytest.mark.parametrize(
    "mode,colour", [("RGBA", (200, 30, 30, 0)), ("P", 3), ("LA", (0, 0)), ("I;16", 65535), ("1", 1)]
)
def test_every_kind_of_png_becomes_a_jpeg(mode, colour):
    out = BytesIO()
    Image.new(mode, (20, 20), colour).save(out, "PNG")
    image = Image.open(examine(upload("a.png", out.getvalue())).content)
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (20, 20))
    if mode != "P":
        assert min(image.getpixel((10, 10))) > 250, "white, where it was transparent or white"


def test_a_large_photo_is_made_smaller():
    file = examine(upload("a.jpg", picture("JPEG", (5200, 2600))))
    assert (file.width, file.height) == (2560, 1280)
    assert Image.open(BytesIO(file.thumbnail)).size == (320, 160)


def test_a_pdf_that_is_mostly_air(monkeypatch):
    monkeypatch.setattr(documents, "MOST_INFLATED", 10_000)
    assert examine(upload("a.pdf", pdf(CATALOG, packed(b" " * 9_000))))
    with pytest.raises(Refused):
        examine(upload("a.pdf", pdf(CATALOG, packed(b" " * 10_000))))


def test_limits_of_size(settings, monkeypatch):
    settings.FILE_MAX_BYTES = 2000
    with pytest.raises(Refused, match="MB"):
        examine(upload("a.pdf", pdf(CATALOG, b"x" * 2000)))
    assert examine(upload("a.pdf", pdf(CATALOG, b"x" * 1000)))
    monkeypatch.setattr(pictures, "MOST_PIXELS", 64 * 48 - 1)
    with pytest.raises(Refused):
        examine(upload("a.jpg", photo()))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_remarks_of_the_camera_do_not_cost_the_photo():
    sent = picture(
        "JPEG", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08" + struct.pack(">H", 5000) + b"\xff" * 20
    )
    assert examine(upload("a.jpg", sent)).width == 64
