"""What stands before a case may pass, and that the refusal names it."""

from datetime import timedelta

import pytest
from django.utils import translation

from complaints import services
from complaints.models import Complaint, State
from organizations.errors import Forbidden, Refused
from organizations.models import Role
from organizations.services import grant_role
from tests.complaints.case_in import LATER, case_in, ticket_of
from tests.rows import snapshot
from tests.world import MONDAY, World, handled_case, new_case, sent_case
from tickets.services import assign, dispatch, file_result, sign_for

DAY = timedelta(days=1)


def _close(world: World, case: Complaint, by: str = "lin") -> Complaint:
    with world.property.scope():
        return services.close(actor=world.property.actor(by), complaint=case, now=LATER)


def _missing(world: World, case: Complaint) -> list[str]:
    before = snapshot()
    with pytest.raises(Refused) as refused:
        _close(world, case)
    assert snapshot() == before
    assert all(need in str(refused.value) for need in refused.value.missing)
    return refused.value.missing


def test_a_case_is_not_dispatched_before_it_is_accepted(world: World):
    case = case_in(world.property, State.RECORDED)
    with world.property.scope(), pytest.raises(Refused):
        dispatch(
            actor=world.property.actor("lin"),
            complaint=case,
            lead=world.property.departments["works"],
            now=LATER,
        )


def test_closing_needs_the_answer_and_the_follow_up(world: World):
    with translation.override("en"):
        case = case_in(world.property, State.HANDLED)
        assert len(_missing(world, case)) == 2
        assert "telling the complainant the result" in _missing(world, case)
        case = case_in(world.property, State.TOLD)
        (need,) = _missing(world, case)
        assert need == "a follow-up or 3 recorded follow-up attempts"
    assert _close(world, case_in(world.property, State.FOLLOWED_UP)).state == State.CLOSED


@pytest.mark.parametrize("attempts, closes", [(2, False), (3, True)])
def test_three_attempts_to_reach_the_complainant_suffice(world: World, attempts: int, closes: bool):
    case = case_in(world.property, State.TOLD)
    with world.property.scope():
        for number in range(attempts):
            case = services.follow_up(
                actor=world.property.actor("lin"),
                complaint=case,
                reached=False,
                note=f"第{number + 1}次无人接听",
                now=MONDAY + number * DAY,
            )
        assert case.state == State.TOLD
    if closes:
        assert _close(world, case).state == State.CLOSED
    else:
        assert _missing(world, case)


def test_an_open_ticket_of_a_helper_holds_the_case(world: World):
    company = world.property
    case, ticket = sent_case(company)
    with company.scope():
        (helper,) = dispatch(
            actor=company.actor("lin"),
            complaint=case,
            lead=company.departments["works"],
            helpers=[company.departments["cleaning"]],
            now=MONDAY,
        )
        sign_for(actor=company.actor("sun"), ticket=ticket, now=MONDAY)
        file_result(actor=company.actor("sun"), ticket=ticket, result="已修", outcome="solved", now=MONDAY)
        case = services.tell(actor=company.actor("lin"), complaint=case, summary="已修", now=MONDAY)
        case = services.follow_up(
            actor=company.actor("lin"),
            complaint=case,
            reached=True,
            solved=True,
            satisfaction="satisfied",
            now=MONDAY,
        )
    assert len(_missing(world, case)) == 1
    with company.scope():
        sign_for(actor=company.actor("mao"), ticket=helper, now=MONDAY)
        file_result(actor=company.actor("mao"), ticket=helper, result="已清理", now=MONDAY)
    assert _close(world, case).state == State.CLOSED


def _major(world: World) -> Complaint:
    case, _ticket = handled_case(world.property, tier="major", tier_criterion="loss_or_injury")
    desk = world.property.actor("lin")
    with world.property.scope():
        case = services.tell(actor=desk, complaint=case, summary="已修", now=MONDAY)
        return services.follow_up(
            actor=desk, complaint=case, reached=True, solved=True, satisfaction="satisfied", now=MONDAY
        )


def test_a_major_case_needs_the_general_manager_s_consent(world: World):
    case = _major(world)
    (need,) = _missing(world, case)
    assert "总经理" in need
    with world.property.scope():
        gao = world.property.actor("gao")
        case = services.consent(actor=gao, complaint=case, role="general_manager", now=MONDAY)
        with pytest.raises(Refused):
            services.consent(actor=gao, complaint=case, role="general_manager", now=MONDAY)
    assert _close(world, case).state == State.CLOSED


