"""Asking for more time and deciding on it."""

from datetime import timedelta

import pytest

from complaints.models import CaseEvent, Deadline
from complaints.services import grade, pause
from escalation.audit import audit
from escalation.models import ExtensionRequest, Firing
from escalation.selectors import (
    access_extension,
    extensions_to_decide,
    overdue_deadlines,
    recent_firings,
    warned_deadlines,
)
from escalation.services import ask_extension, decide_extension
from escalation.sweep import sweep
from notifications.models import Notification
from organizations.errors import Forbidden, NotVisible, Refused, Stale
from organizations.models import Membership, Role
from organizations.services import grant_role
from tests.world import MONDAY, Company, handled_case, sent_case
from tickets.services import file_result, sign_for

HOUR = timedelta(hours=1)
WANTED = MONDAY + 40 * HOUR  # the minor case of the world is due after 24 h


@pytest.fixture
def company(world):
    with world.property.scope():
        yield world.property


def solve(case) -> Deadline:
    return Deadline.objects.get(complaint=case, duty="solve")


def signed_case(company: Company, **changes):
    case, ticket = sent_case(company, **changes)
    sign_for(actor=company.actor("sun"), ticket=ticket, now=MONDAY)
    case.refresh_from_db()
    return case, ticket


def ask(
    company: Company, case, *, by: str = "sun", wanted=WANTED, now=MONDAY + HOUR, reason="等厂家配件", **more
):
    return ask_extension(
        actor=company.actor(by), deadline=solve(case), wanted_due_at=wanted, reason=reason, now=now, **more
    )


def decide(company: Company, request, approve=True, *, by="qian", reason="同意", now=MONDAY + 2 * HOUR):
    return decide_extension(actor=company.actor(by), request=request, approve=approve, reason=reason, now=now)


def told(occasion: str) -> list[str]:
    return sorted(Notification.objects.filter(occasion=occasion).values_list("user__username", flat=True))


def test_asked_approved_moved(company):
    case, _ticket = signed_case(company)
    request = ask(company, case)
    assert (request.state, request.approver_role) == ("asked", Role.DEPT_MANAGER)
    assert told("extension_asked") == ["qian"]
    assert solve(case).due_at == MONDAY + 24 * HOUR, "asking moves nothing"

    request = decide(company, request)
    row = solve(case)
    assert (request.state, request.decided_by) == ("approved", company.people["qian"])
    assert (row.due_at, row.first_due_at, row.revision) == (WANTED, MONDAY + 24 * HOUR, 1)
    assert told("extended") == ["lin", "sun"]  # the pack wants the receptionist to know
    kinds = CaseEvent.objects.filter(complaint=case, kind__startswith="exten").values_list("kind", "role")
    assert list(kinds) == [("extension_asked", "dept_head"), ("extended", "dept_manager")]
    assert CaseEvent.objects.get(kind="extended").data["due_at"] == WANTED.isoformat()
    assert list(audit(company.organization)) == []


def test_the_sweep_follows_the_new_time(company):
    case, _ticket = signed_case(company)
    decide(company, ask(company, case))
    assert sweep(MONDAY + 30 * HOUR).fired == 0
    sweep(WANTED)
    assert set(Firing.objects.filter(duty="solve").values_list("rung", "revision", "due_at")) == {
        (0, 1, MONDAY + 36 * HOUR), (1, 1, WANTED),
    }  # fmt: skip


def test_refused_with_a_reason(company):
    case, _ticket = signed_case(company)
    request = ask(company, case)
    with pytest.raises(Refused):
        decide(company, request, False, reason="  ")
    decide(company, request, False, reason="人手足够")
    assert solve(case).due_at == MONDAY + 24 * HOUR
    assert told("extension_refused") == ["sun"]
    assert CaseEvent.objects.filter(kind="extension_refused").exists()
    again = ask(company, case, reason="确实缺件")  # a refused request does not stand in the way of the next
    assert again.pk != request.pk


