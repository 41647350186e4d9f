"""Anybody hands in a complaint: what becomes of it, and what nobody can do with it."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation

from complaints.files.keeping import folder_of
from complaints.models import Attachment, CaseEvent, Complaint, Deadline, PublicAccess
from complaints.passcodes import ALPHABET
from complaints.publicrules import public_channel, required_contact
from complaints.services import opening
from complaints.services.public import PHOTOS_AT_ONCE, public_desk
from complaints.services.throttling import Limit
from notifications.models import Notification
from organizations.directory import Directory
from organizations.models import Department
from organizations.services import create_organization, show_public_page
from policies.selectors import compiled
from tests.files.samples import pdf, photo, picture
from tests.overlay import STANDARD_ROLES, put_in_force
from tests.public.steps import address, case_of, form, hand_in, receipt, send
from tests.rows import project_models
from tests.web.test_hostile_input import CORPUS, FORM, WORST, encoded
from tests.world import MONDAY, World


def upload(data: bytes, name: str = "现场.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="image/jpeg")


def cases(company) -> int:
    with company.scope():
        return Complaint.objects.count()


def test_it_is_a_case_like_any_other(company):
    number, _code = hand_in(company)
    case = case_of(company, number)
    assert (case.channel, case.state, case.desk.code, case.recorded_by) == ("web", "recorded", "desk", None)
    assert (case.complainant_phone, case.category, case.place) == ("13800138000", "lift", "3号楼")
    assert case.subject == "三号楼电梯停运"
    with company.scope():
        event = CaseEvent.objects.get(complaint=case)
        assert (event.kind, event.actor, event.role) == ("recorded", None, "complainant")
        assert Deadline.objects.get(complaint=case, duty="dispatch").due_at == MONDAY + timedelta(minutes=10)


def test_the_desk_is_told_in_its_own_language(company):
    """Not in that of the complainant, nor in that of a colleague."""
    zhou = company.people["zhou"]
    zhou.language = "en"
    zhou.save()
    client = Client(headers={"cookie": "django_language=en"})
    number, _code = hand_in(company, client)
    with company.scope():
        told = dict(Notification.objects.values_list("user__username", "title"))
    assert set(told) == {"lin", "zhou"}
    assert told["zhou"] == f"Handed in on the public page: {number} 三号楼电梯停运"
    with translation.override("zh-hans"):
        wanted = translation.gettext("Handed in on the public page: %(number)s %(subject)s")
    assert told["lin"] == wanted % {"number": number, "subject": "三号楼电梯停运"}


def test_the_code_has_eighty_bits_and_is_stored_nowhere(company):
    number, code = hand_in(company)
    assert re.fullmatch(rf"(?:[{ALPHABET}]{{4}}-){{3}}[{ALPHABET}]{{4}}", code)
    assert len(ALPHABET) == len(set(ALPHABET)) == 32
    assert not set(ALPHABET) & set("01IO")
    _other, another = hand_in(company)
    assert code != another
    stored = "".join(str(list(model._base_manager.values_list())) for model in project_models())
    assert number in stored
    for secret in (code, another):
        assert secret not in stored
        assert secret.replace("-", "") not in stored


def test_the_same_form_twice_is_one_case_with_one_receipt(company):
    given, client = form(), Client()
    assert receipt(send(client, company, given)) == receipt(send(client, company, given))
    assert cases(company) == 1
    with company.scope():
        assert Notification.objects.filter(user__username="lin").count() == 1


def test_another_complaint_from_the_same_form_is_another_case(company):
    """A page that somebody saved and handed on gives everybody the same key: nobody may see the first one's
    case, nor lose their own."""
    given = form()
    first = receipt(send(Client(), company, given))
    second = receipt(send(Client(), company, {**given, "content": "停车场没有灯"}))
    assert first[0] != second[0]
    assert first[1] != second[1]
    assert case_of(company, second[0]).content == "停车场没有灯"


def test_the_code_is_not_shown_again_later(company, clock):
    given = form()
    _number, code = receipt(send(Client(), company, given))
    clock.shift(timedelta(hours=1))
    again = send(Client(), company, given)
    assert again.status_code == 422
    assert code not in again.content.decode()
    assert "huiyin_case" not in again.cookies
    assert cases(company) == 1


def test_a_key_of_the_desk_opens_nothing(company):
    """Cases that were not handed in here have no code, whatever key they were made with."""
    number, _code = hand_in(company)
    with company.scope():
        PublicAccess.objects.all().delete()
        key = case_of(company, number).request_key
    assert isinstance(key, UUID)
    given = form(request_key=str(key))
    assert receipt(send(Client(), company, given))[0] != number


def test_what_fills_in_every_field_is_not_taken(company):
    given = form(website="https://example.org")
    refused = send(Client(), company, given)
    assert refused.status_code == 422
    assert "example.org" not in refused.content.decode()
    assert cases(company) == 0
    given["website"] = ""
    receipt(send(Client(), company, given))


def test_what_was_typed_stays_when_it_is_refused(company):
    response = send(Client(), company, form(complainant_phone=""))
    assert response.status_code == 422
    text = response.content.decode()
    assert "本周已经三次" in text
    assert 'value="3号楼"' in text
    assert cases(company) == 0


def test_who_is_to_be_reached_follows_from_the_rules(company):
    anonymous = form(complainant_name="", complainant_phone="")
    assert send(Client(), company, anonymous).status_code == 422
    privacy = {"required_contact": [], "sensitive": [], "confidential_to": "assigned_and_supervisors"}
    put_in_force(company, roles=[], keeping={"privacy": privacy})
    number, _code = receipt(send(Client(), company, anonymous))
    assert case_of(company, number).complainant_phone == ""
    put_in_force(company, roles=[], keeping={"privacy": {**privacy, "required_contact": ["name", "address"]}})
    assert send(Client(), company, form(complainant_name="")).status_code == 422
    assert send(Client(), company, form(place=" ")).status_code == 422
    assert send(Client(), company, form(complainant_phone="")).status_code == 200


def test_the_channel_follows_from_the_rules(company):
    def policy_with(*channels):
        lists = {"roles": STANDARD_ROLES, "channels": list(channels)}
        return compiled(put_in_force(company, roles=[], lists=lists))

    phone, web = {"id": "phone", "title": "来电"}, {"id": "net", "title": "网上", "public": True}
    hotline = {"id": "hotline", "title": "12345", "outside": True}
    assert public_channel(policy_with(phone, web)) == "net"
    assert public_channel(policy_with(hotline, phone)) == "phone"
    assert public_channel(policy_with(hotline)) == "hotline"
    assert required_contact(policy_with(phone)) == ["complainant_phone"]


def test_the_desk_nearest_to_the_root_gets_it(company):
    with company.scope():
        assert public_desk(Directory(company.organization)).code == "desk"
        Department.objects.filter(code="desk").update(is_desk=False)
        assert public_desk(Directory(company.organization)).code == "desk", "lin is there"
        Department.objects.filter(code="lifts").update(is_desk=True)
        assert public_desk(Directory(company.organization)).code == "lifts"


# --- photos -------------------------------------------------------------------------------------------------


def test_photos_come_with_it(company):
    response = send(Client(), company, form(files=[upload(photo()), upload(photo("red"), "二.jpg")]))
    case = case_of(company, receipt(response)[0])
    with company.scope():
        rows = list(Attachment.objects.filter(complaint=case))
        kinds = list(CaseEvent.objects.filter(complaint=case).values_list("kind", flat=True))
    assert [row.uploaded_by for row in rows] == [None, None]
    assert kinds == ["recorded", "attached"]
    assert b"secret comment" not in rows[0].file.read()


@pytest.mark.parametrize(
    "files",
    [
        [upload(pdf(b"<< /Type /Catalog >>"), "合同.pdf")],
        [upload(b"<svg/>", "a.jpg")],
        [upload(picture(colour=f"#{n:02x}0000"), f"{n}.jpg") for n in range(PHOTOS_AT_ONCE + 1)],
    ],
    ids=["no photo", "no picture", "too many"],
)
def test_other_files_are_refused_and_leave_nothing(company, settings, files):
    for file in files:
        file.seek(0)
    assert send(Client(), company, form(files=files)).status_code == 422
    assert cases(company) == 0
    folder = settings.MEDIA_ROOT / folder_of(company.organization)
    assert not folder.exists() or not list(folder.iterdir())


def test_a_photo_that_is_too_large_is_refused(company, settings):
    settings.FILE_MAX_BYTES = 100
    assert send(Client(), company, form(files=[upload(photo())])).status_code == 422


# --- too much of it -----------------------------------------------------------------------------------------


def test_an_address_sends_so_much_in_an_hour(company, clock, monkeypatch):
    client = Client(REMOTE_ADDR="192.0.2.1")
    for _ in range(20):
        assert send(client, company, {"content": ""}).status_code == 422
    monkeypatch.setattr("web.forms.files.examine", lambda upload: pytest.fail("photos are looked at"))
    late = send(client, company, form(files=[upload(photo())]))
    assert late.status_code == 429
    assert "本周已经三次" in late.content.decode()
    assert cases(company) == 0
    monkeypatch.undo()
    assert send(Client(REMOTE_ADDR="192.0.2.2"), company, form()).status_code == 200
    clock.shift(timedelta(hours=1))
    assert send(client, company, form()).status_code == 200


@pytest.fixture
def two_an_hour(monkeypatch) -> None:
    monkeypatch.setattr(opening, "SENT_PER_ADDRESS", Limit("sent", 2, timedelta(hours=1)))


def test_a_header_is_no_address_unless_a_proxy_writes_it(company, settings, two_an_hour):
    client = Client(REMOTE_ADDR="192.0.2.1")
    for number in range(2):
        send(client, company, {}, headers={"x-forwarded-for": f"198.51.100.{number}"})
    forged = {"x-forwarded-for": "198.51.100.99"}
    assert send(client, company, form(), headers=forged).status_code == 429
    settings.TRUSTED_PROXIES = 1
    assert send(client, company, form(), headers=forged).status_code == 200
    own_words = {"x-forwarded-for": "203.0.113.5, 192.0.2.1"}  # the proxy's entry is the last
    assert send(client, company, form(), headers=own_words).status_code == 429


def test_a_household_s_network_is_one_address(company, two_an_hour):
    for number in range(2):
        send(Client(REMOTE_ADDR=f"2001:db8::{number:x}"), company, {})
    assert send(Client(REMOTE_ADDR="2001:db8::ffff:1"), company, form()).status_code == 429
    assert send(Client(REMOTE_ADDR="2001:db8:0:1::1"), company, form()).status_code == 200


# --- hostile ------------------------------------------------------------------------------------------------


def test_whatever_is_sent_gets_a_clear_answer(company, settings, monkeypatch):
    monkeypatch.setattr(opening, "SENT_PER_ADDRESS", Limit("sent", 10_000, timedelta(hours=1)))
    texts = ("content", "place", "request", "complainant_name", "complainant_phone")
    others = ("category", "request_key", "website")
    attacks = [(texts, what) for what in CORPUS] + [(others, what) for what in WORST]
    for hostile, what in attacks:
        body = encoded(form(), hostile, CORPUS[what])
        response = Client().post(address(company, "new/"), body, content_type=FORM)
        assert response.status_code in (200, 422), f"{hostile} {what}: {response.status_code}"
        assert "<script>alert" not in response.content.decode()


def test_more_than_a_page_of_text_is_refused(company):
    assert send(Client(), company, form(content="投" * 5001)).status_code == 422
    number, _code = receipt(send(Client(), company, form(content="投" * 5000)))
    assert len(case_of(company, number).subject) == 40


def test_it_needs_the_token_of_the_form(company):
    client = Client(enforce_csrf_checks=True)
    response = send(client, company, form())
    assert response.status_code == 403
    assert response.headers["X-Robots-Tag"].startswith("noindex")


def test_an_organization_without_rules_takes_nothing(world: World, clock):
    empty = show_public_page(create_organization(slug="empty", name="新单位", now=MONDAY))
    assert Client().get(f"/p/{empty.slug}/").status_code == 200
    assert Client().get(f"/p/{empty.slug}/new/").status_code == 422
    assert Client().post(f"/p/{empty.slug}/new/", form()).status_code == 422
