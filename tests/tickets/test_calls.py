"""A call and what becomes of it: all or nothing, and never twice."""

from uuid import uuid4

import pytest

from complaints.drafts import keep_draft
from complaints.models import Attachment, CaseEvent, Complaint, Draft, State
from complaints.services import contact_again
from organizations.errors import Forbidden, Refused
from policies.engine.loading import load_policy
from tests.complaints.case_in import case_in
from tests.files.samples import CATALOG, pdf, prepared
from tests.rows import snapshot
from tests.tickets.race import in_thread, on_postgresql
from tests.world import MONDAY, PACKS, Company, World, intake, sent_case
from tickets.models import Ticket
from tickets.services import log_and_decide
from tickets.services.calls import CALL, Decision, ways_of_call

NEEDS = {
    Decision.DISPATCH: {},
    Decision.ACCEPT: {},
    Decision.REGISTER: {},
    Decision.EXPLAIN: {"reason": "explained_ok", "note": "已解释"},
    Decision.REJECT: {"reason": "not_ours"},
}
BECOMES = {
    Decision.DISPATCH: State.DISPATCHED,
    Decision.ACCEPT: State.ACCEPTED,
    Decision.REGISTER: State.RECORDED,
    Decision.EXPLAIN: State.EXPLAINED,
    Decision.REJECT: State.REJECTED,
}


def decide(company: Company, decision: Decision, *, by: str = "lin", key=None, **more: object) -> Complaint:
    with company.scope():
        given = {**NEEDS[decision], **more}
        if decision == Decision.DISPATCH:
            given.setdefault("lead", company.departments["works"])
        return log_and_decide(
            actor=company.actor(by), intake=intake(request_key=key), decision=decision, now=MONDAY, **given
        )


@pytest.mark.parametrize("decision", Decision)
def test_a_call_is_decided_on_once(world: World, decision: Decision):
    company, key = world.property, uuid4()
    with company.scope():
        keep_draft(actor=company.actor("lin"), kind=CALL, key=key, data={"content": "x"}, now=MONDAY)
    first = decide(company, decision, key=key)
    before = snapshot()
    again = decide(company, decision, key=key)
    assert (first.state, again.pk, again.state) == (BECOMES[decision], first.pk, BECOMES[decision])
    assert snapshot() == before
    with company.scope():
        assert not Draft.objects.exists()
        assert Ticket.objects.count() == (decision == Decision.DISPATCH)


@pytest.mark.parametrize(
    "decision,wrong",
    [
        (Decision.EXPLAIN, {"note": " "}),
        (Decision.REJECT, {"reason": "nonsense"}),
        (Decision.DISPATCH, {"reason": "nonsense"}),
        (Decision.DISPATCH, {"helpers": "the lead again"}),
    ],
)
def test_what_is_refused_leaves_nothing(world: World, decision: Decision, wrong: dict):
    """Nor does it take the draft away."""
    company, key = world.property, uuid4()
    if "helpers" in wrong:
        wrong = {"helpers": [company.departments["works"]]}
    with company.scope():
        keep_draft(actor=company.actor("lin"), kind=CALL, key=key, data={"content": "x"}, now=MONDAY)
    before = snapshot()
    with pytest.raises(Refused):
        decide(company, decision, key=key, **wrong)
    with pytest.raises(Forbidden):
        decide(company, decision, key=key, by="sun")
    assert snapshot() == before


def test_how_far_a_call_gets_is_said_by_the_gates(world: World):
    """Before anybody is refused: T1-14, only the centre dispatches; it accepts what the counter has taken."""
    company = world.property
    ways = {}
    for pack in ("standard", "telecom", "food_drug_bureau", "car_dealer"):
        policy = load_policy(PACKS / f"{pack}.yaml", packs_dir=PACKS)
        for name in ("lin", "zhou"):
            with company.scope():
                found = ways_of_call(company.actor(name), policy)
            ways[pack, name] = found.furthest, found.shut.keys()
    every, ends = set(), {Decision.EXPLAIN, Decision.REJECT}
    assert ways == {
        ("standard", "lin"): (Decision.DISPATCH, every),
        ("standard", "zhou"): (Decision.DISPATCH, every),
        ("telecom", "lin"): (Decision.ACCEPT, {Decision.DISPATCH, *ends}),
        ("telecom", "zhou"): (Decision.DISPATCH, ends),
        ("food_drug_bureau", "lin"): (Decision.ACCEPT, {Decision.DISPATCH}),
        ("food_drug_bureau", "zhou"): (Decision.DISPATCH, every),
        ("car_dealer", "lin"): (Decision.REGISTER, {Decision.DISPATCH, Decision.ACCEPT, *ends}),
        ("car_dealer", "zhou"): (Decision.DISPATCH, every),
    }


