"""What the rules have written for people to say, as the forms offer it. Nobody's own words are lost."""

import re

import pytest

from complaints.models import CaseEvent
from complaints.services import register, tell
from tests.complaints.case_in import case_in
from tests.overlay import put_in_force
from tests.web.conftest import reload
from tests.world import MONDAY, handled_case, intake

REPLY = "{complainant}您好，{subject}已经处理：{result}({outcome})。{person}，{organization}"


def in_force(company, *texts, without=("reply", "follow_up", "acceptance", "rejection", "progress")):
    put_in_force(company, roles=[], templates={"remove": list(without), "items": list(texts)})


def text(occasion, words, **more):
    return {"id": more.pop("id", f"own_{occasion}"), "for": occasion, "text": words, **more}


def recorded_case(company, **changes):
    with company.scope():
        return register(actor=company.actor("lin"), intake=intake(**changes), now=MONDAY)


def forms(client, company, case):
    answer = client.get(company.url(f"case/{case.number}/"))
    assert answer.status_code == 200
    return {offer.action.name: offer.form for offer in answer.context["offers"]}, answer.content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_reply_begins_with_the_text_of_the_rules(company, sign_in, language):
    in_force(company, text("reply", REPLY))
    case, _ticket = handled_case(company)
    client = sign_in("lin")
    client.post("/language/", {"language": language, "next": "/"})
    found, shown = forms(client, company, case)
    wanted = "王女士您好，3号楼电梯频繁停运已经处理：已更换门机皮带并试运行(已解决)。林接待，长青物业"
    assert found["tell"]["summary"].value() == wanted
    assert ("Texts of the rules" in shown) == (language == "en")


def test_without_a_text_the_reply_begins_with_the_result(company, sign_in):
    in_force(company)
    case, ticket = handled_case(company)
    found, shown = forms(sign_in("lin"), company, case)
    assert found["tell"]["summary"].value() == ticket.result
    assert "data-texts" not in shown


def test_what_was_typed_is_never_replaced(company, sign_in):
    in_force(company, text("reply", REPLY))
    case, _ticket = handled_case(company)
    client = sign_in("lin")
    sent = {"summary": "我自己的话", "way": "carrier pigeon", "revision": case.revision}
    answer = client.post(company.url(f"case/{case.number}/tell/"), sent)
    assert answer.status_code == 422
    form = next(offer.form for offer in answer.context["offers"] if offer.action.name == "tell")
    assert form["summary"].value() == "我自己的话"
    client.post(company.url(f"case/{case.number}/tell/"), {**sent, "way": "phone"})
    with company.scope():
        assert CaseEvent.objects.get(complaint=case, kind="told").reason == "我自己的话"


def test_a_text_for_each_outcome(company, sign_in):
    in_force(
        company,
        text("reply", "已解决：{result}", when={"outcome": "solved"}),
        text("reply", "很抱歉，无法处理", id="no", when={"outcome": ["infeasible", "unfounded"]}),
    )
    case, _ticket = handled_case(company)
    found, _shown = forms(sign_in("lin"), company, case)
    assert found["tell"]["summary"].value() == "已解决：已更换门机皮带并试运行"
    offered = {one.keys: (one.text, one.label) for one in found["tell"].texts.texts}
    assert offered[("infeasible", "unfounded")] == ("很抱歉，无法处理", "无法处理、情况不属实")


def test_what_is_told_after_the_end_has_its_text_too(company, sign_in):
    """G1-16, G1-20: the feedback on a case that is over."""
    duty = {"id": "feedback", "title": "反馈", "owner": "receptionist", "from": ["closed"], "to": "told"}
    limits = [{"value": 3, "unit": "d", "calendar": "natural"}]
    put_in_force(
        company,
        roles=[],
        calendars={"natural": {"kind": "day"}},
        duties=[{**duty, "limits": limits}],
        templates={"remove": ["reply"], "items": [text("reply", "{subject}：{result}")]},
    )
    found, _shown = forms(sign_in("lin"), company, case_in(company, "closed"))
    assert found["tell"]["summary"].value() == "3号楼电梯频繁停运：已更换门机皮带并试运行"
    assert "outcome" not in found["tell"].fields


