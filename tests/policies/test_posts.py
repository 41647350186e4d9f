"""Who fills a role of the rules, with a place in the organization and without."""

import pytest

from organizations.directory import Directory
from organizations.errors import Forbidden, Refused
from organizations.models import Department, Membership, Role
from organizations.services import grant_role
from policies.engine.loading import load_policy
from policies.models import Post, RuleChange
from policies.placing import role_rows
from policies.posts import kept_out, people_of_role
from policies.selectors import posts_of
from policies.services import place_role, place_roles, remove_role
from tests.overlay import put_in_force
from tests.world import MONDAY, PACKS

GROUP = {"id": "upgrade_group", "title": "升级投诉组"}  # acts as nobody in the product
BUSINESS = {"id": "biz_dept", "title": "业务责任部门", "acts_as": "dept_manager"}
CENTRE = {"id": "centre", "title": "投诉中心", "acts_as": "desk_supervisor"}


@pytest.fixture(scope="module")
def telecom():
    return load_policy(PACKS / "telecom.yaml", packs_dir=PACKS)


@pytest.fixture
def home(world):
    with world.property.scope():
        yield world.property


@pytest.fixture
def reached(home, telecom):
    """reached("biz_dept", {"biz_dept": "cleaning"}): user names for a case at works, and its desk."""

    def ask(role: str, places: dict[str, str], *, at: str = "works", without: str = "") -> list[str]:
        posts = {name: home.departments[code].pk for name, code in places.items()}
        people = people_of_role(
            Directory(home.organization),
            posts,
            telecom,
            role,
            desk_id=home.departments["desk"].pk,
            department_id=home.departments[at].pk,
            without=[home.people[name].pk for name in without.split()],
        )
        return [user.username for user in people]

    return ask


@pytest.mark.parametrize(
    "role, at, people",
    [
        ("biz_dept", "works", ["qian"]),  # acts as dept_manager
        ("biz_dept", "cleaning", []),
        ("order_dept", "lifts", ["sun"]),  # dept_head, of the department above
        ("prov_centre", "works", ["zhou"]),  # a desk role, at the case's desk
        ("dept_head", "cleaning", ["mao"]),  # a role of the product
        ("upgrade_group", "works", []),  # acts as nobody
    ],
)
def test_without_a_place_it_is_whoever_holds_the_product_role(reached, role, at, people):
    assert reached(role, {}, at=at) == people


@pytest.mark.parametrize(
    "role, place, people",
    [
        ("upgrade_group", "cleaning", ["mao"]),  # its head
        ("biz_dept", "cleaning", ["mao"]),  # nobody is manager there: the head, not the manager of the case's
        ("biz_dept", "works", ["qian"]),
        ("prov_cs", "desk", ["zhou"]),  # general_manager is held above, which does not count: the desk's own
        ("vip_desk", "desk", ["lin"]),
        ("hq", "root", ["gao"]),
        ("upgrade_group", "lifts", ["sun"]),  # a department without people: the head above
    ],
)
def test_a_role_with_a_place_is_the_people_of_that_department(reached, role, place, people):
    assert reached(role, {role: place}, at="lifts") == people


def test_who_is_passed_over_makes_room_for_the_next(reached):
    assert reached("order_dept", {}, without="sun") == []
    assert reached("upgrade_group", {"upgrade_group": "works"}, without="sun") == ["qian"]
    assert reached("upgrade_group", {"upgrade_group": "works"}, without="sun qian") == ["he"]
    assert reached("upgrade_group", {"upgrade_group": "cleaning"}, without="mao") == []


def test_a_nearer_holder_who_is_passed_over_leaves_the_one_above(home, reached):
    with home.scope():
        grant_role(
            user=home.people["he"], department=home.departments["lifts"], role=Role.DEPT_HEAD, now=MONDAY
        )
    assert reached("order_dept", {}, at="lifts") == ["he"]
    assert reached("order_dept", {}, at="lifts", without="he") == ["sun"]


def test_who_the_rules_keep_out(home, telecom):
    credit_union = load_policy(PACKS / "credit_union.yaml", packs_dir=PACKS)
    directory = Directory(home.organization)
    assert kept_out(directory, credit_union, {"direct_interest": "钱经理"}) == {home.people["qian"].pk}
    assert kept_out(directory, credit_union, {"direct_interest": "王经理"}) == frozenset()
    assert kept_out(directory, telecom, {"direct_interest": "钱经理"}) == frozenset(), "has no such rule"


# --- placing ------------------------------------------------------------------------------------------------


@pytest.fixture
def ruled(home):
    put_in_force(home, roles=[GROUP, BUSINESS])
    return home


def place(company, role, code, by="admin"):
    return place_role(actor=company.actor(by), role=role, department=company.departments[code], now=MONDAY)