def test_nobody_else_s_consent_will_do(world: World):
    case = _major(world)
    with world.property.scope():
        services.consent(actor=world.property.actor("qian"), complaint=case, role="dept_manager", now=MONDAY)
    assert len(_missing(world, case)) == 1


@pytest.mark.parametrize(
    "person, role",
    [
        ("qian", "general_manager"),
        ("lin", "general_manager"),
        ("mao", "dept_head"),  # of another department
        ("gao", "dept_head"),
        ("he", "handler"),  # not a role that consents
        ("lin", "receptionist"),
        ("gao", "nonsense"),
    ],
)
def test_consent_is_given_only_in_a_role_one_has(world: World, person: str, role: str):
    case = _major(world)
    before = snapshot()
    with world.property.scope(), pytest.raises(Forbidden):
        services.consent(actor=world.property.actor(person), complaint=case, role=role, now=MONDAY)
    assert snapshot() == before


def test_a_consent_is_for_its_round(world: World):
    case = _major(world)
    with world.property.scope():
        services.consent(
            actor=world.property.actor("gao"), complaint=case, role="general_manager", now=MONDAY
        )
        case = services.reopen(actor=world.property.actor("lin"), complaint=case, reason="未解决", now=MONDAY)
        services.consent(
            actor=world.property.actor("gao"), complaint=case, role="general_manager", now=MONDAY
        )
    assert case.round == 2


def test_who_handled_the_case_does_not_follow_up(world: World):
    """zhou files the result as a handler of works, and is the desk's supervisor too."""
    company = world.property
    with company.scope():
        works = company.departments["works"]
        grant_role(user=company.people["zhou"], department=works, role=Role.HANDLER, now=MONDAY)
    case, _ticket = handled_case(company, head="zhou")
    with company.scope():
        case = services.tell(actor=company.actor("zhou"), complaint=case, summary="已修", now=MONDAY)
        given = {"reached": True, "solved": True, "satisfaction": "satisfied", "now": LATER}
        before = snapshot()
        for reached in ({}, {"reached": False}):
            with pytest.raises(Refused):
                services.follow_up(actor=company.actor("zhou"), complaint=case, **{**given, **reached})
        assert snapshot() == before
        case = services.follow_up(actor=company.actor("lin"), complaint=case, **given)
    assert case.state == State.FOLLOWED_UP


def test_a_lead_is_named_once(world: World):
    company = world.property
    case, _ticket = sent_case(company)
    before = snapshot()
    works, cleaning = company.departments["works"], company.departments["cleaning"]
    for lead, helpers, field in (
        (cleaning, [], "lead"),
        (works, [], "lead"),
        (works, [works], "helpers"),
        (works, [cleaning, cleaning], "helpers"),
        (world.hospital.departments["clinic"], [], "lead"),
    ):
        with company.scope(), pytest.raises(Refused) as refused:
            dispatch(actor=company.actor("lin"), complaint=case, lead=lead, helpers=helpers, now=LATER)
        assert refused.value.field == field
    assert snapshot() == before


def test_a_ticket_is_handed_only_to_people_of_the_department(world: World):
    company = world.property
    case = case_in(company, State.IN_HAND)
    before = snapshot()
    for person in (company.people["mao"], company.people["lin"], world.hospital.people["tang"], world.left):
        with company.scope(), pytest.raises(Refused) as refused:
            assign(actor=company.actor("sun"), ticket=ticket_of(case), handler=person, now=LATER)
        assert refused.value.field == "handler"
    assert snapshot() == before


def test_a_case_is_corrected_with_the_old_value_kept(world: World):
    case = new_case(world.property)
    with world.property.scope():
        case = services.correct(
            actor=world.property.actor("lin"),
            complaint=case,
            field="category",
            value="leakage",
            reason=" 听错了 ",
            now=LATER,
        )
        event = case.events.latest("pk")
    assert case.category == "leakage"
    assert event.data == {"changes": {"category": ["lift", "leakage"]}, "facts": {"category": "leakage"}}
    assert event.reason == "听错了"
