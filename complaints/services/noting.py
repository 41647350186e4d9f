"""Recording what the rules of a case wait for and no other verb records, and facts learnt on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from complaints import values
from complaints.course import as_event, events_of
from complaints.facts import FACT_FIELDS, facts_of
from complaints.forms import HandedIn, filled_in
from complaints.gatekeeping import phrase
from complaints.learning import learn
from complaints.models import CaseEvent, Complaint
from complaints.notable import check_event, check_noting, notable
from complaints.rights import role_to
from complaints.states import check_state
from complaints.timeline import lock, record
from organizations.actors import Actor
from organizations.errors import Refused
from organizations.models import Department
from organizations.text import normalise
from policies.engine.forms import lacking
from policies.engine.frozen import EMPTY
from policies.engine.schema import Policy
from policies.engine.timeline import facts_after
from policies.selectors import policy_of

PROMISE = "promised_due"


@transaction.atomic
def note(
    *,
    actor: Actor,
    complaint: Complaint,
    event: str,
    note: str = "",
    facts: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Complaint:
    """Record an event that the rules of the case name, with what was learnt, as one event.

    `facts` are facts the pack declares, `forms` those handed in (complaints/forms.py); `form_filed` hands in
    exactly one, complete. `data` holds what only some events need:

        promise_made  {"promised_due": aware time or ISO text, later than `now`}
        listed        {"list": id of a schedule that selects cases}

    Forbidden without a role at the desk or in the leading department (some events are the desk's alone).
    Refused for an event with a verb of its own or unknown to the rules, and for a form that is not complete
    (`missing`).
    """
    case = lock(complaint, revision)
    role = check_noting(actor, case, event)
    check_state(case, "note")
    policy = policy_of(case.policy_id)
    check_event(policy, case, event)
    said, note = dict(data or {}), normalise(note)
    new = _facts(policy, case, event, dict(facts or {}), said, now)
    if event == "noted" and not (new or note or forms):
        raise Refused(_("Write down what is to be noted."), field="note")
    kept = _list(policy, event, said)
    columns: dict[str, Any] = {}
    if event == "form_filed":
        filed = _filed(policy, case, role, new, note, forms)
        columns, learnt = learn(policy, case, {filed["form"]: filed})
        kept, new, forms = {**kept, **filed}, {**new, **learnt}, EMPTY
    place = _Place.of(case, actor)
    record(
        case,
        kind=event,
        actor=actor,
        now=now,
        role=role,
        department=place.department,
        ticket_ref=place.ticket_ref,
        reason=note,
        changes={**columns, "facts": {**case.facts, **new}},
        facts=new,
        forms=forms,
        data={**kept, "was": {name: case.facts[name] for name in new if name in case.facts}},
    )
    return case


@dataclass(frozen=True)
class _Place:
    """Where it happened: at the desk, or on the ticket of the department that leads."""

    department: Department | None
    ticket_ref: int = 0

    @classmethod
    def of(cls, case: Complaint, actor: Actor) -> "_Place":
        if role_to(actor, "note", case.desk_id):
            return cls(case.desk)
        sent = CaseEvent.objects.filter(
            complaint=case, round=case.round, kind="dispatched", department=case.lead_department
        )
        last = sent.order_by("at", "pk").last()
        return cls(case.lead_department, last.ticket_ref if last else 0)


def _facts(
    policy: Policy, case: Complaint, event: str, facts: dict[str, Any], said: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """The facts of the event as they are kept. A promised time is given by a promise only."""
    promised = said.pop(PROMISE, None) or (facts.pop(PROMISE, None) if event == "promise_made" else None)
    if PROMISE in facts and "promise_made" in notable(policy):
        raise Refused(_("A promised time is recorded as a promise."), field="facts")
    for name in facts:
        if name in FACT_FIELDS:
            raise Refused(_("This is changed by correcting the case."), field="facts")
    cleaned = values.clean_facts(policy, facts)
    if event == "promise_made":
        cleaned[PROMISE] = _promise(promised, now)
    elif promised:
        raise Refused(_("A promised time is recorded as a promise."), field=PROMISE)
    return cleaned


def _promise(value: Any, now: datetime) -> str:
    try:
        due = value if isinstance(value, datetime) else datetime.fromisoformat(str(value or ""))
    except ValueError:
        due = None
    if due is None or due.tzinfo is None:
        raise Refused(_("Say until when the answer was promised."), field=PROMISE)
    if due <= now:
        raise Refused(_("The promised time has to lie in the future."), field=PROMISE)
    if due.year >= 2200:
        raise Refused(_("This is no time."), field=PROMISE)
    return due.isoformat()


def _list(policy: Policy, event: str, said: dict[str, Any]) -> dict[str, Any]:
    if event != "listed":
        return {}
    lists = [row.id for row in policy.schedules if row.selects]
    if said.get("list") not in lists:
        raise Refused(_("Choose the list."), field="list")
    return {"list": said["list"]}


def _filed(
    policy: Policy,
    case: Complaint,
    role: str,
    new: Mapping[str, Any],
    note: str,
    given: HandedIn,
) -> dict[str, Any]:
    """A form filed by itself, as it is kept. Refused unless it is one form of the rules, and complete."""
    forms = [row for row in policy.forms if row.id in given]
    if len(forms) != 1 or len(given) != 1:
        raise Refused(_("Choose the form."), field="forms")
    (form,) = forms
    events = [as_event(row) for row in events_of(case)]
    known = facts_after(policy, facts_of(case), events, then=new)
    part = filled_in(policy, form, role, known, given[form.id], note)
    missing = [phrase(policy, need) for need in lacking(policy, form, known, part)]
    if missing:
        words = {"form": form.title or form.id, "needs": "; ".join(missing)}
        raise Refused(
            _("The form “%(form)s” is not complete: %(needs)s.") % words, missing=missing, field="forms"
        )
    return {"form": form.id, **part}
