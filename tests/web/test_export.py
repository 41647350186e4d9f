"""The list as a file: the same cases, in the organization's zone and the reader's language, no formulas."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import get_scope
from openpyxl import load_workbook

from complaints.models import Complaint
from tests.world import MONDAY, Company, new_case, sent_case
from web import export


def body(client, company: Company, path: str) -> bytes:
    answer = client.get(company.url(path))
    assert answer.status_code == 200, answer.status_code
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert not get_scope()
    return b"".join(answer.streaming_content)


def as_csv(client, company: Company, query: str = "") -> list[list[str]]:
    data = body(client, company, f"cases/export.csv?{query}")
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def as_xlsx(client, company: Company, query: str = "") -> list[tuple]:
    book = load_workbook(io.BytesIO(body(client, company, f"cases/export.xlsx?{query}")))
    return list(book.active.iter_rows(values_only=True))


@pytest.fixture
def many(company, monkeypatch) -> None:
    """More than a page and more than a chunk."""
    monkeypatch.setattr("web.export.CHUNK", 2)
    monkeypatch.setattr("web.caselist.SIZES", (2,))
    for number in range(3):
        new_case(company, MONDAY - timedelta(hours=number), subject=f"待派{number}")
        sent_case(
            company,
            MONDAY - timedelta(days=1, hours=number),
            subject=f"已派{number}",
            tier="important",
            tier_criterion="fault",
        )


@pytest.mark.parametrize(
    "query", ["", "sort=due", "sort=-tier", "tier=important&sort=number", "q=待派", "overdue=on", "q=没有"]
)
def test_the_file_is_the_list(company, sign_in, many, query):
    zhou = sign_in("zhou")
    shown, more = [], f"{query}&per=2&view=all"
    while more:
        page = zhou.get(f"{company.url('cases/')}?{more}").context["page"]
        shown += [row.case.number for row in page.rows]
        more = page.older
    assert [line[0] for line in as_csv(zhou, company, query)[1:]] == shown
    assert [line[0] for line in as_xlsx(zhou, company, query)[1:]] == shown


def test_every_line_in_the_organization_s_words_and_time(company, sign_in):
    case, _ticket = sent_case(
        company, subject='引号"和,逗号', content="第一行\n第二行", external_number="12345-1", request="尽快"
    )
    zhou = sign_in("zhou")
    (head, line) = as_csv(zhou, company)
    row = dict(zip(head, line, strict=True))
    assert row["编号"] == case.number
    assert row["接到时间"] == "2026-11-02 10:00"  # in Shanghai
    assert (row["主题"], row["投诉内容"]) == ('引号"和,逗号', "第一行\n第二行")
    assert (row["渠道"], row["等级"], row["状态"], row["主办部门"]) == ("来电", "轻微", "已派单", "工程部")
    assert (row["超时"], row["到期时间"]) == ("否", "2026-11-02 11:00")
    (head, line) = as_xlsx(zhou, company)
    row = dict(zip(head, line, strict=True))
    assert row["接到时间"] == datetime(2026, 11, 2, 10, 0)
    assert row["投诉内容"] == "第一行\n第二行"
    assert row["外部编号"] == "12345-1"
    zhou.cookies["django_language"] = "en"
    (head, line) = as_csv(zhou, company)
    row = dict(zip(head, line, strict=True))
    assert (row["number"], row["state"], row["overdue"]) == (case.number, "dispatched", "no")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(company, sign_in, start):
    case = new_case(company)
    text = f"{start}HYPERLINK(0)"
    with company.scope():
        Complaint.objects.filter(pk=case.pk).update(subject=text, complainant_name=text, external_number=text)
    zhou = sign_in("zhou")
    for line in (as_csv(zhou, company)[1], as_xlsx(zhou, company)[1]):
        cells = [str(cell).replace("\r", "\n") for cell in line]
        assert cells.count(f"'{text}".replace("\r", "\n")) == 3
    data = body(zhou, company, "cases/export.xlsx")
    book = load_workbook(io.BytesIO(data))
    assert {cell.data_type for row in book.active for cell in row} <= {"s", "n", "d", "inlineStr"}


def test_a_text_that_no_file_can_hold_is_written_without_it(company, sign_in):
    case = new_case(company)
    with company.scope():
        Complaint.objects.filter(pk=case.pk).update(subject='a\x0b<&>\ufffe"z😀')
    (_head, line) = as_xlsx(sign_in("zhou"), company)
    assert 'a<&>"z😀' in line


def test_who_may_take_it_along(world, company, sign_in):
    sent_case(company, subject="工程的")
    sent_case(company, subject="保洁的", to="cleaning")
    sent_case(world.hospital, to="clinic", by="bai", subject="门诊的")
    for name in ("lin", "he", "admin"):
        for kind in ("csv", "xlsx"):
            assert sign_in(name).get(company.url(f"cases/export.{kind}")).status_code == 403
        assert "export.csv" not in sign_in(name).get(company.url("cases/")).content.decode()
    seen = {"zhou": 2, "gao": 2, "sun": 1, "qian": 1, "mao": 1}
    for name, count in seen.items():
        client = sign_in(name)
        assert len(as_csv(client, company)) == len(as_xlsx(client, company)) == 1 + count
        assert "export.csv" in client.get(company.url("cases/")).content.decode()
    assert "门诊" not in body(sign_in("gao"), company, "cases/export.csv").decode()
    assert sign_in("fang", world.hospital).get(company.url("cases/export.csv")).status_code == 404


def test_too_many_are_refused_before_anything_is_written(company, sign_in, many, monkeypatch):
    monkeypatch.setattr(export, "MOST_ROWS", 5)
    zhou = sign_in("zhou")
    answer = zhou.get(company.url("cases/export.csv"))
    assert answer.status_code == 422
    assert "5" in answer.content.decode()
    assert len(as_csv(zhou, company, "tier=important")) == 4


def test_queries_grow_with_chunks_and_not_with_rows(company, sign_in, many, monkeypatch):
    zhou = sign_in("zhou")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            as_csv(zhou, company)
        return len(captured)

    queries()
    small = queries()  # three chunks of two
    monkeypatch.setattr(export, "CHUNK", 500)
    assert queries() == small - 2 * 2
