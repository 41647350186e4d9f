"""The list of cases and the search box: filters in the address, their chips, orders, and who finds what."""

import re
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from complaints import services
from complaints.models import Complaint, Task
from tests.world import MONDAY, Company, handled_case, new_case, sent_case
from tickets.services import assign, sign_for
from web.caselist import CaseList
from web.marking import excerpt, marked

HOUR = timedelta(hours=1)


def subjects(client, company: Company, query: str = "view=all") -> list[str]:
    page = client.get(f"{company.url('cases/')}?{query}")
    assert page.status_code == 200, query
    return [row.case.subject for row in page.context["page"].rows]


@pytest.fixture
def three(company) -> dict[str, Complaint]:
    """One to dispatch, one with the cleaners, one handled."""
    lift = new_case(company, MONDAY - HOUR, subject="电梯困人", channel="visit", nature="help", by="zhou")
    dirt, _ticket = sent_case(
        company,
        MONDAY - 30 * HOUR,
        subject="保洁不到位",
        content="大堂脏",
        to="cleaning",
        tier="important",
        tier_criterion="fault",
    )
    leak, _ticket = handled_case(company, MONDAY - HOUR / 12, subject="漏水", content="厨房滴水")
    return {"lift": lift, "dirt": dirt, "leak": leak}


def test_each_filter(company, sign_in, three):
    lin = sign_in("lin")
    assert subjects(lin, company, "channel=visit") == ["电梯困人"]
    assert subjects(lin, company, "nature=help") == ["电梯困人"]
    # 2 November, 10:00 in Shanghai: the days are those of the organization's zone.
    assert subjects(lin, company, "received_from=2026-11-02") == ["漏水", "电梯困人"]
    assert subjects(lin, company, "received_to=2026-11-01") == ["保洁不到位"]
    assert subjects(lin, company, "received_from=2026-11-01&received_to=2026-11-01") == ["保洁不到位"]
    assert subjects(lin, company, "received_from=2026-11-03") == []
    assert subjects(lin, company, "mine=on") == ["漏水", "保洁不到位"]
    assert subjects(sign_in("zhou"), company, "mine=on") == ["电梯困人"]
    assert subjects(lin, company, "q=滴水&tier=minor") == ["漏水"]
    assert subjects(lin, company, "q=滴水&tier=important") == []


def test_mine_paused_and_with_a_task(company, sign_in):
    case, ticket = sent_case(company, subject="给何师傅的")
    sent_case(company, subject="别人的")
    he = sign_in("he")
    assert subjects(he, company, "mine=on") == []
    with company.scope():
        sun = company.actor("sun")
        ticket = sign_for(actor=sun, ticket=ticket, now=MONDAY)
        assign(actor=sun, ticket=ticket, handler=company.people["he"], now=MONDAY)
        zhou = company.actor("zhou")
        services.pause(actor=zhou, complaint=case, cause="parts", reason="等配件", now=MONDAY)
        values = {"organization": company.organization, "complaint": case, "action": {}, "made_at": MONDAY}
        Task.objects.create(key="a", kind="order", source="t", **values)
        Task.objects.create(key="b", kind="order", source="t", state=Task.State.DONE, **values)
    assert subjects(he, company, "mine=on") == ["给何师傅的"]
    assert subjects(he, company, "paused=on") == subjects(he, company, "state=paused") == ["给何师傅的"]
    assert subjects(he, company, "open_task=on") == ["给何师傅的"]
    with company.scope():
        Task.objects.update(state=Task.State.DONE)
    assert subjects(he, company, "open_task=on") == []


FULL = (
    "q=电梯 <b>&state=open&tier=minor&category=lift&department={works}&channel=phone&nature=valid"
    "&received_from=2026-10-01&received_to=2026-11-02&overdue=on&mine=on&paused=on&open_task=on&sort=-due&per=25"
)


def test_the_address_holds_everything_and_comes_back_the_same(company):
    with company.scope():
        actor = company.actor("lin")
        given = QueryDict(FULL.format(works=company.departments["works"].pk))
        shown = CaseList(actor, MONDAY, given)
        assert dict(parse_qsl(shown.query)) == given.dict()
        again = CaseList(actor, MONDAY, QueryDict(shown.query))
        assert again.query == shown.query
        assert again.chosen == shown.chosen
        assert (again.sort, again.size) == ("-due", 25)
        # Every filter can be taken away by its chip, and nothing else goes with it.
        for chip, name in zip(shown.chips(), shown.chosen, strict=True):
            rest = QueryDict(chip.url.removeprefix("?")).dict()
            assert rest == {key: value for key, value in given.dict().items() if key != name}


