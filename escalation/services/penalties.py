"""Deciding on penalties that the rules propose. Nothing is ever imposed by itself."""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.course import Course, course_of
from complaints.gatekeeping import phrase
from complaints.models import Complaint, Task
from complaints.penalties import SOURCE
from complaints.rights import RIGHTS, role_to
from complaints.states import check_state
from complaints.tasks import COMPLAINANT, tasks_of
from complaints.timeline import lock, record
from escalation.models import PenaltyDecision
from escalation.penalties import deciding_role, open_penalties
from organizations.actors import Actor
from organizations.errors import Forbidden, Refused
from organizations.text import normalise
from policies.engine.conditions import Need
from policies.engine.frozen import EMPTY
from policies.engine.penalties import AMOUNTS, Proposal, check_decision
from policies.engine.schema import PenaltySubject, Policy
from policies.readable import phrases
from policies.readable.words import labelled, listed, number
from policies.selectors import posts_of

Chosen = Mapping[str, Mapping[str, Any]]
LONGEST_TEXT, LONGEST_WORD = 4000, 200
PERSON, SANCTION = "person", "sanction"
# What a penalty fixes for somebody it strikes, as it is kept with the decision.
_FIXED = (*AMOUNTS, "loss_share", "sanctions", "no_awards_in", "notice")
EVENT = "penalty"


@transaction.atomic
def decide_penalty(
    *,
    actor: Actor,
    complaint: Complaint,
    penalty: str,
    accepted: bool,
    chosen: Chosen = EMPTY,
    reason: str = "",
    now: datetime,
    revision: int | None = None,
) -> PenaltyDecision:
    """Impose a penalty that the rules propose on a case, or decide against it, with a reason.

    `penalty` is its id. `chosen` says what the rules leave open, and who it is, for each subject:
    {who: {points: 8, sanction: "记过", person: "张三"}}. Each penalty is decided once in a round, by the role
    that the rules name and never by whom it is about. What has been put forward as a task is settled with it;
    where the rules want the complainant told, a task for that is made. Forbidden for anybody else; Refused,
    naming what is missing, if the choice does not stand.
    """
    case = lock(complaint, revision)
    if not actor.has(*RIGHTS["decide_penalty"]):
        raise Forbidden(_("Your roles do not allow this."))
    check_state(case, "decide_penalty")
    course = course_of(case, now)
    proposal = proposed_as(case, course, penalty)
    by = deciding_role(actor, posts_of(case.organization), course, proposal)
    if not by:
        raise Forbidden(_("Who decides on this is said by the rules; it is not you."))
    reason = _reason(reason, accepted)
    given = _clean(course.policy, proposal, chosen) if accepted else {}
    _check(actor, course, proposal, by, given, accepted)
    decision = PenaltyDecision.objects.create(
        organization=case.organization,
        complaint=case,
        penalty=penalty,
        title=(proposal.penalty.title or penalty)[:LONGEST_WORD],
        round=case.round,
        accepted=accepted,
        subjects=[_decided(one, given.get(one.who, {})) for one in proposal.subjects] if accepted else [],
        reason=reason,
        decided_by=actor.user,
        role=by,
        decided_at=now,
    )
    _settle(case, proposal, actor, decision)
    _tell_complainant(case, course.policy, proposal, decision)
    # On the timeline, which everybody on the case reads, stands that it was decided, not what on whom.
    record(
        case,
        kind=EVENT,
        actor=actor,
        now=now,
        role=_role(actor, case, by),
        data={"penalty": penalty, "called": decision.title, "accepted": accepted},
    )
    return decision


def proposed_as(case: Complaint, course: Course, penalty: str) -> Proposal:
    """The proposal with this id that waits for its decision. Refused if there is none (any more)."""
    found = next((one for one in open_penalties(course) if one.penalty.id == penalty), None)
    if found is None:
        rows = PenaltyDecision.objects.filter(complaint=case, round=case.round, penalty=penalty)
        done = rows.select_related("decided_by").first()
        if done is not None:
            raise Refused(_("%(person)s has decided on this already.") % {"person": done.decided_by})
        raise Refused(_("The rules do not propose this penalty on the case now."))
    return found


def _role(actor: Actor, case: Complaint, by: str) -> str:
    """The product role for the timeline; who fills a role of the rules elsewhere has none on the case."""
    places = (case.lead_department_id, case.respondent_id, case.desk_id)
    held = (role_to(actor, "decide_penalty", place) for place in places if place)
    return next(filter(None, held), by[:40])


def _reason(reason: str, accepted: bool) -> str:
    reason = normalise(reason)
    if len(reason) > LONGEST_TEXT:
        words = {"limit": LONGEST_TEXT, "length": len(reason)}
        raise Refused(_("At most %(limit)d characters (this has %(length)d).") % words, field="reason")
    if not (accepted or reason):
        raise Refused(_("Say why the penalty is not imposed."), field="reason")
    return reason


# --- what was chosen ----------------------------------------------------------------------------------------


