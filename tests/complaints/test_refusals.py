"""A verb that is not to be: a sentence that says why, and every row as it was."""

import pytest

from complaints.models import Complaint, State
from complaints.services import __all__ as case_verbs
from organizations.errors import Forbidden, Refused, Stale
from tests.complaints.case_in import LATER, case_in, last_event
from tests.complaints.verbs import VERBS, WITH_TICKET, Verb
from tests.rows import snapshot, undone
from tests.whole import some
from tests.world import World
from tickets.services import __all__ as ticket_verbs

verbs = pytest.mark.parametrize("name", some(sorted(VERBS), every=2))


def test_every_verb_is_in_the_table():
    """A verb that somebody adds is refused here until its states and rights are written down."""
    elsewhere = {"Intake", "register", "resume", "log_call", "log_and_decide"}  # tests of their own
    elsewhere |= {"attach", "give_code", "restart", "end_handling", "merge", "settle_task"}
    elsewhere |= {"propose_remedy", "decide_remedy", "withdraw_remedy", "deliver_remedy"}
    names = {row.call.__name__ for row in VERBS.values()}
    assert names == {*case_verbs, *ticket_verbs} - elsewhere


@verbs
def test_a_verb_does_one_thing(world: World, name: str):
    verb = VERBS[name]
    case = case_in(world.property, verb.start)
    events = case.events.model._base_manager.filter(complaint=case)
    before, revision = events.count(), case.revision
    verb.run(world.property, case, sorted(verb.by)[0], now=LATER)
    with world.property.scope():
        case.refresh_from_db()
    event = last_event(case)
    assert (event.kind, event.at, event.recorded_at) == (verb.event, LATER, LATER)
    assert event.actor == world.property.people[sorted(verb.by)[0]]
    assert event.role
    assert (events.count(), case.revision) == (before + 1, revision + 1)
    assert case.last_event_at == LATER


@pytest.mark.parametrize("state", sorted(State))
def test_a_verb_has_its_place_in_some_states_only(world: World, subtests, state: str):
    case = case_in(world.property, state)
    before = snapshot()
    for name, verb in VERBS.items():
        if verb.on_ticket and state not in WITH_TICKET:
            continue  # there is no ticket yet
        with subtests.test(name):
            if state in verb.allowed_in:
                with undone():
                    _passes_or_meets_a_gate(world, verb, case)
            else:
                with pytest.raises(Refused) as refused:
                    verb.run(world.property, case, sorted(verb.by)[0], now=LATER)
                assert type(refused.value) is Refused
                assert len(str(refused.value)) > 4
            assert snapshot() == before


def _passes_or_meets_a_gate(world: World, verb: Verb, case: Complaint) -> None:
    """In a state where it has a place only what is still missing may stand in its way."""
    needs: list[str] = []
    try:
        verb.run(world.property, case, sorted(verb.by)[0], now=LATER)
    except Refused as refused:
        needs = refused.missing
        if not needs and verb is not VERBS["dispatch"]:  # which may have a lead already
            raise
    if not needs and verb is not VERBS["dispatch"]:
        assert last_event(case).kind == verb.event


@verbs
def test_a_person_without_the_right(world: World, name: str):
    verb = VERBS[name]
    case = case_in(world.property, verb.start)
    before = snapshot()
    for person in world.property.people.keys() - verb.by:
        with pytest.raises(Refused) as refused:
            verb.run(world.property, case, person, now=LATER)
        assert type(refused.value) is (Refused if person in verb.refused else Forbidden)
    assert snapshot() == before


@verbs
def test_everybody_who_has_the_right(world: World, name: str):
    """Negative control for the test above."""
    verb = VERBS[name]
    for person in sorted(verb.by):
        case = case_in(world.property, verb.start)
        verb.run(world.property, case, person, now=LATER)
        assert last_event(case).kind == verb.event


@verbs
def test_a_case_that_has_changed_since_it_was_looked_at(world: World, name: str):
    verb = VERBS[name]
    case = case_in(world.property, verb.start)
    before = snapshot()
    for revision in (case.revision - 1, case.revision + 1, 0):
        with pytest.raises(Stale):
            verb.run(world.property, case, sorted(verb.by)[0], now=LATER, revision=revision)
    assert snapshot() == before
    verb.run(world.property, case, sorted(verb.by)[0], now=LATER, revision=case.revision)


def _bad(name: str, **values: object) -> pytest.param:
    return pytest.param(VERBS[name], values, next(iter(values)), id=f"{name}-{values}")


@pytest.mark.parametrize(
    "verb, values, field",
    [
        _bad("accept", reason="explained_ok"),  # a reason of another decision
        _bad("accept", reason="nonsense"),
        _bad("explain", note=" \n "),
        _bad("explain", reason="on_site_work"),
        _bad("reject", reason=""),
        _bad("grade", tier="enormous"),
        _bad("grade", tier="", criterion=""),
        _bad("grade", reason=" "),
        _bad("correct", field="number"),
        _bad("correct", field="tier"),
        _bad("correct", value="3号楼2单元1501"),  # as it is
        _bad("pause", cause="nonsense"),
        _bad("pause", reason=""),
        _bad("pause", stop="nonsense"),
        _bad("transfer", to="nonsense"),
        _bad("transfer", to="administrator"),
        _bad("transfer", reason=" "),
        _bad("withdraw", reason="\u200b"),
        _bad("tell", summary=" "),
        _bad("tell", outcome="nonsense"),
        _bad("tell", liability="nonsense"),
        _bad("follow_up", satisfaction=""),
        _bad("follow_up", satisfaction="delighted"),
        _bad("follow_up", solved=None),
        _bad("reopen", reason=" "),
        _bad("return", cause="nonsense"),
        _bad("return", reason=""),
        _bad("record_work", note="\u200b "),
        _bad("file_result", result=" "),
        _bad("file_result", outcome="nonsense"),
    ],
)
def test_a_value_that_will_not_do(world: World, verb: Verb, values: dict[str, object], field: str):
    case = case_in(world.property, verb.start)
    before = snapshot()
    with pytest.raises(Refused) as refused:
        verb.run(world.property, case, sorted(verb.by)[0], now=LATER, **values)
    assert refused.value.field == field
    assert snapshot() == before


def test_a_criterion_of_another_tier(world: World):
    case = case_in(world.property, State.IN_HAND)
    with pytest.raises(Refused) as refused:
        VERBS["grade"].run(world.property, case, "lin", now=LATER, criterion="loss_or_injury")
    assert refused.value.field == "tier_criterion"