def test_the_policy_says_who_decides(company):
    case, _ticket = signed_case(company, tier="important", tier_criterion="fault")
    request = ask(company, case, wanted=MONDAY + 60 * HOUR)
    assert request.approver_role == Role.GENERAL_MANAGER
    assert told("extension_asked") == ["gao"]
    with pytest.raises(Forbidden):
        decide(company, request, by="qian")
    decide(company, request, by="gao")
    assert solve(case).due_at == MONDAY + 60 * HOUR


def test_a_major_case_gets_no_more_time(company):
    case, _ticket = signed_case(company, tier="major", tier_criterion="loss_or_injury")
    with pytest.raises(Refused, match="处理完毕"):
        ask(company, case, wanted=MONDAY + 90 * HOUR)
    assert not ExtensionRequest.objects.exists()
    assert not CaseEvent.objects.filter(kind="extension_asked").exists()


@pytest.mark.parametrize(
    "changes,field",
    [
        ({"wanted": MONDAY + 24 * HOUR}, "wanted_due_at"),  # not later than it is
        ({"wanted": MONDAY}, "wanted_due_at"),  # in the past
        ({"now": MONDAY + 24 * HOUR}, None),  # at the due time it is too late to ask
        ({"reason": " \u200b "}, "reason"),
    ],
)
def test_what_is_refused_changes_nothing(company, changes, field):
    case, _ticket = signed_case(company)
    with pytest.raises(Refused) as refusal:
        ask(company, case, **changes)
    assert refusal.value.field == field
    assert not ExtensionRequest.objects.exists()
    assert not CaseEvent.objects.filter(kind="extension_asked").exists()
    case.refresh_from_db()
    assert case.revision == signed_revision(case)


def signed_revision(case) -> int:
    return CaseEvent.objects.filter(complaint=case).count()


def test_one_request_at_a_time(company):
    case, _ticket = signed_case(company)
    ask(company, case)
    with pytest.raises(Refused):
        ask(company, case, wanted=WANTED + HOUR)
    assert ExtensionRequest.objects.count() == 1


def test_only_the_department_asks(company):
    case, _ticket = signed_case(company)
    for stranger in ("lin", "mao", "admin"):
        with pytest.raises(Forbidden):
            ask(company, case, by=stranger)


def test_who_asked_does_not_decide(company):
    case, _ticket = signed_case(company)
    grant_role(
        user=company.people["sun"],
        department=company.departments["works"],
        role=Role.DEPT_MANAGER,
        now=MONDAY,
    )
    request = ask(company, case)
    assert told("extension_asked") == ["qian"]
    with pytest.raises(Forbidden):
        decide(company, request, by="sun")
    assert decide(company, request, by="qian").state == "approved"


def test_a_manager_who_asks_is_decided_on_by_the_general_manager(company):
    case, _ticket = signed_case(company)
    request = ask(company, case, by="qian")
    assert request.approver_role == Role.GENERAL_MANAGER
    assert told("extension_asked") == ["gao"]
    assert decide(company, request, by="gao").state == "approved"


def test_a_request_never_waits_for_nobody(company):
    """The last holder of the role leaves while the request waits."""
    case, _ticket = signed_case(company)
    request = ask(company, case)
    with pytest.raises(Forbidden):
        decide(company, request, by="gao")
    Membership.objects.filter(user=company.people["qian"]).update(is_active=False)
    assert extensions_to_decide(company.actor("gao")) == [request]
    assert decide(company, request, by="gao").state == "approved"


def test_strangers_do_not_decide_and_nothing_changes(company):
    case, _ticket = signed_case(company)
    request = ask(company, case)
    for stranger in ("lin", "zhou", "he", "mao", "admin", "gao"):
        with pytest.raises(Forbidden):
            decide(company, request, by=stranger)
    request.refresh_from_db()
    assert request.state == "asked"
    assert solve(case).due_at == MONDAY + 24 * HOUR


def test_decided_once(company):
    case, _ticket = signed_case(company)
    request = ask(company, case)
    decide(company, request)
    with pytest.raises(Refused):
        decide(company, request, False, reason="还是不行")
    assert solve(case).due_at == WANTED


