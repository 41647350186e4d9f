"""Writes entries as cases with their whole timeline, in a few statements for hundreds of them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from complaints.deadlines import new_rows
from complaints.facts import FACT_FIELDS
from complaints.models import CaseEvent, Complaint, Deadline, State
from complaints.numbers import reserve_numbers
from organizations.models import Department, Organization
from policies.models import PolicyVersion
from tickets.importing.rows import Entry
from tickets.models import Ticket

# Facts that are not known before the result is.
_OF_RESULT = ("outcome", "liability")


class Writer:
    """Writes the entries of one import, whose time is `now`: no step that lies before it will ever fire."""

    def __init__(
        self, organization: Organization, *, version: PolicyVersion, desk: Department, now: datetime
    ) -> None:
        self.organization, self.version, self.desk, self.now = organization, version, desk, now

    @transaction.atomic
    def write(self, entries: Sequence[Entry]) -> None:
        """Cases, tickets, events and deadlines of all entries. The number of statements does not depend on
        how many there are, except for one UPDATE for each month that is new among them."""
        if not entries:
            return
        numbers = reserve_numbers(self.organization, "TS", [entry.times["recorded"] for entry in entries])
        cases = Complaint.objects.bulk_create(
            [self.case(entry, number) for entry, number in zip(entries, numbers, strict=True)]
        )
        tickets = self.tickets(entries, cases)
        rows = [
            list(self.events(entry, case, tickets.get(case.pk)))
            for entry, case in zip(entries, cases, strict=True)
        ]
        # The events have their ids after this, which plan() orders simultaneous ones by.
        CaseEvent.objects.bulk_create([event for events in rows for event in events])
        Deadline.objects.bulk_create(
            [row for case, events in zip(cases, rows, strict=True) for row in new_rows(case, events)]
        )

    def case(self, entry: Entry, number: str) -> Complaint:
        times = entry.times
        return Complaint(
            organization=self.organization,
            number=number,
            desk=self.desk,
            lead_department=entry.department,
            policy=self.version,
            state=_state(entry),
            satisfaction=entry.satisfaction,
            received_at=times["received"],
            recorded_at=times["recorded"],
            closed_at=times.get("closed"),
            last_event_at=max(moment for name, moment in times.items() if name != "received"),
            revision=sum(1 for name in times if name != "received"),
            quiet_until=self.now,
            **{name: value for name, value in entry.columns.items() if value is not None},
        )

    def tickets(self, entries: Sequence[Entry], cases: Sequence[Complaint]) -> dict[int, Ticket]:
        """The tickets of the entries that name a department, by the id of their case."""
        sent = [(entry, case) for entry, case in zip(entries, cases, strict=True) if entry.department]
        numbers = reserve_numbers(
            self.organization, "GD", [entry.times["dispatched"] for entry, _case in sent]
        )
        rows = Ticket.objects.bulk_create(
            [self.ticket(entry, case, number) for (entry, case), number in zip(sent, numbers, strict=True)]
        )
        return {row.complaint_id: row for row in rows}

    def ticket(self, entry: Entry, case: Complaint, number: str) -> Ticket:
        times = entry.times
        state = Ticket.State.DISPATCHED
        if "signed" in times:
            state = Ticket.State.SIGNED
        if "replied" in times:
            state = Ticket.State.DONE
        return Ticket(
            organization=self.organization,
            complaint=case,
            number=number,
            department=entry.department,
            part=Ticket.Part.LEAD,
            state=state,
            dispatched_at=times["dispatched"],
            signed_at=times.get("signed"),
            done_at=times.get("replied"),
            result=entry.reply,
        )

    def events(self, entry: Entry, case: Complaint, ticket: Ticket | None) -> Iterator[CaseEvent]:
        """The timeline of one case, in order."""
        times, known = entry.times, {name: getattr(case, name) for name in FACT_FIELDS}
        facts = {name: value for name, value in known.items() if value}
        found = {name: facts.pop(name) for name in _OF_RESULT if name in facts}
        satisfaction = facts.pop("satisfaction", "")
        yield self.event(
            case,
            "recorded",
            times["recorded"],
            facts=facts,
            department=self.desk,
            received_at=times["received"].isoformat(),
        )
        yield self.event(case, "accepted", times["accepted"], effect="register")
        if ticket is not None:
            yield self.event(case, "dispatched", times["dispatched"], ticket=ticket, part=ticket.part)
            if "signed" in times:
                yield self.event(case, "acknowledged", times["signed"], ticket=ticket)
        if "replied" in times:
            yield self.event(case, "handled", times["replied"], ticket=ticket, facts=found)
        if "told" in times:
            yield self.event(case, "told", times["told"], reason=entry.reply)
        if "followed_up" in times:
            answer = {"satisfaction": satisfaction, "satisfied": satisfaction != "unsatisfied"}
            yield self.event(
                case, "follow_up_done", times["followed_up"], facts=answer if satisfaction else {}
            )
        if "closed" in times:
            yield self.event(case, "closed", times["closed"])

    def event(
        self,
        case: Complaint,
        kind: str,
        at: datetime,
        *,
        facts: dict[str, Any] | None = None,
        ticket: Ticket | None = None,
        department: Department | None = None,
        reason: str = "",
        **data: Any,
    ) -> CaseEvent:
        data = {"imported": True, **data}
        if facts:
            data["facts"] = facts
        if ticket is not None:
            data["ticket"] = ticket.number
        return CaseEvent(
            organization=self.organization,
            complaint=case,
            kind=kind,
            at=at,
            recorded_at=self.now,
            department=ticket.department if ticket else department,
            ticket_ref=ticket.pk if ticket else 0,
            reason=reason,
            data=data,
        )


def _state(entry: Entry) -> State:
    """Where the last thing that happened has left the case."""
    last = {
        "closed": State.CLOSED,
        "followed_up": State.FOLLOWED_UP,
        "told": State.TOLD,
        "replied": State.HANDLED,
        "signed": State.IN_HAND,
        "dispatched": State.DISPATCHED,
    }
    return next((state for name, state in last.items() if name in entry.times), State.ACCEPTED)
