"""Logging a call: earlier cases, adding to one, proposals, drafts. Nothing is lost, nothing is done twice."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from complaints.models import CaseEvent, Complaint, Draft
from policies.services import adopt_policy
from tests.files.samples import CATALOG, pdf, photo, upload
from tests.overlay import put_in_force
from tests.rows import snapshot
from tests.web.conftest import reload
from tests.web.test_hostile_input import CORPUS, FORM
from tests.web.test_refusals import ended_case
from tests.whole import some
from tests.world import MONDAY, PACKS, Company, World, handled_case, new_case, sent_case

KEY = UUID(int=5)
TYPED = {
    "request_key": str(KEY),
    "complainant_phone": "138 0013 8000",
    "complainant_name": "王女士",
    "place": "3号楼2单元1501",
    "channel": "phone",
    "subject": "电梯又停了",
    "content": "住户来电:今天又停了两次",
}


@pytest.fixture
def log(company: Company) -> str:
    return company.url("desk/log/")


def value_of(page, name: str) -> str:
    """What stands in an input, as the page was sent."""
    return page.context["form"][name].value()


# --- earlier cases ----------------------------------------------------------------------------------------


def test_an_open_case_can_be_added_to_and_a_closed_one_looked_at(company, sign_in):
    from complaints.services import close, follow_up, tell

    open_case, _ticket = sent_case(company, subject="在办的")
    done, _ticket = handled_case(company, subject="办结的")
    with company.scope():
        lin = company.actor("lin")
        tell(actor=lin, complaint=done, summary="已告知", now=MONDAY)
        follow_up(actor=lin, complaint=done, reached=True, solved=True, satisfaction="satisfied", now=MONDAY)
        close(actor=lin, complaint=done, now=MONDAY)
    page = sign_in("lin").get(company.url("desk/lookup/"), {"complainant_phone": "13800138000"})
    assert [(row.case.subject, row.key) for row in page.context["earlier"]] == [("在办的", 1), ("办结的", 0)]
    assert page.context["contact"] == 3
    text = page.content.decode()
    assert f"{open_case.number}/" in text
    assert text.count("formaction=") == 1
    assert "工程部" in text
    with company.scope():
        assert len(page.context["earlier"]) == Complaint.objects.count()


def test_a_name_of_two_characters_is_enough(company, sign_in):
    new_case(company)
    page = sign_in("lin").get(company.url("desk/lookup/"), {"complainant_name": "王女"})
    assert [row.case.complainant_name for row in page.context["earlier"]] == ["王女士"]


def test_the_lookup_shows_nothing_of_another_organization(world: World, sign_in):
    new_case(world.hospital, by="bai", category="treatment", subject="候诊太久")
    typed = {name: TYPED[name] for name in ("complainant_phone", "complainant_name", "place")}
    page = sign_in("lin").get(world.property.url("desk/lookup/"), typed)
    assert page.context["earlier"] == []
    assert "候诊太久" not in page.content.decode()


# --- adding to one ----------------------------------------------------------------------------------------


def test_a_call_is_added_to_the_open_case_once(company, sign_in):
    case, _ticket = sent_case(company)
    lin = sign_in("lin")
    lin.post(company.url("desk/draft/"), TYPED)
    url = company.url(f"desk/log/add/{case.number}/")
    for _tap in range(2):
        answer = lin.post(url, {**TYPED, "then": ""})
        assert (answer.status_code, answer.url) == (302, case.get_absolute_url())
    with company.scope():
        event = CaseEvent.objects.get(kind="contacted_again")
        assert Complaint.objects.count() == 1
        assert not Draft.objects.exists()
    assert event.reason == "电梯又停了\n住户来电:今天又停了两次"
    page = lin.get(case.get_absolute_url()).content.decode()
    assert "住户来电:今天又停了两次" in page
    assert reload(company, case).revision == case.revision + 1


def test_nothing_is_lost_when_adding_is_refused(company, sign_in):
    from complaints.services import explain_only, register
    from tests.world import intake

    with company.scope():
        lin = company.actor("lin")
        case = register(actor=lin, intake=intake(), now=MONDAY)
        explain_only(actor=lin, complaint=case, reason="explained_ok", note="已解释", now=MONDAY)
    before = snapshot()
    client = sign_in("lin")
    for wrong in ({}, {"complainant_phone": "电话"}, {"content": "长" * 20_001}):
        page = client.post(company.url(f"desk/log/add/{case.number}/"), {**TYPED, **wrong})
        assert page.status_code == 422
        for name, value in {**TYPED, **wrong}.items():
            assert value_of(page, name) == value
        assert page.context["refused"]
        assert all(sentence in page.content.decode() for sentence in page.context["refused"])
    assert snapshot() == before


def test_reading_the_address_of_adding_leads_to_the_form(company, sign_in, log):
    """As it happens after signing in again."""
    case, _ticket = sent_case(company)
    answer = sign_in("lin").get(company.url(f"desk/log/add/{case.number}/"))
    assert (answer.status_code, answer.url) == (302, log)
    assert sign_in("lin").get(company.url("desk/log/add/TS209901-00001/")).status_code == 404


# --- proposals --------------------------------------------------------------------------------------------


def test_proposals_by_words_and_by_earlier_cases(company, sign_in):
    for number in range(3):
        sent_case(company, MONDAY - timedelta(days=number), to="lifts", complainant_phone="")
    found = sign_in("lin").get(company.url("desk/propose/"), {"subject": "电梯停运"}).json()["inputs"]
    assert found["category"]["value"] == "lift"
    assert found["grading"]["value"] == "minor:slight_inconvenience"
    assert found["lead"]["value"] == str(company.departments["lifts"].pk)
    assert "电梯" in found["category"]["why"]
    assert "电梯班" in found["lead"]["why"]


def test_what_somebody_has_chosen_is_not_proposed(company, sign_in):
    for number in range(3):
        sent_case(company, MONDAY - timedelta(days=number), to="lifts")
        sent_case(company, MONDAY - timedelta(days=number), to="cleaning", category="cleaning", subject="脏")
    chosen = {"subject": "电梯停运", "category": "cleaning", "grading": "major:loss_or_injury"}
    found = sign_in("lin").get(company.url("desk/propose/"), chosen).json()["inputs"]
    assert found.keys() == {"lead"}
    assert found["lead"]["value"] == str(company.departments["cleaning"].pk), "for what was chosen"


def test_without_a_script_looking_up_proposes_too(company, sign_in, log):
    for number in range(3):
        sent_case(company, MONDAY - timedelta(days=number), to="lifts")
    page = sign_in("lin").post(log, {**TYPED, "then": "lookup", "helpers": ["1", "2"]})
    assert page.status_code == 200
    assert (value_of(page, "category"), value_of(page, "helpers")) == ("lift", ["1", "2"])
    assert page.context["form"].proposed == ["category", "grading", "lead"]
    assert str(page.context["form"].fields["category"].help_text) in page.content.decode()
    again = sign_in("lin").post(log, {**TYPED, "then": "lookup", "category": "cleaning"})
    assert value_of(again, "category") == "cleaning"


def test_nothing_is_proposed_for_nothing(company, sign_in, log):
    new_case(company)
    assert sign_in("lin").get(company.url("desk/propose/")).json()["inputs"] == {}
    page = sign_in("lin").get(log)
    assert (page.context["form"].proposed, value_of(page, "category")) == ([], None)


def test_proposals_know_no_other_organization(world: World, sign_in):
    for number in range(3):
        new_case(
            world.hospital, MONDAY - timedelta(days=number), by="bai", subject="挂号", category="waiting"
        )
    asked = {"subject": "挂号"}
    theirs = sign_in("bai").get(world.hospital.url("desk/propose/"), asked).json()
    ours = sign_in("lin").get(world.property.url("desk/propose/"), asked).json()
    assert theirs["inputs"]["category"]
    assert ours["inputs"] == {}
    assert "长青物业" in ours["texts"]["accept"]
    assert "仁和医院" in theirs["texts"]["accept"]
    assert "“挂号”" in theirs["texts"]["accept"]


# --- drafts -----------------------------------------------------------------------------------------------


def test_what_is_typed_is_kept_offered_and_gone_on_with(company, sign_in, clock, log):
    lin = sign_in("lin")
    kept = lin.post(
        company.url("desk/draft/"), {**TYPED, "helpers": ["3", "4"], "then": "dispatch", "x": "1"}
    )
    assert kept.json() == {"at": "10:00"}
    clock.shift(timedelta(minutes=9))
    lin.post(company.url("desk/draft/"), {**TYPED, "content": "改过"})
    page = lin.get(log)
    assert "2026-11-02 10:09" in page.content.decode()
    assert "电梯又停了" in page.content.decode()
    assert value_of(page, "content") is None, "offered, not forced upon a new call"
    page = lin.get(f"{log}?draft={KEY}")
    for name, value in {**TYPED, "content": "改过"}.items():
        assert str(value_of(page, name)) == value
    assert page.context["drafts"] == []


def test_a_draft_is_nobody_else_s(world: World, company, sign_in, log):
    sign_in("lin").post(company.url("desk/draft/"), TYPED)
    before = snapshot()
    zhou = sign_in("zhou")
    page = zhou.get(f"{log}?draft={KEY}")
    assert value_of(page, "content") is None
    assert "今天又停了两次" not in page.content.decode()
    assert "今天又停了两次" not in zhou.get(log).content.decode()
    assert zhou.post(company.url(f"desk/draft/{KEY}/discard/")).status_code == 302
    assert sign_in("bai").post(world.hospital.url(f"desk/draft/{KEY}/discard/")).status_code == 302
    assert snapshot() == before


def test_a_draft_can_be_thrown_away(company, sign_in, log):
    lin = sign_in("lin")
    lin.post(company.url("desk/draft/"), TYPED)
    for _tap in range(2):
        assert lin.post(company.url(f"desk/draft/{KEY}/discard/")).url == log
    assert lin.get(log).context["drafts"] == []
    assert lin.get(f"{log}?draft={KEY}").status_code == 200
    assert lin.get(f"{log}?draft=x").status_code == 200


def test_a_page_that_is_only_opened_leaves_no_draft(company, sign_in, log):
    """The channel is chosen by the page itself."""
    lin = sign_in("lin")
    assert (
        lin.post(company.url("desk/draft/"), {"request_key": str(KEY), "channel": "phone"}).status_code == 200
    )
    assert lin.get(log).context["drafts"] == []


def test_a_lost_answer_is_found_again(company, sign_in, log):
    """The case was made, its page never arrived: neither the draft nor sending it again makes another."""
    lin = sign_in("lin")
    lin.post(company.url("desk/draft/"), TYPED)
    data = {**TYPED, "then": "dispatch", "grading": "minor:slight_inconvenience"}
    data["lead"] = company.departments["works"].pk
    first = lin.post(log, data)
    with company.scope():
        assert not Draft.objects.exists()
    late = lin.post(company.url("desk/draft/"), {**TYPED, "content": "晚到的草稿"})
    assert late.json()["url"] == first.url
    assert lin.get(log).context["drafts"] == []
    assert lin.post(log, data).url == first.url
    with company.scope():
        assert Complaint.objects.count() == 1


def test_a_refused_form_keeps_its_draft_and_its_key(company, sign_in, log):
    lin = sign_in("lin")
    lin.post(company.url("desk/draft/"), TYPED)
    page = lin.post(log, {**TYPED, "then": "dispatch", "helpers": [company.departments["cleaning"].pk]})
    assert page.status_code == 422
    text = page.content.decode()
    for value in TYPED.values():
        assert value in text
    assert re.search(rf'value="{company.departments["cleaning"].pk}"[^>]* checked', text)
    with company.scope():
        assert Draft.objects.count() == 1
        assert not Complaint.objects.exists()


def test_the_cursor_is_where_the_typing_begins(company, sign_in, log):
    lin = sign_in("lin")
    assert focused(lin.get(log)) == "complainant_phone"
    assert focused(lin.post(log, {**TYPED, "then": "register", "subject": ""})) == "subject"


def focused(page) -> str:
    (tag,) = re.findall(r"<[^>]*\sautofocus[^>]*>", page.content.decode())
    return re.search(r'name="(\w+)"', tag)[1]


# --- what the rules want ----------------------------------------------------------------------------------


WORK_ORDER = {
    "channel": "hotline",
    "request": "退费",
    "fact_business": "gsm",
    "fact_problem": "net_quality",
    "fact_phone_number": "18600000000",
    "fact_promised_due": "2026-11-04T18:00",
}


def test_who_may_not_dispatch_is_told_who_does(company, sign_in, log):
    """T1-14: the main button does what the person can do, and nobody is refused for pressing it."""
    with company.scope():
        path = PACKS / "telecom.yaml"
        adopt_policy(organization=company.organization, path=path, now=MONDAY, publish=True)
    page = sign_in("lin").get(log)
    main, text = page.context["main"], page.content.decode()
    assert main.decision == "accept"
    assert "省级投诉处理中心" in main.hint
    assert "周主管" in main.hint
    # The first is for Enter; these rules know neither an explanation nor a rejection.
    assert re.findall(r'name="then" value="(\w+)"', text) == ["accept", "lookup", "accept", "register"]
    assert 'name="lead"' not in text
    sent = {**TYPED, **WORK_ORDER, "then": ""}
    page = sign_in("lin").post(log, {**sent, "fact_business": ""})
    assert page.context["form"].errors.keys() == {"fact_business"}, "what the form of the acceptance wants"
    assert sign_in("lin").post(log, sent).status_code == 302
    with company.scope():
        case = Complaint.objects.get()
    assert (case.state, case.facts["business"]) == ("accepted", "gsm")
    assert sign_in("zhou").get(log).context["main"].decision == "dispatch"
    # From a page that was opened under other rules: a sentence, and everything is still there.
    late = {**sent, "request_key": str(uuid4()), "then": "dispatch", "grading": "general:in_channel"}
    page = sign_in("lin").post(log, {**late, "lead": company.departments["works"].pk})
    assert page.status_code == 422
    assert "省级投诉处理中心" in str(page.context["form"].non_field_errors())
    assert value_of(page, "content") == TYPED["content"]


def test_what_ends_a_call_at_once_takes_its_form_and_its_text(company, sign_in, log):
    def form(name: str, event: str) -> dict[str, object]:
        asked = {"fields": ["依据", "written"], "sign": ["desk_supervisor"]}
        return {"id": name, "title": "登记表", "at": event, **asked}

    put_in_force(company, roles=[], forms=[form("why", "explained"), form("no", "rejected")])
    lin = sign_in("lin")
    offered = lin.post(log, {**TYPED, "then": "lookup"}).context["texts"]
    (acceptance,) = offered["accept"].texts
    assert acceptance.text.startswith("王女士您好")
    assert "“电梯又停了”我们已经受理" in acceptance.text
    assert offered["reject"].field == "reject_note"
    said = {one.keys: one.text for one in offered["reject"].texts}
    assert "“电梯又停了”（编号____）我们不能受理，原因是：不属于本单位职责" in said["not_ours",]
    for then, name in (("explain", "why"), ("reject", "no")):
        sent = {**TYPED, "request_key": str(uuid4()), "then": then, f"{then}_note": "已说明"}
        sent[f"{then}_reason"] = {"explain": "explained_ok", "reject": "not_ours"}[then]
        page = lin.post(log, sent)
        wanted = {f"form.{name}.1", f"form.{name}.sign.desk_supervisor"}
        assert page.context["form"].errors.keys() == wanted
        assert page.context["form"].others_open
        assert lin.post(log, {**sent, **dict.fromkeys(wanted, "on")}).status_code == 302
        with company.scope():
            event = CaseEvent.objects.latest("pk")
        assert event.data["forms"] == {
            name: {"fields": ["依据", "written"], "values": {"依据": "on"}, "signed": ["desk_supervisor"]}
        }


def test_files_come_with_the_call_or_are_asked_for_again(company, sign_in, log):
    def chosen():
        return {"files": [upload("a.jpg", photo()), upload("单.pdf", pdf(CATALOG))]}

    lin, again = sign_in("lin"), "附件须重新选择。"
    for refused in ({"subject": ""}, {"then": "reject", "reject_reason": "nonsense"}):
        page = lin.post(log, {**TYPED, "then": "register", **refused, **chosen()})
        assert page.status_code == 422
        assert page.context["form"].errors["files"] == [again]
        assert value_of(page, "content") == TYPED["content"]
    assert lin.post(log, {**TYPED, "then": "register", **chosen()}).status_code == 302
    with company.scope():
        case = Complaint.objects.get()
        assert case.attachments.count() == 2
    ended = ended_case(company)
    page = lin.post(company.url(f"desk/log/add/{ended.number}/"), {**TYPED, **chosen()})
    assert again in page.context["refused"]
    more = {"request_key": str(uuid4()), "files": [upload("b.jpg", photo("red"))]}
    assert lin.post(company.url(f"desk/log/add/{case.number}/"), {**TYPED, **more}).status_code == 302
    with company.scope():
        assert case.attachments.count() == 3


# --- whatever is sent -------------------------------------------------------------------------------------


def test_hostile_input_gets_a_clear_answer(company, sign_in, log):
    case, _ticket = sent_case(company)
    lin = sign_in("lin")
    names = [*TYPED, "category", "grading", "lead", "helpers", "respondent", "fact_loss_amount", "draft"]
    for what, raw in some(CORPUS.items()):
        body = "&".join(f"{name}={raw}" for name in names)
        with_key = f"{body}&request_key={uuid4()}"
        for path in ("desk/draft/", f"desk/log/add/{case.number}/"):
            assert lin.post(company.url(path), body, content_type=FORM).status_code == 422, what
            answer = lin.post(company.url(path), with_key, content_type=FORM)
            assert answer.status_code in (200, 302, 422), what
        assert lin.post(log, f"{with_key}&then=lookup", content_type=FORM).status_code == 200, what
        for path in ("desk/lookup/", "desk/propose/", "desk/log/"):
            assert lin.get(f"{company.url(path)}?{body}").status_code == 200, what
    with company.scope():
        keys = list(Draft.objects.values_list("key", flat=True))
    assert keys
    for key in keys:
        assert lin.get(f"{log}?draft={key}").status_code == 200
