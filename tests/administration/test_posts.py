"""The page that gives roles their places, and where it is pointed to."""

import pytest

from policies.selectors import posts_of
from policies.services import place_role
from tests.overlay import put_in_force
from tests.world import MONDAY

GROUP = {"id": "upgrade_group", "title": "升级投诉组"}
CITY = {"id": "city", "title": "市分公司"}
IDLE = {"id": "idle", "title": "闲置角色"}


@pytest.fixture
def ruled(company):
    """Rules whose triggers call in two roles that are nobody in the product."""
    trigger = {"id": "call", "title": "升级", "event": "noted", "do": [{"notify": ["upgrade_group", "city"]}]}
    put_in_force(company, roles=[GROUP, CITY, IDLE], triggers=[trigger])
    return company


def save(browser, company, **chosen):
    """Send the form as a browser does: what was there, and what was chosen."""
    page = browser.get(company.url("rules/posts/"))
    form = page.context["form"]
    given = {}
    for name in form.fields:
        before = form.get_initial_for_field(form.fields[name], name) or ""
        given |= {name: before, f"initial-{name}": before}
    given |= {f"place-{role}": company.departments[code].pk if code else "" for role, code in chosen.items()}
    return browser.post(company.url("rules/posts/"), given), given


def places(company) -> dict[str, str]:
    codes = {row.pk: code for code, row in company.departments.items()}
    with company.scope():
        return {role: codes[pk] for role, pk in posts_of(company.organization).items()}


def test_what_has_to_be_placed_is_shown_and_placed(ruled, sign_in):
    admin = sign_in("admin")
    page = admin.get(ruled.url("rules/posts/"))
    assert [row.id for row in page.context["open"]] == ["upgrade_group", "city"]
    lines = {line.row.id: line for line in page.context["lines"]}
    assert (lines["city"].names, lines["idle"].row.is_open) == ("", False)
    assert lines["dept_head"].names == "毛主任、孙主任"

    answer, _given = save(admin, ruled, upgrade_group="cleaning", city="works")
    assert answer.status_code == 302
    assert places(ruled) == {"upgrade_group": "cleaning", "city": "works"}
    page = admin.get(ruled.url("rules/posts/"))
    assert page.context["open"] == []
    assert "毛主任" in next(line.names for line in page.context["lines"] if line.row.id == "upgrade_group")


def test_only_what_was_changed_is_written(ruled, sign_in):
    """Two administrators at the same page: the second does not undo what the first has done."""
    admin = sign_in("admin")
    page = admin.get(ruled.url("rules/posts/"))
    _answer, stale = save(admin, ruled)
    with ruled.scope():
        other = {"actor": ruled.actor("admin"), "now": MONDAY}
        place_role(role="city", department=ruled.departments["lifts"], **other)
    stale["place-upgrade_group"] = ruled.departments["works"].pk
    assert admin.post(ruled.url("rules/posts/"), stale).status_code == 302
    assert places(ruled) == {"city": "lifts", "upgrade_group": "works"}
    assert page.status_code == 200


def test_a_place_is_taken_away(ruled, sign_in):
    admin = sign_in("admin")
    save(admin, ruled, city="works")
    save(admin, ruled, city="")
    assert places(ruled) == {}


@pytest.mark.parametrize("value", ["999999", "x", "-1"])
def test_no_other_department_can_be_chosen(ruled, sign_in, world, value):
    admin = sign_in("admin")
    foreign = world.hospital.departments["clinic"].pk
    for wrong in (value, str(foreign)):
        answer = admin.post(ruled.url("rules/posts/"), {"place-city": wrong})
        assert answer.status_code == 422
        assert answer.context["form"].errors
    assert places(ruled) == {}


def test_managers_look_and_do_not_touch(ruled, sign_in):
    zhou = sign_in("zhou")
    page = zhou.get(ruled.url("rules/posts/"))
    assert page.status_code == 200
    assert "<select" not in page.content.decode()
    posted = zhou.post(ruled.url("rules/posts/"), {"place-city": ruled.departments["works"].pk})
    assert posted.status_code == 403
    assert sign_in("sun").get(ruled.url("rules/posts/")).status_code == 403


def test_the_rules_and_a_new_draft_point_to_it(ruled, sign_in):
    admin = sign_in("admin")
    assert [row.id for row in admin.get(ruled.url("rules/")).context["open_roles"]] == [
        "upgrade_group",
        "city",
    ]
    answer = admin.post(ruled.url("rules/new/"), {"way": "pack", "pack": "cn.telecom.operator"})
    draft = admin.get(answer.headers["Location"])
    assert "hq_centre" in [row.id for row in draft.context["open_roles"]]
    page = admin.get(ruled.url("rules/posts/"))
    lines = {line.row.id: line.row for line in page.context["lines"]}
    assert (lines["hq_centre"].is_current, lines["hq_centre"].is_drafted) == (False, True)
