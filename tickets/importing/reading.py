"""Rows of a CSV or XLSX file, one at a time, numbered as a spreadsheet shows them."""

import codecs
import csv
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from organizations.errors import Refused
from organizations.text import comparable
from policies.readable.words import listed

DELIMITERS = (",", ";", "\t")
# The csv module refuses longer cells; it is also what stops a quote that is never closed.
LONGEST_CELL = 1_000_000
_BLOCK = 1 << 20
_ZIP_MAGIC, _OLE_MAGIC = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Layout:
    """How to look at a file; None means: find out. `header_row` counts from 1."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `fault` is a sentence if it could not be read at all; then there are no cells."""

    number: int
    cells: dict[str, Any]
    fault: str = ""


def read_rows(path: Path, layout: Layout, wanted: Sequence[str]) -> Iterator[Row]:
    """The rows below the header that are not empty. Cells are text, or what XLSX has (numbers, datetimes).

    `wanted` are the titles of the columns that are needed. Raises Refused, before the first row, for a file
    that cannot be read or lacks one of them. Memory does not grow with the number of rows (an XLSX file's
    table of distinct texts is held by openpyxl).
    """
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise Refused(
            _("The file %(file)s cannot be read: %(why)s") % {"file": path, "why": error.strerror}
        ) from error
    if start.startswith(_OLE_MAGIC):
        raise Refused(
            _("This is an old Excel file (.xls) or a locked one. Save it as .xlsx, without password.")
        )
    is_book = start.startswith(_ZIP_MAGIC)
    records = _sheet(path, layout) if is_book else _text(path, layout, wanted)
    with closing(records):
        yield from _below_header(records, layout, wanted, strict=not is_book)


Record = tuple[int, Sequence[Any], str]  # row number, cells, fault


def _below_header(
    records: Iterator[Record], layout: Layout, wanted: Sequence[str], *, strict: bool
) -> Iterator[Row]:
    """`strict`: a row must not be longer than the header. In a sheet that is a note in the margin, in a CSV
    file a lost quote that has moved every cell after it."""
    header = next((cells for number, cells, _fault in records if number == layout.header_row), None)
    if header is None:
        raise Refused(
            _("The file has no row %(row)d, where its header should be.") % {"row": layout.header_row}
        )
    titles = [comparable(as_text(cell)) for cell in header]
    _check_header(titles, wanted)
    places = {title: titles.index(title) for title in wanted}
    for number, cells, fault in records:
        if fault:
            yield Row(number, {}, fault)
        elif any(cell not in (None, "") for cell in cells):
            yield _row(number, cells, len(titles) if strict else None, places)


def _check_header(titles: list[str], wanted: Sequence[str]) -> None:
    absent = [title for title in wanted if title not in titles]
    if absent:
        raise Refused(
            _("The file has no column %(absent)s. Its columns are: %(titles)s.")
            % {"absent": listed(absent), "titles": listed(title for title in titles if title)}
        )
    twice = [title for title in wanted if titles.count(title) > 1]
    if twice:
        raise Refused(_("The file has more than one column %(twice)s.") % {"twice": listed(twice)})


def _row(number: int, cells: Sequence[Any], width: int | None, places: dict[str, int]) -> Row:
    if width is not None and any(cell not in (None, "") for cell in cells[width:]):
        return Row(
            number,
            {},
            _("The row has %(cells)d cells and the header %(titles)d: is a quote or a separator missing?")
            % {"cells": len(cells), "titles": width},
        )
    return Row(number, {title: cells[at] if at < len(cells) else "" for title, at in places.items()})


# --- CSV ----------------------------------------------------------------------------------------------------


def _text(path: Path, layout: Layout, wanted: Sequence[str]) -> Generator[Record, None, None]:
    encoding = layout.encoding or find_encoding(path)
    delimiter = layout.delimiter or _find_delimiter(path, encoding, layout.header_row, wanted)
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding=encoding, newline="") as file:
        # Excel writes NUL only into broken files; the csv module of Python 3.11 is the first to accept it.
        reader = csv.reader(file, delimiter=delimiter)
        number = 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield (
                    number,
                    (),
                    _("This is not a row of a CSV file; reading stopped here: %(why)s.") % {"why": error},
                )
                return
            except UnicodeDecodeError as error:
                raise Refused(_not_decodable(error.start)) from error
            yield number, cells, ""


def find_encoding(path: Path) -> str:
    """UTF-8 (with or without BOM), UTF-16 with BOM, or else GB18030; decided by the whole file.

    UTF-8 first: Chinese text in GB18030 is practically never valid UTF-8, while the reverse happens.
    """
    with path.open("rb") as file:
        start = file.read(3)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    if _first_fault(path, "utf-8") is None:
        return "utf-8"
    fault = _first_fault(path, "gb18030")
    if fault is not None:
        raise Refused(_not_decodable(fault))
    return "gb18030"


def _first_fault(path: Path, encoding: str) -> int | None:
    """About where the file stops being valid in the encoding; None if it is valid throughout."""
    decoder, position = codecs.getincrementaldecoder(encoding)(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return position + error.start
            position += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return position
    return None


def _not_decodable(position: int) -> str:
    return _("The file is neither UTF-8 nor GB18030 text (near byte %(position)d).") % {"position": position}


def _find_delimiter(path: Path, encoding: str, header_row: int, wanted: Sequence[str]) -> str:
    """The separator that makes most of the wanted columns appear in the header; the comma if none does."""

    def found(delimiter: str) -> tuple[int, int]:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=delimiter)
            try:
                header = next((cells for number, cells in enumerate(reader, 1) if number == header_row), [])
            except csv.Error:
                header = []
        titles = {comparable(cell) for cell in header}
        return len(titles & set(wanted)), len(titles)

    return max(DELIMITERS, key=found)


# --- XLSX ---------------------------------------------------------------------------------------------------


def _sheet(path: Path, layout: Layout) -> Generator[Record, None, None]:
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError, OSError) as error:
        raise Refused(_("This is not an Excel file (.xlsx) that can be read.")) from error
    with closing(book):
        if layout.sheet and layout.sheet not in book.sheetnames:
            raise Refused(
                _("There is no sheet %(sheet)s. The sheets are: %(sheets)s.")
                % {"sheet": layout.sheet, "sheets": listed(book.sheetnames)}
            )
        sheet = book[layout.sheet] if layout.sheet else book.worksheets[0]
        sheet.reset_dimensions()  # some programs write a wrong size, and rows would be cut off
        rows = enumerate(sheet.iter_rows(values_only=True), 1)
        while True:
            try:
                number, cells = next(rows)
            except StopIteration:
                return
            except (BadZipFile, SyntaxError, ValueError, KeyError, EOFError, zlib.error) as error:
                raise Refused(_("This is not an Excel file (.xlsx) that can be read.")) from error
            yield number, cells, ""


def as_text(cell: Any) -> str:
    """A cell as the text a person sees: 13800138000.0 is a phone number, not a decimal."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
