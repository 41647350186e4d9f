"""Whatever event a form of the rules stands at: whoever records it is shown the form, and can hand it in."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from api import complaint_verbs, extensions, passing, tasks, tickets
from complaints import services
from complaints.forms import NEVER_HELD_UP
from complaints.models import CaseEvent, Complaint, Deadline, State, Task
from complaints.notable import notable
from escalation.services import ask_extension
from policies.engine.vocabulary import EVENTS
from policies.selectors import compiled
from tests.complaints.case_in import case_in, ticket_of
from tests.overlay import put_in_force
from tests.rows import snapshot, undone
from tests.web.test_refusals import TEXTS, body, somebody
from tests.whole import some
from tests.world import MONDAY, Company, handled_case, new_case, sent_case
from tickets.services import dispatch, sign_for

HELD_UP = sorted(EVENTS - NEVER_HELD_UP)


def form_at(event: str) -> dict[str, Any]:
    """A form that asks for a word, and for the signature of somebody who never acts on a case."""
    return {
        "id": f"at_{event}",
        "title": f"表{event}",
        "at": event,
        "fields": ["核实情况"],
        "sign": ["administrator"],
    }


FILLED = {"values": {"核实情况": "已核实"}, "signed": ["administrator"]}
STOPS = [
    {"id": "anew", "title": "重新计算", "effect": "restart"},
    {"id": "over", "title": "终止", "effect": "end"},
    {
        "id": "court",
        "title": "法院受理",
        "effect": "pause_or_end",
        "when": {"proceeding": "court"},
        "decider": "desk_supervisor",
    },
]
FACTS = [{"id": "proceeding", "type": "enum", "values": ["court", "police"], "title": "法定程序"}]


def with_helper(company: Company) -> Complaint:
    case, _ticket = sent_case(company)
    with company.scope():
        dispatch(
            actor=company.actor("lin"),
            complaint=case,
            lead=company.departments["works"],
            helpers=[company.departments["cleaning"]],
            now=MONDAY,
        )
    return case


def with_helper_at_work(company: Company) -> Complaint:
    case = with_helper(company)
    with company.scope():
        sign_for(actor=company.actor("mao"), ticket=ticket_of(case), now=MONDAY)
    return case


def paused(company: Company) -> Complaint:
    case = new_case(company)
    with company.scope():
        return services.pause(
            actor=company.actor("zhou"), complaint=case, cause="parts", reason="等配件", now=MONDAY
        )


def told_major(company: Company) -> Complaint:
    case, _ticket = handled_case(company, tier="major", tier_criterion="loss_or_injury")
    with company.scope():
        return services.tell(actor=company.actor("lin"), complaint=case, summary="已告知", now=MONDAY)


def asked(company: Company) -> Complaint:
    case = case_in(company, State.IN_HAND)
    with company.scope():
        ask_extension(
            actor=company.actor("sun"),
            deadline=Deadline.objects.get(complaint=case, duty="solve"),
            wanted_due_at=MONDAY + timedelta(hours=40),
            reason="等配件",
            now=MONDAY,
        )
    return case


Make = str | Callable[[Company], Complaint]
# event: (a case where it may happen, the verb of the pages, who, what is typed besides the usual)
BY_VERB: dict[str, tuple[Make, str, str, dict[str, Any]]] = {
    "accepted": (State.RECORDED, "accept", "", {}),
    "explained": (State.RECORDED, "explain", "", {}),
    "rejected": (State.RECORDED, "reject", "", {}),
    "graded": (lambda company: new_case(company, tier="", tier_criterion=""), "grade", "", {}),
    "regraded": (State.IN_HAND, "grade", "", {}),
    "corrected": (State.CLOSED, "correct", "", {}),
    "merged": (State.ACCEPTED, "merge", "", {}),
    "dispatched": (State.ACCEPTED, "dispatch", "", {}),
    "acknowledged": (State.DISPATCHED, "sign", "", {}),
    "returned": (State.DISPATCHED, "return", "", {}),
    "helper_returned": (with_helper, "return", "mao", {}),
    "withdrawn": (State.DISPATCHED, "withdraw", "", {}),
    "assigned": (State.IN_HAND, "assign", "", {}),
    "worked": (State.IN_HAND, "work", "", {}),
    "handled": (State.IN_HAND, "result", "", {}),
    "part_handled": (with_helper_at_work, "result", "mao", {}),
    "extension_asked": (State.IN_HAND, "extension", "", {}),
    "extended": (asked, "decide", "qian", {"approve": "yes"}),
    "extension_refused": (asked, "decide", "qian", {"approve": "no", "reason": "应能按期完成"}),
    "paused": (State.IN_HAND, "pause", "zhou", {}),
    "resumed": (paused, "resume", "zhou", {}),
    "restarted": (State.IN_HAND, "restart", "", {}),
    "ended": (State.IN_HAND, "end", "", {}),
    "transferred": (State.IN_HAND, "transfer", "", {}),
    "told": (State.HANDLED, "tell", "", {}),
    "follow_up_attempt": (State.TOLD, "follow-up", "", {"reached": "no"}),
    "follow_up_done": (State.TOLD, "follow-up", "", {}),
    "consented": (told_major, "consent", "", {}),
    "closed": (State.FOLLOWED_UP, "close", "", {}),
    "reopened": (State.CLOSED, "reopen", "", {}),
}
ROWS = some(BY_VERB.items())
ON_TICKET = ("sign", "return", "withdraw", "assign", "work", "result", "extension")


@pytest.fixture
def cases(company: Company) -> dict[Make, Complaint]:
    """A case for each way, brought there before these rules were in force."""
    made: dict[Make, Complaint] = {"another": new_case(company)}
    for make in (State.IN_HAND, *(row[0] for _event, row in ROWS)):
        if make not in made:
            made[make] = make(company) if callable(make) else case_in(company, make)
    rules = put_in_force(
        company, roles=[], forms=[form_at(event) for event in HELD_UP], clock_stops=STOPS, facts=FACTS
    )
    with company.scope():
        Complaint.objects.update(policy=rules)
        for case in made.values():
            case.refresh_from_db()
    # Every event that a form may stand at is recorded by a verb of its own or by a note, and only once.
    assert BY_VERB.keys() | notable(compiled(rules)) >= set(HELD_UP)
    assert not BY_VERB.keys() & notable(compiled(rules))
    return made


def address(company: Company, case: Complaint, verb: str) -> str:
    if verb == "decide":
        with company.scope():
            return company.url(f"extension/{case.extensions.get().pk}/decide/")
    if verb in ON_TICKET:
        return company.url(f"ticket/{ticket_of(case).number}/{verb}/")
    return company.url(f"case/{case.number}/{verb}/")


def usual(company: Company, verb: str, case: Complaint, other: Complaint) -> dict[str, object]:
    """What is typed besides."""
    if verb in ("decide", "merge"):
        return {"revision": case.revision, **TEXTS.get(verb, {}), "into": other.number}
    return body(company, verb, case)


def test_each_verb_takes_the_forms_of_its_event(company, sign_in, cases, subtests):
    for event, (make, verb, by, more) in ROWS:
        case = cases[make]
        with subtests.test(event), undone():
            typed = {**usual(company, verb, case, cases["another"]), **more}
            hand_in(company, sign_in(by or somebody(verb)), address(company, case, verb), event, typed)
    with subtests.test("a stop that is agreed to"):
        agree_to_a_stop(company, sign_in("zhou"), cases[State.IN_HAND])


def agree_to_a_stop(company: Company, client: Client, case: Complaint) -> None:
    """It takes the forms of what it does."""
    with company.scope():
        services.note(
            actor=company.actor("lin"),
            complaint=case,
            event="noted",
            facts={"proceeding": "court"},
            forms={"at_noted": FILLED},
            now=MONDAY,
        )
        case.refresh_from_db()
        url = company.url(f"task/{Task.objects.get(complaint=case).pk}/settle/")
    typed = {"revision": case.revision, "accepted": "yes", "choice": "pause", "answer": "有通知书"}
    with undone():
        hand_in(company, client, url, "paused", typed)
    hand_in(company, client, url, "ended", {**typed, "choice": "end"})


def test_what_somebody_says_is_never_held_up(company):
    put_in_force(company, roles=[], forms=[form_at(event) for event in sorted(NEVER_HELD_UP)])
    case = new_case(company)
    with company.scope():
        services.contact_again(actor=company.actor("lin"), complaint=case, said="催办", now=MONDAY)
        assert not CaseEvent.objects.filter(data__has_key="forms").exists()


def test_the_api_takes_forms_wherever_a_verb_does():
    """What has none records nothing that a form may stand at."""
    modules = (complaint_verbs, extensions, passing, tasks, tickets)
    verbs = {row for module in modules for row in vars(module).values() if isinstance(row, type)}
    inputs = {row for row in verbs if issubclass(row, complaint_verbs.VerbInput)}
    assert {row for row in inputs if "forms" not in row().fields} == {complaint_verbs.VerbInput}


def hand_in(company: Company, client: Client, url: str, event: str, typed: dict[str, object]) -> None:
    """Sent without its form it changes nothing, and the page that comes back has the inputs for it."""
    before = snapshot()
    page = client.post(url, typed)
    assert page.status_code == 422, event
    assert snapshot() == before
    shown = set(re.findall(rf'name="(form\.at_{event}\.[^"]+)"', page.content.decode()))
    assert shown == {f"form.at_{event}.1", f"form.at_{event}.sign.administrator"}
    filled = {f"form.at_{event}.1": "已核实", f"form.at_{event}.sign.administrator": "on"}
    answer = client.post(url, {**typed, **filled})
    assert answer.status_code == 302, event
    with company.scope():
        row = CaseEvent.objects.filter(kind=event).latest("pk")
    assert row.data["forms"][f"at_{event}"] == {"fields": ["核实情况"], **FILLED}
