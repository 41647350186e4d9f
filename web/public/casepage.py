"""A case as the complainant may see it: where it stands, what was answered, what he said himself.

Only what is named here is ever shown: no people, no departments, no notes, nothing of other cases.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from complaints.models import Attachment, CaseEvent, Complaint, Deadline, State
from complaints.publicrules import may_confirm, may_reject, saying
from complaints.services.public import COMPLAINANT
from complaints.services.replying import Satisfaction
from policies.engine.schema import Policy
from policies.selectors import policy_of, title_of

_SAID = ("contacted_again", "noted", "follow_up_done")
_ENDS_EARLY = ("rejected", "explained", "merged", "ended")


@dataclass(frozen=True)
class Step:
    """A step on the way. `standing`: done, now, or later."""

    title: str
    at: datetime | None
    standing: str


@dataclass(frozen=True)
class Reply:
    """What the organization has told the complainant."""

    title: str
    at: datetime
    text: str


@dataclass(frozen=True)
class Said:
    """What the complainant has said since, with the photos that came with it."""

    title: str
    at: datetime
    text: str
    photos: list[Attachment]


@dataclass(frozen=True)
class Due:
    """A time that the complainant can count on; `is_over` if it has passed."""

    title: str
    at: datetime
    is_over: bool


class PublicCase:
    """A case on the public page at one moment. Three queries."""

    def __init__(self, case: Complaint, now: datetime) -> None:
        self.case, self.now = case, now

    @cached_property
    def policy(self) -> Policy:
        return policy_of(self.case.policy_id)

    @cached_property
    def events(self) -> list[CaseEvent]:
        return list(CaseEvent.objects.filter(complaint=self.case).order_by("at", "pk"))

    @cached_property
    def photos(self) -> list[Attachment]:
        """Those that the complainant has sent."""
        return list(own_photos(self.case))

    @property
    def subject(self) -> str:
        return self._as_written("subject")

    @property
    def written(self) -> list[tuple[str, str]]:
        """(label, text) of what was handed in, as it was."""
        rows = (
            ("content", _("What happened")),
            ("place", _("Where it was")),
            ("request", _("What you asked for")),
        )
        return [(label, text) for name, label in rows if (text := self._as_written(name))]

    def _as_written(self, name: str) -> str:
        """A column before the desk corrected it: what the desk writes there is for the house."""
        for row in self.events:
            changes = row.data.get("changes") or {}
            if row.kind == "corrected" and name in changes:
                return str(changes[name][0] or "")
        return str(getattr(self.case, name))

    @property
    def first_photos(self) -> list[Attachment]:
        """Those that came with the complaint itself."""
        kinds = {row.pk: row.kind for row in self.events}
        return [row for row in self.photos if kinds.get(row.event_id) == "attached"]

    # --- where it stands --------------------------------------------------------------------------------

    def _last(self, kind: str, *, any_round: bool = False) -> CaseEvent | None:
        rows = (
            row
            for row in reversed(self.events)
            if row.kind == kind and (any_round or row.round == self.case.round)
        )
        return next(rows, None)

    @property
    def ended_by(self) -> CaseEvent | None:
        """What ended the case, if it has not gone the whole way."""
        if self.case.is_open:
            return None
        return next((row for kind in _ENDS_EARLY if (row := self._last(kind))), None)

    @property
    def standing(self) -> str:
        """One sentence: where the case stands now."""
        if (end := self.ended_by) is not None:
            return _ENDED[end.kind]()
        if self.case.state == State.FOLLOWED_UP and self.says_unsolved:
            return _("You have told us that it is not solved. We are looking into it.")
        return _STANDING[State(self.case.state)]()

    @property
    def is_paused(self) -> bool:
        return self.case.paused_at is not None and self.case.is_open

    @property
    def says_unsolved(self) -> bool:
        rows = [row.data.get("facts", {}) for row in self.events if row.round == self.case.round]
        said = [row["complainant_says_unsolved"] for row in rows if "complainant_says_unsolved" in row]
        return bool(said) and said[-1] is True

    @property
    def steps(self) -> list[Step]:
        """Received → accepted → being handled → answered → closed; cut short where the case was."""
        received = (_("We have it"), self.case.received_at)
        if (end := self.ended_by) is not None:
            return [Step(*received, "done"), Step(_ENDED_TITLE[end.kind](), end.at, "done")]
        accepted = self._last("accepted", any_round=True)
        found = [
            received,
            (_("Accepted"), accepted.at if accepted else None),
            (_("Being handled"), self._time("dispatched")),
            (_("Answered"), self._time("told")),
            (_("Finished"), self.case.closed_at),
        ]
        if self.case.round > 1 and (again := self._last("reopened", any_round=True)):
            found[1] = (_("Looked into again"), again.at)
        reached = max(place for place, (_title, at) in enumerate(found) if at)
        now = reached if self.case.is_open else len(found)
        standings = [
            "done" if place < now else "now" if place == now else "later" for place in range(len(found))
        ]
        return [Step(title, at, standing) for (title, at), standing in zip(found, standings, strict=True)]

    def _time(self, kind: str) -> datetime | None:
        row = self._last(kind)
        return row.at if row else None

    @cached_property
    def due(self) -> list[Due]:
        """The times that were promised, and the limits that end with something the complainant notices."""
        found: dict[str, datetime] = {}
        if (promised := self._promised()) and self._last("told") is None:
            found[_("We promised you an answer by")] = promised
        running = Deadline.objects.filter(
            complaint=self.case,
            state=Deadline.State.OPEN,
            due_at__isnull=False,
            ticket_ref=0,
        )
        for row in running.order_by("due_at", "pk"):
            duty = self.policy.duties_by_id.get(row.duty)
            kind = next((kind for kind in _DUE if duty and kind in duty.end), None)
            if kind and row.due_at:
                found.setdefault(_DUE[kind](), row.due_at)
        return [Due(title, at, at <= self.now) for title, at in found.items()]

    def _promised(self) -> datetime | None:
        if not self.case.is_open or not (text := self.case.facts.get("promised_due")):
            return None
        try:
            return datetime.fromisoformat(str(text))
        except ValueError:
            return None

    # --- what was said ----------------------------------------------------------------------------------

    @property
    def replies(self) -> list[Reply]:
        """What the organization has answered, the latest first."""
        return list(reversed(list(self._replies())))

    def _replies(self) -> Iterator[Reply]:
        for row in self.events:
            if row.kind in ("told", "explained") and row.reason:
                yield Reply(_("Result") if row.kind == "told" else _("Explanation"), row.at, row.reason)
            elif row.kind == "rejected":
                reason = str(row.data.get("reason") or "")
                text = title_of(self.policy, "accept_reasons", reason) if reason else ""
                yield Reply(_("Why we cannot take it up"), row.at, text)

    @property
    def said(self) -> list[Said]:
        """What the complainant has added and answered, the latest first."""
        return [self._said(row) for row in reversed(self.events) if is_own(row) and row.kind in _SAID]

    def _said(self, row: CaseEvent) -> Said:
        photos = [photo for photo in self.photos if photo.event_id == row.pk]
        rating = str(row.data.get("rating") or "")
        if not rating:
            return Said(_("You added"), row.at, row.reason, photos)
        if (row.data.get("facts") or {}).get("complainant_says_unsolved"):
            return Said(_("You said: not solved"), row.at, row.reason, photos)
        words = str(Satisfaction(rating).label) if rating in Satisfaction.values else rating
        title = _("You said: solved, %(satisfaction)s") % {"satisfaction": words}
        return Said(title, row.at, row.reason, photos)

    # --- what can be done -------------------------------------------------------------------------------

    @property
    def may_add(self) -> bool:
        return bool(saying(self.policy, self.case))

    @property
    def may_confirm(self) -> bool:
        return may_confirm(self.case) and not self._has_answered

    @property
    def may_reject(self) -> bool:
        return self.ended_by is None and may_reject(self.policy, self.case) and not self.says_unsolved

    @property
    def _has_answered(self) -> bool:
        return any(
            is_own(row) and row.data.get("rating") for row in self.events if row.round == self.case.round
        )


def is_own(row: CaseEvent) -> bool:
    """Whether the complainant did it himself, on the public page."""
    return row.role == COMPLAINANT and row.actor_id is None


def own_photos(case: Complaint) -> QuerySet[Attachment]:
    """The photos of a case that the complainant has sent: no others leave the house."""
    rows = Attachment.objects.filter(complaint=case, event__role=COMPLAINANT, event__actor=None)
    return rows.exclude(thumbnail="").order_by("pk")


_Words = Callable[[], str]
_DUE: dict[str, _Words] = {
    "accepted": lambda: _("We decide whether to take it up by"),
    "handled": lambda: _("It is to be handled by"),
    "told": lambda: _("We tell you the result by"),
}
_STANDING: dict[State, _Words] = {
    State.RECORDED: lambda: _("We have your complaint and are looking at it."),
    State.ACCEPTED: lambda: _("We have taken it up and are passing it to those who are in charge of it."),
    State.DISPATCHED: lambda: _("It is with those who are in charge of it."),
    State.IN_HAND: lambda: _("It is being handled."),
    State.HANDLED: lambda: _("It has been handled. We are checking the result and will tell you."),
    State.TOLD: lambda: _("We have told you the result. Is it right?"),
    State.FOLLOWED_UP: lambda: _("Thank you for your answer. We are closing your complaint."),
    State.CLOSED: lambda: _("Your complaint is closed."),
    State.EXPLAINED: lambda: _("We have explained the matter; nothing more is planned."),
    State.REJECTED: lambda: _("We cannot take it up. The reason is below."),
}
_ENDED: dict[str, _Words] = {
    "rejected": _STANDING[State.REJECTED],
    "explained": _STANDING[State.EXPLAINED],
    "merged": lambda: _("It is being handled together with another complaint about the same matter."),
    "ended": lambda: _("We have ended the handling: another body is dealing with the matter."),
}
_ENDED_TITLE: dict[str, _Words] = {
    "rejected": lambda: _("Not taken up"),
    "explained": lambda: _("Explained"),
    "merged": lambda: _("Put together with another complaint"),
    "ended": lambda: _("Handling ended"),
}
