"""Reads of cases that several places need: earlier cases of a caller, drafts.

`cases` is always what the asker may see (tickets.access.visible_cases): nothing here opens a door.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from complaints.keys import after, name_key, place_key
from complaints.models import CaseEvent, Complaint, Draft
from organizations.actors import Actor
from organizations.text import normalise_phone

# What has to be typed before it says anything.
PHONE_LEAST, PLACE_LEAST, NAME_LEAST = 4, 3, 2
PHONE_WHOLE = 7  # a number that is all there
CANDIDATES = 30  # looked at for each of number, place and name
RECENT = 300
CONTACTED_AGAIN = "contacted_again"
# Columns that a list of cases does not need, and that cost more to read than all the others.
UNSEEN = ("content", "request", "facts")


@dataclass(frozen=True)
class Caller:
    """Who calls, as far as it has been typed: a number's digits, and keys (complaints.keys)."""

    phone: str = ""
    place: str = ""
    name: str = ""

    @classmethod
    def typed(cls, *, phone: str = "", place: str = "", name: str = "") -> "Caller":
        """From what stands in the form; what is too short to say anything is left out."""
        digits, where, who = normalise_phone(phone)[:40], place_key(place), name_key(name)
        return cls(
            digits if len(digits) >= PHONE_LEAST else "",
            where if len(where) >= PLACE_LEAST else "",
            who if len(who) >= NAME_LEAST else "",
        )

    def __bool__(self) -> bool:
        return bool(self.phone or self.place or self.name)

    def same(self, case: Complaint) -> frozenset[str]:
        """In what the case is this caller's: phone, place, name. Nothing where only the beginning fits."""
        pairs = (
            ("phone", self.phone, case.complainant_phone),
            ("place", self.place, case.place_key),
            ("name", self.name, case.name_key),
        )
        return frozenset(what for what, typed, stored in pairs if typed and typed == stored)


@dataclass(frozen=True)
class Earlier:
    """An earlier case, what makes it one, and how often people got in touch about it so far."""

    case: Complaint
    same: frozenset[str]
    contacts: int


@dataclass(frozen=True)
class History:
    """The earlier cases of a caller, the ones to look at first coming first.

    `contact` is the number of the contact that is being made now, for the telephone number if it is a whole
    one, else for the place; 0 if neither is known. `more` means that there are more than were counted.
    """

    rows: tuple[Earlier, ...] = ()
    contact: int = 0
    more: bool = False


def history(cases: QuerySet[Complaint], caller: Caller) -> History:
    """The earlier cases of a caller: open ones first, then those of the very number or place, then by
    recency. Two queries, each along an index, whatever the number of cases."""
    if not caller:
        return History()
    found = list(_candidates(cases, caller))
    contacts = contacts_of(found)
    rows = [Earlier(case, caller.same(case), contacts[case.pk]) for case in found]
    rows.sort(key=lambda row: (not row.case.is_open, not row.same & {"phone", "place"}, _age(row.case)))
    counted = _counted(rows, caller)
    contact = 1 + sum(row.contacts for row in counted) if counted else 0
    return History(tuple(rows), contact, len(counted) >= CANDIDATES)


def _age(case: Complaint) -> tuple[float, int]:
    return -case.received_at.timestamp(), -case.pk


def _counted(rows: Iterable[Earlier], caller: Caller) -> list[Earlier]:
    what = "phone" if len(caller.phone) >= PHONE_WHOLE else "place"
    return [row for row in rows if what in row.same]


