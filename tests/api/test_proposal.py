"""A case that waits to be dispatched says where the rules send it."""

from tests.api.person import Api
from tests.world import World, new_case, sent_case


def test_the_proposal_of_a_case_that_waits(world: World):
    company = world.property
    sent_case(company)
    case = new_case(company)
    desk = Api(company, "lin")
    found = desk.get(f"complaints/{case.number}/")["proposed_dispatch"]
    assert (found["lead"], found["helpers"], found["also_notify"], found["needs"]) == ("works", [], [], [])
    assert len(found["reasons"]) == 2
    answer = desk.post(f"complaints/{case.number}/dispatch/", lead=found["lead"])
    assert desk.get(f"complaints/{case.number}/")["proposed_dispatch"] is None
    assert answer
