"""What readers want outside the product: quiet hours, the daily mail, no mail at all."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django_scopes import scopes_disabled

from escalation.sweep import sweep
from notifications import outbox
from notifications.models import Delivery, Notification, Preference
from notifications.outbox import LEASE, deliver
from notifications.services import Message, save_preference, tell
from notifications.timing import next_daily, quiet_end
from organizations.errors import Refused
from organizations.models import Role
from organizations.services import grant_role
from tests.notifications.test_outbox import Killed, dies, letters, server
from tests.world import MONDAY, Company, new_case

__all__ = ["server"]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NIGHT = MONDAY + 13 * HOUR  # 23:00 in Shanghai
MORNING = MONDAY + 21 * HOUR  # 07:00 on Tuesday
DAILY = MONDAY + 22 * HOUR  # 08:00 on Tuesday
QUIET = {"quiet_from": time(22), "quiet_until": time(7)}


def prefer(company: Company, name: str = "lin", *, now: datetime = MONDAY, **wishes: object) -> Preference:
    with company.scope():
        return save_preference(
            user=company.people[name], organization=company.organization, now=now, **wishes
        )


def write(
    company: Company,
    title: str = "新工单",
    *,
    to: str = "lin",
    occasion: str = "dispatched",
    now: datetime = MONDAY,
    about: object = None,
    urgent: bool = False,
) -> Notification:
    with company.scope():
        message = Message(
            user=company.people[to],
            key=f"{occasion}-{Notification.objects.count()}",
            occasion=occasion,
            title=title,
            url=f"/o/{company.organization.slug}/case/{title}/",
            case=about,
            is_urgent=urgent,
        )
        return tell(company.organization, [message], now=now)[0]


def subjects() -> list[str]:
    return [message.subject for message in mail.outbox]


# --- hours --------------------------------------------------------------------------------------------------


SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "quiet,at,end",
    [
        ((22, 7), (2, 21, 59), None),
        ((22, 7), (2, 22, 0), (3, 7, 0)),
        ((22, 7), (3, 6, 59), (3, 7, 0)),
        ((22, 7), (3, 7, 0), None),
        ((12, 14), (2, 13, 0), (2, 14, 0)),
        ((12, 14), (2, 14, 0), None),
        ((12, 14), (2, 23, 0), None),
    ],
)
def test_quiet_hours_end(quiet, at, end):
    wishes = Preference(quiet_from=time(quiet[0]), quiet_until=time(quiet[1]))
    now = datetime(2026, 11, *at, tzinfo=SHANGHAI)
    assert quiet_end(wishes, now.astimezone(UTC), SHANGHAI) == (
        datetime(2026, 11, *end, tzinfo=SHANGHAI) if end else None
    )


@pytest.mark.parametrize("minute", range(0, 300, 10))
def test_quiet_hours_always_end_later_where_the_clock_goes_back(minute):
    """On 25 October 2026 the hour from two to three comes twice in Berlin."""
    wishes = Preference(quiet_from=time(1), quiet_until=time(2, 30))
    now = datetime(2026, 10, 24, 22, 0, tzinfo=UTC) + minute * MINUTE
    end = quiet_end(wishes, now, BERLIN)
    assert end is None or end > now


def test_the_daily_hour_is_the_next_one():
    at = datetime(2026, 11, 2, 8, 0, tzinfo=SHANGHAI)
    assert next_daily(8, at - MINUTE, SHANGHAI) == at
    assert next_daily(8, at, SHANGHAI) == at + DAY


# --- quiet hours --------------------------------------------------------------------------------------------


def test_outside_channels_wait_and_the_inbox_does_not(world):
    company = world.property
    prefer(company, **QUIET)
    row = write(company, now=NIGHT)
    write(company, to="zhou", now=NIGHT)
    assert deliver(NIGHT).sent == 1  # zhou's
    with company.scope():
        assert Notification.objects.filter(pk=row.pk, read_at=None).exists()
    (waiting,) = letters(state="waiting")
    assert (waiting.next_attempt_at, waiting.attempts) == (MORNING, 0)
    assert deliver(MORNING - MINUTE).sent == 0
    assert deliver(MORNING).sent == 1
    assert subjects() == ["新工单", "新工单"]


def test_a_second_try_waits_for_the_morning_too(world, server):
    company = world.property
    prefer(company, **QUIET)
    write(company, now=NIGHT - HOUR - MINUTE)
    server.to = {"lin"}
    assert deliver(NIGHT - HOUR - MINUTE).failed == 1  # 21:59
    server.to = set()
    assert deliver(NIGHT).sent == 0
    assert deliver(MORNING).sent == 1
    assert letters()[0].attempts == 2


def test_many_in_quiet_hours_do_not_hide_those_who_are_awake(world, monkeypatch):
    monkeypatch.setattr(outbox, "CHUNK", 2)
    company = world.property
    prefer(company, **QUIET)
    for number in range(5):
        write(company, f"第{number}件", now=NIGHT)
    write(company, to="zhou", now=NIGHT)
    assert deliver(NIGHT).sent == 1


@pytest.mark.parametrize("breaks,sent", [(True, 1), (False, 0)])
def test_what_is_urgent_breaks_through_if_its_reader_lets_it(world, breaks, sent):
    company = world.property
    case = new_case(company)
    with scopes_disabled():
        Delivery.objects.all().delete()
    prefer(company, **QUIET, breaks_quiet=breaks)
    write(company, "预警", occasion="warned", about=case, now=NIGHT)
    deliver(NIGHT)
    write(company, "超时", occasion="breached", about=case, now=NIGHT + MINUTE, urgent=True)
    assert deliver(NIGHT + MINUTE).sent == sent
    deliver(MORNING)
    assert sorted(subjects()) == ["超时", "预警"]


@pytest.mark.parametrize("tier,urgent", [("minor", False), ("major", True)])
def test_a_breach_of_the_gravest_tier_is_urgent_and_a_warning_is_not(world, tier, urgent):
    criterion = {"minor": "slight_inconvenience", "major": "loss_or_injury"}[tier]
    new_case(world.property, tier=tier, tier_criterion=criterion)
    sweep(MONDAY + 9 * MINUTE)
    sweep(MONDAY + 10 * MINUTE)
    sweep(MONDAY + 15 * MINUTE)
    with scopes_disabled():
        told = set(Delivery.objects.values_list("notification__occasion", "is_urgent"))
    assert told == {("warned", False), ("breached", urgent), ("escalated", urgent)}


# --- no mail ------------------------------------------------------------------------------------------------


def test_a_kind_can_be_switched_off_and_the_others_come(world):
    company = world.property
    prefer(company, tickets="never")
    write(company, "新工单")
    write(company, "预警", occasion="warned")
    write(company, "新工单", to="zhou")
    assert deliver(MONDAY).sent == 2
    assert [(message.to[0], message.subject) for message in mail.outbox] == [
        ("lin@example.org", "预警"),
        ("zhou@example.org", "新工单"),
    ]
    assert [row.state for row in letters()] == ["unwanted", "sent", "sent"]


# --- the daily mail -----------------------------------------------------------------------------------------


def test_the_daily_mail_is_one_with_everything_in_it(world):
    company = world.property
    prefer(company, tickets="daily", decisions="daily")
    write(company, "甲")
    write(company, "乙", occasion="extension_asked", now=MONDAY + HOUR)
    write(company, "急", occasion="breached", now=MONDAY + HOUR)
    deliver(MONDAY + HOUR)
    assert subjects() == ["急"]
    assert deliver(DAILY - MINUTE).sent == 0
    write(company, "丙", now=DAILY - MINUTE)
    deliver(DAILY - MINUTE)
    assert deliver(DAILY).sent == 1
    daily = mail.outbox[-1]
    assert "长青物业" in daily.subject
    assert "3" in daily.subject
    for title in ("甲", "乙", "丙"):
        assert f"{title}\nhttp://127.0.0.1:8000/o/evergreen/case/{title}/" in daily.body
    assert "/o/evergreen/inbox/" in daily.body
    assert {row.state for row in letters()} == {"sent"}
    assert deliver(DAILY + MINUTE).sent == 0
    write(company, "丁", now=DAILY + MINUTE)
    deliver(DAILY + MINUTE)
    assert deliver(DAILY + DAY).sent == 1
    assert mail.outbox[-1].subject == "丁", "one message alone is a mail like any other"


def test_a_daily_mail_holds_only_what_is_of_one_organization(world):
    """mao works for both; each organization sends its own."""
    ours, theirs = world.property, world.hospital
    mao = ours.people["mao"]
    theirs.people["mao"] = mao
    with theirs.scope():
        grant_role(user=mao, department=theirs.departments["clinic"], role=Role.HANDLER, now=MONDAY)
    for company in (ours, theirs):
        prefer(company, "mao", tickets="daily")
    for number in range(2):
        write(ours, f"长青{number}", to="mao")
        write(theirs, f"仁和{number}", to="mao")
    deliver(MONDAY)
    assert deliver(DAILY).sent == 2
    first, second = mail.outbox
    assert "长青0" in first.body
    assert "仁和" not in first.subject + first.body
    assert "仁和0" in second.body
    assert "长青" not in second.subject + second.body


def test_wishes_of_one_organization_say_nothing_about_another(world):
    theirs = world.hospital
    mao = world.property.people["mao"]
    theirs.people["mao"] = mao
    prefer(world.property, "mao", tickets="never")
    write(world.property, "长青", to="mao")
    write(theirs, "仁和", to="mao")
    deliver(MONDAY)
    assert subjects() == ["仁和"]


def test_sent_but_not_marked_the_daily_mail_comes_again_as_the_same(world, server, monkeypatch):
    """What is written in between is in the next one: the same Message-ID never has other contents."""
    company = world.property
    prefer(company, tickets="daily")
    write(company, "甲")
    write(company, "乙")
    deliver(MONDAY)
    with monkeypatch.context() as crash:
        crash.setattr(outbox, "_mark", dies)
        with pytest.raises(Killed):
            deliver(DAILY)
    write(company, "丙", now=DAILY - MINUTE)  # its request read the clock before, and was slow to commit
    deliver(DAILY + MINUTE)
    assert deliver(DAILY + LEASE).sent == 1
    first, again = mail.outbox
    assert again.body == first.body
    assert "丙" not in again.body
    assert len(set(server.attempts)) == 1
    assert [row.state for row in letters()] == ["sent", "sent", "held"]
    deliver(DAILY + DAY)
    assert subjects()[2:] == ["丙"]


def test_collected_but_not_sent_it_is_taken_up_again(world, monkeypatch):
    company = world.property
    prefer(company, tickets="daily")
    write(company, "甲")
    write(company, "乙")
    deliver(MONDAY)
    with monkeypatch.context() as crash:
        crash.setattr(outbox, "_lease", dies)
        with pytest.raises(Killed):
            deliver(DAILY)
    assert deliver(DAILY + MINUTE).sent == 1
    assert "甲" in mail.outbox[0].body
    assert "乙" in mail.outbox[0].body


def test_a_daily_mail_that_fails_is_tried_again_and_given_up_as_a_whole(world, server):
    company = world.property
    prefer(company, tickets="daily")
    write(company, "甲")
    write(company, "乙")
    server.to = {"lin"}
    deliver(MONDAY)
    now = DAILY
    while letters(state="waiting") or now == DAILY:
        deliver(now)
        now += 6 * HOUR
    assert {row.state for row in letters()} == {"dead"}
    assert len(set(server.attempts)) == 1


def test_two_workers_make_one_daily_mail(world, monkeypatch):
    company = world.property
    prefer(company, tickets="daily")
    for number in range(3):
        write(company, f"第{number}件")
    deliver(MONDAY)
    send, second = outbox._send, []

    def send_late(row, channels):
        if not second:
            second.append(None)
            second[0] = deliver(DAILY)
        return send(row, channels)

    monkeypatch.setattr(outbox, "_send", send_late)
    assert deliver(DAILY).sent == 1
    assert second[0].sent == 0
    assert len(mail.outbox) == 1


# --- changing one's mind ------------------------------------------------------------------------------------


def test_what_waits_follows_new_settings(world):
    company = world.property
    prefer(company, **QUIET, warnings="daily")
    write(company, "新工单", now=NIGHT)
    write(company, "预警", occasion="warned", now=NIGHT)
    deliver(NIGHT)
    prefer(company, now=NIGHT + MINUTE)
    assert deliver(NIGHT + MINUTE).sent == 2


def test_a_daily_mail_on_its_way_stays_whole_when_settings_change(world):
    company = world.property
    prefer(company, tickets="daily")
    write(company, "甲")
    write(company, "乙")
    deliver(MONDAY)
    with scopes_disabled():
        outbox.collect(DAILY, float("inf"))
    prefer(company, now=DAILY)
    assert deliver(DAILY).sent == 1
    assert len(mail.outbox) == 1


def test_what_cannot_be_meant_is_refused(world, subtests):
    for wishes, field in (
        ({"tickets": "sometimes"}, "tickets"),
        ({"breaches": "daily"}, "breaches"),
        ({"quiet_from": time(22)}, "quiet_until"),
        ({"quiet_until": time(7)}, "quiet_from"),
        ({"quiet_from": time(7), "quiet_until": time(7)}, "quiet_until"),
        ({"daily_hour": 24}, "daily_hour"),
        ({**QUIET, "tickets": "daily", "daily_hour": 23}, "daily_hour"),
    ):
        with subtests.test(str(wishes)):
            with pytest.raises(Refused) as refused:
                prefer(world.property, **wishes)
            assert refused.value.field == field
    with scopes_disabled():
        assert not Preference.objects.exists()
