"""What people set for themselves."""

from datetime import time

import pytest
from django.conf import settings
from django.test import Client

from notifications.models import Preference
from organizations.models import User
from tests.world import PASSWORD, Company

WISHES = {
    "warnings": "daily",
    "breaches": "now",
    "tickets": "never",
    "decisions": "now",
    "quiet_from": "22:00",
    "quiet_until": "06:30",
    "daily_hour": "9",
}


def preference(company: Company, name: str) -> Preference | None:
    with company.scope():
        return Preference.objects.filter(user=company.people[name]).first()


def test_settings_are_saved_and_shown_again(company, sign_in):
    lin = sign_in("lin")
    answer = lin.post(company.url("settings/"), WISHES)
    assert (answer.status_code, answer.url) == (302, company.url("settings/"))
    row = preference(company, "lin")
    assert (row.warnings, row.tickets, row.daily_hour, row.breaks_quiet) == ("daily", "never", 9, False)
    assert (row.quiet_from, row.quiet_until) == (time(22), time(6, 30))
    page = lin.get(company.url("settings/")).content.decode()
    assert 'value="22:00"' in page
    assert 'value="06:30"' in page
    lin.post(company.url("settings/"), {**WISHES, "quiet_from": "", "quiet_until": "", "breaks_quiet": "on"})
    row = preference(company, "lin")
    assert (row.quiet_from, row.quiet_until, row.breaks_quiet) == (None, None, True)


def test_settings_are_one_s_own_in_one_organization(world, sign_in):
    sign_in("lin").post(world.property.url("settings/"), WISHES)
    assert preference(world.property, "zhou") is None
    with world.hospital.scope():
        assert not Preference.objects.exists()
    assert sign_in("lin").post(world.hospital.url("settings/"), WISHES).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_until": ""},
        {"quiet_from": "22:00", "quiet_until": "22:00:30"},
        {"quiet_from": "25:00"},
        {"warnings": "sometimes"},
        {"breaches": "daily"},
        {"warnings": ""},
        {"daily_hour": ""},
        {"daily_hour": "23"},
    ],
)
def test_what_cannot_be_meant_is_shown_again(company, sign_in, wrong):
    answer = sign_in("lin").post(company.url("settings/"), {**WISHES, **wrong})
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert 'value="never"' in answer.content.decode()
    assert preference(company, "lin") is None


def test_a_password_is_changed_by_who_knows_it(company, sign_in):
    lin = sign_in("lin")
    new = "another-horse-staple-8"
    given = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    for wrong in ({"old_password": "x"}, {"new_password1": "12345"}, {"new_password2": "else"}):
        answer = lin.post("/password/", {**given, **wrong})
        assert answer.status_code == 422
        assert PASSWORD not in answer.content.decode()
    short = {"new_password1": "kurz7", "new_password2": "kurz7"}
    assert lin.post("/password/", {**given, **short}).status_code == 422
    elsewhere = sign_in("lin")
    assert lin.post("/password/", given).status_code == 302
    assert User.objects.get(username="lin").check_password(new)
    assert lin.get(company.url("desk/")).status_code == 200
    assert elsewhere.get(company.url("desk/")).status_code == 302, "signed out everywhere else"
    assert Client().get("/password/").status_code == 302


def test_the_language_is_the_person_s(company, sign_in):
    lin = sign_in("lin")
    lin.post("/language/", {"language": "en", "next": company.url("desk/")})
    assert User.objects.get(username="lin").language == "en"
    lin.post("/language/", {"language": "xx"})
    assert User.objects.get(username="lin").language == "en"
    browser = Client()
    browser.post("/login/", {"username": "lin", "password": PASSWORD})
    assert browser.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
    assert "What is next" in browser.get(company.url("desk/")).content.decode()
    other = Client()
    other.post("/login/", {"username": "zhou", "password": PASSWORD})
    assert settings.LANGUAGE_COOKIE_NAME not in other.cookies
    Client().post("/language/", {"language": "en"})  # nobody: only the cookie
