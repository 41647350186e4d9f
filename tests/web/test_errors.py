"""What goes wrong says what happened and how to go on, in both languages."""

import pytest
from django.conf import settings
from django.core.exceptions import BadRequest, DisallowedHost, RequestDataTooBig
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from complaints.services.throttling import TooMany
from organizations.errors import Stale
from tests.world import PASSWORD, Company, new_case
from web import front_desk


def fails_with(monkeypatch, error: Exception) -> None:
    """The desk's page raises."""

    def raises(*args, **kwargs):
        raise error

    monkeypatch.setattr(front_desk.queue, "desk_tasks", raises)


@pytest.fixture
def lin(company, sign_in) -> Client:
    return sign_in("lin", raise_request_exception=False)


def get(client: Client, company: Company, language: str, **more: object):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client.get(company.url("desk/"), **more)


PAGES = [
    (BadRequest("x"), 400),
    (RequestDataTooBig("x"), 413),
    (DisallowedHost("x"), 400),
    (Stale("案件已变更"), 409),
    (TooMany("请稍后再试"), 429),
    (ValueError("secret-detail"), 500),
    (OperationalError("secret-detail"), 503),
]


@pytest.mark.parametrize("error,status", PAGES, ids=[str(status) for _error, status in PAGES])
def test_a_page_for_each_fault_in_both_languages(company, lin, monkeypatch, error, status):
    fails_with(monkeypatch, error)
    said = {}
    for language in ("zh-hans", "en"):
        answer = get(lin, company, language)
        said[language] = answer.content.decode()
        assert answer.status_code == status
        assert f'lang="{ {"zh-hans": "zh-Hans"}.get(language, language) }"' in said[language]
        assert "<h1>" in said[language]
        assert 'href="/' in said[language], "a way on"
        assert "data-back" in said[language]
        assert "secret-detail" not in said[language]
    assert said["zh-hans"] != said["en"]
    if status == 503:
        assert answer.headers["Retry-After"] == "30"
        assert f'href="{company.url("desk/")}"' in said["en"]


def test_a_page_that_is_not_there_and_one_that_is_not_for_the_role(company, sign_in):
    nowhere = sign_in("lin").get(company.url("nowhere/"))
    assert (nowhere.status_code, company.url("cases/") in nowhere.content.decode()) == (404, True)
    assert sign_in("sun").get(company.url("desk/")).status_code == 403


def test_an_address_for_forms_only(company, sign_in):
    lin = sign_in("lin")
    answer = lin.get(company.url("inbox/read/"))
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert company.url("") in answer.content.decode()
    assert lin.put(company.url("inbox/read/")).content == b""
    for path in ("/logout/", "/language/"):
        assert "<h1>" in lin.get(path).content.decode()


def test_without_the_database_nothing_is_asked_of_it(company, lin, monkeypatch):
    fails_with(monkeypatch, OperationalError("away"))
    from web import errors

    asked = []
    answer = errors.server_error

    def watched(request):
        with CaptureQueriesContext(connection) as captured:
            try:
                return answer(request)
            finally:
                asked.append(len(captured))

    monkeypatch.setattr("config.urls.handler500", watched)
    assert get(lin, company, "en").status_code == 503
    assert asked == [0]


def test_the_api_gets_a_document(company, lin, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("away")

    monkeypatch.setattr("organizations.middleware.actor_for", away)
    answer = lin.get("/api/v1/evergreen/complaints/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert answer.json()["status"] == 503


# --- a form that is no longer valid -------------------------------------------------------------------------

OURS = "http://testserver"


@pytest.fixture
def strict(company) -> Client:
    """A browser in which lin is signed in, and whose token is from before that."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(company.people["lin"])
    return client


def token(page: bytes) -> str:
    return page.decode().split('name="csrfmiddlewaretoken" value="')[1].partition('"')[0]


def test_what_was_typed_can_be_sent_once_more(company, strict):
    case = new_case(company)
    url = company.url(f"case/{case.number}/grade/")
    typed = {
        "revision": case.revision,
        "grading": "important:fault",
        "reason": '有过失 "><script>',
        "csrfmiddlewaretoken": "x" * 64,
    }
    answer = strict.post(url, typed, headers={"Origin": OURS})
    text = answer.content.decode()
    assert answer.status_code == 403
    assert 'name="grading" value="important:fault"' in text
    assert "有过失 &quot;&gt;&lt;script&gt;" in text
    again = {**typed, "csrfmiddlewaretoken": token(answer.content)}
    assert strict.post(url, again, headers={"Origin": OURS}).status_code == 302
    case.refresh_from_db()
    assert case.tier == "important"


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://testserver:81"])
def test_nobody_is_offered_to_send_what_another_site_made_up(company, strict, origin):
    case = new_case(company)
    headers = {"Origin": origin} if origin else {}
    answer = strict.post(company.url(f"case/{case.number}/grade/"), {"reason": "做点坏事"}, headers=headers)
    assert answer.status_code == 403
    assert "做点坏事" not in answer.content.decode()


def test_a_password_is_not_shown_again(strict):
    answer = strict.post("/login/", {"username": "lin", "password": PASSWORD}, headers={"Origin": OURS})
    assert answer.status_code == 403
    assert PASSWORD not in answer.content.decode()
