"""Carrying out once what arrives twice: a double tap, a second try after an answer that got lost."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeVar
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from complaints.models import Complaint, Sent
from organizations.actors import Actor

FORGET_AFTER = timedelta(days=7)
Value = TypeVar("Value")


class SentBefore(Exception):
    """This has been carried out already, on `complaint`."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__(complaint.number)
        self.complaint = complaint


def key_of(form: UUID, actor: Actor, words: Iterable[tuple[str, str]]) -> UUID:
    """What one person sent with one form. Its words are part of it: who goes back to a form and writes
    something else does not send the same thing twice."""
    said = "\0".join(f"{name}={text}" for name, text in sorted(words))
    return uuid5(form, sha256(f"{actor.user.pk}\0{said}".encode(errors="replace")).hexdigest())


def check_not_sent(actor: Actor, key: UUID) -> None:
    """Raise SentBefore if this has been carried out. One query."""
    row = Sent.objects.filter(organization=actor.organization, key=key)
    if found := row.select_related("complaint", "complaint__organization").first():
        raise SentBefore(found.complaint)


def carry_out_once(
    *, actor: Actor, complaint: Complaint, key: UUID, verb: Callable[[], Value], now: datetime
) -> Value:
    """Carry out `verb` and remember that, in one transaction. Raises SentBefore, and changes nothing, if it
    has been carried out, also by a request that came a moment before and was waited for."""
    try:
        with transaction.atomic():
            Sent.objects.filter(organization=actor.organization, at__lte=now - FORGET_AFTER).delete()
            Sent.objects.create(organization=actor.organization, key=key, complaint=complaint, at=now)
            return verb()
    except IntegrityError:
        check_not_sent(actor, key)
        raise