def test_a_text_with_gaps_is_offered_and_not_filled_in(company, sign_in):
    in_force(company, text("reply", "答应您的时间是{promised}，结果：{result}"))
    case, ticket = handled_case(company)
    found, shown = forms(sign_in("lin"), company, case)
    assert found["tell"]["summary"].value() == ticket.result
    assert "答应您的时间是____，结果：已更换门机皮带并试运行" in shown


def test_a_rejection_has_a_text_for_each_reason(company, sign_in):
    in_force(company, text("rejection", "不受理，原因是：{reason}"), text("acceptance", "受理了{number}"))
    case = recorded_case(company)
    found, shown = forms(sign_in("lin"), company, case)
    texts = {one.keys: one.text for one in found["reject"].texts.texts}
    assert texts[("not_ours",)] == "不受理，原因是：不属于本单位职责，已告知其他途径"
    assert len(texts) == 4
    assert not found["reject"]["note"].value()
    assert f"受理了{case.number}" in shown
    assert not found["accept"]["note"].value(), "what is said is offered, and not put on record by itself"


def test_an_explanation_that_fits_every_reason_is_filled_in(company, sign_in):
    in_force(company, text("explanation", "已向{complainant}解释，不需要跟进"))
    found, _shown = forms(sign_in("lin"), company, recorded_case(company, complainant_name=""))
    assert found["explain"]["note"].value() == "已向客户解释，不需要跟进"


def test_the_script_of_the_follow_up_is_shown_as_questions(company, sign_in):
    in_force(
        company,
        text("follow_up", ["{subject}解决了吗？", "{complainant}满意吗？"]),
        text("follow_up", ["<script>alert(1)</script>{place}"], id="major", when={"tier": "major"}),
    )
    case, _ticket = handled_case(company)
    with company.scope():
        tell(actor=company.actor("lin"), complaint=case, summary="好了", way="phone", now=MONDAY)
    _found, shown = forms(sign_in("lin"), company, case)
    asked = re.findall(r"<li>(.*?)</li>", shown.split('class="script"')[1].split("</section>")[0])
    assert asked == ["3号楼电梯频繁停运解决了吗？", "王女士满意吗？"]


def test_words_of_a_case_are_escaped(company, sign_in):
    in_force(company, text("acceptance", "{subject}"))
    _found, shown = forms(sign_in("lin"), company, recorded_case(company, subject="<b>x</b>{complainant}"))
    assert "&lt;b&gt;x&lt;/b&gt;{complainant}" in shown
    assert "<b>x</b>" not in shown


def test_progress_can_be_noted_with_its_text(company, sign_in):
    in_force(company, text("progress_told", "{department}正在处理"))
    case, _ticket = handled_case(company)
    found, _shown = forms(sign_in("lin"), company, case)
    (said,) = found["note"].texts.texts
    assert (said.keys, said.text) == (("progress_told",), "工程部正在处理")
    sent = {"event": "progress_told", "note": said.text, "revision": reload(company, case).revision}
    assert sign_in("lin").post(company.url(f"case/{case.number}/note/"), sent).status_code == 302
    with company.scope():
        assert CaseEvent.objects.get(complaint=case, kind="progress_told").reason == "工程部正在处理"


def test_until_when_a_limit_runs(company, sign_in):
    in_force(company, text("acceptance", "最迟{due.solve}办完，{due.follow_up}回访"))
    found, _shown = forms(sign_in("lin"), company, recorded_case(company))
    (said,) = found["accept"].texts.texts
    assert said.text == "最迟2026-11-03 10:00办完，____回访"


def test_the_other_organization_keeps_its_own_words(world, company, sign_in):
    in_force(company, text("reply", "长青的话"))
    case, _ticket = handled_case(world.hospital, to="clinic", head="tang", by="bai")
    client = sign_in("bai", world.hospital)
    found, shown = forms(client, world.hospital, case)
    assert "长青" not in shown
    assert "已更换门机皮带并试运行" in found["tell"]["summary"].value()
