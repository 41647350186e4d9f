"""A form whose session has ended: kept through the login page, and sent once more. No password is kept."""

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from complaints.models import Complaint
from tests.world import MONDAY, PASSWORD, Company, sent_case
from tickets.models import Ticket
from tickets.services import sign_for

TYPED = {"result": '更换 "><script> 皮带', "outcome": "solved"}


@pytest.fixture
def company(world) -> Company:
    return world.property


@pytest.fixture
def url(company) -> str:
    _case, ticket = sent_case(company)
    with company.scope():
        sign_for(actor=company.actor("sun"), ticket=ticket, now=MONDAY)
    return reverse("ticket-result", args=[company.organization.slug, ticket.number])


@pytest.fixture
def browser() -> Client:
    """One that has to show its token, like any."""
    strict = Client(enforce_csrf_checks=True)
    strict.get("/login/")
    return strict


def inputs(answer) -> dict[str, str]:
    """What the last form of a page would send."""
    page = answer.content.decode().rsplit("<form", 1)[1]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def token(browser: Client) -> dict[str, str]:
    return {"csrfmiddlewaretoken": inputs(browser.get("/login/"))["csrfmiddlewaretoken"]}


def send(browser: Client, url: str, **typed: object):
    """Send a form as a browser does: where a 307 leads to, with all that is in it."""
    answer = browser.post(url, {**typed, **token(browser)})
    assert answer.status_code == 307
    return browser.post(answer.headers["Location"], {**typed, **token(browser)})


def sign_in(browser: Client, door, password: str = PASSWORD, **more: str):
    return browser.post("/login/", {"username": "sun", "password": password, **inputs(door), **more})


def test_what_was_typed_comes_through_the_login_page(browser, company, url):
    paper = SimpleUploadedFile("单.txt", b"1")
    with company.scope():
        revision = str(Complaint.objects.get().revision)
    door = send(browser, url, **TYPED, revision=revision, files=paper)
    assert (door.status_code, door.context["form"].errors) == (200, {})
    door = sign_in(browser, door, "wrong")
    assert door.status_code == 422
    again = sign_in(browser, door)
    text = again.content.decode()
    assert f'action="{url}"' in text
    assert "附件须重新选择" in text
    assert "<script> 皮带" not in text
    ready = inputs(again)
    assert {**ready, **TYPED, "revision": revision} == ready
    assert set(ready) == {*TYPED, "revision", "csrfmiddlewaretoken"}
    assert browser.post(url, ready).status_code == 302
    with company.scope():
        assert Ticket.objects.get().result == TYPED["result"]


@pytest.mark.parametrize("carried", ["", "made up", "a:b:c", "é\x00"])
def test_nobody_makes_up_what_was_typed(browser, url, carried):
    door = browser.get(f"/login/?next={url}")
    answer = sign_in(browser, door, carried=carried)
    assert (answer.status_code, answer.headers["Location"]) == (302, url)


def test_a_form_of_another_site_does_not_come_through(browser, url):
    answer = browser.post(url, TYPED, headers={"Origin": "https://evil.example"})
    door = browser.post(answer.headers["Location"], TYPED, headers={"Origin": "https://evil.example"})
    assert door.status_code == 403
    assert "皮带" not in door.content.decode()


def test_a_form_with_a_password_is_not_carried(browser, url):
    door = send(browser, url, note="x", old_password="geheim")
    assert "carried" not in inputs(door)
