"""What is being typed is kept for its typist alone, until it is sent, thrown away or a month old."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from complaints.drafts import KEPT_FOR, MOST, discard_draft, keep_draft, remove_old_drafts
from complaints.models import Draft
from complaints.selectors import draft_of, drafts_of
from organizations.errors import Refused
from organizations.models import Role
from organizations.services import grant_role
from tests.world import MONDAY, Company, World, new_case

KEY = UUID(int=1)
MINUTE = timedelta(minutes=1)


def keep(company: Company, name: str = "lin", key: UUID = KEY, now=MONDAY, **data: str | list[str]):
    with company.scope():
        return keep_draft(
            actor=company.actor(name), kind="call", key=key, data=data or {"content": "漏水"}, now=now
        )


def of(company: Company, name: str = "lin") -> list[dict]:
    with company.scope():
        return [row.data for row in drafts_of(company.actor(name), "call")]


def test_the_same_form_is_one_draft(world: World):
    company = world.property
    keep(company, content="厨房")
    keep(company, content="厨房漏水", helpers=["1", "2"], now=MONDAY + MINUTE)
    assert of(company) == [{"content": "厨房漏水", "helpers": ["1", "2"]}]
    keep(company, key=uuid4(), content="另一个电话", now=MONDAY + 2 * MINUTE)
    assert [row["content"] for row in of(company)] == ["另一个电话", "厨房漏水"], "the latest first"


def test_a_draft_is_nobody_else_s(world: World):
    company, other = world.property, world.hospital
    keep(company)
    with company.scope():
        zhou = company.actor("zhou")
        assert draft_of(zhou, "call", KEY) is None
        assert draft_of(company.actor("lin"), "another", KEY) is None
        assert discard_draft(actor=zhou, kind="call", key=KEY) is False
    assert of(company, "zhou") == of(other, "bai") == []
    keep(company, "zhou", content="周主管的")  # the same key is another row
    assert (of(company), of(company, "zhou")) == ([{"content": "漏水"}], [{"content": "周主管的"}])


def test_one_person_in_two_organizations_has_two_sets(world: World):
    lin = world.property.people["lin"]
    with world.hospital.scope():
        grant_role(
            user=lin, department=world.hospital.departments["desk"], role=Role.RECEPTIONIST, now=MONDAY
        )
    world.hospital.people["lin"] = lin
    keep(world.property)
    assert of(world.hospital) == []
    keep(world.hospital, content="候诊")
    assert (of(world.property), of(world.hospital)) == ([{"content": "漏水"}], [{"content": "候诊"}])


def test_nothing_typed_keeps_nothing(world: World):
    company = world.property
    keep(company)
    keep(company, content="", helpers=[])
    assert of(company) == []


def test_what_no_database_takes_is_left_out(world: World):
    keep(world.property, content="a\x00b\ud800", helpers=["\x00"])
    assert of(world.property) == [{"content": "ab", "helpers": [""]}]
    with pytest.raises(Refused):
        keep(world.property, content="投" * 200_001)
    assert of(world.property) == [{"content": "ab", "helpers": [""]}]


def test_a_draft_that_has_become_a_case_is_not_offered(world: World):
    company = world.property
    keep(company)
    new_case(company, request_key=KEY)
    assert of(company) == []


def test_throwing_away_twice_is_throwing_away_once(world: World):
    company = world.property
    keep(company)
    with company.scope():
        lin = company.actor("lin")
        assert [discard_draft(actor=lin, kind="call", key=KEY) for _ in range(2)] == [True, False]
        assert discard_draft(actor=lin, kind="call", key=None) is False


def test_nobody_collects_drafts(world: World):
    company = world.property
    for number in range(MOST + 3):
        keep(company, key=UUID(int=number), now=MONDAY + number * MINUTE)
    keep(company, "zhou")
    with company.scope():
        kept = Draft.objects.filter(user=company.people["lin"]).values_list("key", flat=True)
        assert set(kept) == {UUID(int=number) for number in range(3, MOST + 3)}
        assert Draft.objects.filter(user=company.people["zhou"]).count() == 1


def test_old_drafts_go_by_themselves(world: World):
    keep(world.property)
    keep(world.property, key=uuid4(), now=MONDAY + MINUTE)
    keep(world.hospital, "bai")
    assert remove_old_drafts(MONDAY + KEPT_FOR) == 0
    assert remove_old_drafts(MONDAY + KEPT_FOR + MINUTE) == 2
    assert (len(of(world.property)), of(world.hospital, "bai")) == (1, [])
