"""The desk's queue: promises, follow-ups with their attempts, and who they are not for."""

from datetime import timedelta

from complaints.services import follow_up, note, tell
from organizations.models import Role
from organizations.services import grant_role
from tests.overlay import put_in_force
from tests.world import MONDAY, Company, handled_case, sent_case
from tickets.services import dispatch, file_result, sign_for
from web import queue
from web.queue import CLOSE, FOLLOW_UP, PROMISE, REOPEN, UNSIGNED

HOUR = timedelta(hours=1)


def tasks(company: Company, name: str = "lin", now=MONDAY) -> list[tuple[str, str]]:
    with company.scope():
        return [(row.kind, row.case.number) for row in queue.desk_tasks(company.actor(name), now)]


def told_case(company: Company, **changes):
    case, _ticket = handled_case(company, **changes)
    with company.scope():
        return tell(
            actor=company.actor("lin"), complaint=case, summary="已告知", outcome="solved", now=MONDAY
        )


def test_attempts_of_this_round_are_counted(world):
    company = world.property
    case = told_case(company)
    with company.scope():
        lin = company.actor("lin")
        for number in range(2):
            follow_up(actor=lin, complaint=case, reached=False, now=MONDAY + number * HOUR)
        (row,) = queue.desk_tasks(lin, MONDAY + 2 * HOUR)
    assert (row.kind, row.attempts, row.has_script) == (FOLLOW_UP, 2, True)


def test_whoever_handled_a_case_is_not_asked_to_follow_it_up(world):
    """lin works for the works department, too, and has filed the result."""
    company = world.property
    with company.scope():
        works = company.departments["works"]
        grant_role(user=company.people["lin"], department=works, role=Role.HANDLER, now=MONDAY)
    case = told_case(company, head="lin")
    assert tasks(company, "lin") == []
    assert tasks(company, "zhou") == [(FOLLOW_UP, case.number)]


def test_who_was_not_satisfied_is_to_be_taken_up_again(world):
    company = world.property
    said = {"satisfied": (True, CLOSE), "unsatisfied": (False, REOPEN)}
    wanted = []
    for satisfaction, (solved, kind) in said.items():
        case = told_case(company)
        with company.scope():
            lin = company.actor("lin")
            follow_up(
                actor=lin, complaint=case, reached=True, satisfaction=satisfaction, solved=solved, now=MONDAY
            )
        wanted.append((kind, case.number))
    assert tasks(company) == wanted


def promising(company: Company) -> None:
    """The standard pack with a promise that departments have to keep."""
    duty = {
        "id": "keep_promise", "title": "按承诺答复", "owner": "dept_head",
        "from": "promise_made", "to": "told",
        "limits": [{"unit": "promise", "fact": "promised_due", "force": "must"}],
    }  # fmt: skip
    put_in_force(company, roles=[], duties={"items": [duty]})


def test_a_promise_to_a_caller_is_the_desk_s_to_watch(world):
    company = world.property
    promising(company)
    case, _ticket = sent_case(company)
    assert tasks(company) == [(UNSIGNED, case.number)]
    with company.scope():
        note(
            actor=company.actor("lin"),
            complaint=case,
            event="promise_made",
            note="今天下午回电",
            data={"promised_due": MONDAY + 4 * HOUR},
            now=MONDAY,
        )
    assert tasks(company) == [(UNSIGNED, case.number), (PROMISE, case.number)]
    with company.scope():
        (row,) = [row for row in queue.desk_tasks(company.actor("lin"), MONDAY) if row.kind == PROMISE]
    assert row.duty == "按承诺答复"
    assert row.countdown.due_at == MONDAY + 4 * HOUR


def test_a_helper_s_ticket_is_in_its_own_inbox_only(world):
    """Lead and helper each have their own ticket; when both are done, nobody has anything left."""
    company = world.property
    case, ticket = sent_case(company)
    with company.scope():
        lin = company.actor("lin")
        case.refresh_from_db()
        works, cleaning = company.departments["works"], company.departments["cleaning"]
        (helper,) = dispatch(actor=lin, complaint=case, lead=works, helpers=[cleaning], now=MONDAY)
    for name, mine in (("sun", ticket), ("mao", helper)):
        with company.scope():
            actor = company.actor(name)
            assert [row.ticket for row in queue.inbox(actor, MONDAY)] == [mine]
            sign_for(actor=actor, ticket=mine, now=MONDAY)
            assert [row.ticket for row in queue.inbox(actor, MONDAY, mine=True)] == [mine]
            file_result(actor=actor, ticket=mine, result="已处理", now=MONDAY)
            assert queue.inbox(actor, MONDAY) == []
