"""One matter, two cases: one goes into the other, and neither chains nor cycles come of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from complaints import services
from complaints.models import CaseEvent, Complaint, Deadline, State
from escalation.audit import audit
from notifications.models import Notification
from organizations.errors import Forbidden, NotVisible, Refused, Stale
from policies.services import adopt_policy
from tests.complaints.case_in import last_event
from tests.overlay import put_in_force
from tests.rows import snapshot
from tests.world import MONDAY, PACKS, Company, World, intake, new_case, sent_case
from tickets.models import Ticket
from tickets.services import dispatch

LATER = MONDAY + timedelta(hours=1)


def merge(company: Company, case: Complaint, into: Complaint, by: str = "lin", **more: Any) -> Complaint:
    given = {"reason": "同一台电梯", "now": LATER, **more}
    with company.scope():
        done = services.merge(actor=company.actor(by), complaint=case, into=into, **given)
        into.refresh_from_db()
    return done


def test_the_merged_case_ends_and_the_other_knows_of_it(world: World):
    company = world.property
    case, ticket = sent_case(company)
    other, _ticket = sent_case(company)
    seen = other.revision
    case = merge(company, case, other)
    event = last_event(case)
    assert (event.kind, event.data["into"], event.reason) == ("merged", other.number, "同一台电梯")
    assert (case.state, case.closed_at) == (State.CLOSED, LATER)
    assert case.facts["duplicate_of"] == other.number
    entry = last_event(other)
    assert (entry.kind, entry.data["merged"]) == ("contacted_again", case.number)
    assert entry.reason == "同一台电梯"
    assert (other.state, other.revision) == (State.DISPATCHED, seen + 1)
    with company.scope():
        assert Ticket.objects.get(pk=ticket.pk).state == Ticket.State.WITHDRAWN
        assert not Deadline.objects.filter(complaint=case, state="open").exists()
        told = Notification.objects.filter(complaint=case, occasion="withdrawn")
        assert [row.user.username for row in told] == ["sun"]
        assert list(audit(company.organization)) == []


def test_the_other_case_is_contacted_again_where_its_rules_say_so(world: World):
    company = world.property
    trigger = {"id": "again", "event": "contacted_again", "do": [{"open_task": "回电"}]}
    put_in_force(company, roles=[], triggers=[trigger])
    case, other = new_case(company), new_case(company)
    merge(company, case, other)
    with company.scope():
        kinds = list(CaseEvent.objects.filter(complaint=other).values_list("kind", flat=True))
        assert kinds[-1] == "contacted_again"
        assert [str(task.action["open_task"]) for task in other.tasks.all()] == ["回电"]


@pytest.mark.parametrize("which", ["itself", "a closed one", "one that was merged", "after taking one in"])
def test_no_chains_and_no_cycles(world: World, which: str):
    company = world.property
    one, two, three = (new_case(company) for _ in range(3))
    case, into = one, two
    if which == "itself":
        into = one
    elif which == "a closed one":
        with company.scope():
            into = services.register(actor=company.actor("lin"), intake=intake(), now=MONDAY)
            services.reject(actor=company.actor("lin"), complaint=into, reason="not_ours", now=MONDAY)
    elif which == "one that was merged":
        merge(company, two, three)
    else:
        merge(company, three, one)
    before = snapshot()
    with pytest.raises(Refused):
        merge(company, case, into)
    assert snapshot() == before


def test_a_merged_case_can_be_taken_up_again_and_is_its_own_matter_then(world: World):
    company = world.property
    one, two, three = (new_case(company) for _ in range(3))
    one = merge(company, one, two)
    with company.scope():
        one = services.reopen(actor=company.actor("lin"), complaint=one, reason="另一台电梯", now=LATER)
    assert (one.state, one.facts) == (State.ACCEPTED, {})
    with company.scope():
        two.refresh_from_db()
    merge(company, two, three)  # nothing is merged into it any more


def test_whose_it_is_to_merge(world: World):
    company = world.property
    case, other = new_case(company), new_case(company)
    before = snapshot()
    for person in ("he", "sun", "qian", "mao", "gao", "admin"):
        with pytest.raises(Forbidden):
            merge(company, case, other, by=person)
    with pytest.raises(Stale):
        merge(company, case, other, revision=case.revision + 1)
    with pytest.raises(Refused) as refused:
        merge(company, case, other, reason="\u200b")
    assert refused.value.field == "reason"
    assert snapshot() == before
    merge(company, case, other, by="zhou", revision=case.revision)


def test_never_into_another_organization(world: World):
    ours = new_case(world.property)
    theirs = new_case(world.hospital, by="bai")
    before = snapshot()
    with pytest.raises(NotVisible):
        merge(world.property, ours, theirs)
    assert snapshot() == before


def test_rules_that_know_duplicates_have_their_say(world: World):
    """F1-04: what is still being handled takes in its duplicate, for the reason the rules have for it."""
    company = world.property
    with company.scope():
        path = PACKS / "food_platform.yaml"
        adopt_policy(organization=company.organization, path=path, now=MONDAY, publish=True)
        lin = company.actor("lin")
        plain = {"channel": "online", "category": "", "nature": "", "tier": "", "tier_criterion": ""}
        case, other = (
            services.register(actor=lin, intake=intake(**plain), now=MONDAY) for _number in range(2)
        )
    with translation.override("en"):
        case = merge(company, case, other)
    event = last_event(case)
    assert event.data["facts"] == {"duplicate_of": "open", "accept_reason": "r3"}
    assert case.facts["duplicate_of"] == "open"
    assert (last_event(other).kind, last_event(other).data["merged"]) == ("noted", case.number)
    with company.scope():
        answer = Deadline.objects.filter(complaint=case, duty__startswith="accept").first()
        assert answer is None or answer.state == Deadline.State.MET


def test_a_merged_case_s_departments_may_be_sent_to_again(world: World):
    company = world.property
    case, _ticket = sent_case(company)
    merge(company, case, new_case(company))
    with company.scope():
        lin = company.actor("lin")
        services.reopen(actor=lin, complaint=case, reason="不是同一件事", now=LATER)
        (ticket,) = dispatch(actor=lin, complaint=case, lead=company.departments["works"], now=LATER)
        assert (ticket.round, ticket.part) == (2, Ticket.Part.LEAD)
