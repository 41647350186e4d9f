"""Asking for more time, and deciding on it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.course import as_event, events_of
from complaints.deadlines import identity, planned_of
from complaints.forms import HandedIn
from complaints.gatekeeping import phrase
from complaints.models import Complaint, Deadline
from complaints.rights import check_right
from complaints.states import check_state
from complaints.timeline import lock, record
from escalation import messages
from escalation.deciders import deciding_seat, may_decide
from escalation.models import ExtensionRequest
from escalation.wording import moment
from organizations.actors import Actor
from organizations.errors import Forbidden, Refused
from organizations.text import normalise
from policies.engine.conditions import Need
from policies.engine.extensions import check_extension, extension_rule
from policies.engine.frozen import EMPTY
from policies.engine.schema import ExtensionRule
from policies.engine.timeline import facts_after
from policies.selectors import calendar_of, duty_title, policy_of, posts_of


@transaction.atomic
def ask_extension(
    *,
    actor: Actor,
    deadline: Deadline,
    wanted_due_at: datetime,
    reason: str,
    now: datetime,
    contents: Mapping[str, str] | None = None,
    forms: HandedIn = EMPTY,
    revision: int | None = None,
) -> ExtensionRequest:
    """Ask for `deadline` to be moved to `wanted_due_at` (aware). `contents` is what else the rules want said.

    The policy decides whether it may be asked and who decides; those people are told. Where a notice is
    enough the request comes back approved. Refused, with the sentence why, if the rules give no more time, if
    the limit has passed and had to be asked before, or if a request is waiting already.
    """
    case = lock(deadline.complaint, revision)
    row = Deadline.objects.select_related("department").get(pk=deadline.pk, complaint=case)
    role = check_right(actor, "ask_extension", row.department_id)
    check_state(case, "ask_extension")
    reason = normalise(reason)
    contents = {name: normalise(text) for name, text in (contents or {}).items()}
    _check_words(row, reason, wanted_due_at, now)
    said = {"reason", "new_due", *(name for name, text in contents.items() if text)}
    rule = _rule(case, row, wanted_due_at, now, said)
    request = _waiting(actor, case, row, rule, wanted_due_at, reason, now)
    data = {**_data(request, row), "contents": contents}
    _record(case, request, "extension_asked", actor, role, reason, data, now, forms)
    if rule.notice_only:
        return _grant(case, request, row, actor, role, reason, now, rule, None)
    messages.tell_asked(actor.directory, case, request, now)
    return request


def _check_words(row: Deadline, reason: str, wanted_due_at: datetime, now: datetime) -> None:
    if not reason:
        raise Refused(_("Say why more time is needed."), field="reason")
    if wanted_due_at <= now:
        raise Refused(_("The new time has to lie in the future."), field="wanted_due_at")
    if ExtensionRequest.objects.filter(deadline=row, state=ExtensionRequest.State.ASKED).exists():
        raise Refused(_("A request for more time is waiting for its decision already."))


def _waiting(
    actor: Actor,
    case: Complaint,
    row: Deadline,
    rule: ExtensionRule,
    wanted_due_at: datetime,
    reason: str,
    now: datetime,
) -> ExtensionRequest:
    posts = posts_of(case.organization)
    seat = deciding_seat(actor.directory, posts, case, row, rule.approver, actor.user)
    return ExtensionRequest.objects.create(
        organization=case.organization,
        complaint=case,
        deadline=row,
        asked_by=actor.user,
        asked_at=now,
        reason=reason,
        wanted_due_at=wanted_due_at,
        approver_role=seat.role,
        approver_department_id=seat.department_id,
        department=row.department or case.desk,
    )


@transaction.atomic
def decide_extension(
    *,
    actor: Actor,
    request: ExtensionRequest,
    approve: bool,
    reason: str = "",
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> ExtensionRequest:
    """Grant a request, which moves the deadline, or refuse it with a reason. The asker is told.

    Only the role the policy names decides, never the person who asked. Refused if it has been decided, or if
    meanwhile the duty is done or the rules no longer give the time. Whether it was asked in time is judged by
    the moment it was asked, so that a slow decision is not held against the asker.
    """
    case = lock(request.complaint, revision)
    request = ExtensionRequest.objects.select_related("department", "asked_by").get(
        pk=request.pk, complaint=case
    )
    row = Deadline.objects.select_related("department").get(pk=request.deadline_id)
    if not may_decide(actor, request):
        raise Forbidden(_refused_person(actor, request))
    role = actor.role_for(request.decided_in_id, request.approver_role) or check_right(
        actor, "decide_extension", request.department_id
    )
    if request.state != ExtensionRequest.State.ASKED:
        raise Refused(_("This request has been decided already."))
    check_state(case, "decide_extension")
    reason = normalise(reason)
    if approve:
        return _approve(case, request, row, actor, role, reason, now, forms)
    if not reason:
        raise Refused(_("Say why the request is refused."), field="reason")
    _close(request, ExtensionRequest.State.REFUSED, actor, reason, now)
    _record(case, request, "extension_refused", actor, role, reason, _data(request, row), now, forms)
    messages.tell_decided(actor.directory, case, request, (), now)
    return request


def _approve(
    case: Complaint,
    request: ExtensionRequest,
    row: Deadline,
    actor: Actor,
    role: str,
    reason: str,
    now: datetime,
    forms: HandedIn,
) -> ExtensionRequest:
    if request.wanted_due_at <= now:
        raise Refused(_("The time that was asked for has passed; refuse the request, or have it asked anew."))
    contents = {"reason", "new_due"} | _said_when_asked(case, request)
    rule = _rule(case, row, request.wanted_due_at, request.asked_at, contents)
    return _grant(case, request, row, actor, role, reason, now, rule, forms)


def _grant(
    case: Complaint,
    request: ExtensionRequest,
    row: Deadline,
    actor: Actor,
    role: str,
    reason: str,
    now: datetime,
    rule: ExtensionRule,
    forms: HandedIn | None,
) -> ExtensionRequest:
    """Move the deadline. What a notice is enough for has been given with the notice: `forms` is None."""
    _close(request, ExtensionRequest.State.APPROVED, actor, reason, now)
    _record(case, request, "extended", actor, role, reason, _data(request, row), now, forms)
    messages.tell_decided(actor.directory, case, request, rule.notify, now)
    return request


def _close(request: ExtensionRequest, state: str, actor: Actor, reason: str, now: datetime) -> None:
    request.state = state
    request.decided_by, request.decided_at, request.decision_reason = actor.user, now, reason
    request.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])


def _record(
    case: Complaint,
    request: ExtensionRequest,
    kind: str,
    actor: Actor,
    role: str,
    reason: str,
    data: Mapping[str, Any],
    now: datetime,
    forms: HandedIn | None,
) -> None:
    record(
        case,
        kind=kind,
        actor=actor,
        now=now,
        role=role,
        department=request.department,
        ticket_ref=request.deadline.ticket_ref,
        reason=reason,
        data=data,
        forms=forms,
    )


def _data(request: ExtensionRequest, row: Deadline) -> dict[str, Any]:
    """What the planner reads of an `extended` event, and what the timeline shows of all three."""
    return {
        "duty": row.duty,
        "ticket": row.ticket_ref or None,
        "due_at": request.wanted_due_at.isoformat(),
        "from": row.due_at.isoformat() if row.due_at else None,
        "request": request.pk,
    }


def _said_when_asked(case: Complaint, request: ExtensionRequest) -> set[str]:
    asked = [event.data for event in events_of(case) if event.kind == "extension_asked"]
    return {name for data in asked if data.get("request") == request.pk for name in data.get("contents", ())}


def _rule(
    case: Complaint, row: Deadline, new_due: datetime, asked_at: datetime, contents: Collection[str]
) -> ExtensionRule:
    """The policy's rule by which `row` may be moved to `new_due`. Refused, saying why, if it may not."""
    policy, events = policy_of(case.policy_id), events_of(case)
    facts = facts_after(policy, {}, [as_event(event) for event in events])
    planned = {
        (one.duty, one.ticket or 0, one.round, one.occurrence): one for one in planned_of(case, events)
    }
    mine = planned.get(identity(row))
    if mine is None:
        raise _refusal(case, row, [Need("met", fact=row.duty)])
    needs = check_extension(
        policy,
        calendar_of(case.organization, policy, case.desk_id),
        facts,
        list(planned.values()),
        mine,
        new_due=new_due,
        now=asked_at,
        contents=contents,
    )
    rule = extension_rule(policy, row.duty, facts)
    if needs or rule is None:
        raise _refusal(case, row, needs)
    return rule