def test_asked_in_time_and_decided_late(company):
    """A slow decision is not held against the asker; what was breached in between stays on record."""
    case, _ticket = signed_case(company)
    request = ask(company, case)
    sweep(MONDAY + 25 * HOUR)
    decide(company, request, now=MONDAY + 26 * HOUR)
    assert solve(case).due_at == WANTED
    assert Firing.objects.filter(duty="solve", kind="breach", revision=0).count() == 1
    assert list(audit(company.organization)) == []


def test_a_time_that_has_passed_is_not_granted(company):
    case, _ticket = signed_case(company)
    request = ask(company, case)
    with pytest.raises(Refused):
        decide(company, request, now=WANTED)


def test_a_regraded_case_is_judged_by_its_tier_now(company):
    case, _ticket = signed_case(company)
    request = ask(company, case)
    grade(
        actor=company.actor("zhou"), complaint=case, tier="major", criterion="loss_or_injury",
        reason="有人受伤", now=MONDAY + HOUR,
    )  # fmt: skip
    with pytest.raises(Refused):
        decide(company, request)
    assert decide(company, request, False, reason="重大投诉不延期").state == "refused"


def test_what_is_done_needs_no_decision(company):
    case, ticket = signed_case(company)
    request = ask(company, case)
    file_result(
        actor=company.actor("sun"), ticket=ticket, result="已修好", outcome="solved", now=MONDAY + HOUR
    )
    assert extensions_to_decide(company.actor("qian")) == []
    with pytest.raises(Refused):
        decide(company, request)
    with pytest.raises(Refused):
        ask(company, case)


def test_a_stopped_clock_may_be_extended(company):
    case, _ticket = signed_case(company)
    pause(actor=company.actor("zhou"), complaint=case, cause="parts", reason="等配件", now=MONDAY + HOUR)
    decide(company, ask(company, case))
    assert list(audit(company.organization)) == []


def test_a_page_that_is_out_of_date_is_told(company):
    case, _ticket = signed_case(company)
    with pytest.raises(Stale):
        ask(company, case, revision=case.revision - 1)


# --- who sees what ------------------------------------------------------------------------------------------


def test_the_door(company, world):
    case, _ticket = signed_case(company)
    request = ask(company, case)
    for name in ("sun", "qian", "gao", "lin", "zhou"):
        assert access_extension(company.actor(name), request.pk) == request
    for name in ("mao", "admin"):
        with pytest.raises(NotVisible):
            access_extension(company.actor(name), request.pk)
    with world.hospital.scope(), pytest.raises(NotVisible):
        access_extension(world.hospital.actor("fang"), request.pk)


def test_who_has_to_decide(company):
    minor, _ticket = signed_case(company)
    important, _ticket = signed_case(company, tier="important", tier_criterion="fault")
    small, large = ask(company, minor), ask(company, important, wanted=MONDAY + 60 * HOUR)
    waiting = {
        name: [request.pk for request in extensions_to_decide(company.actor(name))]
        for name in ("qian", "gao", "sun", "mao", "lin", "zhou", "admin")
    }
    assert waiting == {
        "qian": [small.pk], "gao": [large.pk], "sun": [], "mao": [], "lin": [], "zhou": [], "admin": [],
    }  # fmt: skip


def test_everybody_watches_their_own_part(company, world):
    case, _ticket = sent_case(company)  # the receipt is due after an hour
    sent_case(world.hospital, to="clinic", by="bai")
    late = MONDAY + HOUR
    sweep(late)

    def seen(query, *args):
        return {
            name: {row.complaint.number for row in query(company.actor(name), *args)}
            for name in ("sun", "qian", "gao", "lin", "zhou", "mao", "admin")
        }

    everybody = {name: {case.number} for name in ("sun", "qian", "gao", "lin", "zhou")} | {
        "mao": set(),
        "admin": set(),
    }
    assert seen(overdue_deadlines, late) == everybody
    assert seen(warned_deadlines, late - timedelta(minutes=1)) == everybody
    assert seen(recent_firings) == everybody
    assert all(names == set() for names in seen(overdue_deadlines, late - timedelta(seconds=1)).values())


def test_what_is_done_is_no_longer_watched(company):
    handled_case(company)
    assert [row.duty for row in overdue_deadlines(company.actor("gao"), MONDAY + 30 * 24 * HOUR)] == ["tell"]
