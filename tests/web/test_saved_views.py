"""Saved views: kept, shared, put in order; and never anybody else's."""

import re

import pytest

from complaints.models.listing import SavedView
from complaints.saved_views import views_for
from complaints.services.saved_views import (
    MOST_VIEWS,
    choose_default,
    delete_view,
    move_up,
    rename_view,
    save_view,
)
from organizations.errors import Forbidden, NotVisible, Refused
from organizations.services import grant_role
from tests.world import MONDAY, Company, new_case


def save(company: Company, who: str, name: str, query: str = "state=open", **values) -> SavedView:
    with company.scope():
        return save_view(actor=company.actor(who), name=name, query=query, **values)


def names(company: Company, who: str) -> list[str]:
    with company.scope():
        return [row.name for row in views_for(company.actor(who))]


def test_a_view_is_one_s_own_unless_it_is_shared(world, company):
    save(company, "zhou", "我的")
    save(company, "zhou", "给接待员", role="receptionist")
    save(world.hospital, "fang", "本院", role="receptionist")
    assert names(company, "zhou") == ["我的", "给接待员"]
    assert names(company, "lin") == ["给接待员"]
    assert names(company, "sun") == names(company, "gao") == []
    assert names(world.hospital, "bai") == ["本院"]


def test_the_same_person_in_two_organizations_has_two_sets(world, company):
    lin = company.people["lin"]
    with world.hospital.scope():
        grant_role(user=lin, department=world.hospital.departments["desk"], role="receptionist", now=MONDAY)
    world.hospital.people["lin"] = lin
    save(company, "lin", "物业的", is_default=True)
    save(world.hospital, "lin", "医院的", is_default=True)
    assert (names(company, "lin"), names(world.hospital, "lin")) == (["物业的"], ["医院的"])


def test_who_may_share(company):
    for name in ("zhou", "qian", "gao"):
        save(company, name, "共享", role="handler")
    for name in ("lin", "he", "sun", "admin"):
        with pytest.raises(Forbidden):
            save(company, name, "共享", role="handler")
    with pytest.raises(Refused):
        save(company, "zhou", "共享", role="nobody")
    with company.scope():
        assert SavedView.objects.count() == 3


def test_a_view_of_the_same_name_is_replaced(company):
    first = save(company, "lin", "待办", is_default=True)
    again = save(company, "lin", " 待　办 ".replace("　", ""), "tier=major")
    assert (again.pk, again.query, again.is_default) == (first.pk, "tier=major", True)
    save(company, "zhou", "待办")
    assert names(company, "lin") == ["待办"]


def test_names_and_numbers_of_views_have_limits(company):
    for name in ("", " \u200b ", "长" * 41):
        with pytest.raises(Refused):
            save(company, "lin", name)
    with company.scope():
        lin = company.people["lin"]
        SavedView.objects.bulk_create(
            SavedView(organization=company.organization, user=lin, name=f"{number}", query="tier=major")
            for number in range(MOST_VIEWS)
        )
    with pytest.raises(Refused):
        save(company, "lin", "一个太多")


def test_only_its_owner_and_who_may_share_change_a_view(company):
    shared = save(company, "zhou", "共享", role="receptionist")
    with company.scope():
        lin, gao, zhou = (company.actor(name) for name in ("lin", "gao", "zhou"))
        for verb in (choose_default, move_up, delete_view):
            with pytest.raises(Forbidden):
                verb(actor=lin, view=shared)
        with pytest.raises(Forbidden):
            rename_view(actor=lin, view=shared, name="我的")
        with pytest.raises(Forbidden):
            choose_default(actor=gao, view=shared)
        assert rename_view(actor=gao, view=shared, name="新名").name == "新名"
        delete_view(actor=zhou, view=shared)
        with pytest.raises(NotVisible):
            rename_view(actor=zhou, view=shared, name="太晚")


def test_a_new_name_must_be_free(company):
    save(company, "lin", "一")
    second = save(company, "lin", "二")
    with company.scope():
        lin = company.actor("lin")
        with pytest.raises(Refused):
            rename_view(actor=lin, view=second, name="一")
        assert rename_view(actor=lin, view=second, name="二").name == "二"


def test_one_default_and_an_order_of_one_s_own(company):
    one, _two, three = (save(company, "lin", name, is_default=True) for name in ("一", "二", "三"))
    with company.scope():
        lin = company.actor("lin")
        assert [row.name for row in SavedView.objects.filter(is_default=True)] == ["三"]
        choose_default(actor=lin, view=one)
        assert [row.name for row in SavedView.objects.filter(is_default=True)] == ["一"]
        choose_default(actor=lin, view=one)
        assert not SavedView.objects.filter(is_default=True).exists()
        move_up(actor=lin, view=three)
        move_up(actor=lin, view=one)
    assert names(company, "lin") == ["一", "三", "二"]


