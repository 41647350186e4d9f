"""Giving out the code of a case at the desk: for a complainant who has lost it, or who has telephoned."""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.models import CaseEvent, Complaint, PublicAccess
from complaints.passcodes import digest_of, passcode_for
from complaints.rights import check_right
from complaints.services.public import SHOWN_AGAIN, Receipt
from complaints.states import check_state
from complaints.timeline import lock, record
from organizations.actors import Actor
from organizations.errors import Refused
from organizations.text import normalise

CODE_GIVEN = "code_given"
LONGEST_CHECK = 200


@transaction.atomic
def give_code(*, actor: Actor, complaint: Complaint, check: str, request_key: UUID, now: datetime) -> Receipt:
    """Give a case a new code, to be handed to the complainant; the one before opens nothing from then on.

    `check` is how the desk made sure that it is the complainant, for the timeline; the code itself is stored
    nowhere. The same `request_key` again changes nothing, and for an hour is answered with the same receipt.
    Refused without `check`, where the organization has no public page, and for a form whose code has been
    replaced or is no longer shown.
    """
    case = lock(complaint)
    role = check_right(actor, "give_code", case.desk_id)
    check_state(case, "give_code")
    if not case.organization.public_page:
        raise Refused(_("Your organization has no public page on which a code could be used."))
    key = uuid5(request_key, case.number)
    receipt = Receipt(case, passcode_for(case.organization, key), _access(case))
    if _is_given(case, key):
        _check_still_shown(receipt, now)
        return receipt
    words = normalise(check)
    if not words:
        raise Refused(_("Say how you made sure that it is the complainant."), field="check")
    if len(words) > LONGEST_CHECK:
        said = {"limit": LONGEST_CHECK, "length": len(words)}
        raise Refused(_("At most %(limit)d characters (this has %(length)d).") % said, field="check")
    receipt.access.secret_hash = _digest(receipt)
    receipt.access.created_at = now
    receipt.access.save()
    record(
        case,
        kind=CODE_GIVEN,
        actor=actor,
        now=now,
        role=role,
        reason=words,
        data={"request_key": str(key)},
    )
    return receipt


def _access(case: Complaint) -> PublicAccess:
    """The access of the case; one that is not stored yet where nobody has ever had a code for it."""
    stored = PublicAccess.objects.filter(complaint=case).first()
    return stored or PublicAccess(organization=case.organization, complaint=case)


def _is_given(case: Complaint, key: UUID) -> bool:
    given = CaseEvent.objects.filter(complaint=case, kind=CODE_GIVEN, data__request_key=str(key))
    return given.exists()


def _check_still_shown(receipt: Receipt, now: datetime) -> None:
    access = receipt.access
    if access.secret_hash != _digest(receipt):
        raise Refused(_("Another code has been given out since. This one opens nothing any more."))
    if access.created_at <= now - SHOWN_AGAIN:
        raise Refused(_("This code has been shown already. If it is lost, give out another one."))


def _digest(receipt: Receipt) -> str:
    return digest_of(receipt.case.organization, receipt.case.number, receipt.passcode)
