"""Changing what is known of a case: the grade, and single fields, with the old value kept."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from complaints import values
from complaints.forms import HandedIn
from complaints.models import Complaint
from complaints.rights import check_right
from complaints.states import check_state
from complaints.timeline import lock, record
from organizations.actors import Actor
from organizations.errors import Refused
from organizations.text import normalise
from policies.engine.frozen import EMPTY
from policies.selectors import policy_of

CORRECTABLE = (
    "channel",
    "complainant_name",
    "complainant_phone",
    "complainant_type",
    "place",
    "occurred_at",
    "subject",
    "content",
    "request",
    "nature",
    "category",
    "outcome",
    "liability",
)


@transaction.atomic
def grade(
    *,
    actor: Actor,
    complaint: Complaint,
    tier: str,
    criterion: str = "",
    reason: str = "",
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Complaint:
    """Set or change the tier by one of its criteria. A change needs a reason; limits are chosen anew."""
    case = lock(complaint, revision)
    role = check_right(actor, "grade", case.desk_id)
    check_state(case, "grade")
    policy = policy_of(case.policy_id)
    new = values.clean_case(policy, {"tier": tier, "tier_criterion": criterion})
    if not new["tier"]:
        raise Refused(_("Choose a tier."), field="tier")
    old = {name: getattr(case, name) for name in new}
    if new == old:
        raise Refused(_("The case has this tier already."), field="tier")
    if old["tier"] and not normalise(reason):
        raise Refused(_("Say why the tier is changed."), field="reason")
    record(
        case,
        kind="regraded" if old["tier"] else "graded",
        actor=actor,
        now=now,
        role=role,
        reason=normalise(reason),
        changes=new,
        data={"changes": {name: [old[name], new[name]] for name in new if old[name] != new[name]}},
        forms=forms,
    )
    return case


@transaction.atomic
def correct(
    *,
    actor: Actor,
    complaint: Complaint,
    field: str,
    value: Any,
    reason: str = "",
    forms: HandedIn = EMPTY,
    now: datetime,
    revision: int | None = None,
) -> Complaint:
    """Correct one field; the event keeps the old value and the new one."""
    case = lock(complaint, revision)
    role = check_right(actor, "correct", case.desk_id)
    check_state(case, "correct")
    if field not in CORRECTABLE:
        raise Refused(_("This field cannot be corrected."), field="field")
    new = values.clean_case(policy_of(case.policy_id), {field: value})[field]
    old = getattr(case, field)
    if new == old:
        raise Refused(_("The field already has this value."), field="value")
    record(
        case,
        kind="corrected",
        actor=actor,
        now=now,
        role=role,
        reason=normalise(reason),
        changes={field: new},
        data={"changes": {field: [old, new]}},
        forms=forms,
    )
    return case
