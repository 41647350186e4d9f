"""Asks the rules whether something may happen on a case, and puts what is missing into words."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.course import Course, as_event
from complaints.forms import NEVER_HELD_UP
from complaints.models import CaseEvent
from organizations.errors import Refused
from policies.engine.conditions import Need
from policies.engine.events import Event
from policies.engine.forms import forms_missing
from policies.engine.refusals import refusal
from policies.engine.schema import Form, Policy, Schedule
from policies.engine.triggers import Run
from policies.readable import phrases
from policies.readable.words import listed
from policies.selectors import title_of

# These have conditions of their own besides their forms, which escalation.services.extensions asks about.
_ELSEWHERE = ("extension_asked", "extended", "extension_refused")


def check_allowed(course: Course, row: CaseEvent, *, with_forms: bool = True) -> None:
    """Raise Refused, with a sentence and the list of what is missing, unless the rules let an event happen.

    `row` is the event as it is about to be stored, `with_forms` whether the rules' forms come with it.
    """
    needs = _needs(course.run, as_event(row), with_forms and row.kind not in NEVER_HELD_UP)
    missing = [phrase(course.policy, need) for need in needs]
    if missing:
        words = {"sentence": _sentence(row.kind), "needs": "; ".join(missing)}
        raise Refused(_("%(sentence)s Still missing: %(needs)s.") % words, missing=missing)


def _needs(run: Run, event: Event, with_forms: bool) -> list[Need]:
    if event.kind not in _ELSEWHERE:
        return refusal(run, event, with_forms=with_forms)
    facts = {**run.facts, **event.facts}
    counts = run.fold.counts(event.at)
    return forms_missing(run.policy, event, facts, counts=counts) if with_forms else []


def standing_before(course: Course, kind: str, now: datetime) -> list[Need]:
    """What stands before an event of this kind, whoever may do it: for pages that say so beforehand."""
    return refusal(course.run, Event(id=0, kind=kind, at=now))


def _sentence(kind: str) -> str:
    sentences = {
        "accepted": _("The case cannot be decided on yet."),
        "explained": _("The case cannot be decided on yet."),
        "rejected": _("The case cannot be decided on yet."),
        "dispatched": _("The case cannot be dispatched yet."),
        "closed": _("The case cannot be closed out yet."),
        "reopened": _("The case cannot be taken up again."),
    }
    return sentences.get(kind, _("The rules do not allow this yet."))


def phrase(policy: Policy, need: Need) -> str:
    """One need as a phrase of the user's language."""
    if need.text and need.code != "form":
        return need.text
    if need.code in ("any", "all"):
        joint = _(" or ") if need.code == "any" else _(" and ")
        return joint.join(phrase(policy, option) for option in need.options)
    if need.code == "kind":  # none of the gate's ways fits; each option says what its way asks for
        ways = (_(" and ").join(phrase(policy, part) for part in way.options) for way in need.options)
        return _(" or ").join(way for way in ways if way)
    if need.code == "fact":
        return _fact(policy, need)
    named = need.expected if isinstance(need.expected, list | tuple | set | frozenset) else [need.expected]
    names = listed(_title(policy, need.code, str(name)) for name in named)
    return _WORDINGS.get(need.code, _OTHER) % {"who": names, "what": _part_of_form(policy, need)}


_OTHER = gettext_lazy("a condition of the rules (%(who)s)")
_WORDINGS = {
    "consent": gettext_lazy("the consent of %(who)s"),
    "role": gettext_lazy("this is for %(who)s"),
    "return_only": gettext_lazy("you may only return it, to %(who)s"),
    "transfer_to": gettext_lazy("it may only go to %(who)s"),
    "form": gettext_lazy("the form “%(who)s”"),
    "field": gettext_lazy("“%(what)s” in the form “%(who)s”"),
    "signature": gettext_lazy("the signature of %(what)s under the form “%(who)s”"),
    "listed": gettext_lazy("the review list “%(who)s”"),
    "not_by": gettext_lazy("another person than the one who handled it"),
    "decide": gettext_lazy("one of the decisions the rules allow: %(who)s"),
    "reason": gettext_lazy("a reason that fits this decision"),
    "rounds": gettext_lazy("no further round: the rules allow %(who)s"),
    "respondent": gettext_lazy("another person than the one complained about"),
    "not_allowed": gettext_lazy("the rules do not know this"),
    "choice": gettext_lazy("a choice within what the rules allow"),
}


def _part_of_form(policy: Policy, need: Need) -> str:
    """The field, or the signer, that a need of a form names: form.<id>.<field>, form.<id>.sign.<role>."""
    if need.code not in ("field", "signature"):
        return ""
    name = need.fact.removeprefix(f"form.{need.expected}.")
    if need.code == "signature":
        return phrases.role(policy, name.removeprefix("sign."))
    return phrases.fact(policy, name)


def _title(policy: Policy, code: str, name: str) -> str:
    """What a need expects: a form, a list of cases, or a role."""
    rows: dict[str, tuple[Form | Schedule, ...]] = {
        **dict.fromkeys(("form", "field", "signature"), policy.forms),
        "listed": policy.schedules,
    }
    known = (row.title for row in rows.get(code, ()) if row.id == name and row.title)
    return next(known, title_of(policy, "roles", name))


def _fact(policy: Policy, need: Need) -> str:
    facts = {
        "accepted": _("the case has to be accepted first"),
        "handled": _("the result of the leading department"),
        "told": _("telling the complainant the result"),
        "follow_up_done": _("a follow-up"),
        "open_tickets": _("the results of all departments that have a ticket"),
        "tier": _("the tier"),
        "outcome": _("the outcome"),
        "liability": _("the liability"),
        "facts_verified": _("the facts have to be verified"),
    }
    if need.fact == "follow_up_attempts":
        return _("%(count)s recorded follow-up attempts") % {"count": need.expected}
    if need.fact in facts:
        return facts[need.fact]
    name = phrases.fact(policy, need.fact)
    if need.op == "is" and need.expected is True:
        return f"“{name}”"
    wanted = need.expected if isinstance(need.expected, list | tuple | set | frozenset) else [need.expected]
    expected = listed(phrases.value(policy, need.fact, one) for one in wanted)
    return _("“%(fact)s” has to be %(expected)s") % {"fact": name, "expected": expected}
