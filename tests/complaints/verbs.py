"""Every verb with arguments that will do: one table for the tests of states, rights and revisions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from complaints import services
from complaints.models import Complaint, State
from tests.complaints.case_in import ticket_of
from tests.world import Company
from tickets import services as tickets

S = State
OPEN = frozenset(State) - {S.EXPLAINED, S.REJECTED, S.CLOSED}
# A ticket is still dispatched (to be signed for) or signed in these.
DESK, WORKERS = frozenset({"lin", "zhou"}), frozenset({"he", "sun", "qian"})


@dataclass(frozen=True)
class Verb:
    """`by` may use it on the works department's case, `allowed_in` are the states it has a place in. The
    `refused` have the right, but the rules leave it to others."""

    call: Callable[..., Any]
    allowed_in: frozenset[str]
    by: frozenset[str]
    event: str
    start: str
    values: dict[str, Any] = field(default_factory=dict)
    on_ticket: bool = False
    refused: frozenset[str] = frozenset()

    def run(self, company: Company, case: Complaint, by: str, **more: Any) -> Any:
        about = {"ticket": ticket_of(case)} if self.on_ticket else {"complaint": case}
        given = {name: value(company) if callable(value) else value for name, value in self.values.items()}
        with company.scope():
            return self.call(actor=company.actor(by), **about, **{**given, **more})


def states(*names: str) -> frozenset[str]:
    return frozenset(names)


VERBS = {
    "accept": Verb(services.accept, states(S.RECORDED), DESK, "accepted", S.RECORDED),
    "explain": Verb(
        services.explain_only, states(S.RECORDED), DESK, "explained", S.RECORDED,
        {"reason": "explained_ok", "note": "已解释"},
    ),
    "reject": Verb(
        services.reject, states(S.RECORDED), DESK, "rejected", S.RECORDED, {"reason": "not_ours"}
    ),
    "grade": Verb(
        services.grade, OPEN, DESK | {"gao"}, "regraded", S.IN_HAND,
        {"tier": "important", "criterion": "fault", "reason": "有过失"},
    ),
    "correct": Verb(
        services.correct, frozenset(State), DESK, "corrected", S.CLOSED, {"field": "place", "value": "4号楼"}
    ),
    "dispatch": Verb(
        tickets.dispatch, states(S.ACCEPTED, S.DISPATCHED, S.IN_HAND), DESK, "dispatched", S.ACCEPTED,
        {"lead": lambda company: company.departments["works"]},
    ),
    "pause": Verb(
        services.pause, OPEN, frozenset({"zhou"}), "paused", S.IN_HAND,
        {"cause": "parts", "reason": "等配件"}, refused=frozenset({"lin"}),
    ),
    "transfer": Verb(
        services.transfer, OPEN, DESK, "transferred", S.IN_HAND,
        {"to": "dept_manager", "reason": "须由经理处理"},
    ),
    "tell": Verb(
        services.tell, states(S.HANDLED), DESK, "told", S.HANDLED, {"summary": "已修复", "outcome": "solved"}
    ),
    "follow_up": Verb(
        services.follow_up, states(S.TOLD), DESK, "follow_up_done", S.TOLD,
        {"reached": True, "solved": True, "satisfaction": "satisfied"},
    ),
    "consent": Verb(
        services.consent, OPEN, frozenset({"gao"}), "consented", S.TOLD, {"role": "general_manager"}
    ),
    "note": Verb(
        services.note, OPEN, DESK | WORKERS | {"gao"}, "noted", S.IN_HAND,
        {"event": "noted", "facts": {"loss_amount": 1200}},
    ),
    "contact_again": Verb(
        services.contact_again, OPEN | {S.CLOSED}, DESK | {"gao"}, "contacted_again", S.IN_HAND,
        {"said": "催办"},
    ),
    "close": Verb(
        services.close, states(S.HANDLED, S.TOLD, S.FOLLOWED_UP), DESK, "closed", S.FOLLOWED_UP
    ),
    "reopen": Verb(
        services.reopen, states(S.HANDLED, S.TOLD, S.FOLLOWED_UP, S.CLOSED), DESK, "reopened", S.CLOSED,
        {"reason": "仍有异响"},
    ),
    "withdraw": Verb(
        tickets.withdraw_ticket, states(S.DISPATCHED, S.IN_HAND), DESK, "withdrawn", S.DISPATCHED,
        {"reason": "派错部门"}, on_ticket=True,
    ),
    "sign_for": Verb(
        tickets.sign_for, states(S.DISPATCHED), WORKERS, "acknowledged", S.DISPATCHED, on_ticket=True
    ),
    "return": Verb(
        tickets.return_ticket, states(S.DISPATCHED, S.IN_HAND), WORKERS, "returned", S.DISPATCHED,
        {"cause": "not_our_duty", "reason": "非本部门"}, on_ticket=True,
    ),
    "assign": Verb(
        tickets.assign, states(S.IN_HAND), frozenset({"sun", "qian"}), "assigned", S.IN_HAND,
        {"handler": lambda company: company.people["he"]}, on_ticket=True,
    ),
    "record_work": Verb(
        tickets.record_work, states(S.IN_HAND), WORKERS, "worked", S.IN_HAND, {"note": "到场"}, on_ticket=True
    ),
    "file_result": Verb(
        tickets.file_result, states(S.IN_HAND), WORKERS, "handled", S.IN_HAND,
        {"result": "已修复", "outcome": "solved"}, on_ticket=True,
    ),
}  # fmt: skip
WITH_TICKET = frozenset(State) - {S.RECORDED, S.EXPLAINED, S.REJECTED, S.ACCEPTED}
