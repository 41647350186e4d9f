"""Makes the small files and mappings that the tests import."""

from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from tickets.importing.mapping import Mapping, read_mapping

HEADER = ("编号", "标题", "内容", "来源", "受理时间", "处理结果", "办结时间")
GOOD = (
    "A-1",
    "电梯停运",
    "3号楼电梯停运三次",
    "来电",
    "2026-10-12 09:30:00",
    "已更换门机皮带",
    "2026-10-12 16:00:00",
)


def row(**changes: Any) -> tuple[Any, ...]:
    """A good row with some of its cells changed, by the titles of `HEADER`."""
    values = dict(zip(HEADER, GOOD, strict=True)) | changes
    return tuple(values[title] for title in HEADER)


def csv_text(*rows: tuple[Any, ...], header: tuple[str, ...] = HEADER, delimiter: str = ",") -> str:
    def cell(value: Any) -> str:
        text = str(value)
        return f'"{text.replace(chr(34), chr(34) * 2)}"' if set(text) & {'"', "\n", delimiter} else text

    return "".join(delimiter.join(cell(value) for value in cells) + "\r\n" for cells in (header, *rows))


def csv_file(folder: Path, *rows: tuple[Any, ...], encoding: str = "utf-8", **options: Any) -> Path:
    path = folder / "complaints.csv"
    path.write_bytes(csv_text(*rows, **options).encode(encoding))
    return path


def xlsx_file(
    folder: Path, *rows: tuple[Any, ...], sheet: str = "投诉", header: tuple[str, ...] = HEADER
) -> Path:
    book = Workbook()
    book.active.title = "说明"
    page = book.create_sheet(sheet)
    for cells in (header, *rows):
        page.append(list(cells))
    path = folder / "complaints.xlsx"
    book.save(path)
    return path


DOCUMENT: dict[str, Any] = {
    "fields": {
        "external_number": "编号",
        "subject": "标题",
        "content": "内容",
        "channel": {"column": "来源", "values": {"来电": "phone"}},
        "tier": {"value": "minor"},
        "outcome": {"value": "solved"},
    },
    "history": {"received": "受理时间", "reply": "处理结果", "replied": "办结时间"},
}


def mapping(**changes: Any) -> Mapping:
    """The mapping of `HEADER`; `fields` and `history` are added to what is there, the rest replaces."""
    document = {**DOCUMENT, **changes}
    for part in ("fields", "history"):
        document[part] = DOCUMENT[part] | changes.get(part, {})
    return read_mapping(document)


def local(text: str) -> datetime:
    """A time of Shanghai."""
    return datetime.fromisoformat(f"{text}+08:00")
