"""What the form of a call proposes: by words, by earlier cases and by the rules' routes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from complaints.facts import FACT_FIELDS
from complaints.models import Complaint
from complaints.proposals import Proposal, propose_category, propose_lead, propose_tier
from complaints.selectors import history, recent_cases
from complaints.services.intake import own_desk
from organizations.actors import Actor
from organizations.models import Department
from organizations.text import normalise, normalise_phone
from policies.models import PolicyVersion
from policies.selectors import compiled
from tickets.access import visible_cases
from tickets.proposing import propose_for_call
from web import choices
from web.earlier import caller_of


def proposals(
    actor: Actor, version: PolicyVersion, values: Mapping[str, Any], now: datetime
) -> dict[str, Proposal]:
    """What is proposed for category, grading, lead and helpers, where `values` of the form have nothing.

    A fixed number of queries, along the index of the newest cases.
    """
    policy = compiled(version)
    said = _said(values)
    text, caller = f"{said.get('subject', '')}\n{said.get('content', '')}", caller_of(values)
    if not (text.strip() or caller or said.get("category")):
        return {}
    cases = visible_cases(actor)
    recent = recent_cases(cases)
    found: dict[str, Proposal | None] = {}
    if not said.get("category"):
        # A generator: the caller's cases are read only if the words do not tell.
        theirs = (row.case for row in history(cases, caller).rows if row.same & {"phone", "place"})
        found["category"] = propose_category(policy, text, recent, theirs)
        said["category"] = str(found["category"].value) if found["category"] else ""
    if not said.get("grading"):
        found["grading"] = propose_tier(policy, text, said["category"], recent)
        said["grading"] = str(found["grading"].value) if found["grading"] else ""
    if not said.get("lead"):
        found |= _departments(actor, version, said, now)
        if not found["lead"] and not policy.routes.assign:
            places = [row.pk for row in choices.workplaces(actor.directory)]
            found["lead"] = propose_lead(said["category"], recent, places)
    return {name: proposal for name, proposal in found.items() if proposal}


def _departments(
    actor: Actor, version: PolicyVersion, said: dict[str, str], now: datetime
) -> dict[str, Proposal | None]:
    """Lead and helpers by the routes of the rules."""
    case = as_case(actor, version, said, now)
    facts = {name: value for name in FACT_FIELDS if (value := getattr(case, name))}
    proposed = propose_for_call(case, facts=facts, directory=actor.directory, now=now)
    if proposed is None or proposed.lead is None:
        return {"lead": None}
    helpers = [str(row.pk) for row in proposed.helpers]
    return {
        "lead": Proposal(str(proposed.lead.pk), _("; ").join((*proposed.reasons, *proposed.needs))),
        "helpers": Proposal(helpers, "") if helpers else None,
    }


def _said(values: Mapping[str, Any]) -> dict[str, str]:
    """What stands in the inputs, those for several values apart."""
    return {
        name: normalise(str(value or "")) for name, value in values.items() if not isinstance(value, list)
    }


def as_case(actor: Actor, version: PolicyVersion, values: Mapping[str, Any], now: datetime) -> Complaint:
    """What is in the form, as a case that nobody has saved."""
    said = _said(values)
    tier, _colon, criterion = said.get("grading", "").partition(":")
    same = (
        "channel", "complainant_type", "nature", "category", "complainant_name", "place", "subject", "content"
    )  # fmt: skip
    return Complaint(
        organization=actor.organization,
        desk=own_desk(actor),
        policy=version,
        received_at=now,
        recorded_at=now,
        complainant_phone=normalise_phone(said.get("complainant_phone", "")),
        respondent=_known(actor, said.get("respondent", "")),
        tier=tier,
        tier_criterion=criterion,
        **{name: said.get(name, "") for name in same},
    )


def _known(actor: Actor, key: str) -> Department | None:
    return next((row for row in actor.directory.departments.values() if str(row.pk) == key), None)
