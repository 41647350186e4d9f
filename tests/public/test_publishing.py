"""What stands on the public page, and the administrator who looks after it."""

import re
from datetime import timedelta

import pytest
import segno
from django.test import Client

from complaints.models import PublicPageChange
from organizations.errors import Forbidden, Refused
from organizations.models import Organization
from organizations.services import set_public_page, show_public_page
from tests.overlay import put_in_force
from tests.public.steps import address
from tests.world import Company, World
from web.public import qr

PAGE = "public/"


def signed_in(company: Company, name: str) -> Client:
    client = Client()
    client.force_login(company.people[name])
    return client


def stored(company: Company) -> Organization:
    return Organization.objects.get(pk=company.organization.pk)


def home(company: Company) -> str:
    return Client().get(address(company)).content.decode()


def test_there_is_none_until_somebody_switches_it_on(world: World, clock):
    company = world.property
    assert Client().get(address(company)).status_code == 404
    admin = signed_in(company, "admin")
    given = {"is_on": "on", "detail-complaint_phone": "0755-1234", "detail-outside_ways": " 12345热线 "}
    assert admin.post(company.url(PAGE), given).status_code == 302
    assert stored(company).public_details == {"complaint_phone": "0755-1234", "outside_ways": "12345热线"}
    assert "0755-1234" in home(company)
    assert admin.post(company.url(PAGE), {}).status_code == 302
    assert Client().get(address(company)).status_code == 404


def test_who_changed_what_is_shown_is_on_record(company, clock):
    """To the text, the newest first; nothing is recorded where nothing was changed or the change refused."""
    admin = signed_in(company, "admin")
    phone = {"is_on": "on", "detail-complaint_phone": "0755-1234"}
    for given in (phone, phone, {"is_on": "on", "detail-reception_place": "楼" * 501}):
        admin.post(company.url(PAGE), given)
    clock.shift(timedelta(minutes=1))
    admin.post(company.url(PAGE), {"detail-complaint_phone": "0755-<b>9999"})
    with company.scope():
        rows = list(PublicPageChange.objects.all())
    assert [(row.by, row.changes) for row in rows] == [
        (
            company.people["admin"],
            {"is_on": [True, False], "complaint_phone": ["0755-1234", "0755-<b>9999"]},
        ),
        (company.people["admin"], {"complaint_phone": ["", "0755-1234"]}),
    ]
    shown = signed_in(company, "zhou").get(company.url(PAGE)).content.decode()
    assert "<del>0755-1234</del> → <ins>0755-&lt;b&gt;9999</ins>" in shown
    assert shown.index("9999</ins>") < shown.index("<ins>0755-1234</ins>")


@pytest.mark.parametrize("name,may_look", [("zhou", True), ("gao", True), ("lin", False), ("sun", False)])
def test_only_the_administrator_changes_it(company, name, may_look):
    client = signed_in(company, name)
    for path in (PAGE, "public/poster/"):
        assert client.get(company.url(path)).status_code == (200 if may_look else 403)
    assert client.post(company.url(PAGE), {}).status_code == 403
    with company.scope(), pytest.raises(Forbidden):
        set_public_page(actor=company.actor(name), is_on=False)
    assert stored(company).public_page


def test_a_text_that_is_too_long_is_refused_and_stays(company):
    admin = signed_in(company, "admin")
    response = admin.post(company.url(PAGE), {"is_on": "on", "detail-reception_place": "楼" * 501})
    assert response.status_code == 422
    assert "楼" * 501 in response.content.decode()
    with pytest.raises(Refused):
        show_public_page(stored(company), details={"reception_place": "楼" * 501})
    assert stored(company).public_details == {}


def test_what_the_rules_want_and_nobody_has_written_is_named(company):
    admin = signed_in(company, "admin")
    lacking = admin.get(company.url(PAGE)).context["lacking"]
    assert len(lacking) == 2, "phone and place; limits and procedure come from the rules"
    show_public_page(company.organization, details={"complaint_phone": "1", "reception_place": "2"})
    assert admin.get(company.url(PAGE)).context["lacking"] == []


def test_what_other_rules_asked_for_is_kept(company):
    show_public_page(company.organization, details={"gm_box": "总经理信箱", "complaint_phone": "1"})
    admin = signed_in(company, "admin")
    form = admin.get(company.url(PAGE)).context["form"]
    assert form["detail-gm_box"].value() == "总经理信箱"


def test_the_promises_are_those_of_the_rules_in_force(company):
    text = home(company)
    for said in ("等级为轻微", "24小时", "48小时", "72小时", "2小时", "7个自然日", "08:30-12:00"):
        assert said in text
    assert "10分钟" not in text, "what the desk owes the house is no promise"
    duties = [
        {
            "id": "solve",
            "owner": "dept_head",
            "from": "recorded",
            "to": "handled",
            "limits": [{"value": 5, "unit": "wd", "calendar": "working", "force": "must"}],
        }
    ]
    put_in_force(company, roles=[], duties=duties)
    assert "5个工作日" in home(company)
    assert "24小时" not in home(company)


def test_what_the_rules_do_not_publish_is_not_shown(company):
    show_public_page(company.organization, details={"complaint_phone": "0755-1234"})
    put_in_force(company, roles=[], keeping={"disclosure": ["complaint_phone"]})
    text = home(company)
    assert "0755-1234" in text
    assert "24小时" not in text
    assert "<ol" not in text


def test_what_is_written_there_is_text(company):
    show_public_page(company.organization, details={"complaint_phone": "<script>alert(1)</script>"})
    assert "<script>alert" not in home(company)


def test_the_poster_names_the_printed_address(company, settings):
    settings.SITE_URL = "https://tousu.example.org/"
    poster = signed_in(company, "admin").get(company.url("public/poster/"))
    assert "tousu.example.org/p/evergreen/" in poster.content.decode()
    assert 'class="qr"' in poster.content.decode()


def test_a_code_is_drawn_module_by_module():
    drawn = str(qr.drawing((bytearray([1, 1, 0]), bytearray([0, 0, 0]), bytearray([1, 0, 1]))))
    assert 'viewBox="0 0 11 11"' in drawn
    assert 'd="M4 4h2v1h-2zM4 6h1v1h-1zM6 6h1v1h-1z"' in drawn


def test_a_code_holds_the_whole_address():
    """As many dark modules as the library's own drawing has."""
    address = "https://tousu.example.org/p/evergreen/"
    dark = sum(map(sum, segno.make(address, error="m", micro=False).matrix))
    lengths = re.findall(r"h(\d+)v1h-", str(qr.qr_code(address)))
    assert sum(map(int, lengths)) == dark