def test_what_is_not_understood_is_left_out(company):
    with company.scope():
        actor = company.actor("lin")
        odd = "tier=no&department=0&received_from=tomorrow&sort=password&per=7&overdue=&before=x&other=1"
        shown = CaseList(actor, MONDAY, QueryDict(odd))
        assert (shown.query, shown.url()) == ("", "?view=all")
        assert list(shown.chips()) == []
        # A pasted text is searched for by its beginning, not ignored.
        assert len(CaseList(actor, MONDAY, QueryDict(f"q={'投' * 5000}")).chosen["q"]) == 100


def test_chips_say_what_is_set(company, sign_in, three):
    page = sign_in("lin").get(f"{company.url('cases/')}?q=<i>&tier=important&overdue=on").content.decode()
    chips = re.search(r'<ul class="chips".*?</ul>', page, re.S)[0]
    for said in ("&lt;i&gt;", "重要", "只看超时"):
        assert said in chips
    assert "<i>" not in page


@pytest.mark.parametrize(
    "sort,wanted",
    [
        ("received", ["保洁不到位", "电梯困人", "漏水"]),
        ("-received", ["漏水", "电梯困人", "保洁不到位"]),
        ("number", ["电梯困人", "漏水", "保洁不到位"]),
        ("state", ["电梯困人", "保洁不到位", "漏水"]),
        ("-state", ["漏水", "保洁不到位", "电梯困人"]),
        ("-tier", ["保洁不到位", "漏水", "电梯困人"]),
        ("department", ["电梯困人", "保洁不到位", "漏水"]),
        ("due", ["保洁不到位", "电梯困人", "漏水"]),
    ],
)
def test_orders(company, sign_in, three, sort, wanted):
    with company.scope():  # numbers that are not in the order of the others
        for number, name in (
            ("TS202611-00001", "lift"),
            ("TS202611-00002", "leak"),
            ("TS202611-00003", "dirt"),
        ):
            Complaint.objects.filter(pk=three[name].pk).update(number=f"X{number}")
    lin = sign_in("lin")
    assert subjects(lin, company, f"sort={sort}") == wanted
    page = lin.get(f"{company.url('cases/')}?sort={sort}").content.decode()
    said = "descending" if sort.startswith("-") else "ascending"
    assert page.count(f'aria-sort="{said}"') == page.count("aria-sort=") == 1


def test_every_order_pages_through_all_cases_once(company, sign_in, monkeypatch):
    """Equal values, none at all, and more than a page of each."""
    monkeypatch.setattr("web.caselist.SIZES", (3,))
    for number in range(4):
        new_case(company, MONDAY - HOUR, subject=f"待派{number}")
        sent_case(company, MONDAY - HOUR, subject=f"已派{number}", to="works" if number % 2 else "lifts")
    with company.scope():
        Complaint.objects.filter(subject="待派3").update(tier="", received_at=MONDAY.replace(year=1969))
        Complaint.objects.get(subject="待派2").deadlines.update(due_at=None)
    lin = sign_in("lin")
    for sort in (
        "received",
        "-received",
        "number",
        "-state",
        "tier",
        "department",
        "-department",
        "due",
        "-due",
    ):
        seen, query = [], f"sort={sort}&per=3"
        pages = []
        while query:
            page = lin.get(f"{company.url('cases/')}?{query}").context["page"]
            pages.append([row.case.pk for row in page.rows])
            seen += pages[-1]
            last, query = query, page.older
        assert len(seen) == len(set(seen)) == 8, sort
        back, query = [pages[-1]], lin.get(f"{company.url('cases/')}?{last}").context["page"].newer
        while query:
            page = lin.get(f"{company.url('cases/')}?{query}").context["page"]
            back.insert(0, [row.case.pk for row in page.rows])
            query = page.newer
        assert back == pages, sort


@pytest.mark.parametrize(
    "query",
    [
        "sort=number&before=%00-1",
        "sort=number&before=%ED%A0%80-1",
        "sort=number&after=TS-999999999999999999",
        "sort=due&before=-99999999999999999-1",
        "sort=due&after=99999999999999999-1",
        "sort=state&before=99999999999-1",
        "sort=state&after=-1-1",
        f"sort=number&before={'9' * 5000}-1",
    ],
)
def test_cursors_that_somebody_made_up(company, sign_in, three, query):
    subjects(sign_in("lin"), company, query)


def test_the_case_of_the_number_comes_first(company, sign_in, three):
    with company.scope():
        old = three["dirt"]
        newer = three["leak"]
        Complaint.objects.filter(pk=newer.pk).update(content=f"与{old.number}是同一件事")
    lin = sign_in("lin")
    assert subjects(lin, company, f"q={old.number.lower()}") == ["保洁不到位", "漏水"]
    assert subjects(lin, company, f"q={old.number}&per=25&sort=-received") == ["保洁不到位", "漏水"]
    assert subjects(lin, company, f"q={old.number}&tier=minor") == ["漏水"]  # the filters hold for it, too


