"""Somebody gets in touch again about a case that is there."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.files import Prepared
from complaints.files.keeping import stored
from complaints.models import CaseEvent, Complaint
from complaints.notable import check_event, check_noting
from complaints.selectors import CONTACTED_AGAIN
from complaints.states import check_state
from complaints.timeline import lock, record
from organizations.actors import Actor
from organizations.text import normalise, normalise_phone
from policies.selectors import options, policy_of


def contact_again(
    *,
    actor: Actor,
    complaint: Complaint,
    said: str,
    name: str = "",
    phone: str = "",
    channel: str = "",
    files: Sequence[Prepared] = (),
    request_key: UUID | None = None,
    now: datetime,
    revision: int | None = None,
) -> Complaint:
    """Record on a case that somebody has got in touch about it again, instead of making a new case.

    `said` is what was said this time; it may be nothing, that somebody called is told by the event. `name`
    and `phone` are kept with it where they are not those of the case. `files` that the case has already are
    not kept twice. The same `request_key` again changes nothing. Forbidden without a role at the case's desk;
    Refused where the case is over and its rules have no place for this any more.
    """
    with stored(actor.organization, files) as batch, transaction.atomic():
        case = lock(complaint, revision)
        role = check_noting(actor, case, CONTACTED_AGAIN)
        if request_key is not None and _recorded_before(case, request_key):
            return case
        check_state(case, "note")
        policy = policy_of(case.policy_id)
        check_event(policy, case, CONTACTED_AGAIN)
        lines = [*_somebody_else(case, normalise(name), normalise_phone(phone)), normalise(said)]
        way = channel if channel in dict(options(policy, "channels")) else ""
        event = record(
            case,
            kind=CONTACTED_AGAIN,
            actor=actor,
            now=now,
            role=role,
            department=case.desk,
            reason="\n".join(line for line in lines if line),
            data={
                "way": way or None,
                "request_key": str(request_key) if request_key else None,
                **batch.admit(case),
            },
        )
        batch.keep(event)
        return case


def _recorded_before(case: Complaint, request_key: UUID) -> bool:
    """Whether the very request has been carried out: its answer was lost, or somebody tapped twice."""
    again = CaseEvent.objects.filter(organization=case.organization, complaint=case, kind=CONTACTED_AGAIN)
    return again.filter(data__request_key=str(request_key)).exists()


def _somebody_else(case: Complaint, name: str, phone: str) -> Iterator[str]:
    known = ((name, case.complainant_name), (phone, case.complainant_phone))
    if new := [value for value, old in known if value and value != old]:
        yield _("Called by %(who)s") % {"who": " ".join(new)}