def _refusal(case: Complaint, row: Deadline, needs: list[Need]) -> Refused:
    sentences = [_sentence(case, row, need) for need in needs]
    late = any(need.code in ("not_later", "max", "ceiling") for need in needs)
    return Refused(" ".join(sentences), missing=sentences, field="wanted_due_at" if late else None)


def _sentence(case: Complaint, row: Deadline, need: Need) -> str:
    """One of the engine's reasons as a sentence of the user's language."""
    policy = policy_of(case.policy_id)
    until = moment(need.expected, case.organization) if isinstance(need.expected, datetime) else need.expected
    words = {"duty": duty_title(policy, row.duty), "expected": until}
    sentences = {
        "not_allowed": _("The rules give no more time for “%(duty)s” here."),
        "met": _("“%(duty)s” is no longer running."),
        "before_due": _("More time has to be asked for before the limit passes; it was %(expected)s."),
        "not_later": _("The new time has to be later than the present one, %(expected)s."),
        "max": _("At most until %(expected)s."),
        "ceiling": _("At most until %(expected)s."),
        "times": _("“%(duty)s” has been extended %(expected)s times, as often as the rules allow."),
        "contents": _("The request has to say: %(expected)s."),
    }
    sentence = sentences.get(need.code)
    return sentence % words if sentence else phrase(policy, need)


def _refused_person(actor: Actor, request: ExtensionRequest) -> str:
    if request.asked_by_id == actor.user.pk:
        return _("Who asked for more time does not decide on it.")
    return _("Your roles do not allow this.")