# --- pages --------------------------------------------------------------------------------------------------


def test_a_view_is_kept_from_the_list_and_is_a_plain_link(company, sign_in):
    new_case(company, subject="轻微的")
    lin = sign_in("lin")
    query = "q=%E8%BD%BB%E5%BE%AE&tier=minor&sort=due&per=100"
    page = lin.get(f"{company.url('cases/')}?{query}&before=1-1&nonsense=1")
    assert page.context["save"]["query"].value() == query
    saved = lin.post(company.url("cases/views/"), {"name": "轻微", "query": f"{query}&x=1&tier=minor"})
    assert saved.url == f"{company.url('cases/')}?{query}"
    page = lin.get(saved.url)
    (link,) = page.context["views"]
    assert (link.url, link.is_here, link.is_own) == (f"?{query}", True, True)
    assert [row.case.subject for row in page.context["page"].rows] == ["轻微的"]
    assert not lin.get(company.url("cases/?tier=minor")).context["views"][0].is_here


def test_a_default_view_comes_first_and_does_not_stand_in_the_way(company, sign_in):
    lin = sign_in("lin")
    assert lin.get(company.url("cases/")).status_code == 200
    save(company, "lin", "我的", "tier=major", is_default=True)
    assert lin.get(company.url("cases/")).url == f"{company.url('cases/')}?tier=major"
    assert lin.get(company.url("cases/?view=all")).status_code == 200
    assert lin.get(company.url("cases/?tier=&q=")).status_code == 200
    assert sign_in("zhou").get(company.url("cases/")).status_code == 200
    save(company, "lin", "全部", "", is_default=True)  # would lead to itself
    assert lin.get(company.url("cases/")).status_code == 200


def test_views_are_put_in_order_on_their_page(company, sign_in):
    lin = sign_in("lin")
    one, two = save(company, "lin", "一"), save(company, "lin", "<b>二")
    url = company.url("cases/views/")
    page = lin.get(url).content.decode()
    assert "&lt;b&gt;二" in page
    assert "<b>二" not in page
    assert lin.post(f"{url}{two.pk}/up/").status_code == 302
    assert names(company, "lin") == ["<b>二", "一"]
    assert lin.post(f"{url}{two.pk}/default/").status_code == 302
    assert lin.get(company.url("cases/")).status_code == 302
    assert lin.post(f"{url}{two.pk}/rename/", {"name": "二"}).status_code == 302
    refused = lin.post(f"{url}{two.pk}/rename/", {"name": "一"})
    assert refused.status_code == 422
    assert "已有同名" in refused.content.decode()
    refused = lin.post(f"{url}{two.pk}/rename/", {"name": "长" * 41})
    assert refused.status_code == 422
    assert "长" * 41 in refused.content.decode()
    page = lin.post(f"{url}{two.pk}/delete/", follow=True).content.decode()
    assert names(company, "lin") == ["一"]
    undo = page.split('class="undo"')[1].partition("</form>")[0]
    fields = dict(re.findall(r'name="(name|query|role|is_default)" value="([^"]*)"', undo))
    assert lin.post(url, fields).status_code == 302
    assert names(company, "lin") == ["一", "二"]
    assert lin.get(company.url("cases/")).status_code == 302, "seen first again"
    assert lin.post(f"{url}{one.pk}/delete/").status_code == 302
    assert names(company, "lin") == ["二"]


def test_a_refused_view_keeps_what_was_typed(company, sign_in):
    data = {"name": "", "query": "tier=major", "is_default": "on"}
    page = sign_in("lin").post(company.url("cases/views/"), data)
    assert page.status_code == 422
    assert 'value="tier=major"' in page.content.decode()
    # Who may not share has no field for it, and sending it does not make one.
    assert (
        sign_in("lin")
        .post(company.url("cases/views/"), {**data, "name": "我", "role": "handler"})
        .status_code
        == 302
    )
    with company.scope():
        assert SavedView.objects.get().role == ""


@pytest.mark.parametrize("verb", ["rename", "delete", "default", "up"])
def test_somebody_else_s_view_is_not_there(world, company, sign_in, verb):
    own = save(company, "zhou", "只给自己")
    theirs = save(world.hospital, "fang", "本院", role="receptionist")
    lin = sign_in("lin")
    for view in (own, theirs):
        assert (
            lin.post(f"{company.url('cases/views/')}{view.pk}/{verb}/", {"name": "我的"}).status_code == 404
        )
    assert names(company, "zhou") == ["只给自己"]
    assert names(world.hospital, "fang") == ["本院"]
    assert lin.post(f"{company.url('cases/views/')}{2**62}/{verb}/").status_code == 404
