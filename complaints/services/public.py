"""What complainants do themselves, on the public page: hand in, add, say whether the result is right.

There is no actor: whoever does it has come through `opening.open_case`, or hands in. The events have the
role `complainant`, and the rules see them as they see anything else that happens.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from complaints.course import course_of
from complaints.files import Prepared
from complaints.files.keeping import Batch, stored
from complaints.models import Attachment, CaseEvent, Complaint, PublicAccess, State
from complaints.passcodes import digest_of, passcode_for
from complaints.publicrules import (
    may_confirm,
    may_reject,
    public_channel,
    required_contact,
    saying,
)
from complaints.services.closing import record_reopening
from complaints.services.intake import Intake, repeated, write_down
from complaints.services.replying import Satisfaction
from complaints.states import may_move
from complaints.timeline import lock, record
from notifications.services import Message, tell
from notifications.wording import worded
from organizations.actors import DESK_ROLES
from organizations.directory import Directory
from organizations.errors import Refused
from organizations.models import Department, Organization, Role, User
from organizations.text import normalise
from policies.engine.events import Event
from policies.engine.refusals import refusal
from policies.selectors import compiled, current_version, policy_of

COMPLAINANT = "complainant"
LONGEST_TEXT = 5000  # characters of what is typed in one go
PHOTOS_AT_ONCE = 6
PHOTOS_IN_ALL = 12  # of the FILES_PER_CASE, so that the desk has room
SHOWN_AGAIN = timedelta(hours=1)  # so long the same form again is answered with the code again


@dataclass(frozen=True)
class Receipt:
    """What the complainant takes home: the case, and the code that opens it."""

    case: Complaint
    passcode: str
    access: PublicAccess


# --- handing in ---------------------------------------------------------------------------------------------


def register_public(
    *, organization: Organization, intake: Intake, files: Sequence[Prepared] = (), now: datetime
) -> Receipt:
    """Write down a complaint that was handed in on the public page, with its photos, and tell the desk.

    Of `intake` counts what a complainant can know; channel and desk follow from the organization. Its
    `request_key` is needed: the same form with the same words is one case, and for an hour answered with the
    same receipt. Refused (with `field`) as `register` refuses, and without what the rules want for reaching
    the complainant.
    """
    policy = compiled(current_version(organization))
    intake = _as_handed_in(organization, intake, public_channel(policy))
    _check_contact(required_contact(policy), intake)
    _check_photos(files)
    assert intake.request_key is not None
    with stored(organization, files) as batch:
        try:
            with transaction.atomic():
                again = _receipt_again(organization, intake.request_key, now)
                return again or _hand_in(organization, intake, batch, now)
        except IntegrityError:  # two submissions of the same form at the same moment
            if again := _receipt_again(organization, intake.request_key, now):
                return again
            raise


def _as_handed_in(organization: Organization, intake: Intake, channel: str) -> Intake:
    """The intake with what the desk decides left out. Its key is that of the form and of the words: a form
    that a page kept somewhere hands to many people must not make one case of theirs."""
    words = (intake.content, intake.request, intake.place, intake.complainant_name, intake.complainant_phone)
    if intake.request_key is None:
        raise Refused(_("This form has no key."))
    key = uuid5(intake.request_key, sha256("\0".join(words).encode(errors="replace")).hexdigest())
    return Intake(
        channel=channel,
        subject=intake.subject,
        content=_words(intake.content, "content"),
        request=_words(intake.request, "request"),
        place=intake.place,
        category=intake.category,
        complainant_name=intake.complainant_name,
        complainant_phone=intake.complainant_phone,
        request_key=key,
    )


def _check_contact(wanted: Iterable[str], intake: Intake) -> None:
    for name in wanted:
        if not normalise(getattr(intake, name)):
            raise Refused(_("This is needed."), field=name)


def _check_photos(files: Sequence[Prepared]) -> None:
    if not all(row.is_picture for row in files):
        raise Refused(_("Only photos can be sent here: JPEG, PNG or WebP."), field="files")
    if len(files) > PHOTOS_AT_ONCE:
        raise Refused(_("At most %(limit)d photos at once.") % {"limit": PHOTOS_AT_ONCE}, field="files")


def _receipt_again(organization: Organization, request_key: UUID, now: datetime) -> Receipt | None:
    case = repeated(organization, request_key)
    if case is None:
        return None
    access = PublicAccess.objects.filter(complaint=case).first()
    if access is None or access.created_at <= now - SHOWN_AGAIN:
        said = _("This complaint has been handed in already. Follow it with its number and code.")
        raise Refused(said)
    return Receipt(case, passcode_for(organization, request_key), access)


def _hand_in(organization: Organization, intake: Intake, batch: Batch, now: datetime) -> Receipt:
    directory = Directory(organization)
    desk = public_desk(directory)
    case = write_down(organization, intake, actor=None, role=COMPLAINANT, desk=desk, now=now)
    assert case.request_key is not None
    passcode = passcode_for(organization, case.request_key)
    access = PublicAccess.objects.create(
        organization=organization,
        complaint=case,
        secret_hash=digest_of(organization, case.number, passcode),
        created_at=now,
    )
    if said := batch.admit(case):
        batch.keep(_record(case, "attached", now, data=said))
    _tell_desk(directory, case, "new", _NEW, "", now)
    return Receipt(case, passcode, access)


def public_desk(directory: Directory) -> Department:
    """The desk that gets what is handed in: the one nearest to the root, and where none is called one, the
    department nearest to it that has receptionists."""
    rows = [row for row in directory.departments.values() if row.is_active]
    desks = [row for row in rows if row.is_desk]
    staffed = [row for row in rows if directory.stationed(Role.RECEPTIONIST, row.pk)]
    found = desks or staffed or [directory.departments[directory.root_id]]
    return min(found, key=lambda row: len(directory.ancestors(row.pk)))


# --- on a case that is there --------------------------------------------------------------------------------


def add_information(
    *,
    complaint: Complaint,
    text: str,
    files: Sequence[Prepared] = (),
    request_key: UUID | None = None,
    now: datetime,
) -> Complaint:
    """Record what the complainant adds, with photos, and tell the desk. The same `request_key` again changes
    nothing. Refused without text or photo, and where the rules have no place for it any more."""
    _check_photos(files)
    with stored(complaint.organization, files) as batch, transaction.atomic():
        case = lock(complaint)
        if _sent_before(case, request_key):
            return case
        kind = saying(policy_of(case.policy_id), case)
        if not kind:
            raise Refused(_("This complaint is closed. Please hand in a new one."))
        words = _words(text, "text")
        if not words and not files:
            raise Refused(_("Write something, or choose a photo."), field="text")
        said = batch.admit(case)
        _check_room(case, len(batch.new))
        event = _record(case, kind, now, reason=words, data=said, request_key=request_key)
        batch.keep(event, request_key=request_key)
        _tell_desk(Directory(case.organization), case, f"{event.pk}", _ADDED, words, now)
        return case


@transaction.atomic
def answer_result(
    *,
    complaint: Complaint,
    is_solved: bool,
    satisfaction: str = "",
    words: str = "",
    request_key: UUID | None = None,
    now: datetime,
) -> Complaint:
    """Record what the complainant says of the result, and tell the desk.

    After `told` it is the follow-up itself, if the rules let it be one. Not solved: the case is taken up
    again at once where the rules leave that to the front desk; where somebody else decides it, the desk is
    told. The same `request_key` again changes nothing. Refused where nobody waits for this.
    """
    case = lock(complaint)
    if _sent_before(case, request_key):
        return case
    policy = policy_of(case.policy_id)
    if not (may_confirm(case) if is_solved else may_reject(policy, case)):
        raise Refused(_("The result can not be answered now. Look at where your complaint stands."))
    words = _words(words, "words")
    if is_solved and satisfaction not in Satisfaction.values:
        raise Refused(_("Choose how satisfied you are."), field="satisfaction")
    if not is_solved and not words:
        raise Refused(_("Write what is not solved."), field="words")
    rating = satisfaction if is_solved else Satisfaction.UNSATISFIED.value
    event = _record_answer(case, is_solved, rating, words, request_key, now)
    again = not is_solved and _taken_up_again(case, words, now)
    title = _CONFIRMED if is_solved else _REOPENED if again else _REJECTED
    _tell_desk(Directory(case.organization), case, f"{event.pk}", title, words, now)
    return case


def _record_answer(
    case: Complaint, is_solved: bool, rating: str, words: str, request_key: UUID | None, now: datetime
) -> CaseEvent:
    """As the follow-up, if that is what is waited for and the rules ask for nothing else with it."""
    says = {"complainant_says_unsolved": not is_solved}
    facts = {"solved": is_solved, "satisfied": rating != Satisfaction.UNSATISFIED, **says}
    data = {"rating": rating}
    if case.state == State.TOLD and _is_free(case, "follow_up_done", facts, now):
        changes = {"satisfaction": rating, "state": State.FOLLOWED_UP}
        return _record(
            case,
            "follow_up_done",
            now,
            reason=words,
            facts=facts,
            changes=changes,
            data=data,
            request_key=request_key,
        )
    kind = saying(policy_of(case.policy_id), case)
    return _record(case, kind, now, reason=words, facts=says, data=data, request_key=request_key)


def _taken_up_again(case: Complaint, words: str, now: datetime) -> bool:
    """Begin the next round, as the front desk would, if the rules let the front desk do it by itself."""
    gate = policy_of(case.policy_id).gates.get("reopen")
    facts = {"complainant_says_unsolved": True}
    is_screened = gate is not None and "screened_by" in gate.settings
    if (
        is_screened
        or not may_move(case, "reopen")
        or not _is_free(case, "reopened", facts, now, Role.RECEPTIONIST)
    ):
        return False
    record_reopening(case, actor=None, role=COMPLAINANT, reason=words, now=now)
    return True


def _is_free(case: Complaint, kind: str, facts: Mapping[str, Any], now: datetime, role: str = "") -> bool:
    """Whether the rules ask for nothing more before this event; `role` is whom they have to allow it."""
    event = Event(id=0, kind=kind, at=now, role=role, facts=facts)
    return not refusal(course_of(case, now).run, event)


def _words(text: str, field: str) -> str:
    words = normalise(text)
    if len(words) > LONGEST_TEXT:
        said = {"limit": LONGEST_TEXT, "length": len(words)}
        raise Refused(_("At most %(limit)d characters (this has %(length)d).") % said, field=field)
    return words


def _check_room(case: Complaint, new: int) -> None:
    own = Attachment.objects.filter(complaint=case, event__role=COMPLAINANT).count()
    if new and own + new > PHOTOS_IN_ALL:
        said = {"limit": PHOTOS_IN_ALL, "room": max(PHOTOS_IN_ALL - own, 0)}
        raise Refused(
            _("You can send %(limit)d photos in all. There is room for %(room)d more.") % said, field="files"
        )


def _sent_before(case: Complaint, request_key: UUID | None) -> bool:
    if request_key is None:
        return False
    own = CaseEvent.objects.filter(organization=case.organization, complaint=case, role=COMPLAINANT)
    return own.filter(data__request_key=str(request_key)).exists()


def _record(
    case: Complaint,
    kind: str,
    now: datetime,
    *,
    data: Mapping[str, Any] | None = None,
    request_key: UUID | None = None,
    **more: Any,
) -> CaseEvent:
    said = {**(data or {}), "request_key": str(request_key) if request_key else None}
    return record(
        case, kind=kind, actor=None, now=now, role=COMPLAINANT, department=case.desk, data=said, **more
    )


# --- telling the desk ---------------------------------------------------------------------------------------

_NEW = gettext_noop("Handed in on the public page: %(number)s %(subject)s")
_ADDED = gettext_noop("The complainant has added something: %(number)s %(subject)s")
_CONFIRMED = gettext_noop("The complainant confirms the result: %(number)s %(subject)s")
_REJECTED = gettext_noop("The complainant says it is not solved: %(number)s %(subject)s")
_REOPENED = gettext_noop("Not solved, taken up again by the complainant: %(number)s %(subject)s")


def _tell_desk(
    directory: Directory, case: Complaint, cause: str, title: str, body: str, now: datetime
) -> None:
    about = {"number": case.number, "subject": case.subject}
    people = worded(_desk_people(directory, case), lambda: _(title) % about)
    messages = [
        Message(
            user=user,
            key=f"public:{case.pk}:{cause}",
            occasion="public",
            title=said,
            body=body,
            url=case.get_absolute_url(),
            case=case,
        )
        for user, said in people
    ]
    tell(case.organization, messages, now=now)


def _desk_people(directory: Directory, case: Complaint) -> list[User]:
    people = [user for role in DESK_ROLES for user in directory.holders(role, case.desk_id)]
    everybody = people or [user for role in DESK_ROLES for user in directory.all_holders(role)]
    return list(dict.fromkeys(everybody))