def test_an_empty_list_says_what_to_do(company, sign_in):
    lin, mao = sign_in("lin"), sign_in("mao")
    assert company.url("desk/log/") in re.sub(
        r"(?s).*<main", "", lin.get(company.url("cases/")).content.decode()
    )
    assert company.url("desk/log/") not in mao.get(company.url("cases/")).content.decode()
    page = lin.get(company.url("cases/"), {"q": "没有", "tier": "minor"}).content.decode()
    assert 'href="?q=%E6%B2%A1%E6%9C%89"' in page
    assert "至少输入两个字" in lin.get(company.url("cases/"), {"q": "漏"}).content.decode()
    client = sign_in("lin")
    client.cookies["django_language"] = "en"
    assert "No case matches." in client.get(company.url("cases/"), {"q": "没有"}).content.decode()


# --- the search box -----------------------------------------------------------------------------------------


def hits(client, company: Company, text: str) -> str:
    answer = client.get(company.url("search/"), {"q": text})
    assert answer.status_code == 200
    return answer.content.decode()


def test_hits_while_typing(company, sign_in, three):
    lin = sign_in("lin")
    page = hits(lin, company, "漏水")
    assert "<html" not in page
    assert three["leak"].number in page
    assert three["lift"].number not in page
    assert "<mark>漏水</mark>" in page
    assert "至少输入两个字" in hits(lin, company, "漏")
    assert hits(lin, company, "  ").strip() == ""
    assert "没有找到" in hits(lin, company, "没有这个")


def test_no_more_than_eight_hits_and_the_way_to_all(company, sign_in):
    for number in range(9):
        new_case(company, MONDAY - number * HOUR, subject=f"漏水{number}")
    page = hits(sign_in("lin"), company, "漏水")
    assert page.count("/case/TS") == 8
    assert f'{company.url("cases/")}?q=%E6%BC%8F%E6%B0%B4"' in page


def test_nobody_finds_what_does_not_exist_for_them(world, company, sign_in):
    mine, _ticket = sent_case(company, subject="工程渗水")
    other, _ticket = sent_case(company, subject="保洁渗水", to="cleaning")
    theirs, _ticket = sent_case(world.hospital, to="clinic", by="bai", subject="门诊渗水")
    seen = {
        "lin": {"工程", "保洁"},
        "gao": {"工程", "保洁"},
        "sun": {"工程"},
        "mao": {"保洁"},
        "admin": set(),
    }
    for name, wanted in seen.items():
        client = sign_in(name)
        for page in (
            hits(client, company, "渗水"),
            client.get(company.url("cases/"), {"q": "渗水"}).content.decode(),
        ):
            assert {word for word in ("工程", "保洁", "门诊") if f"{word}<mark>渗水" in page} == wanted, name
        for number in (other.number, mine.number, theirs.number):
            shown = {
                word for word in ("工程渗水", "保洁渗水", "门诊渗水") if word in hits(client, company, number)
            }
            assert shown <= {f"{word}渗水" for word in wanted}, name
    assert sign_in("bai").get(company.url("search/"), {"q": "渗水"}).status_code == 404
    assert "门诊" in hits(sign_in("bai", world.hospital), world.hospital, "渗水")


def test_a_key_costs_few_queries(company, sign_in, three):
    zhou = sign_in("zhou")
    hits(zhou, company, "漏水")
    with CaptureQueriesContext(connection) as queries:
        hits(zhou, company, "漏水")
    assert len(queries) <= 8
    with CaptureQueriesContext(connection) as queries:
        subjects(zhou, company, "q=漏水&sort=due&overdue=on&mine=on")
    assert len(queries) <= 15


# --- marks in the text --------------------------------------------------------------------------------------


def test_words_are_marked_and_everything_is_escaped():
    assert (
        marked("<b>漏水</b>&", ["漏水", "b>"])
        == "&lt;<mark>b&gt;</mark><mark>漏水</mark>&lt;/<mark>b&gt;</mark>&amp;"
    )
    assert marked("abc ABC", ["Ab"]) == "<mark>ab</mark>c <mark>AB</mark>C"
    assert marked("a.c", [".*"]) == "a.c"
    assert marked("<i>", []) == "&lt;i&gt;"
    assert marked("13800138000", ["138-0013-8000"]) == "<mark>13800138000</mark>"


def test_an_excerpt_shows_what_the_row_does_not():
    case = Complaint(number="TS1", subject="漏水", content="前" * 60 + "楼上<滴水>很久" + "后" * 60)
    assert excerpt(case, ["漏水"]) == ""
    quoted = excerpt(case, ["漏水", "滴水"])
    assert "<mark>滴水</mark>" in quoted
    assert "&lt;" in quoted
    assert quoted.startswith("…前")
    assert quoted.endswith("后…")
    assert len(quoted) < 120
    assert excerpt(case, ["别的"]) == ""
