"""Close-outs that wait for somebody's consent, with what there is to consent to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db.models import Exists, OuterRef, Q

from complaints.models import CaseEvent, Complaint, State
from complaints.rights import RIGHTS
from complaints.selectors import oldest_in
from organizations.actors import Actor
from policies.engine.gates import missing
from policies.engine.schema import Policy
from tickets.access import visible_cases
from web import actions, choices, wording
from web.casefile import CaseFile, consent_roles, read_events

_LOOKED_AT = 12
_BEFORE_CLOSING = (State.HANDLED, State.TOLD, State.FOLLOWED_UP)


@dataclass(frozen=True)
class Consent:
    """A case whose close-out waits for the actor: what was done, what the complainant was told and said."""

    file: CaseFile
    offer: actions.Offer
    result: str
    told: str
    satisfaction: str

    @property
    def case(self) -> Complaint:
        return self.file.case


def consents_to_give(actor: Actor, now: datetime) -> list[Consent]:
    """What waits for a consent of one of the actor's roles, the oldest first; at most IN_PLACE. Four queries.

    Which tiers need whose consent is asked of the rules in force, and whether this very case does of its own:
    where some do not, more of them are looked at.
    """
    wanted = _wanted(actor)
    if not wanted:
        return []
    rows = visible_cases(actor).filter(wanted).select_related("organization", "desk", "lead_department")
    found = oldest_in(rows, _BEFORE_CLOSING, _LOOKED_AT)
    files = [CaseFile(case, actor, now) for case in found[:_LOOKED_AT]]
    return [_consent(file) for file in islice(_waiting(files), actions.IN_PLACE)]


def _waiting(files: list[CaseFile]) -> Iterator[CaseFile]:
    for start in range(0, len(files), actions.IN_PLACE):
        some = files[start : start + actions.IN_PLACE]
        read_events(some)
        yield from (file for file in some if file.consents)


def _wanted(actor: Actor) -> Q:
    policy = choices.policy_in_force(actor)
    wanted = Q()
    for role in RIGHTS["consent"]:
        tiers = [tier.id for tier in policy.tiers if role in _consents(policy, tier.id)]
        if places := actor.departments(role) if tiers else frozenset():
            given = CaseEvent.objects.filter(
                complaint=OuterRef("pk"), kind="consented", role=role, round=OuterRef("round")
            )
            held = Q(lead_department__in=places) | Q(desk__in=places)
            wanted |= Q(tier__in=tiers) & held & ~Exists(given)
    return wanted


def _consents(policy: Policy, tier: str) -> set[str]:
    needs = missing(policy, "close", {"tier": tier}, [])
    return {policy.acts_as(role) for need in needs for role in consent_roles(need)}


def _consent(file: CaseFile) -> Consent:
    satisfaction = file.case.satisfaction
    return Consent(
        file=file,
        offer=_offer(file),
        result=_last(file, "handled"),
        told=_last(file, "told"),
        satisfaction=wording.value_words(file.policy, "satisfaction", satisfaction, file.case.organization)
        if satisfaction
        else "",
    )


def _offer(file: CaseFile) -> actions.Offer:
    action = next(row for row in actions.CASE_ACTIONS if row.name == "consent")
    form = action.form(file=file, auto_id=f"consent-{file.case.pk}-%s", initial={"back": "manager"})
    return actions.Offer(action, action.url(file), form)


def _last(file: CaseFile, kind: str) -> str:
    """What was written with the last event of a kind in this round."""
    rows = (row for row in reversed(file.events) if row.kind == kind and row.round == file.case.round)
    return next((row.reason for row in rows), "")
