"""Remedies: proposed by a department or the desk, approved by whom the rules name, given in the end."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.course import course_of
from complaints.models import Complaint
from complaints.rights import role_to
from complaints.states import check_state
from complaints.timeline import lock, record
from organizations.actors import Actor
from organizations.errors import Forbidden, Refused
from organizations.models import Department
from organizations.text import normalise
from policies.engine.schema import Policy
from policies.readable import phrases
from policies.readable.words import listed
from policies.selectors import policy_of, posts_of
from tickets import remedy_messages
from tickets.authority import GREATEST, MONEY, Answer, Authority, approvers, may_decide
from tickets.models import Remedy, Ticket

LONGEST_TEXT = 4000
_GIVEN_BACK = (Ticket.State.RETURNED, Ticket.State.WITHDRAWN)
# The event of a step that changes nothing the rules know of; what does is a note with its facts.
STEP, NOTE = "remedy", "noted"


@transaction.atomic
def propose_remedy(
    *,
    actor: Actor,
    complaint: Complaint,
    kind: str,
    yuan: Decimal | None = None,
    text: str = "",
    ticket: Ticket | None = None,
    now: datetime,
    revision: int | None = None,
) -> Remedy:
    """Promise the complainant something, or ask for the approval it takes.

    `kind` is one of the remedies of the rules, `yuan` what it costs (at most two decimals, None or 0 = no
    money), `ticket` that of the department that proposes it; without one it is the desk or the leading
    department. Within the actor's authority it is approved at once; above it those of the role that the
    rules name are told. Forbidden without a role at the desk or in the department. Refused, saying why, if
    facts that the rules ask for are not known, or if nobody may promise it.
    """
    case = lock(complaint, revision)
    place, role = _place(actor, case, ticket)
    check_state(case, "propose_remedy")
    policy, posts = policy_of(case.policy_id), posts_of(case.organization)
    authority = Authority(actor, course_of(case, now), department_id=place.pk, posts=posts, now=now)
    yuan, text = _amount(kind, yuan), _text(text)
    if kind not in authority.kinds:
        raise Refused(_("Choose a remedy from the list."), field="kind")
    answer = authority.answer(kind, yuan)
    _check_answer(policy, authority, answer)
    remedy = Remedy(
        organization=case.organization,
        complaint=case,
        ticket=ticket,
        department=place,
        round=case.round,
        kind=kind,
        yuan=yuan,
        text=text,
        proposed_by=actor.user,
        role=role,
        proposed_at=now,
    )
    if answer.permission.allowed:
        _settle(remedy, Remedy.State.APPROVED, actor, now, authority=answer.role)
        _record(case, remedy, "approved", actor, role, text, now, _facts_of(case))
        return remedy
    remedy.approver_role = answer.permission.approval
    if not approvers(actor.directory, posts, policy, remedy):
        who = {"who": phrases.role(policy, remedy.approver_role)}
        raise Refused(_("Nobody here could approve this: %(who)s has no holder.") % who)
    remedy.save()
    _record(case, remedy, "proposed", actor, role, text, now)
    remedy_messages.tell_proposed(actor.directory, posts, case, remedy, now)
    return remedy


class Place(NamedTuple):
    """For which department somebody proposes a remedy, on which ticket, in which role."""

    department: Department
    ticket: Ticket | None
    role: str


def place_of(actor: Actor, case: Complaint, tickets: Iterable[Ticket]) -> Place | None:
    """Where the actor would propose one: for the department of a ticket of this round, the leading one first,
    else for the desk; None without a right to it. For pages, which do not ask for the ticket."""
    mine = [row for row in tickets if row.round == case.round and row.state not in _GIVEN_BACK]
    for row in sorted(mine, key=lambda row: row.part != Ticket.Part.LEAD):
        if role := role_to(actor, "remedy_work", row.department_id):
            return Place(row.department, row, role)
    role = role_to(actor, "remedy", case.desk_id)
    return Place(case.desk, None, role) if role else None


def _place(actor: Actor, case: Complaint, ticket: Ticket | None) -> tuple[Department, str]:
    """The department for which the actor proposes, and the role."""
    if ticket is None:
        lead = None if role_to(actor, "remedy", case.desk_id) else case.lead_department
        place = lead or case.desk
        return place, _allowed(role_to_deliver(actor, case, place.pk))
    own = Ticket.objects.select_related("department").filter(pk=ticket.pk, complaint=case).first()
    if own is None:
        raise Refused(_("Choose a ticket of this case."), field="ticket")
    role = _allowed(role_to_deliver(actor, case, own.department_id))
    if own.state in _GIVEN_BACK:
        raise Refused(_("This ticket is at “%(state)s”.") % {"state": own.get_state_display()})
    return own.department, role


def role_to_deliver(actor: Actor, case: Complaint, department_id: int) -> str:
    """The role by which the actor proposes or gives remedies for a department of the case; "" if none."""
    return role_to(actor, "remedy_work", department_id) or role_to(actor, "remedy", case.desk_id)


def role_to_withdraw(actor: Actor, case: Complaint, remedy: Remedy) -> str:
    """The role by which the actor takes a remedy back, "" if there is none: who proposed it may, and those
    above (who ever decide on remedies) in the department or at the desk."""
    role, places = role_to_deliver(actor, case, remedy.department_id), (remedy.department_id, case.desk_id)
    is_above = any(role_to(actor, "decide_remedy", place) for place in places)
    return role if remedy.proposed_by_id == actor.user.pk or is_above else ""


def _allowed(role: str) -> str:
    if not role:
        raise Forbidden(_("Your roles do not allow this."))
    return role


def _amount(kind: str, yuan: Decimal | None) -> Decimal | None:
    """The amount as it is kept. Refused unless it is money that can be paid."""
    if not yuan:
        if kind in MONEY:
            raise Refused(_("Say the amount."), field="yuan")
        return None
    if not yuan.is_finite() or yuan < 0:
        raise Refused(_("The amount has to be more than 0."), field="yuan")
    if yuan > GREATEST:
        raise Refused(_("At most ¥%(amount)s.") % {"amount": GREATEST}, field="yuan")
    if yuan != round(yuan, 2):
        raise Refused(_("At most two decimals."), field="yuan")
    return round(yuan, 2)


def _text(text: str) -> str:
    text = normalise(text)
    if len(text) > LONGEST_TEXT:
        words = {"limit": LONGEST_TEXT, "length": len(text)}
        raise Refused(_("At most %(limit)d characters (this has %(length)d).") % words, field="text")
    return text


def _check_answer(policy: Policy, authority: Authority, answer: Answer) -> None:
    if answer.permission.allowed or answer.permission.approval:
        return
    if answer.unknown:
        names = [phrases.fact(policy, name) for name in answer.unknown]
        sentence = _("Before anything is promised, the rules want to know: %(facts)s.")
        raise Refused(sentence % {"facts": listed(names)}, missing=names)
    if not authority.roles:
        raise Refused(_("The rules leave remedies to others than you."))
    raise Refused(_("The rules let nobody promise this."), field="kind")


@transaction.atomic
def decide_remedy(
    *,
    actor: Actor,
    remedy: Remedy,
    approve: bool,
    reason: str = "",
    now: datetime,
    revision: int | None = None,
) -> Remedy:
    """Approve a remedy, or refuse it with a reason. Who proposed it is told.

    Only those of the role that the rules named, never who proposed it. Refused if it has been decided.
    """
    case, remedy = _locked(remedy, revision)
    policy, posts = policy_of(case.policy_id), posts_of(case.organization)
    check_state(case, "settle_remedy")
    if remedy.state != Remedy.State.PROPOSED:
        raise Refused(_already(remedy))
    if not may_decide(actor, posts, policy, remedy):
        raise Forbidden(_refused_person(actor, remedy))
    reason = _text(reason)
    if not (approve or reason):
        raise Refused(_("Say why it is refused."), field="reason")
    places = (remedy.department_id, case.desk_id)
    role = next(filter(None, (role_to(actor, "decide_remedy", place) for place in places)), "")
    state = Remedy.State.APPROVED if approve else Remedy.State.REFUSED
    _settle(remedy, state, actor, now, reason=reason, authority=remedy.approver_role if approve else "")
    facts = _facts_of(case) if approve else {}
    _record(case, remedy, str(state), actor, role or remedy.approver_role[:40], reason, now, facts)
    remedy_messages.tell_decided(case, remedy, now)
    return remedy


@transaction.atomic
def withdraw_remedy(
    *, actor: Actor, remedy: Remedy, reason: str = "", now: datetime, revision: int | None = None
) -> Remedy:
    """Take back what was proposed, or, with a reason, what was promised and not given yet."""
    case, remedy = _locked(remedy, revision)
    role = _allowed(role_to_withdraw(actor, case, remedy))
    check_state(case, "settle_remedy")
    if remedy.state not in (Remedy.State.PROPOSED, Remedy.State.APPROVED):
        raise Refused(_already(remedy))
    reason, was_promised = _text(reason), remedy.is_promised
    if was_promised and not reason:
        raise Refused(_("Say why it is withdrawn."), field="reason")
    remedy.state, remedy.reason = Remedy.State.WITHDRAWN, reason or remedy.reason
    remedy.save(update_fields=["state", "reason"])
    facts = _facts_of(case) if was_promised else {}
    _record(case, remedy, "withdrawn", actor, role, reason, now, facts)
    return remedy


@transaction.atomic
def deliver_remedy(
    *, actor: Actor, remedy: Remedy, note: str = "", now: datetime, revision: int | None = None
) -> Remedy:
    """Write down that the complainant has been given what was promised."""
    case, remedy = _locked(remedy, revision)
    role = _allowed(role_to_deliver(actor, case, remedy.department_id))
    check_state(case, "settle_remedy")
    if remedy.state != Remedy.State.APPROVED:
        raise Refused(_already(remedy))
    remedy.state, remedy.delivered_by, remedy.delivered_at = Remedy.State.DELIVERED, actor.user, now
    remedy.save(update_fields=["state", "delivered_by", "delivered_at"])
    _record(case, remedy, "delivered", actor, role, _text(note), now)
    return remedy


def _locked(remedy: Remedy, revision: int | None) -> tuple[Complaint, Remedy]:
    """The case, locked, and the remedy as it is now. The case's lock covers all of its remedies."""
    case = lock(remedy.complaint, revision)
    fresh = Remedy.objects.select_related("department", "proposed_by", "ticket").get(
        pk=remedy.pk, complaint=case
    )
    fresh.complaint = case
    return case, fresh


