"""Files as people have them: encodings, separators, cells with anything in them; and broken ones."""

from datetime import datetime

import pytest

from organizations.errors import Refused
from tests.importing.files import HEADER, csv_file, row, xlsx_file
from tickets.importing.reading import Layout, find_encoding, read_rows

WANTED = ("编号", "内容")


PLAIN = Layout()


def contents(path, layout=PLAIN, wanted=WANTED):
    return [(found.number, found.cells, found.fault) for found in read_rows(path, layout, wanted)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_finds_out_encoding_and_separator(tmp_path, encoding, delimiter):
    path = csv_file(tmp_path, row(内容="电梯,停运;三次"), encoding=encoding, delimiter=delimiter)
    assert contents(path) == [(2, {"编号": "A-1", "内容": "电梯,停运;三次"}, "")]


def test_gb18030_with_four_byte_characters_in_the_middle_of_a_block(tmp_path):
    text = "𠮷" * 300_000  # 4 bytes each in GB18030: more than one block of the decoder
    path = csv_file(tmp_path, row(内容=text), encoding="gb18030")
    assert find_encoding(path) == "gb18030"
    assert contents(path)[0][1]["内容"] == text


def test_cells_keep_line_breaks_tabs_and_quotes(tmp_path):
    text = '第一行\n第二行\t有制表符,有逗号和"引号"'
    path = csv_file(tmp_path, row(内容=text), row(编号="A-2"))
    assert [cells["内容"] for _number, cells, _fault in contents(path)] == [text, "3号楼电梯停运三次"]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path):
    path = csv_file(tmp_path, row(内容="一\n二\n三"), ("",) * len(HEADER), row(编号="A-2"), row(编号="A-3"))
    path.write_bytes(path.read_bytes().replace(b"A-3", b"\r\nA-3"))
    assert [number for number, _cells, _fault in contents(path)] == [2, 4, 6]


def test_a_lost_quote_is_a_fault_of_its_row_and_not_of_the_file(tmp_path):
    path = csv_file(tmp_path, (*row(), "内容的后半句"), row(编号="A-2"))
    (first, _cells, fault), (second, cells, nothing) = contents(path)
    assert (first, second, nothing, cells["编号"]) == (2, 3, "", "A-2")
    assert "8" in fault
    assert "7" in fault


def test_a_short_row_has_empty_cells(tmp_path):
    path = csv_file(tmp_path, ("A-1", "标题"))
    assert contents(path)[0][1] == {"编号": "A-1", "内容": ""}


def test_a_quote_that_is_never_closed_is_reported_and_stops_the_reading(tmp_path, monkeypatch):
    monkeypatch.setattr("tickets.importing.reading.LONGEST_CELL", 2_000)
    path = csv_file(tmp_path, row(), row(编号="A-2"))
    path.write_text(path.read_text() + '"A-3,' + "很长" * 2_000)
    found = contents(path)
    assert [number for number, _cells, _fault in found] == [2, 3, 4]
    assert found[2][2]


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xff\xff\x80",
        "编号,内容\nA,".encode() + b"\xff\xfe\xfa",
        b"\xd0\xcf\x11\xe0old",
        b"PK\x03\x04broken",
        b"",
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, content):
    path = tmp_path / "broken.csv"
    path.write_bytes(content)
    with pytest.raises(Refused):
        contents(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Refused, match="nowhere"):
        contents(tmp_path / "nowhere.csv")


def test_says_which_columns_are_missing_and_which_there_are(tmp_path):
    with pytest.raises(Refused) as refused:
        contents(csv_file(tmp_path, row()), wanted=("编号", "电话"))
    assert "电话" in str(refused.value)
    assert "来源" in str(refused.value)


def test_a_column_that_is_there_twice_is_refused(tmp_path):
    path = csv_file(tmp_path, row(), header=(*HEADER[:-1], "编号"))
    with pytest.raises(Refused, match="编号"):
        contents(path)


def test_header_below_a_title(tmp_path):
    path = csv_file(tmp_path, row())
    path.write_text("2026年投诉台账\n\n" + path.read_text())
    assert [number for number, _cells, _fault in contents(path, Layout(header_row=3))] == [4]


def test_header_is_normalised(tmp_path):
    path = csv_file(tmp_path, row(), header=("\ufeff编号 ", "标题", "\u200b内容", *HEADER[3:]))
    assert contents(path)[0][1]["编号"] == "A-1"


def test_xlsx_gives_dates_as_dates_and_skips_empty_rows(tmp_path):
    moment = datetime(2026, 10, 12, 9, 30)
    path = xlsx_file(
        tmp_path, row(编号=2549, 内容=moment), (None,) * 7, row(编号=13800138000.0), (*row(), "备注")
    )
    assert contents(path, Layout(sheet="投诉")) == [
        (2, {"编号": 2549, "内容": moment}, ""),
        (4, {"编号": 13800138000, "内容": "3号楼电梯停运三次"}, ""),
        (5, {"编号": "A-1", "内容": "3号楼电梯停运三次"}, ""),
    ]


def test_xlsx_without_the_named_sheet_says_which_there_are(tmp_path):
    with pytest.raises(Refused, match="说明"):
        contents(xlsx_file(tmp_path, row()), Layout(sheet="没有"))
