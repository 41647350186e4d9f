"""The manager's list of limits passed and near: by department, the longest overdue first, page by page."""

import re
from datetime import timedelta

import pytest

from organizations.models import Role
from organizations.services import grant_role
from tests.escalation.rows import add_cases
from tests.world import MONDAY, Company, new_case, sent_case
from web import paging

MINUTE = timedelta(minutes=1)


def rows(response) -> list[tuple[str, str]]:
    """(department, number of the case) in the order of the page."""
    groups = response.context["watching"].groups
    return [(group.title, row.case.number) for group in groups for row in group.rows]


@pytest.fixture
def limits(company: Company, clock) -> Company:
    """At MONDAY: limits passed of the desk (2) and of works (1, the longest), one of lifts near."""
    add_cases(company, 2, MONDAY - 20 * MINUTE, prefix="D", step=MINUTE)
    add_cases(company, 1, MONDAY - 60 * MINUTE, department="works", owner="dept_head", prefix="W")
    add_cases(company, 1, MONDAY - 9 * MINUTE, department="lifts", owner="dept_head", prefix="L")
    add_cases(company, 1, MONDAY, department="cleaning", owner="dept_head", prefix="C")
    return company


def test_the_longest_overdue_first_by_department(limits, sign_in):
    response = sign_in("gao").get(limits.url("manager/"))
    assert rows(response) == [
        ("工程部", "W000000"),
        ("客服中心", "D000000"),
        ("客服中心", "D000001"),
        ("工程部 / 电梯班", "L000000"),
    ]
    watching = response.context["watching"]
    assert [(chip.count, chip.is_here) for chip in watching.chips] == [(4, True), (3, False), (1, False)]
    assert [(row.title, row.passed.count, row.near.count, bool(row.longest)) for row in watching.places] == [
        ("工程部", 1, 0, True),
        ("客服中心", 2, 0, True),
        ("工程部 / 电梯班", 0, 1, False),
    ]


@pytest.mark.parametrize(
    "show,of,numbers",
    [
        ("passed", "", ["W000000", "D000000", "D000001"]),
        ("near", "", ["L000000"]),
        ("", "desk", ["D000000", "D000001"]),
        ("near", "desk", []),
        ("nonsense", "", ["W000000", "D000000", "D000001", "L000000"]),
    ],
)
def test_the_chips_limit_the_list(limits, sign_in, show, of, numbers):
    place = str(limits.departments[of].pk) if of else "99999"
    response = sign_in("gao").get(limits.url("manager/"), {"show": show, "of": place})
    assert [number for _title, number in rows(response)] == numbers
    here = next(chip for chip in response.context["watching"].chips if chip.is_here)
    assert here.count == len(numbers)


def test_every_chip_leads_to_as_many_limits(limits, sign_in):
    client = sign_in("gao")
    watching = client.get(limits.url("manager/")).context["watching"]
    chips = [*watching.chips, *(chip for place in watching.places for chip in (place.passed, place.near))]
    assert len(chips) == 9
    for chip in chips:
        assert len(rows(client.get(chip.url.partition("#")[0]))) == chip.count, chip.url


@pytest.mark.parametrize("name,numbers", [("qian", ["W000000", "L000000"]), ("mao", []), ("zhou", 4)])
def test_one_s_own_part_of_the_tree_only(limits, sign_in, name, numbers):
    found = [number for _title, number in rows(sign_in(name).get(limits.url("manager/")))]
    assert found == numbers if isinstance(numbers, list) else len(found) == numbers


def test_it_is_paged(company, sign_in, clock, monkeypatch):
    monkeypatch.setattr(paging.keyed, "__defaults__", (3,))
    add_cases(company, 8, MONDAY - 60 * MINUTE, prefix="D", step=MINUTE)
    client, url, seen = sign_in("gao"), company.url("manager/?show=passed"), []
    while url:
        watching = client.get(url).context["watching"]
        found = [row.case.number for group in watching.groups for row in group.rows]
        assert 0 < len(found) <= 3
        seen.append(found)
        url = watching.older.partition("#")[0]
    assert [number for found in seen for number in found] == [f"D{number:06}" for number in range(8)]
    back = client.get(watching.newer.partition("#")[0]).context["watching"]
    assert [row.case.number for group in back.groups for row in group.rows] == seen[-2]


def test_who_has_it_and_for_how_long(company, sign_in, clock):
    sent_case(company)
    clock.shift(timedelta(hours=3))
    text = sign_in("qian").get(company.url("manager/")).content.decode()
    assert "孙主任" in text
    assert re.search(r"clock-overdue", text)


@pytest.mark.parametrize("role", [Role.DEPT_HEAD, Role.DEPT_MANAGER])
def test_what_is_shown_can_be_opened_by_who_leads_the_desk_from_above(company, sign_in, clock, role):
    case = new_case(company, MONDAY - timedelta(hours=1))
    with company.scope():
        grant_role(user=company.people["he"], department=company.departments["root"], role=role, now=MONDAY)
    he = sign_in("he")
    assert [number for _place, number in rows(he.get(company.url("manager/")))] == [case.number]
    assert he.get(company.url(f"case/{case.number}/")).status_code == 200
