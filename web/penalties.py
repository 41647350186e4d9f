"""The box of penalties on a case, for those who decide on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from complaints.rights import RIGHTS
from complaints.states import may_move
from escalation.models import PenaltyDecision
from escalation.penalties import Waiting, decisions_for, penalties_to_decide, waiting_on
from organizations.actors import Actor
from policies.engine.conditions import facts_read, look_up
from policies.engine.frozen import EMPTY
from policies.engine.penalties import AMOUNTS
from policies.engine.schema import PenaltySubject, Policy
from policies.readable import phrases
from policies.readable.rest import subject as subject_words
from policies.readable.words import listed
from web.actions import IN_PLACE
from web.casefile import CaseFile
from web.forms.penalty import PenaltyForm

DECIDE = "penalty"


@dataclass(frozen=True)
class Row:
    """A proposed penalty: why it is proposed, who decides, and the form."""

    title: str
    when: str
    facts: list[tuple[str, str]]
    role: str
    proposed_by: str
    source: str
    form: PenaltyForm
    url: str


@dataclass(frozen=True)
class Decided:
    """A decision of this round or an earlier one."""

    decision: PenaltyDecision
    role: str
    subjects: list[str]


@dataclass(frozen=True)
class Box:
    rows: list[Row]
    decided: list[Decided]

    def __bool__(self) -> bool:
        return bool(self.rows or self.decided)


def box(file: CaseFile, failed: Any = None) -> Box:
    """The box of a case: empty for everybody but those who decide."""
    if not (file.policy.penalties and file.actor.has(*RIGHTS["decide_penalty"])):
        return Box([], [])
    open_ = may_move(file.case, "decide_penalty")
    waiting = waiting_on(file.actor, file.posts, file.course) if open_ else []
    decided = decisions_for(file.actor, file.posts, file.case)
    return Box([row(file, one, failed) for one in waiting], [_decided(file, one) for one in decided])


def row(file: CaseFile, waiting: Waiting, failed: Any = None, back: str = "case") -> Row:
    """A proposed penalty that the actor decides on."""
    policy, penalty = file.policy, waiting.proposal.penalty
    again = failed is not None and failed.is_for(DECIDE, penalty.id)
    form = (
        failed.form
        if again
        else PenaltyForm(
            file=file,
            proposal=waiting.proposal,
            auto_id=f"penalty-{file.case.pk}-{penalty.id}-%s",
            initial={"back": back},
        )
    )
    proposed_by = waiting.proposal.proposed_by
    return Row(
        title=penalty.title or penalty.id,
        when=phrases.condition(policy, penalty.when),
        facts=facts_beside(policy, penalty.when, waiting.course.run.facts),
        role=phrases.role(policy, waiting.role),
        proposed_by=phrases.role(policy, proposed_by) if proposed_by else "",
        source=listed(penalty.source),
        form=form,
        url=reverse("case-penalty", args=[file.case.organization.slug, file.case.number]),
    )


def facts_beside(
    policy: Policy, condition: Mapping[str, Any], facts: Mapping[str, object] = EMPTY
) -> list[tuple[str, str]]:
    """What is known of the facts that a condition looks at."""
    known = ((name, look_up(facts, name)) for name in dict.fromkeys(facts_read(condition)))
    return [
        (phrases.fact(policy, name), phrases.value(policy, name, value))
        for name, value in known
        if value not in (None, "")
    ]


def subject(policy: Policy, given: Mapping[str, Any]) -> str:
    """What was decided for one of those it strikes: 「责任人:扣5分、通报批评(张三)」."""
    sanctions = [*given.get("sanctions", ()), *filter(None, [given.get("sanction")])]
    fixed = ("who", *AMOUNTS, "loss_share", "no_awards_in", "notice")
    known = {name: given[name] for name in fixed if name in given}
    text = subject_words(policy, PenaltySubject(**known, sanctions=tuple(sanctions)))
    return f"{text} ({given['person']})" if given.get("person") else text


def _decided(file: CaseFile, one: PenaltyDecision) -> Decided:
    lines = [subject(file.policy, given) for given in one.subjects]
    return Decided(one, phrases.role(file.policy, one.role), lines)


@dataclass(frozen=True)
class Asked:
    """A penalty that waits for a decision, with its case."""

    row: Row
    file: CaseFile


def asked(actor: Actor, now: datetime, failed: Any = None) -> list[Asked]:
    """What waits for the actor's decision."""
    found = []
    for waiting in penalties_to_decide(actor, now, IN_PLACE):
        file = CaseFile(waiting.case, actor, now)
        file.course = waiting.course
        again = failed if failed is not None and failed.form.file.case.pk == waiting.case.pk else None
        found.append(Asked(row(file, waiting, again, "manager"), file))
    return found
