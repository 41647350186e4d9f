"""Files for a case: photos from the site, scans of signed papers, documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.files import Prepared
from complaints.files.keeping import Batch, stored
from complaints.models import Attachment, CaseEvent, Complaint
from complaints.rights import role_to
from complaints.states import check_state
from complaints.timeline import lock, record
from organizations.actors import Actor
from organizations.errors import Forbidden, Refused
from organizations.models import Department
from organizations.text import normalise


def attach(
    *,
    actor: Actor,
    complaint: Complaint,
    files: Sequence[Prepared],
    kind: str = "",
    note: str = "",
    request_key: UUID | None = None,
    now: datetime,
    revision: int | None = None,
) -> list[Attachment]:
    """Attach files to a case; returns their rows. All of them or none, one event `attached` on the timeline.

    A file the case has already is not kept twice: its row is returned, and if there is no other nothing
    happens. The same `request_key` again returns the rows of the first time. `kind` is one of
    Attachment.Kind; by default photos are photos and the rest documents. Forbidden without a role at the
    desk or in a department with a ticket; Refused without a file or beyond FILES_PER_CASE.
    """
    with stored(complaint.organization, files) as batch, transaction.atomic():
        case = lock(complaint, revision)
        return attach_stored(batch, case, actor=actor, kind=kind, note=note, request_key=request_key, now=now)


def attach_stored(
    batch: Batch,
    case: Complaint,
    *,
    actor: Actor,
    kind: str = "",
    note: str = "",
    request_key: UUID | None = None,
    now: datetime,
) -> list[Attachment]:
    """The same for a locked case, with files that are in the store already."""
    place = check_attaching(actor, case)
    check_state(case, "attach")
    if earlier := _earlier(case, request_key):
        return earlier
    if not batch.stored:
        raise Refused(_("Choose a file."), field="files")
    if kind and kind not in Attachment.Kind.values:
        raise Refused(_("There is no such kind of file."), field="kind")
    said = batch.admit(case)
    if not batch.new:
        return batch.known
    event = record(
        case,
        kind="attached",
        actor=actor,
        now=now,
        role=place.role,
        department=place.department,
        ticket_ref=place.ticket_ref,
        reason=normalise(note),
        data=said,
    )
    return [*batch.known, *batch.keep(event, kind=kind, request_key=request_key)]


def _earlier(case: Complaint, request_key: UUID | None) -> list[Attachment]:
    if request_key is None:
        return []
    return list(Attachment.objects.filter(complaint=case, request_key=request_key))


@dataclass(frozen=True)
class _Place:
    """Where the files come from: the desk, or the ticket of a department."""

    role: str
    department: Department | None
    ticket_ref: int = 0


def check_attaching(actor: Actor, case: Complaint) -> _Place:
    """Where the actor attaches from. Raises Forbidden if that is nowhere. One query for departments."""
    if role := role_to(actor, "attach", case.desk_id):
        return _Place(role, case.desk)
    sent = CaseEvent.objects.filter(complaint=case, kind="dispatched").select_related("department")
    for row in sent.order_by("-at", "-pk"):
        if role := role_to(actor, "attach_work", row.department_id):
            return _Place(role, row.department, row.ticket_ref)
    raise Forbidden(_("Your roles do not allow this."))
