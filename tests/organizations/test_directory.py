"""Who holds a role for a department: the nearest one above, in the tree as it is now."""

import pytest

from organizations.directory import Directory
from organizations.models import Membership, Role, User
from organizations.services import add_department, grant_role
from tests.world import MONDAY, Company, World


def directory(company: Company) -> Directory:
    return Directory(company.organization)


def names(people: list[User]) -> list[str]:
    return [user.username for user in people]


@pytest.fixture
def home(world: World):
    with world.property.scope():
        yield world.property


def holders(company: Company, role: str, code: str) -> list[str]:
    return names(directory(company).holders(role, company.departments[code].pk))


def test_the_nearest_above_holds_the_role(home: Company):
    assert holders(home, Role.DEPT_HEAD, "lifts") == ["sun"]  # of works, one above
    assert holders(home, Role.DEPT_HEAD, "works") == ["sun"]
    assert holders(home, Role.DEPT_HEAD, "cleaning") == ["mao"]
    assert holders(home, Role.GENERAL_MANAGER, "lifts") == ["gao"]  # of the whole, two above
    assert holders(home, Role.DEPT_MANAGER, "cleaning") == []  # works' manager is not above
    assert holders(home, Role.RECEPTIONIST, "works") == []


def test_a_nearer_holder_takes_the_place_of_the_one_above(home: Company):
    user = User.objects.create(username="ban", display_name="班长")
    grant_role(user=user, department=home.departments["lifts"], role=Role.DEPT_HEAD, now=MONDAY)
    assert holders(home, Role.DEPT_HEAD, "lifts") == ["ban"]
    assert holders(home, Role.DEPT_HEAD, "works") == ["sun"]
    Membership.objects.filter(user=user).update(is_active=False)
    assert holders(home, Role.DEPT_HEAD, "lifts") == ["sun"]
    Membership.objects.filter(user=user).update(is_active=True)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert holders(home, Role.DEPT_HEAD, "lifts") == ["sun"]


def test_several_holders_come_in_the_order_of_their_grants(home: Company):
    works = home.departments["works"]
    grant_role(user=home.people["qian"], department=works, role=Role.DEPT_HEAD, now=MONDAY)
    assert holders(home, Role.DEPT_HEAD, "lifts") == ["sun", "qian"]


def test_an_unknown_department_is_asked_of_the_whole(home: Company, world: World):
    for unknown in (None, 10**9, world.hospital.departments["clinic"].pk):
        assert names(directory(home).holders(Role.GENERAL_MANAGER, unknown)) == ["gao"]
        assert directory(home).holders(Role.DEPT_HEAD, unknown) == []


def test_two_organizations_do_not_mix(home: Company, world: World):
    theirs = {user.pk for user in world.hospital.people.values()}
    assert not theirs & directory(home).people.keys()
    assert names([directory(home).people[home.people["lin"].pk]]) == ["lin"]
    assert world.left.pk not in directory(home).people


def test_everybody_for_a_department_each_once(home: Company):
    lifts = home.departments["lifts"]
    grant_role(user=home.people["sun"], department=lifts, role=Role.HANDLER, now=MONDAY)
    found = directory(home).everybody((Role.HANDLER, Role.DEPT_HEAD), lifts.pk)
    assert names(found) == ["sun", "he"]


def test_the_tree(home: Company):
    tree, at = directory(home), {code: row.pk for code, row in home.departments.items()}
    assert tree.ancestors(at["lifts"]) == [at["lifts"], at["works"], at["root"]]
    assert tree.subtree([at["works"]]) == {at["works"], at["lifts"]}
    assert tree.subtree([at["root"]]) == set(at.values())
    assert tree.subtree([10**9]) == frozenset()
    assert tree.path(at["lifts"]) == "工程部 / 电梯班"
    assert tree.path(at["root"]) == "长青物业"
    assert tree.root_id == at["root"]


def test_it_is_loaded_once(home: Company, django_assert_num_queries):
    for number in range(5):
        add_department(organization=home.organization, name=f"班组{number}", code=f"g{number}")
    tree = directory(home)
    with django_assert_num_queries(2):
        for code in home.departments.values():
            for role in Role.values:
                tree.holders(role, code.pk)
            tree.path(code.pk)
