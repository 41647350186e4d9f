"""Following a case by number and code: who gets in, what is to be seen there, and what is not."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from complaints import services
from complaints.models import Attachment, PublicAccess, PublicTry
from complaints.services.opening import WRONG_PER_CASE
from organizations.services import show_public_page
from tests.files.samples import photo, prepared
from tests.public.steps import (
    INTERNAL,
    TOLD,
    address,
    brought_to_told,
    case_of,
    enter,
    form,
    hand_in,
    page,
    receipt,
    send,
    visitor,
)
from tests.web.test_hostile_input import CORPUS, FORM, encoded
from tests.world import MONDAY, new_case

WRONG = "AAAA-BBBB-CCCC-DDDD"
UNKNOWN = "TS202611-99999"
ENGLISH = {"cookie": "django_language=en"}
_CHANGING = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


# --- the door -----------------------------------------------------------------------------------------------


def test_number_and_code_open_the_case(company):
    number, code = hand_in(company)
    client = Client()
    response = enter(client, company, number, code)
    assert (response.status_code, response.url) == (302, address(company, "case/"))
    assert "三号楼电梯停运" in page(client, company)


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_the_code_may_be_typed_as_one_likes(company, typed):
    number, code = hand_in(company)
    assert enter(Client(), company, number.lower(), typed(code)).status_code == 302


def test_nothing_else_opens_it(company):
    """Least of all number and telephone, which everybody in the house and half the neighbours know."""
    number, code = hand_in(company)
    for given in ("13800138000", "138 0013 8000", "王女士", "", code[:-1], code[::-1], f"{code}2", number):
        client = Client()
        assert enter(client, company, number, given).status_code in (422, 429), given
        assert client.get(address(company, "case/")).status_code == 302
        with company.scope():
            PublicTry.objects.all().delete()
    client = Client()
    client.get(address(company, f"follow/?number={number}&passcode={code}"))
    assert client.get(address(company, f"case/?number={number}&passcode={code}")).status_code == 302


def test_a_case_of_the_desk_has_no_code(company):
    case = new_case(company)
    assert enter(Client(), company, case.number, "").status_code == 422
    assert enter(Client(), company, case.number, "0" * 64).status_code == 422


def test_an_unknown_number_and_a_wrong_code_get_the_same_answer(company):
    """To the letter, and after the same queries: nobody learns which numbers there are."""
    number, _code = hand_in(company)
    by_the_desk = new_case(company).number
    told = []
    for given in (number, UNKNOWN, by_the_desk):
        enter(Client(), company, given, WRONG)  # begins the window
        with CaptureQueriesContext(connection) as captured:
            response = enter(Client(), company, given, WRONG)
        text = _CHANGING.sub("", response.content.decode()).replace(f'value="{given}"', "NUMBER")
        told.append((response.status_code, text, sorted(response.headers), len(captured)))
    assert told[0] == told[1] == told[2]
    assert told[0][0] == 422


# --- guessing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exists", [True, False])
def test_a_number_may_be_guessed_at_five_times(company, clock, exists):
    """From wherever; and a number there is not no less than one there is."""
    number, code = hand_in(company) if exists else (UNKNOWN, WRONG)
    for place in range(5):
        client = Client(REMOTE_ADDR=f"192.0.2.{place}")
        assert enter(client, company, number, WRONG).status_code == 422
    late = Client(REMOTE_ADDR="192.0.2.99")
    refused = enter(late, company, number, code)
    assert refused.status_code == 429
    assert "15" in refused.content.decode()
    assert late.get(address(company, "case/")).status_code == 302, "not even with the right code"
    clock.shift(timedelta(minutes=15))
    assert enter(late, company, number, code).status_code == (302 if exists else 422)


def test_an_address_may_guess_thirty_times(company, clock):
    number, code = hand_in(company)
    client = Client(REMOTE_ADDR="192.0.2.1")
    for place in range(30):
        assert enter(client, company, f"TS202611-5{place:04d}", WRONG).status_code == 422
    with company.scope():
        counted = PublicTry.objects.count()
        assert enter(client, company, number, code).status_code == 429
        assert enter(client, company, "TS202611-60000", WRONG).status_code == 429
        assert PublicTry.objects.count() == counted, "who is put off fills no table"
    assert enter(Client(REMOTE_ADDR="192.0.2.2"), company, number, code).status_code == 302
    clock.shift(timedelta(minutes=15))
    assert enter(client, company, number, code).status_code == 302


def test_who_knows_the_code_is_never_too_often_there(company):
    number, code = hand_in(company)
    for _ in range(8):
        assert enter(Client(), company, number, code).status_code == 302


def test_no_addresses_are_collected_and_old_counts_go(company, clock):
    enter(Client(REMOTE_ADDR="192.0.2.77"), company, UNKNOWN, WRONG)
    with company.scope():
        rows = list(PublicTry.objects.values_list())
        assert len(rows) == 2
        assert "192.0.2" not in str(rows)
        assert "99999" not in str(rows)
    clock.shift(timedelta(days=1))
    enter(Client(REMOTE_ADDR="192.0.2.78"), company, "TS202611-99998", WRONG)
    with company.scope():
        assert PublicTry.objects.count() == 2


def test_a_window_begins_with_its_first_try(company, clock):
    number, code = hand_in(company)
    for _ in range(4):
        enter(Client(), company, number, WRONG)
        clock.shift(timedelta(minutes=3))
    assert WRONG_PER_CASE.window == timedelta(minutes=15)
    clock.shift(timedelta(minutes=3))
    for _ in range(5):
        assert enter(Client(), company, number, WRONG).status_code == 422
    assert enter(Client(), company, number, code).status_code == 429


# --- for an hour --------------------------------------------------------------------------------------------


def test_the_browser_keeps_it_open_for_an_hour(company, clock):
    number, code = hand_in(company)
    client = visitor(company, number, code)
    cookie = client.cookies["huiyin_case"]
    assert (cookie["path"], cookie["max-age"]) == (address(company, "case/"), 3600)
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert code.replace("-", "") not in cookie.value.replace("-", "")
    clock.shift(timedelta(minutes=50))
    page(client, company)
    clock.shift(timedelta(minutes=50))
    page(client, company)
    clock.shift(timedelta(minutes=61))
    assert client.get(address(company, "case/")).status_code == 302


def test_the_receipt_opens_the_case_too(company):
    client = Client()
    receipt(send(client, company, form()))
    assert "三号楼电梯停运" in page(client, company)


def test_leaving_closes_it(company):
    client = visitor(company, *hand_in(company))
    client.post(address(company, "case/leave/"))
    assert client.get(address(company, "case/")).status_code == 302


def test_a_cookie_opens_one_case_of_one_organization(world, company):
    show_public_page(world.hospital.organization)
    first, second = hand_in(company), hand_in(company, content="停车场没有灯", category="")
    mine = visitor(company, *first)
    kept = mine.cookies["huiyin_case"].value
    assert "停车场没有灯" not in page(mine, company)
    theirs = Client()
    theirs.cookies["huiyin_case"] = kept
    assert theirs.get(address(world.hospital, "case/")).status_code == 302
    forged = visitor(company, *second)
    pk, _dot, rest = forged.cookies["huiyin_case"].value.partition(".")
    forged.cookies["huiyin_case"] = f"{kept.partition('.')[0]}.{rest}"
    assert pk != kept.partition(".")[0]
    assert forged.get(address(company, "case/")).status_code == 302
    for value in ("", "x", "1.", "9" * 30, "1.1:1:1", "\xb2.1:1:1"):
        forged.cookies["huiyin_case"] = value
        assert forged.get(address(company, "case/")).status_code == 302, value


def test_a_new_code_ends_what_is_open(company):
    number, code = hand_in(company)
    client = visitor(company, number, code)
    with company.scope():
        PublicAccess.objects.update(secret_hash="f" * 64)
    assert client.get(address(company, "case/")).status_code == 302


def test_the_code_of_one_organization_opens_nothing_of_another(world, company):
    show_public_page(world.hospital.organization)
    ours, theirs = hand_in(company), hand_in(world.hospital, category="")
    assert ours[0] == theirs[0], "numbers count in every organization by itself"
    assert enter(Client(), world.hospital, *ours).status_code == 422
    assert enter(Client(), company, *theirs).status_code == 422


def test_what_was_typed_for_too_long_is_given_back(company, clock):
    client = visitor(company, *hand_in(company))
    clock.shift(timedelta(minutes=61))
    for path, name in (("case/add/", "text"), ("case/answer/", "words")):
        response = client.post(address(company, path), {name: "很长很长的补充"})
        assert response.status_code == 422
        assert "很长很长的补充" in response.content.decode()


# Tokens against forgery: sooner or later one contains somebody's short name.
RANDOM = re.compile(r"[A-Za-z0-9]{32,}")


# --- what is to be seen -------------------------------------------------------------------------------------


def test_nobody_and_nothing_of_the_house_is_seen(world, company):
    """In both languages, at every step, on every page: no names, no notes, nothing of other cases."""
    show_public_page(world.hospital.organization)
    new_case(company, subject="KANARIE-other", content="KANARIE-other", place="KANARIE-other")
    new_case(world.hospital, by="bai", category="", subject="KANARIE-mercy", content="KANARIE-mercy")
    number, code = hand_in(company)
    client = visitor(company, number, code)
    forbidden = [str(user) for user in company.people.values()] + [*company.people, *INTERNAL, "KANARIE"]
    forbidden = [word for word in forbidden if word not in ("he", "lin", "admin", "sun")]  # parts of words
    forbidden += ["工程部", "客服中心", "13800138000", "王女士", "example.org", "仁和医院"]

    def look() -> None:
        for headers in ({}, ENGLISH):
            for path in ("", "new/", "follow/", "case/"):
                text = client.get(address(company, path), headers=headers).content.decode()
                said = RANDOM.sub("", text)
                shown = [word for word in forbidden if word in said]
                assert not shown, f"{path} shows {shown}"

    look()
    case = brought_to_told(company, number)
    look()
    with company.scope():
        services.attach(
            actor=company.actor("sun"), complaint=case, files=[prepared(name="INTERN.jpg")], now=MONDAY
        )
        services.follow_up(
            actor=company.actor("lin"),
            complaint=case_of(company, number),
            reached=True,
            solved=True,
            satisfaction="satisfied",
            note=INTERNAL[0],
            now=MONDAY,
        )
        services.close(
            actor=company.actor("lin"), complaint=case_of(company, number), note=INTERNAL[0], now=MONDAY
        )
    look()
    assert "INTERN" not in page(client, company)


def test_the_way_is_told_step_by_step(company):
    number, code = hand_in(company)
    client = visitor(company, number, code)

    def standing() -> list[str]:
        return re.findall(r'<li class="step-(\w+)"', page(client, company))

    assert standing() == ["now", "later", "later", "later", "later"]
    brought_to_told(company, number)
    assert standing() == ["done", "done", "done", "now", "later"]
    assert TOLD in page(client, company)
    with company.scope():
        case = case_of(company, number)
        services.follow_up(
            actor=company.actor("lin"),
            complaint=case,
            reached=True,
            solved=True,
            satisfaction="fair",
            now=MONDAY,
        )
        services.close(actor=company.actor("lin"), complaint=case, now=MONDAY)
    assert standing() == ["done"] * 5


def test_the_limit_and_the_promise_are_told(company):
    number, code = hand_in(company)
    client, desk = visitor(company, number, code), company.actor("lin")
    with company.scope():
        case = case_of(company, number)
        services.grade(actor=desk, complaint=case, tier="minor", criterion="slight_inconvenience", now=MONDAY)
        promised = {"promised_due": MONDAY + timedelta(hours=30)}
        services.note(actor=desk, complaint=case, event="noted", facts=promised, now=MONDAY)
    text = page(client, company)
    assert "2026-11-03 10:00" in text  # a day from ten o'clock in Shanghai
    assert "2026-11-03 16:00" in text
    assert "2026-11-02 10:10" not in text, "the ten minutes of the desk are its own business"


def test_why_it_was_not_taken_up_is_told(company):
    show_public_page(company.organization, details={"outside_ways": "12345热线"})
    number, code = hand_in(company)
    client = visitor(company, number, code)
    with company.scope():
        services.reject(
            actor=company.actor("lin"),
            complaint=case_of(company, number),
            reason="not_ours",
            note=INTERNAL[0],
            now=MONDAY,
        )
    text = page(client, company)
    assert "不属于本单位职责" in text
    assert "12345热线" in text
    assert INTERNAL[0] not in text
    assert 'id="add"' not in text
    assert 'id="answer"' not in text


def test_an_explanation_is_told(company):
    number, code = hand_in(company)
    client = visitor(company, number, code)
    with company.scope():
        services.explain_only(
            actor=company.actor("lin"),
            complaint=case_of(company, number),
            reason="explained_ok",
            note="停电检修,已恢复",
            now=MONDAY,
        )
    assert "停电检修,已恢复" in page(client, company)


def test_what_the_desk_corrects_stays_in_the_house(company):
    number, code = hand_in(company)
    client, desk = visitor(company, number, code), company.actor("lin")
    with company.scope():
        for value in ("INTERN-one", "INTERN-two"):
            for field in ("content", "subject", "place", "request"):
                services.correct(
                    actor=desk, complaint=case_of(company, number), field=field, value=value, now=MONDAY
                )
    text = page(client, company)
    assert "INTERN" not in text
    assert "本周已经三次" in text


def test_only_one_s_own_photos_are_handed_out(company):
    file = SimpleUploadedFile("现场.jpg", photo("red"), content_type="image/jpeg")
    number, code = receipt(send(Client(), company, form(files=[file])))
    other = visitor(company, *hand_in(company, content="另一件"))
    client = visitor(company, number, code)
    with company.scope():
        own = Attachment.objects.get()
        (theirs,) = services.attach(
            actor=company.actor("lin"), complaint=case_of(company, number), files=[prepared()], now=MONDAY
        )
    for path in (f"case/photos/{own.pk}/", f"case/photos/{own.pk}/thumbnail/"):
        response = client.get(address(company, path))
        assert response.status_code == 200
        assert "no-store" in response.headers["Cache-Control"]
        assert response.headers["X-Robots-Tag"].startswith("noindex")
        assert other.get(address(company, path)).status_code == 404
        assert Client().get(address(company, path)).status_code == 404
        hidden = path.replace(str(own.pk), str(theirs.pk))
        assert client.get(address(company, hidden)).status_code == 404


# --- the walls ----------------------------------------------------------------------------------------------


def test_no_answer_is_kept_or_indexed(company):
    client = visitor(company, *hand_in(company))
    for path in ("", "new/", "follow/", "case/", "nothing/", "case/photos/1/"):
        for method in ("GET", "POST", "PUT"):
            response = client.generic(method, address(company, path))
            assert response.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive", (method, path)
            assert "no-store" in response.headers["Cache-Control"], (method, path)
        text = client.get(address(company, path)).content.decode()
        assert 'name="robots" content="noindex' in text
    assert Client().get("/p/merci/").headers["X-Robots-Tag"].startswith("noindex")


@pytest.mark.parametrize("path", ["", "new/", "follow/", "case/", "case/add/", "case/photos/1/", "x/"])
def test_without_a_public_page_there_is_none(world, company, path):
    """For nobody, signed in or not, whoever's organization it is: as if there were no such organization."""
    lin = Client()
    lin.force_login(company.people["lin"])
    show_public_page(company.organization, is_on=False)
    for client in (Client(), lin):
        for method in ("GET", "HEAD", "POST", "PUT"):
            answers = []
            for slug in ("evergreen", "mercy", "nobody-s", "EVERGREEN"):
                response = client.generic(method, f"/p/{slug}/{path}")
                text = _CHANGING.sub("", re.sub('nonce="[^"]*"', "", response.content.decode()))
                answers.append((response.status_code, text.replace(slug, "SLUG")))
            assert {status for status, _text in answers} == {404}
            assert len(set(answers)) == 1


def test_whoever_is_signed_in_sees_what_everybody_sees(company):
    lin = Client()
    lin.force_login(company.people["lin"])
    text = lin.get(address(company)).content.decode()
    assert "林接待" not in text
    assert lin.get(address(company, "case/")).status_code == 302


def test_whatever_is_typed_at_the_door_gets_a_clear_answer(company):
    for what, raw in CORPUS.items():
        body = encoded({}, ("number", "passcode"), raw)
        response = Client(REMOTE_ADDR=f"{len(what)}.{len(raw) % 250}.0.1").post(
            address(company, "follow/"), body, content_type=FORM
        )
        assert response.status_code in (422, 429), what


def test_the_page_costs_the_same_however_much_was_said(company):
    number, code = hand_in(company)
    client = visitor(company, number, code)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(client, company)
        return len(captured)

    queries()
    few = queries()
    for place in range(6):
        client.post(
            address(company, "case/add/"), {"text": f"第{place}次", "request_key": form()["request_key"]}
        )
    assert "第5次" in page(client, company)
    assert queries() == few <= 12