def _candidates(cases: QuerySet[Complaint], caller: Caller) -> QuerySet[Complaint]:
    """The newest cases of the number, of the place and of the name. Each stops after a few, so that a
    beginning that thousands share (0755, 王女) costs no more than a room does."""
    arms = []
    if caller.phone:
        arms.append(_first(cases.filter(_phone(caller.phone)), "complainant_phone"))
    if caller.place:
        arms.append(_first(cases.filter(_begins("place_key", caller.place)), "place_key"))
    if caller.name:
        arms.append(_first(cases.filter(_begins("name_key", caller.name)), "name_key"))
    numbers = arms[0].union(*arms[1:])  # an OR would have the database read all that fit
    found = cases.filter(pk__in=numbers).select_related("organization", "lead_department")
    return found.defer(*UNSEEN).order_by()


def _first(cases: QuerySet[Complaint], column: str) -> QuerySet[Complaint, Any]:
    """The ids of the first few. Wrapped, because SQLite takes no LIMIT in a part of a UNION."""
    few = cases.order_by(column, "-received_at", "-pk").values("pk")[:CANDIDATES]
    return Complaint.objects.filter(pk__in=few).values("pk")


def _begins(column: str, key: str) -> Q:
    return Q(**{f"{column}__gte": key, f"{column}__lt": after(key)})


def _phone(digits: str) -> Q:
    """Numbers that begin with these digits. As a range by the next number of the same length, which holds in
    every collation; what is not only digits (an extension, +852) has to be the whole number."""
    following = str(int(digits) + 1).zfill(len(digits)) if digits.isascii() and digits.isdigit() else ""
    if not following:
        return Q(complainant_phone=digits)
    end = Q(complainant_phone__lt=following) if len(following) == len(digits) else Q()
    return Q(complainant_phone__gte=digits) & end


def oldest_in(cases: QuerySet[Complaint], states: Iterable[str], most: int) -> list[Complaint]:
    """The cases in these states by their arrival, of each state at most `most`.

    One query for each state: they lie in the order of their arrival in the index of that state only.
    """
    found = [
        case for state in states for case in cases.filter(state=state).order_by("received_at", "pk")[:most]
    ]
    return sorted(found, key=lambda case: (case.received_at, case.pk))


def contacts_of(cases: Iterable[Complaint]) -> dict[int, int]:
    """How often people got in touch about each case: once at the beginning, then by its timeline. That a case
    was merged into it is no contact of its own: it counts with the case that was merged."""
    cases = list(cases)
    again = CaseEvent.objects.filter(
        organization__in={case.organization_id for case in cases},
        complaint__in=[case.pk for case in cases],
        kind=CONTACTED_AGAIN,
    ).exclude(data__has_key="merged")
    counted = dict(again.order_by().values_list("complaint").annotate(Count("pk")))
    return {case.pk: 1 + counted.get(case.pk, 0) for case in cases}


class Past(NamedTuple):
    """What a recent case was about, and what was made of it."""

    subject: str
    category: str
    tier: str
    tier_criterion: str
    lead_department_id: int | None


def recent_cases(cases: QuerySet[Complaint]) -> list[Past]:
    """The last few hundred cases, the newest first. One query along the index of the newest."""
    newest = cases.order_by("-received_at", "-pk")[:RECENT]
    return [Past(*row) for row in newest.values_list(*Past._fields)]


def drafts_of(actor: Actor, kind: str, most: int = 5) -> list[Draft]:
    """The actor's own drafts, the latest first; those that have become a case are left out."""
    sent = Complaint.objects.filter(organization=OuterRef("organization"), request_key=OuterRef("key"))
    mine = Draft.objects.filter(organization=actor.organization, user=actor.user, kind=kind)
    return list(mine.exclude(Exists(sent))[:most])


def draft_of(actor: Actor, kind: str, key: UUID) -> Draft | None:
    """The actor's own draft with this key, if there still is one."""
    mine = Draft.objects.filter(organization=actor.organization, user=actor.user, kind=kind)
    return mine.filter(key=key).first()


def case_sent_as(actor: Actor, key: UUID) -> Complaint | None:
    """The case that came of the form with this key."""
    rows = Complaint.objects.filter(organization=actor.organization, request_key=key)
    return rows.select_related("organization").first()