def test_files_come_with_a_call(world: World):
    company, key = world.property, uuid4()
    photo, bill = prepared(), prepared(pdf(CATALOG), "账单.pdf")
    case = decide(company, Decision.EXPLAIN, key=key, files=[photo, bill])
    before = snapshot()
    decide(company, Decision.EXPLAIN, key=key, files=[photo, bill])
    assert snapshot() == before
    again(company, sent := sent_case(company)[0], files=[photo], request_key=key)
    again(company, sent, files=[photo], request_key=uuid4())
    with company.scope():
        assert [row.name for row in Attachment.objects.filter(complaint=case).order_by("pk")] == [
            photo.name,
            "账单.pdf",
        ]
        row = Attachment.objects.get(complaint=sent)
        assert row.event.kind == "contacted_again"
    before = snapshot()
    with pytest.raises(Refused):
        decide(company, Decision.REJECT, reason="nonsense", files=[photo])
    assert snapshot() == before


def again(company: Company, case: Complaint, *, by: str = "lin", **given: object) -> CaseEvent:
    """Another contact about a case; the event it left."""
    with company.scope():
        contact_again(
            actor=company.actor(by), complaint=case, **{"said": "怎么还没修好", "now": MONDAY, **given}
        )
        return CaseEvent.objects.filter(complaint=case).latest("pk")


def test_another_contact_is_on_the_timeline(world: World):
    company = world.property
    case, _ticket = sent_case(company)
    event = again(company, case, channel="visit", name="王女士", phone="138-0013-8000")
    assert (event.kind, event.reason, event.department.code) == ("contacted_again", "怎么还没修好", "desk")
    assert event.data["way"] == "visit"
    event = again(company, case, name="李先生", phone="13911112222", channel="nonsense")
    assert event.reason.endswith("\n怎么还没修好")
    assert "李先生 13911112222" in event.reason
    assert "way" not in event.data
    assert again(company, case, said=" ").reason == "", "that somebody called is something, too"


def test_another_contact_is_recorded_under_any_rules(world: World):
    """Also where they wait for no such event."""
    from policies.engine.naming import named_events
    from policies.selectors import policy_of
    from policies.services import adopt_policy
    from tests.world import PACKS

    company = world.property
    with company.scope():
        path = PACKS / "telecom.yaml"
        adopt_policy(organization=company.organization, path=path, now=MONDAY, publish=True)
        case = log_and_decide(
            actor=company.actor("lin"),
            intake=intake(channel="hotline", category="", nature="", tier="", tier_criterion=""),
            decision=Decision.REGISTER,
            now=MONDAY,
        )
    assert "contacted_again" not in named_events(policy_of(case.policy_id))
    assert again(company, case).kind == "contacted_again"


def test_the_same_contact_is_recorded_once(world: World):
    company, key = world.property, uuid4()
    case, _ticket = sent_case(company)
    again(company, case, request_key=key)
    before = snapshot()
    again(company, case, request_key=key)
    assert snapshot() == before
    again(company, case, request_key=uuid4())
    assert snapshot() != before


def test_another_contact_needs_the_desk_and_a_case_that_goes_on(world: World):
    company = world.property
    case, _ticket = sent_case(company)
    ended = case_in(company, State.REJECTED)
    before = snapshot()
    for name in ("sun", "mao", "admin"):
        with pytest.raises(Forbidden):
            again(company, case, by=name)
    with pytest.raises(Refused):
        again(company, ended)
    assert snapshot() == before


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_double_tap_at_the_same_moment(live_world: World):
    """Two requests of one form, side by side: one case, one contact."""
    from concurrent.futures import ThreadPoolExecutor

    company, key = live_world.property, uuid4()
    with ThreadPoolExecutor(4) as pool:
        taps = [pool.submit(in_thread(lambda: decide(company, Decision.DISPATCH, key=key))) for _ in range(4)]
        cases = [tap.result(20) for tap in taps]
    assert len({case.pk for case in cases}) == 1, cases
    with ThreadPoolExecutor(4) as pool:
        taps = [pool.submit(in_thread(lambda: again(company, cases[0], request_key=key))) for _ in range(4)]
        events = [tap.result(20) for tap in taps]
    assert {event.kind for event in events} == {"contacted_again"}, events
    with company.scope():
        assert Complaint.objects.count() == Ticket.objects.count() == 1
        assert CaseEvent.objects.filter(kind="contacted_again").count() == 1
