"""Finding cases by what somebody types. What is found is the same on both databases; on PostgreSQL the marks
must never lose a case that its texts would give."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from complaints.marks import marks_for, marks_of, words
from complaints.models import Complaint
from complaints.models.listing import SEARCHED, SearchEntry
from complaints.searching import best, matching, words_of
from complaints.services import correct
from tests.world import MONDAY, Company, new_case

ODD = "Wi-Fi 100% slow_down \\ ABC"
only_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite keeps no marks")


def found(company: Company, text: str) -> list[str]:
    with company.scope():
        cases = Complaint.objects.filter(organization=company.organization)
        rows = matching(cases, company.organization.pk, text)
        return sorted(rows.values_list("subject", flat=True))


@pytest.fixture
def company(world) -> Company:
    home = world.property
    new_case(home, subject="电梯困人", place="9号楼")
    new_case(
        home,
        subject="渗水",
        content="卫生间顶部滴水,已报修三次",
        request="彻底维修",
        complainant_name="欧阳 小明",
        complainant_phone="13655667788",
        place="锦绣花园3号楼2单元1501室",
        external_number="12345-XA/0099",
    )
    new_case(
        home,
        subject=ODD,
        content="网络",
        place="",
        complainant_phone="075512345678",
    )
    new_case(
        world.hospital, by="bai", subject="医院电梯困人", content="渗水", complainant_phone="13655667788"
    )
    return home


# Any part of any text finds a case.
FOUND = [
    "渗水",
    "滴水",
    "彻底",
    "欧阳",
    "小明",
    "13655667788",
    "136-5566-7788",
    "+86 136 5566 7788",
    "１３６５５６６７７８８",
    "1365",
    "7788",
    "锦绣花园3号楼",
    "3号楼2单元",
    "3-2-1501",
    "2-1501",
    "锦绣花园3-2",
    "1501",
    "12345-xa/0099",
    "0099",
    "报修 渗水",
    "渗水,报修;锦绣",
    "  渗水\u3000报修\u200b ",
    "渗水 水 三",
]


NOT_FOUND = [
    "",
    " ",
    "漏",
    "水 漏",
    "渗水 困人",
    "水渗",
    "8877",
    "3-1501",
    "3-2-150",
    "13-2-1501",
    "没有这个",
    "%",
    "__",
    ",。",
]


# Signs of a pattern are signs of the text, and none of them stands for another.
SIGNS = ["100%", "slow_down", "wi-fi", "ABC", "abc", "075512345678", "0755-12345678"]


NO_SIGNS = ["%%", "1%0", "slow%", "s_ow", "\\\\", "sl\\ow", "10_%"]


def test_what_is_found_by_what(company, subtests):
    for texts, subjects in ((FOUND, ["渗水"]), (NOT_FOUND, []), (SIGNS, [ODD]), (NO_SIGNS, [])):
        for text in texts:
            with subtests.test(text):
                assert found(company, text) == subjects


def test_the_end_of_a_number_and_the_whole_of_it(company):
    with company.scope():
        first, second = Complaint.objects.order_by("pk")[:2]
        # A case that speaks of the number of another one, and is newer.
        third = Complaint.objects.order_by("pk")[2]
        correct(
            actor=company.actor("lin"),
            complaint=third,
            field="content",
            value=f"见{first.number}",
            now=MONDAY,
        )
        cases = Complaint.objects.all()
        organization = company.organization.pk
        assert [row.pk for row in best(cases, organization, first.number, 8)] == [first.pk, third.pk]
        assert [row.pk for row in best(cases, organization, first.number.lower(), 8)] == [first.pk, third.pk]
        assert [row.pk for row in best(cases, organization, second.number[-5:], 8)] == [second.pk]
        assert len(best(cases, organization, "2026", 2)) == 2
        assert [row.pk for row in best(cases, organization, first.number, 1)] == [first.pk]


def test_a_query_has_an_end():
    assert len(words_of(" ".join(f"词语{number}" for number in range(500)))) <= 8
    assert sum(map(len, words_of("投" * 100_000))) == 100
    assert words_of("电梯 电梯") == ["电梯"]


def test_the_worst_query_is_answered(company):
    assert found(company, "138-0013-8000 3-2-1501-7 a-1-2-33 渗水 %_%_ \\\\\\\\ ''''''' 0755-1-2") == []
    assert found(company, "\x00\ud800 渗水") == ["渗水"]


# --- marks ------------------------------------------------------------------------------------------------

TEXT = st.text(alphabet=st.sampled_from("电梯渗水ab12 ,。-%９Ａ"), max_size=30)


@given(TEXT, TEXT, st.integers(0, 20), st.integers(1, 12))
def test_whatever_stands_in_a_text_has_its_marks(before, after, start, length):
    """Negative control below: other words do not."""
    text = before + after
    for word in words(text[start : start + length]):
        assert set(marks_for(7, word)) <= set(marks_of(7, [text]))


def test_marks_tell_words_and_organizations_apart():
    here = set(marks_of(7, ["卫生间渗水", "13655667788"]))
    assert set(marks_for(7, "渗水")) <= here
    assert not set(marks_for(7, "水渗")) & here
    assert not set(marks_for(8, "渗水")) & here
    assert not set(marks_for(7, "9988")) <= here
    assert marks_for(7, "水") == []
    assert all(-(2**31) <= mark < 2**31 for mark in here)


def _stale() -> list[str]:
    """The cases whose entry is not what their texts make it."""
    wrong = []
    for case in Complaint._base_manager.select_related("search_entry"):
        texts = [getattr(case, name) for name in SEARCHED]
        if case.search_entry.marks != marks_of(case.organization_id, texts, case.place_key):
            wrong.append(case.number)
        assert case.search_entry.organization_id == case.organization_id
    return wrong


@only_postgresql
def test_every_way_of_writing_a_case_brings_its_marks_along(company):
    with company.scope():
        case = Complaint.objects.get(subject="渗水")
        correct(actor=company.actor("lin"), complaint=case, field="subject", value="墙体开裂", now=MONDAY)
        assert _stale() == []
        assert found(company, "开裂") == ["墙体开裂"]
        Complaint.objects.filter(pk=case.pk).update(content="外墙脱落")
        assert _stale() == []
        case.refresh_from_db()
        case.place = "东门岗亭"
        Complaint.objects.bulk_update([case], ["place"])
        assert _stale() == []
        values = {row.attname: getattr(case, row.attname) for row in Complaint._meta.concrete_fields}
        values |= {"id": None, "number": "TS202610-00001", "external_number": "", "request_key": None}
        Complaint.objects.bulk_create([Complaint(**values)])
        assert _stale() == []
    assert found(company, "岗亭") == ["墙体开裂", "墙体开裂"]


@only_postgresql
def test_marks_are_written_again(company):
    SearchEntry._base_manager.update(marks=[])
    assert found(company, "渗水") == []  # negative control: it is the marks that propose
    call_command("mark_cases", stdout=StringIO())
    assert _stale() == []
    assert found(company, "渗水") == ["渗水"]


@only_postgresql
@pytest.mark.django_db
def test_the_index_is_there():
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'search_entry_marks'")
        (definition,) = cursor.fetchone()
    assert "USING gin (marks)" in definition
