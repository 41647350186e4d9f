"""The earlier cases of a caller: found by number, place or name, in the order in which they matter."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from complaints.keys import name_key, place_key
from complaints.models import Complaint
from complaints.selectors import CANDIDATES, Caller, History, history
from complaints.services import contact_again, correct, explain_only, merge
from tests.world import MONDAY, Company, World, new_case
from tickets.access import visible_cases

DAY = timedelta(days=1)
SOMEBODY = {"complainant_name": "赵先生", "complainant_phone": "13900000000", "place": "9号楼"}


@pytest.fixture
def look(world: World) -> Callable[..., History]:
    """look(phone=..., place=..., name=...) is what lin finds."""

    def look(company: Company = world.property, by: str = "lin", **typed: str) -> History:
        with company.scope():
            return history(visible_cases(company.actor(by)), Caller.typed(**typed))

    return look


def found(history: History) -> list[str]:
    return [row.case.subject for row in history.rows]


@pytest.mark.parametrize(
    "one,other",
    [
        ("3号楼2单元1501室", "3-2-1501"),
        ("３号楼 ２单元 1501", "3栋2单元1501房"),
        ("锦绣花园3号楼2单元1501", "锦绣花园 3-2-1501"),
        ("A座1203", "a-1203"),
        ("3号楼大堂", "3幢,大堂"),
        ("B2层停车场", "b2 停车场"),
    ],
)
def test_one_place_in_different_hands(one: str, other: str):
    assert place_key(one) == place_key(other) != ""


def test_different_places_stay_different():
    places = ("3号楼2单元1501", "3号楼21单元501", "东门岗亭", "东岗亭", "银座大厦", "银大厦")
    assert len({place_key(place) for place in places}) == len(places)
    assert name_key(" 王 女士 ") == name_key("王女士") != name_key("王女")
    assert name_key("Anna-Maria Li") == "annamariali"


def test_by_number_place_and_name(world: World, look):
    new_case(world.property, subject="王女士的")
    new_case(world.property, subject="别人的", **SOMEBODY)
    for typed in (
        {"phone": "138 0013 8000"},
        {"phone": "+86 13800138000"},
        {"phone": "1380"},
        {"place": "3-2-1501"},
        {"place": "3号楼2"},
        {"name": "王女"},
        {"name": "王女士"},
    ):
        assert found(look(**typed)) == ["王女士的"], typed
    for typed in (
        {"phone": "138"},  # too little says nothing
        {"phone": "0013"},  # not how a number begins
        {"phone": "13800138001"},
        {"place": "3"},
        {"place": "2单元1501"},
        {"name": "王"},
        {"name": "女士"},
        {},
        {"phone": "%", "place": "___", "name": "%%"},
    ):
        assert found(look(**typed)) == [], typed
    assert sorted(found(look(phone="13900000000", place="3-2-1501"))) == ["别人的", "王女士的"]


@pytest.mark.parametrize(
    "digits,number,fits",
    [
        ("1389", "13891112222", True),
        ("1389", "13900000000", False),
        ("9999", "99990001", True),
        ("0099", "00991234", True),
        ("0755123*4", "0755123*4", True),
        ("0755123*", "0755123*4", False),
    ],
)
def test_the_beginning_of_a_number(world: World, look, digits: str, number: str, fits: bool):
    new_case(world.property, complainant_phone=number)
    assert bool(found(look(phone=digits))) is fits


def test_open_ones_come_first_then_the_same_number_then_the_newest(world: World, look):
    company = world.property
    other = {"complainant_phone": "13912345678", "place": "8号楼"}  # the same name only
    new_case(company, MONDAY - 4 * DAY, subject="在办,同号码")
    new_case(company, MONDAY - 1 * DAY, subject="在办,仅同姓名", **other)
    for days, subject, values in (
        (3, "已结,同号码", {}),
        (2, "已结,仅同姓名", other),
        (5, "更早,同号码", {}),
    ):
        with company.scope():
            case = _recorded(company, MONDAY - days * DAY, subject=subject, **values)
            explain_only(
                actor=company.actor("lin"),
                complaint=case,
                reason="explained_ok",
                note="已解释",
                now=MONDAY - days * DAY,
            )
    assert found(look(phone="13800138000", name="王女士")) == [
        "在办,同号码",
        "在办,仅同姓名",
        "已结,同号码",
        "更早,同号码",
        "已结,仅同姓名",
    ]


def _recorded(company: Company, now, **values: object) -> Complaint:
    from complaints.services import register
    from tests.world import intake

    return register(actor=company.actor("lin"), intake=intake(**values), now=now)


def test_the_number_of_the_contact(world: World, look):
    company = world.property
    first = new_case(company, MONDAY - 2 * DAY)
    assert look(phone="13800138000").contact == 2
    with company.scope():
        for _ in range(2):
            contact_again(actor=company.actor("lin"), complaint=first, said="催办", now=MONDAY)
    new_case(company, MONDAY - DAY, place="9号楼", subject="另一件")
    new_case(company, complainant_phone="13900000000", subject="同住的人")
    counted = look(phone="13800138000", place="3-2-1501")
    assert counted.contact == 1 + 3 + 1, "by the number alone where it is whole"
    assert {row.case.subject: row.contacts for row in counted.rows} == {
        first.subject: 3,
        "另一件": 1,
        "同住的人": 1,
    }
    assert look(place="3-2-1501").contact == 1 + 3 + 1
    assert look(phone="1380").contact == 0, "a beginning is nobody's number"
    assert look(name="王女士").contact == 0, "nor is a name"


def test_a_contact_counts_once_when_its_case_goes_into_another_one(world: World, look):
    """With the case that was merged, also where that one had been contacted about again itself."""
    company = world.property
    first, second = new_case(company, subject="第一次"), new_case(company, subject="第二次")
    lin = company.actor("lin")
    with company.scope():
        contact_again(actor=lin, complaint=second, said="催办", now=MONDAY)
        before = look(phone="13800138000").contact
        merge(actor=lin, complaint=second, into=first, reason="同一台电梯", now=MONDAY)
    after = look(phone="13800138000")
    assert before == after.contact == 3 + 1
    assert {row.case.subject: row.contacts for row in after.rows} == {"第一次": 1, "第二次": 2}


def test_a_number_that_calls_very_often(world: World, look):
    with world.property.scope():
        case = new_case(world.property)
        rows = []
        for number in range(CANDIDATES + 5):
            values = {
                field.attname: getattr(case, field.attname) for field in Complaint._meta.concrete_fields
            }
            values |= {"id": None, "request_key": None, "number": f"TS2026-{number}"}
            rows.append(Complaint(**{**values, "received_at": MONDAY - number * DAY}))
        Complaint.objects.bulk_create(rows)
    many = look(phone="13800138000")
    assert (len(many.rows), many.more) == (CANDIDATES, True)
    assert many.rows[-1].case.received_at == MONDAY - (CANDIDATES - 2) * DAY, "the newest of them"


def test_nothing_is_found_beyond_what_one_may_see(world: World, look):
    new_case(world.hospital, by="bai", subject="医院的", category="treatment")
    assert found(look(phone="13800138000", place="3-2-1501", name="王女士")) == []
    new_case(world.property, subject="物业的")
    assert found(look(phone="13800138000")) == ["物业的"]
    assert found(look(world.hospital, by="bai", phone="13800138000")) == ["医院的"]
    assert found(look(by="mao", phone="13800138000")) == [], "no case of this department"


def test_a_corrected_place_is_found_where_it_is_now(world: World, look):
    company = world.property
    case = new_case(company)
    with company.scope():
        correct(actor=company.actor("lin"), complaint=case, field="place", value="5号楼301", now=MONDAY)
        correct(
            actor=company.actor("lin"), complaint=case, field="complainant_name", value="黄女士", now=MONDAY
        )
    assert found(look(place="3-2-1501")) == found(look(name="王女士")) == []
    assert len(found(look(place="5-301"))) == len(found(look(name="黄女士"))) == 1


def test_two_queries_however_much_is_there(world: World):
    company = world.property
    for number in range(6):
        new_case(company, MONDAY - number * DAY)
    with company.scope():
        cases = visible_cases(company.actor("lin"))
        with CaptureQueriesContext(connection) as captured:
            history(cases, Caller.typed(phone="13800138000", place="3-2-1501", name="王女士"))
    assert len(captured) == 2
