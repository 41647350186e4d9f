"""The page offers what the rules of a case wait for, and shows what has been noted."""

import re

from complaints.models import Complaint
from complaints.services import accept, register
from policies.services import adopt_policy
from tests.web.conftest import reload
from tests.world import MONDAY, PACKS, Company, intake, sent_case
from tickets.services import dispatch, sign_for

CALL = {
    "request_key": "6f1c2a52-0a7e-4b3d-9d3e-1f2a3b4c5d6e",
    "then": "register",
    "channel": "phone",
    "subject": "电梯停运",
    "content": "停运",
    "grading": "minor:limited_facility",
}


def _adopt_property(company: Company) -> None:
    with company.scope():
        path = PACKS / "property.yaml"
        adopt_policy(organization=company.organization, path=path, now=MONDAY, publish=True)


def _major(company: Company) -> Complaint:
    _adopt_property(company)
    with company.scope():
        desk = company.actor("lin")
        case = register(
            actor=desk, intake=intake(tier="major", tier_criterion="promise_unsolved"), now=MONDAY
        )
        accept(actor=desk, complaint=case, now=MONDAY)
        (ticket,) = dispatch(actor=desk, complaint=case, lead=company.departments["works"], now=MONDAY)
        sign_for(actor=company.actor("sun"), ticket=ticket, now=MONDAY)
    return reload(company, case)


def _choices(client, company: Company, case: Complaint) -> set[str]:
    page = client.get(company.url(f"case/{case.number}/")).content.decode()
    form = page[page.index('data-verb="note"') :]
    return set(re.findall(r'<option value="([^"]+)"', form[: form.index("</select>")]))


def test_each_is_offered_what_is_theirs(company, sign_in):
    case = _major(company)
    desk, head = (_choices(sign_in(name), company, case) for name in ("lin", "sun"))
    assert {"noted", "forwarded.gm", "form_returned", "corrective_filed", "form_filed:service_slip"} <= desk
    assert "listed:infeasible_review" in desk
    assert not {"told", "closed", "contacted", "merged"} & desk
    assert head == {key for key in desk if not key.startswith(("forwarded.", "promise_made", "listed"))} - {
        "accept.doubt",
        "contacted_again",
    }


def test_rules_that_wait_for_nothing_still_ask_for_facts(company, sign_in):
    case, _ticket = sent_case(company)  # under the standard rules
    lin = sign_in("lin")
    assert _choices(lin, company, case) >= {"noted"}
    assert not {key for key in _choices(lin, company, case) if key.startswith(("forwarded.", "form_filed"))}
    assert 'name="fact_loss_amount"' in lin.get(company.url(f"case/{case.number}/")).content.decode()


def test_a_form_is_filed_and_shown(company, sign_in):
    case = _major(company)
    lin = sign_in("lin")
    url = company.url(f"case/{case.number}/note/")
    data = {"revision": case.revision, "event": "corrective_filed", "note": "皮带老化"}
    page = lin.post(url, {**data, "form.corrective.1": "皮带打滑"})
    assert page.status_code == 422
    text = page.content.decode()
    assert "皮带打滑" in text
    assert 'id="note-form.corrective.2_error"' in text
    values = {
        f"form.corrective.{place}": word for place, word in enumerate(("打滑", "更换", "月检"), start=1)
    }
    wrong = lin.post(url, {**data, **values, "form.summary.1": "另一张表"})
    assert wrong.status_code == 422
    assert 'id="note-form.summary.1_error"' in wrong.content.decode()
    done = lin.post(url, {**data, **values, "fact_loss_amount": "1200", "fact_facts_verified": "yes"})
    assert done.status_code == 302
    case = reload(company, case)
    assert case.facts == {"loss_amount": 1200, "facts_verified": True}
    text = lin.get(company.url(f"case/{case.number}/")).content.decode()
    entry = text[text.index('class="filed"') :]
    assert all(word in entry for word in ("不合格纠正与预防记录", "纠正措施", "更换", "月检"))
    assert "经济损失" in text


def test_a_promise_is_given_a_time(company, sign_in):
    case = _major(company)
    lin = sign_in("lin")
    url = company.url(f"case/{case.number}/note/")
    data = {"revision": case.revision, "event": "promise_made"}
    assert lin.post(url, data).status_code == 422
    assert lin.post(url, {**data, "promised_due": "2026-11-03T18:00"}).status_code == 302
    assert reload(company, case).facts["promised_due"].startswith("2026-11-03T")


def test_the_call_asks_for_the_facts_of_the_rules(company, sign_in):
    _adopt_property(company)
    lin = sign_in("lin")
    assert "fact_work_kind" in lin.get(company.url("desk/log/")).content.decode()
    wrong = lin.post(company.url("desk/log/"), {**CALL, "fact_work_kind": "nonsense"})
    assert wrong.status_code == 422
    facts = {"fact_work_kind": "repair", "fact_raised_before": "no", "fact_loss_amount": "12.50"}
    assert lin.post(company.url("desk/log/"), {**CALL, **facts}).status_code == 302
    with company.scope():
        case = Complaint.objects.latest("pk")
    assert case.facts == {"work_kind": "repair", "raised_before": False, "loss_amount": 12.5}