def _already(remedy: Remedy) -> str:
    return _("This remedy is at “%(state)s”.") % {"state": remedy.get_state_display()}


def _refused_person(actor: Actor, remedy: Remedy) -> str:
    if remedy.proposed_by_id == actor.user.pk:
        return _("Who proposed a remedy does not decide on it.")
    return _("Your roles do not allow this.")


def _settle(
    remedy: Remedy, state: Remedy.State, actor: Actor, now: datetime, *, reason: str = "", authority: str
) -> None:
    remedy.state, remedy.authority, remedy.reason = state, authority, reason
    remedy.decided_by, remedy.decided_at = actor.user, now
    remedy.save()


def _facts_of(case: Complaint) -> dict[str, Any]:
    """What the rules are told: which remedies have been promised on the case, one by its name, several as a
    list, and what they cost together, in yuan."""
    rows = Remedy.objects.filter(complaint=case, state__in=(Remedy.State.APPROVED, Remedy.State.DELIVERED))
    promised = rows.order_by("pk").values_list("kind", "yuan")
    kinds = list(dict.fromkeys(kind for kind, _yuan in promised))
    cost = float(sum(yuan for _kind, yuan in promised if yuan))
    return {"remedy": kinds[0] if len(kinds) == 1 else kinds or None, "remedy.yuan": cost or None}


def _record(
    case: Complaint,
    remedy: Remedy,
    step: str,
    actor: Actor,
    role: str,
    reason: str,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """One event for a step; `facts` are those that it changes."""
    known = {name: value for name, value in {**case.facts, **(facts or {})}.items() if value is not None}
    record(
        case,
        kind=NOTE if facts else STEP,
        actor=actor,
        now=now,
        role=role,
        department=remedy.department,
        ticket_ref=remedy.ticket_id or 0,
        reason=reason,
        changes={"facts": known} if facts else {},
        facts=facts,
        data={
            "remedy": remedy.pk,
            "step": step,
            "kind": remedy.kind,
            "yuan": str(remedy.yuan) if remedy.yuan else None,
            "grant": remedy.authority or None,
            "approval": remedy.approver_role or None,
        },
        forms=None,
    )
