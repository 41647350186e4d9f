"""What every verb answers when it may not be done: 403 without the right, 422 in a wrong state, 409 when the
case has changed; nothing is changed, and what was typed is still in the form."""

from datetime import timedelta

import pytest

from complaints.models import Complaint
from tests.web.conftest import reload
from tests.whole import some
from tests.world import MONDAY, Company, handled_case, intake, new_case, sent_case
from tickets.models import Ticket
from web.actions import CASE_ACTIONS, TICKET_ACTIONS

TYPED = "这段文字不能丢"
# What a person would have typed, valid for every case below.
TEXTS: dict[str, dict[str, str]] = {
    "accept": {"reason": "emergency", "note": TYPED},
    "explain": {"reason": "explained_ok", "note": TYPED},
    "reject": {"reason": "not_ours", "note": TYPED},
    "dispatch": {"lead": "works", "instructions": TYPED},
    "tell": {"summary": TYPED, "way": "phone", "outcome": "solved"},
    "follow-up": {"reached": "yes", "solved": "yes", "satisfaction": "satisfied", "note": TYPED},
    "consent": {"role": "general_manager", "note": TYPED},
    "close": {"note": TYPED},
    "reopen": {"reason": TYPED},
    "grade": {"grading": "major:loss_or_injury", "reason": TYPED},
    "pause": {"cause": "parts", "reason": TYPED},
    "resume": {"reason": TYPED},
    "transfer": {"to": "dept_manager", "reason": TYPED},
    "merge": {"into": "another", "reason": TYPED},
    "restart": {"reason": TYPED},
    "end": {"reason": TYPED},
    "note": {"event": "noted", "note": TYPED},
    "correct": {"field": "place", "value": TYPED},
    "attach": {"note": TYPED},
    "order": {"department": "desk", "text": TYPED},
    "code": {"check": TYPED, "request_key": "7a1de6a4-5a2c-4b6e-9d0f-000000000006"},
    "withdraw": {"reason": TYPED},
    "sign": {},
    "return": {"cause": "wrong_place", "reason": TYPED},
    "assign": {"handler": "he"},
    "work": {"note": TYPED},
    "result": {"result": TYPED, "outcome": "solved"},
    "extension": {"deadline": "solve", "wanted_due_at": "2026-11-03T18:00", "reason": TYPED},
}
# These have their place in every state, and no revision that could be stale: tests/files, tests/public.
ALWAYS = ("attach", "code")
CASE_VERBS = [action.name for action in CASE_ACTIONS if action.name not in ALWAYS]
TICKET_VERBS = [action.name for action in TICKET_ACTIONS]
# Wrong for these: a case that was explained and never opened; correcting has its place in every state.
NEVER_OPENED = [name for name in CASE_VERBS if name not in ("correct",)]


def body(company: Company, verb: str, case: Complaint, **more: object) -> dict[str, object]:
    """The form as it would be sent, with the ids of this world."""
    data: dict[str, object] = {"revision": case.revision, **TEXTS[verb], **more}
    if data.get("lead"):
        data["lead"] = company.departments[str(data["lead"])].pk
    if verb == "order":
        data["department"] = company.departments["desk"].pk
    if verb == "merge":
        data["into"] = new_case(company).number
    if verb == "assign":
        data["handler"] = company.people["he"].pk
    if verb == "extension":
        with company.scope():
            data["deadline"] = case.deadlines.get(duty="solve").pk
    return data


def somebody(verb: str) -> str:
    """A person with the right to the verb."""
    if verb in ("consent", "restart", "order"):
        return {"consent": "gao", "restart": "zhou", "order": "zhou"}[verb]
    return "sun" if verb in TICKET_VERBS and verb != "withdraw" else "lin"


def kept(page, verb: str) -> bool:
    return TYPED in page.content.decode() or TYPED not in TEXTS[verb].values()


def snapshot(company: Company, case: Complaint) -> tuple:
    with company.scope():
        tickets = list(Ticket.objects.filter(complaint=case).values_list("state", "handler"))
        return (
            *Complaint.objects.filter(pk=case.pk).values_list("state", "revision", "tier", "place"),
            *tickets,
        )


def ended_case(company: Company) -> Complaint:
    from complaints.services import explain_only, register

    with company.scope():
        lin = company.actor("lin")
        case = register(actor=lin, intake=intake(), now=MONDAY)
        return explain_only(actor=lin, complaint=case, reason="explained_ok", note="已解释", now=MONDAY)


@pytest.mark.parametrize("verb", some(NEVER_OPENED, every=2))
def test_a_verb_on_a_case_that_has_ended_is_refused(company, sign_in, verb):
    case = ended_case(company)
    before = snapshot(company, case)
    data = body(company, verb, case)
    page = sign_in(somebody(verb)).post(company.url(f"case/{case.number}/{verb}/"), data)
    assert page.status_code == 422
    assert kept(page, verb)
    assert snapshot(company, case) == before


@pytest.mark.parametrize("verb", [name for name in CASE_VERBS if name != "note"])  # which `he` may do
def test_a_verb_on_a_case_needs_its_right(company, sign_in, verb):
    case, _ticket = sent_case(company)
    before = snapshot(company, case)
    page = sign_in("he").post(company.url(f"case/{case.number}/{verb}/"), body(company, verb, case))
    assert page.status_code == 403
    assert snapshot(company, case) == before


