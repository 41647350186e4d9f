"""From the first contact to the decision whether a case is opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from complaints import values
from complaints.facts import FACT_FIELDS
from complaints.forms import HandedIn, apart
from complaints.models import Complaint, State
from complaints.numbers import next_number
from complaints.rights import RIGHTS, check_right
from complaints.states import check_state
from complaints.timeline import lock, record
from organizations.actors import Actor
from organizations.errors import Refused
from organizations.models import Department, Organization
from organizations.text import normalise
from policies.engine.frozen import EMPTY
from policies.engine.naming import named_events
from policies.selectors import compiled, current_version, policy_of

# Fields of a new case that may be named in a refusal, with what they are called there.
_OWN = ("facts", "forms", "desk", "received_at", "request_key")


@dataclass(frozen=True, kw_only=True)
class Intake:
    """What is known of a complaint when it is registered. Ids are those of the organization's pack.

    `received_at` is the first contact (now if not given), `occurred_at` when the matter happened; both aware.
    `desk` is the service desk that owns the case (the actor's own if not given). `request_key` makes a
    repeated submission the same case. `facts` are further facts of the pack, `forms` its forms of the first
    contact and of the registration, as far as they are filled in.
    """

    channel: str
    subject: str
    content: str
    request: str = ""
    complainant_name: str = ""
    complainant_phone: str = ""
    complainant_type: str = ""
    place: str = ""
    respondent: Department | None = None
    nature: str = ""
    category: str = ""
    tier: str = ""
    tier_criterion: str = ""
    external_number: str = ""
    occurred_at: datetime | None = None
    received_at: datetime | None = None
    desk: Department | None = None
    request_key: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    forms: HandedIn = field(default_factory=dict)


def register(*, actor: Actor, intake: Intake, now: datetime) -> Complaint:
    """Write a complaint down and start its deadlines. Returns the case, numbered.

    The same `request_key` again returns the case made the first time. Raises Forbidden without a desk role,
    Refused (with `field`) for a value the pack does not know or that is missing, or for a number taken.
    """
    desk = intake.desk or own_desk(actor)
    role = check_right(actor, "register", desk.pk)
    organization = actor.organization
    try:
        with transaction.atomic():
            again = repeated(organization, intake.request_key)
            return again or write_down(organization, intake, actor=actor, role=role, desk=desk, now=now)
    except IntegrityError:  # two submissions of the same form at the same moment
        if again := repeated(organization, intake.request_key):
            return again
        raise


def repeated(organization: Organization, request_key: UUID | None) -> Complaint | None:
    """The case that the form with this key has become already."""
    if request_key is None:
        return None
    return Complaint.objects.filter(organization=organization, request_key=request_key).first()


def own_desk(actor: Actor) -> Department:
    """The service desk that a case belongs to which the actor registers."""
    mine = actor.departments(*RIGHTS["register"])
    departments = [row for pk, row in actor.directory.departments.items() if pk in mine]
    desk = next((row for row in departments if row.is_desk), None) or next(iter(departments), None)
    return desk or actor.directory.departments[actor.directory.root_id]


def write_down(
    organization: Organization,
    intake: Intake,
    *,
    actor: Actor | None,
    role: str,
    desk: Department,
    now: datetime,
) -> Complaint:
    """Make the case, inside a transaction, by somebody with the right to it; None is the complainant, on the
    public page. Raises Refused as `register` does, IntegrityError if the key was used at the same moment."""
    version = current_version(organization)
    policy = compiled(version)
    columns = values.clean_case(policy, _columns(intake))
    columns["facts"] = values.clean_facts(policy, intake.facts)
    _check_external_number(organization, columns["external_number"])
    received_at = min(intake.received_at or now, now)
    case = Complaint(
        organization=organization,
        number=next_number(organization, "TS", now),
        desk=desk,
        policy=version,
        recorded_by=actor.user if actor else None,
        received_at=received_at,
        recorded_at=now,
        revision=0,
        request_key=intake.request_key,
        **columns,
    )
    case.save()
    facts = {name: getattr(case, name) for name in FACT_FIELDS if getattr(case, name)}
    contact, others = apart(policy, intake.forms, "contacted")
    if "contacted" in named_events(policy):
        record(
            case,
            kind="contacted",
            actor=actor,
            now=now,
            at=received_at,
            role=role,
            department=desk,
            forms=contact,
        )
    record(
        case,
        kind="recorded",
        actor=actor,
        now=now,
        role=role,
        department=desk,
        facts={**case.facts, **facts},
        data={"received_at": received_at},
        forms=others,
    )
    return case


def _columns(intake: Intake) -> dict[str, Any]:
    return {row.name: getattr(intake, row.name) for row in fields(intake) if row.name not in _OWN}


def _check_external_number(organization: Organization, number: str) -> None:
    taken = number and Complaint.objects.filter(organization=organization, external_number=number).first()
    if taken:
        raise Refused(
            _("The external number is already that of case %(number)s.") % {"number": taken.number},
            field="external_number",
        )


@transaction.atomic
def accept(
    *,
    actor: Actor,
    complaint: Complaint,
    now: datetime,
    reason: str = "",
    note: str = "",
    forms: HandedIn = EMPTY,
    revision: int | None = None,
) -> Complaint:
    """Open the case formally (受理/立项), for a reason of the pack's list whose effect is `register`."""
    return _decide(actor, complaint, now, "register", reason, note, revision, forms)


@transaction.atomic
def explain_only(
    *,
    actor: Actor,
    complaint: Complaint,
    now: datetime,
    reason: str = "",
    note: str,
    forms: HandedIn = EMPTY,
    revision: int | None = None,
) -> Complaint:
    """End a case that an explanation has settled. `note` says what was explained and is required."""
    return _decide(actor, complaint, now, "explain_only", reason, note, revision, forms)


@transaction.atomic
def reject(
    *,
    actor: Actor,
    complaint: Complaint,
    now: datetime,
    reason: str,
    note: str = "",
    forms: HandedIn = EMPTY,
    revision: int | None = None,
) -> Complaint:
    """Refuse a case for a reason of the pack's list; it stays on record."""
    return _decide(actor, complaint, now, "reject", reason, note, revision, forms)


# effect of the pack's accept reason: (event, state, whether the note is required)
_DECISIONS = {
    "register": ("accepted", State.ACCEPTED, False),
    "explain_only": ("explained", State.EXPLAINED, True),
    "reject": ("rejected", State.REJECTED, False),
}


def _decide(
    actor: Actor,
    complaint: Complaint,
    now: datetime,
    effect: str,
    reason: str,
    note: str,
    revision: int | None,
    forms: HandedIn = EMPTY,
) -> Complaint:
    case = lock(complaint, revision)
    role = check_right(actor, "accept", case.desk_id)
    check_state(case, "accept")
    kind, state, note_required = _DECISIONS[effect]
    reason = _reason(case, effect, reason)
    if note_required and not normalise(note):
        raise Refused(_("Write down what was explained."), field="note")
    changes: dict[str, Any] = {"state": state}
    if state != State.ACCEPTED:
        changes["closed_at"] = now
    record(
        case,
        kind=kind,
        actor=actor,
        now=now,
        role=role,
        reason=normalise(note),
        changes=changes,
        facts={"accept_reason": reason, "accept_effect": effect} if reason else {"accept_effect": effect},
        data={"reason": reason, "effect": effect},
        forms=forms,
    )
    return case


def _reason(case: Complaint, effect: str, reason: str) -> str:
    """The reason, if the pack has it for this effect. Opening a case may use the pack's first one."""
    known = [row.id for row in policy_of(case.policy_id).accept_reasons if row.effect == effect]
    if reason in known or not known:
        return reason
    if effect == "register" and not reason:
        return known[0]
    raise Refused(_("Choose a reason from the list."), field="reason")
