"""News without loading the page again, reading it, and taking that back."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.models import Notification
from notifications.selectors import unread_of
from notifications.services import Message, mark_read, tell
from tests.world import MONDAY, Company
from web.undo import take_undo


def write(company: Company, title: str, to: str = "sun") -> Notification:
    with company.scope():
        message = Message(
            user=company.people[to],
            key=f"{title}-{Notification.objects.count()}",
            occasion="dispatched",
            title=title,
            url=company.url("department/"),
        )
        return tell(company.organization, [message], now=MONDAY)[0]


def mark(company: Company, name: str = "sun") -> str:
    with company.scope():
        return unread_of(company.people[name], company.organization).mark


@pytest.fixture
def ask(company, sign_in):
    """ask() is what a page of sun's is told that was loaded when `seen` was the state of things."""
    browser = sign_in("sun")
    return lambda seen: browser.get(company.url("inbox/badge/"), {"seen": seen})


def test_nothing_new_is_no_content_and_one_query(company, ask):
    write(company, "新工单")
    seen = mark(company)
    ask(seen)
    with CaptureQueriesContext(connection) as captured:
        answer = ask(seen)
    assert (answer.status_code, answer.content) == (204, b"")
    tables = [row["sql"].split('FROM "')[1].partition('"')[0] for row in captured]
    # Who is asking; then what is new.
    assert tables == [
        "django_session",
        "organizations_user",
        "organizations_organization",
        "organizations_membership",
        "notifications_notification",
    ]


def test_it_is_read_along_the_index_of_what_is_unread(company):
    rows = [
        Notification(
            organization=company.organization,
            user=company.people["sun"],
            key=str(number),
            occasion="x",
            title="x",
            created_at=MONDAY,
            read_at=None if number % 500 == 0 else MONDAY,
        )
        for number in range(2000)
    ]
    with company.scope():
        Notification.objects.bulk_create(rows)
        unread = Notification.objects.filter(
            organization=company.organization, user=company.people["sun"], read_at=None
        )
        plan = unread.order_by("-pk").values_list("pk", flat=True)[:100].explain()
        assert unread_of(company.people["sun"], company.organization).count == 4
    assert "inbox_unread" in plan or connection.vendor == "postgresql"


def test_something_new_comes_with_a_toast_and_both_badges(company, ask):
    write(company, "旧消息")
    seen = mark(company)
    write(company, "<b>新</b>工单")
    answer = ask(seen)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert answer.headers["HX-Trigger"] == "huiyin:news"
    assert "&lt;b&gt;新&lt;/b&gt;工单" in text
    assert "旧消息" not in text
    assert text.count(">2<span") == 2
    assert f"?seen={mark(company)}" in text
    assert "<html" not in text
    assert ask(mark(company)).status_code == 204


def test_several_at_once_are_one_toast(company, ask):
    seen = mark(company)
    for number in range(3):
        write(company, f"第{number}件")
    text = ask(seen).content.decode()
    assert "第2件" in text
    assert "第1件" not in text
    assert "unread=1" in text


def test_read_elsewhere_changes_the_badge_and_shows_nothing(company, ask):
    row = write(company, "新工单")
    seen = mark(company)
    with company.scope():
        mark_read(user=row.user, organization=company.organization, now=MONDAY)
    answer = ask(seen)
    assert answer.status_code == 200
    assert "新工单" not in answer.content.decode()


@pytest.mark.parametrize("seen", ["", "x", "1", "1.x", "1.-5", "0." + "9" * 40, "0.²", "\x00.\x00"])
def test_what_no_page_would_send_is_answered(ask, company, seen):
    write(company, "新工单")
    assert ask(seen).status_code == 200


def test_nobody_is_told_of_what_is_not_theirs(world, sign_in):
    ours, theirs = world.property, world.hospital
    for company, name in ((ours, "sun"), (theirs, "tang")):
        write(company, f"给{name}", to=name)
    assert sign_in("lin").get(ours.url("inbox/badge/"), {"seen": "0.0"}).status_code == 204
    text = sign_in("sun").get(ours.url("inbox/badge/"), {"seen": "0.0"}).content.decode()
    assert "给sun" in text
    assert "给tang" not in text
    assert sign_in("sun").get(theirs.url("inbox/badge/")).status_code == 404


def test_one_message_is_unread_again(company, sign_in):
    row, other = write(company, "甲"), write(company, "乙")
    sun = sign_in("sun")
    sun.post(company.url("inbox/read/"))
    assert sign_in("lin").post(company.url(f"inbox/{row.pk}/unread/")).status_code == 404
    assert sun.post(company.url(f"inbox/{row.pk}/unread/")).url == company.url("inbox/")
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.read_at, other.read_at) == (None, MONDAY)


def test_marking_all_as_read_can_be_taken_back_once_and_as_a_whole(company, sign_in, clock):
    early, late = write(company, "早"), write(company, "晚")
    sun = sign_in("sun")
    sun.post(company.url(f"inbox/{early.pk}/"))
    clock.shift(timedelta(minutes=1))
    sun.post(company.url("inbox/read/"))
    page = sun.get(company.url("inbox/")).content.decode()
    assert company.url("inbox/unread/") in page
    assert company.url("inbox/unread/") not in sun.get(company.url("inbox/")).content.decode()
    at = (MONDAY + timedelta(minutes=1)).isoformat()
    sun.post(company.url("inbox/unread/"), {"at": at})
    for row in (early, late):
        row.refresh_from_db()
    assert (early.read_at, late.read_at) == (MONDAY, None)
    for nonsense in ("", "2026-13-45T00:00", "2026-11-02T10:01:00", "\x00"):
        assert sun.post(company.url("inbox/unread/"), {"at": nonsense}).status_code == 302


def test_a_page_without_a_session_offers_nothing_to_take_back(rf):
    assert take_undo(rf.get("/")) is None