@pytest.mark.parametrize("verb", TICKET_VERBS)
def test_a_verb_on_a_ticket_needs_its_right(company, sign_in, verb):
    case, ticket = sent_case(company)
    before = snapshot(company, case)
    other = "sun" if verb == "withdraw" else "lin"
    page = sign_in(other).post(company.url(f"ticket/{ticket.number}/{verb}/"), body(company, verb, case))
    assert page.status_code == 403
    assert snapshot(company, case) == before


@pytest.mark.parametrize("back", ["case", "department"])
@pytest.mark.parametrize("verb", [name for name in TICKET_VERBS if name != "extension"])
def test_a_verb_on_a_ticket_that_is_done_is_refused(company, sign_in, verb, back):
    case, ticket = handled_case(company)
    before = snapshot(company, case)
    data = body(company, verb, case, back=back)
    page = sign_in(somebody(verb)).post(company.url(f"ticket/{ticket.number}/{verb}/"), data)
    assert page.status_code == 422
    assert kept(page, verb)
    assert snapshot(company, case) == before


@pytest.mark.parametrize("verb", some(CASE_VERBS, every=2))
def test_a_case_that_has_changed_since_is_shown_with_what_changed(company, sign_in, clock, verb):
    case = new_case(company, tier="major", tier_criterion="loss_or_injury")
    data = body(company, verb, case)
    sign_in("zhou").post(
        company.url(f"case/{case.number}/pause/"),
        {"revision": case.revision, "cause": "parts", "reason": "等配件到货"},
    )
    before = snapshot(company, case)
    page = sign_in("gao" if verb == "consent" else "zhou").post(
        company.url(f"case/{case.number}/{verb}/"), data
    )
    assert page.status_code == 409
    text = page.content.decode()
    assert kept(page, verb)
    assert "等配件到货" in text
    assert "周主管" in text
    assert f'value="{case.revision + 1}"' in text, "the form can be sent again"
    assert snapshot(company, case) == before


@pytest.mark.parametrize("verb", TICKET_VERBS)
def test_a_ticket_whose_case_has_changed_since(company, sign_in, clock, verb):
    case, ticket = sent_case(company)
    clock.shift(timedelta(minutes=1))
    data = body(company, verb, case, back="department")
    sign_in("lin").post(
        company.url(f"case/{case.number}/correct/"),
        {"revision": case.revision, "field": "place", "value": "改到6号楼", "reason": ""},
    )
    before = snapshot(company, case)
    page = sign_in(somebody(verb)).post(company.url(f"ticket/{ticket.number}/{verb}/"), data)
    assert page.status_code == 409
    assert kept(page, verb)
    assert "改到6号楼" in page.content.decode()
    assert snapshot(company, case) == before


def test_the_same_text_can_be_sent_again_after_a_change(company, sign_in, clock):
    case = new_case(company)
    zhou = sign_in("zhou")
    url = company.url(f"case/{case.number}/grade/")
    sign_in("lin").post(
        company.url(f"case/{case.number}/correct/"),
        {"revision": case.revision, "field": "place", "value": "6号楼"},
    )
    assert zhou.post(url, body(company, "grade", case)).status_code == 409
    assert zhou.post(url, {**body(company, "grade", case), "revision": case.revision + 1}).status_code == 302
    assert reload(company, case).tier == "major"


def test_a_refusal_in_the_inbox_stays_in_the_inbox(company, sign_in, clock):
    case, ticket = sent_case(company)
    data = {"revision": case.revision, "back": "department", "cause": "wrong_place", "reason": "   "}
    page = sign_in("sun").post(company.url(f"ticket/{ticket.number}/return/"), data)
    assert page.status_code == 422
    assert "web/department.html" in [template.name for template in page.templates]
    assert 'aria-invalid="true"' in page.content.decode()


def test_decisions_on_more_time(company, sign_in, clock):
    from escalation.models import ExtensionRequest
    from escalation.services import ask_extension
    from tickets.services import sign_for

    case, ticket = sent_case(company)
    with company.scope():
        sun = company.actor("sun")
        sign_for(actor=sun, ticket=ticket, now=MONDAY)
        solve = case.deadlines.get(duty="solve")
        asked = ask_extension(
            actor=sun, deadline=solve, wanted_due_at=MONDAY + timedelta(hours=40), reason="等配件", now=MONDAY
        )
    case = reload(company, case)
    url = company.url(f"extension/{asked.pk}/decide/")
    data = {"revision": case.revision, "approve": "yes", "back": "manager"}

    assert sign_in("sun").post(url, data).status_code == 403
    assert sign_in("mao").post(url, data).status_code == 404  # the case is none of theirs
    qian = sign_in("qian")
    page = qian.post(url, {**data, "approve": "no", "reason": ""})
    assert page.status_code == 422
    assert "等配件" in page.content.decode()
    page = qian.post(url, {**data, "revision": case.revision - 1, "reason": TYPED})
    assert page.status_code == 409
    assert TYPED in page.content.decode()
    assert f'value="{case.revision}"' in page.content.decode()
    assert qian.post(url, {**data, "approve": "no", "reason": "应能按期完成"}).status_code == 302
    assert qian.post(url, {**data, "revision": case.revision + 1}).status_code == 422
    asked.refresh_from_db()
    assert asked.state == ExtensionRequest.State.REFUSED


def test_reading_the_address_of_a_verb_leads_to_the_case(company, sign_in, clock):
    case, ticket = sent_case(company)
    lin = sign_in("lin")
    for path in (f"case/{case.number}/tell/", f"ticket/{ticket.number}/sign/"):
        answer = lin.get(company.url(path))
        assert (answer.status_code, answer.url) == (302, company.url(f"case/{case.number}/"))
        assert lin.put(company.url(path)).status_code == 405