def _clean(policy: Policy, proposal: Proposal, chosen: Chosen) -> dict[str, dict[str, Any]]:
    """What was chosen, normalised. Refused for what the rules leave nobody to choose."""
    open_: dict[str, Any] = {need.fact: need.expected for need in proposal.open()}
    subjects = {one.who for one in proposal.subjects}
    cleaned: dict[str, dict[str, Any]] = {}
    for who, values in chosen.items():
        if who not in subjects or not isinstance(values, Mapping):
            raise Refused(_("The penalty strikes nobody of this name."), field="chosen")
        for field, value in values.items():
            if field != PERSON and f"{who}.{field}" not in open_:
                said = {"who": phrases.role(policy, who)}
                raise Refused(_("The rules leave nothing of this to choose: %(who)s.") % said, field="chosen")
            if value not in (None, ""):
                as_written = isinstance(value, str) and value in (open_.get(f"{who}.{field}") or ())
                cleaned.setdefault(who, {})[field] = value if as_written else _value(field, value)
    return cleaned


def _value(field: str, value: Any) -> float | str:
    if field in AMOUNTS:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or (isinstance(value, float) and not math.isfinite(value)):
            raise Refused(_("This is no number."), field="chosen")
        return value
    text = normalise(value) if isinstance(value, str) else ""
    if not text or len(text) > LONGEST_WORD:
        raise Refused(_("A text of at most %(limit)d characters.") % {"limit": LONGEST_WORD}, field="chosen")
    return text


def _check(actor: Actor, course: Course, proposal: Proposal, by: str, given: Chosen, accepted: bool) -> None:
    needs = check_decision(course.policy, proposal, course.run.facts, by=by, chosen=given)
    missing = [
        need_words(course.policy, proposal, need) for need in needs if accepted or need.code != "choice"
    ]
    if missing:
        sentence = _("This decision does not stand yet: %(needs)s.")
        raise Refused(sentence % {"needs": "; ".join(missing)}, missing=missing, field="chosen")
    own = {str(actor.user), actor.user.get_username()}
    if any(values.get(PERSON) in own for values in given.values()):
        raise Refused(_("Nobody decides on a penalty for themselves."), field="chosen")


def need_words(policy: Policy, proposal: Proposal, need: Need) -> str:
    """What a decision lacks, as a phrase of the user's language."""
    if need.code != "choice":
        return phrase(policy, need)
    subject = next(one for one in proposal.subjects if need.fact.startswith(f"{one.who}."))
    field = need.fact.removeprefix(f"{subject.who}.")
    return labelled(phrases.role(policy, subject.who), _wanted(field, need))


def _wanted(field: str, need: Need) -> str:
    expected: Any = need.expected
    if field == SANCTION:
        if need.op == "gte":
            return _("a sanction: %(sanction)s or heavier") % {"sanction": expected}
        return _("one of: %(sanctions)s") % {"sanctions": listed(str(one) for one in expected)}
    between = {"least": number(expected[0]), "most": number(expected[1])}
    sentences = {
        "points": _("%(least)s to %(most)s points"),
        "yuan": _("¥%(least)s to ¥%(most)s"),
        "bonus_months": _("%(least)s to %(most)s months of bonus"),
        "bonus_percent": _("%(least)s to %(most)s per cent of the bonus"),
    }
    return sentences[field] % between


def _decided(subject: PenaltySubject, given: Mapping[str, Any]) -> dict[str, Any]:
    """What one of those it strikes gets: what the rules fix, and what was chosen."""
    return {"who": subject.who, **dict(_fixed(subject)), **given}


def _fixed(subject: PenaltySubject) -> Iterator[tuple[str, Any]]:
    for field in _FIXED:
        value = getattr(subject, field)
        is_open = field in AMOUNTS and isinstance(value, list | tuple)
        if value not in (None, "", ()) and not is_open:
            yield field, list(value) if isinstance(value, tuple) else value


# --- what follows -------------------------------------------------------------------------------------------


def _settle(case: Complaint, proposal: Proposal, actor: Actor, decision: PenaltyDecision) -> None:
    """The tasks that asked for this decision are done, and those for a penalty that this one replaces. The
    reason stays with the decision: a task is read by everybody on the case."""
    names = {proposal.penalty.id, *proposal.penalty.replaces}
    tasks = Task.objects.filter(complaint=case, kind=Task.Kind.PENALTY, state=Task.State.OPEN)
    mine = [task.pk for task in tasks if task.action.get(Task.Kind.PENALTY) in names]
    Task.objects.filter(pk__in=mine).update(
        state=Task.State.DONE if decision.accepted else Task.State.DECLINED,
        settled_at=decision.decided_at,
        settled_by=actor.user,
    )


def _tell_complainant(case: Complaint, policy: Policy, proposal: Proposal, decision: PenaltyDecision) -> None:
    if not (decision.accepted and proposal.penalty.tell_complainant):
        return
    tasks = tasks_of(
        case,
        policy,
        [{"notify": COMPLAINANT}],
        key=f"decided:{decision.pk}",
        source=f"{SOURCE}{proposal.penalty.id}"[:120],
        to=(),
        now=decision.decided_at,
    )
    Task.objects.bulk_create(tasks)