def logged() -> list[RuleChange]:
    return list(RuleChange.objects.filter(kind="posts").order_by("pk"))


def test_placing_is_logged_and_moving_too(ruled):
    place(ruled, "upgrade_group", "works")
    place(ruled, "upgrade_group", "works")
    place(ruled, "upgrade_group", "cleaning")
    assert posts_of(ruled.organization) == {"upgrade_group": ruled.departments["cleaning"].pk}
    remove_role(actor=ruled.actor("admin"), role="upgrade_group", now=MONDAY)
    assert posts_of(ruled.organization) == {}
    for row, department in zip(logged(), ("工程部", "保洁部", "保洁部"), strict=True):
        assert "升级投诉组" in row.note
        assert department in row.note
        assert (row.by, row.at) == (ruled.people["admin"], MONDAY)


def test_refused_places(ruled, world):
    with pytest.raises(Forbidden):
        place(ruled, "upgrade_group", "works", by="gao")
    with pytest.raises(Refused):
        place(ruled, "inspection", "works")
    Department.objects.filter(code="cleaning").update(is_active=False)
    with pytest.raises(Refused):
        place(ruled, "upgrade_group", "cleaning")
    foreign = world.hospital.departments["clinic"]
    with pytest.raises(Refused):
        place_role(actor=ruled.actor("admin"), role="upgrade_group", department=foreign, now=MONDAY)
    with pytest.raises(Refused):
        remove_role(actor=ruled.actor("admin"), role="upgrade_group", now=MONDAY)
    assert not Post.objects.exists()
    assert logged() == []


def test_several_at_once_all_or_nothing(ruled):
    works, cleaning = ruled.departments["works"], ruled.departments["cleaning"]
    admin = ruled.actor("admin")
    places = {"upgrade_group": works, "biz_dept": cleaning}
    assert place_roles(actor=admin, places=places, now=MONDAY) == 2
    with pytest.raises(Refused):
        place_roles(actor=admin, places={"biz_dept": works, "inspection": works}, now=MONDAY)
    assert posts_of(ruled.organization) == {name: row.pk for name, row in places.items()}
    assert place_roles(actor=admin, places={"upgrade_group": None, "biz_dept": cleaning}, now=MONDAY) == 1


def test_a_closed_department_fills_no_role(ruled, world, django_assert_num_queries):
    place(ruled, "upgrade_group", "works")
    place(ruled, "biz_dept", "cleaning")
    Department.objects.filter(code="works").update(is_active=False)
    with django_assert_num_queries(1):
        assert posts_of(ruled.organization) == {"biz_dept": ruled.departments["cleaning"].pk}
    with world.hospital.scope():
        assert posts_of(world.hospital.organization) == {}


# --- the table for the administrator ------------------------------------------------------------------------


def rows(company, current, draft=None):
    found = role_rows(Directory(company.organization), posts_of(company.organization), current, draft)
    return {row.id: row for row in found}


def test_what_has_to_be_placed_and_what_reaches_nobody(home, telecom):
    found = rows(home, telecom)
    open_ = [name for name, row in found.items() if row.is_open]
    assert open_ == ["upgrade_group", "city_contact", "city", "province", "hq_centre", "hq_cs", "hq"]
    assert list(found)[:7] == open_, "come first"
    assert found["upgrade_group"].is_out_of_reach
    assert not found["remote_unit"].uses, "no rule counts on it"
    assert not found["biz_dept"].is_out_of_reach
    assert [user.username for user in found["order_dept"].people] == ["mao", "sun"]
    Membership.objects.filter(role=Role.DEPT_MANAGER).update(is_active=False)
    assert rows(home, telecom)["biz_dept"].is_out_of_reach


def test_a_placed_role_is_settled(home, telecom):
    put_in_force(home, roles=[GROUP])
    place(home, "upgrade_group", "cleaning")
    row = rows(home, telecom)["upgrade_group"]
    assert (row.is_open, row.is_out_of_reach) == (False, False)
    assert [user.username for user in row.people] == ["mao"]
    assert {use.section for use in row.uses} == {"triggers"}


def test_roles_of_a_draft_and_roles_that_are_gone(home, telecom):
    standard = load_policy(PACKS / "standard.yaml", packs_dir=PACKS)
    put_in_force(home, roles=[GROUP, CENTRE])
    place(home, "centre", "desk")
    found = rows(home, standard, telecom)
    assert (found["dept_head"].is_current, found["dept_head"].is_drafted) == (True, False)
    assert (found["upgrade_group"].is_current, found["upgrade_group"].is_drafted) == (False, True)
    assert (found["centre"].is_current, found["centre"].is_drafted) == (False, False)
