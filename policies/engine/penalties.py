"""Penalties: proposals that a person decides. Nothing here is ever carried out by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policies.engine.conditions import Counts, Need, holds, look_up
from policies.engine.frozen import EMPTY
from policies.engine.schema import Penalty, PenaltySubject, Policy

AMOUNTS = ("points", "yuan", "bonus_months", "bonus_percent")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A penalty that fits a case. `decided_by` are the roles that may decide: never the respondent's.

    `proposed_by` is the role that has to put it forward where the usual decider is out of the question.
    """

    penalty: Penalty
    decided_by: tuple[str, ...]
    proposed_by: str = ""

    @property
    def subjects(self) -> tuple[PenaltySubject, ...]:
        return self.penalty.subjects

    def open(self) -> list[Need]:
        """What a person has to choose before it can be decided: ranges, and one of several sanctions."""
        return [need for subject in self.subjects for need in _choices(subject)]


def proposals(policy: Policy, facts: Mapping[str, object], *, counts: Counts | None = None) -> list[Proposal]:
    """The penalties whose condition holds, without those that another of them replaces. Pack order."""
    holding = [one for one in policy.penalties if holds(one.when, facts, counts=counts)]
    replaced = {name for one in holding for name in one.replaces}
    return [proposal_of(policy, one, facts, counts=counts) for one in holding if one.id not in replaced]


def proposal_of(
    policy: Policy, penalty: Penalty, facts: Mapping[str, object], *, counts: Counts | None = None
) -> Proposal:
    """A penalty as it would be proposed on a case, whether its condition holds or not: a trigger may propose
    it, too."""
    usual = (penalty.decided_by,)
    fallback = penalty.fallback
    when = fallback.get("when")
    out_of_question = _is_respondent(policy, penalty.decided_by, facts)
    if fallback and (out_of_question or (isinstance(when, Mapping) and holds(when, facts, counts=counts))):
        decides, proposes = str(fallback.get("decides", "")), str(fallback.get("proposes", ""))
        deciders = tuple(role for role in (decides,) if role and not _is_respondent(policy, role, facts))
        return Proposal(penalty, deciders, proposes)
    return Proposal(penalty, () if out_of_question else usual)


def check_decision(
    policy: Policy,
    proposal: Proposal,
    facts: Mapping[str, object],
    *,
    by: str,
    chosen: Mapping[str, Mapping[str, object]] = EMPTY,
) -> list[Need]:
    """Why a decision does not stand; an empty list = it does.

    `by` is the role of the decider, `chosen` what was chosen for each subject: {who: {points: 8, sanction:
    记过}}. Codes: role (one of `expected` decides), respondent (the complaint is about the decider), choice
    (`fact` = <who>.<field> must be chosen, within `expected`: [least, most], or one of these words, or, with
    op gte, this sanction or a heavier one).
    """
    needs: list[Need] = []
    if not any(policy.role_is(by, role) for role in proposal.decided_by):
        needs.append(Need("role", expected=proposal.decided_by))
    if _is_respondent(policy, by, facts):
        needs.append(Need("respondent", fact="respondent", expected=by))
    for subject in proposal.subjects:
        mine = chosen.get(subject.who, EMPTY)
        needs.extend(need for need in _choices(subject) if not _is_chosen(need, subject, mine))
    return needs


def _is_respondent(policy: Policy, role: str, facts: Mapping[str, object]) -> bool:
    """Whether the complaint is about the holder of a role: respondent is the role, or has it under `role`."""
    respondent = look_up(facts, "respondent")
    named = respondent.get("role") if isinstance(respondent, Mapping) else respondent
    several = named if isinstance(named, list | tuple) else (named,)
    return any(one and (policy.role_is(str(one), role) or policy.role_is(role, str(one))) for one in several)


def _choices(subject: PenaltySubject) -> Iterator[Need]:
    for field in AMOUNTS:
        value = getattr(subject, field)
        if isinstance(value, list | tuple):
            yield Need("choice", fact=f"{subject.who}.{field}", op="within", expected=tuple(value))
    sanction = f"{subject.who}.sanction"
    if subject.sanctions_any:
        yield Need("choice", fact=sanction, op="is", expected=subject.sanctions_any)
    if subject.sanctions_by:
        yield Need("choice", fact=sanction, op="is", expected=tuple(subject.sanctions_by.values()))
    if subject.sanctions_min:
        yield Need("choice", fact=sanction, op="gte", expected=subject.sanctions_min)


def _is_chosen(need: Need, subject: PenaltySubject, chosen: Mapping[str, object]) -> bool:
    value = chosen.get(need.fact.removeprefix(f"{subject.who}."))
    if value in (None, ""):
        return False
    if need.op == "within":
        bounds: Any = need.expected
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and bounds[0] <= value <= bounds[1]
    return need.op == "gte" or value in need.expected  # type: ignore[operator]
