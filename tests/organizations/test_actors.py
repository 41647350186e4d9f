"""What a person may do is what the roles say, and roles reach down the tree."""

import pytest

from organizations.actors import actor_for
from organizations.errors import Refused
from organizations.models import Membership, Organization, Role, User
from organizations.services import add_department, create_organization, grant_role
from tests.world import MONDAY, World


def test_a_role_reaches_down_and_not_up_or_aside(world: World):
    company = world.property
    at = {code: row.pk for code, row in company.departments.items()}
    with company.scope():
        sun = company.actor("sun")
        assert sun.has(Role.DEPT_HEAD)
        assert not sun.has(Role.DEPT_MANAGER, Role.RECEPTIONIST)
        assert sun.has_for(at["works"], Role.DEPT_HEAD)
        assert sun.has_for(at["lifts"], Role.HANDLER, Role.DEPT_HEAD)
        assert not sun.has_for(at["root"], Role.DEPT_HEAD)
        assert not sun.has_for(at["cleaning"], Role.DEPT_HEAD)
        assert not sun.has_for(None, Role.DEPT_HEAD)
        assert sun.departments(Role.DEPT_HEAD) == {at["works"], at["lifts"]}
        assert company.actor("gao").departments(Role.GENERAL_MANAGER) == set(at.values())
        assert sun.departments(Role.GENERAL_MANAGER) == frozenset()


def test_the_first_role_that_fits_is_the_one_acted_in(world: World):
    company = world.property
    with company.scope():
        lifts = company.departments["lifts"]
        grant_role(user=company.people["sun"], department=lifts, role=Role.HANDLER, now=MONDAY)
        sun = company.actor("sun")
        assert sun.role_for(lifts.pk, Role.HANDLER, Role.DEPT_HEAD) == Role.HANDLER
        assert sun.role_for(company.departments["works"].pk, Role.HANDLER, Role.DEPT_HEAD) == Role.DEPT_HEAD
        assert sun.role_for(lifts.pk, Role.RECEPTIONIST) == ""


def test_who_is_no_actor(world: World):
    company = world.property
    with company.scope():
        for user in (world.nobody, world.left, *world.hospital.people.values()):
            assert actor_for(user, company.organization) is None
        lin = company.people["lin"]
        assert actor_for(lin, company.organization) is not None
        lin.is_active = False
        assert actor_for(lin, company.organization) is None
        lin.is_active = True
        company.organization.is_active = False
        assert actor_for(lin, company.organization) is None


def test_one_person_in_two_organizations_has_each_one_s_roles_there(world: World):
    lin, hospital = world.property.people["lin"], world.hospital
    with hospital.scope():
        grant_role(user=lin, department=hospital.departments["clinic"], role=Role.HANDLER, now=MONDAY)
        actor = actor_for(lin, hospital.organization)
    assert actor is not None
    assert {role for role, _department in actor.grants} == {Role.HANDLER}
    assert {role for role, _department in world.property.actor("lin").grants} == {Role.RECEPTIONIST}


def test_granting_twice_is_granting_once(world: World):
    company = world.property
    with company.scope():
        before = Membership.objects.count()
        desk = company.departments["desk"]
        grant_role(user=company.people["lin"], department=desk, role=Role.RECEPTIONIST, now=MONDAY)
        assert Membership.objects.count() == before
        again = grant_role(user=world.left, department=desk, role=Role.RECEPTIONIST, now=MONDAY)
        assert again.is_active
        assert Membership.objects.count() == before
        with pytest.raises(Refused) as refused:
            grant_role(user=world.left, department=desk, role="emperor", now=MONDAY)
    assert refused.value.field == "role"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "slug", ["", "Upper", "has space", "-begins", "ümlaut", "a" * 41, "a/b", "a\x00b", "docs"]
)
def test_a_slug_that_will_not_do(slug: str):
    with pytest.raises(Refused) as refused:
        create_organization(slug=slug, name="x", now=MONDAY)
    assert refused.value.field == "slug"
    assert not Organization.objects.exists()


def test_a_slug_and_a_code_are_taken_once(world: World):
    with pytest.raises(Refused):
        create_organization(slug="evergreen", name="x", now=MONDAY)
    with world.property.scope(), pytest.raises(Refused) as refused:
        add_department(organization=world.property.organization, name="又一个", code="works")
    assert refused.value.field == "code"
    with world.hospital.scope():
        assert add_department(organization=world.hospital.organization, name="后勤", code="works").parent
    assert User.objects.filter(username="lin").count() == 1
