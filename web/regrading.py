"""Cases for which the rules suggest another tier, for those who may set it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db.models import Exists, OuterRef, QuerySet, TextField
from django.db.models.functions import Cast

from complaints.models import OPEN, CaseEvent, Complaint, Effect
from complaints.rights import RIGHTS
from complaints.taskwords import source_title
from organizations.actors import Actor
from policies.readable import phrases
from tickets.access import visible_cases
from web import actions, choices
from web.casefile import CaseFile

_READ = 200  # suggestions looked at; those that have been followed are among them
_GRADED = ("graded", "regraded")


@dataclass(frozen=True)
class Regrade:
    """A suggested tier: what the rule says, which rule, and the form with it filled in."""

    file: CaseFile
    suggestion: str
    rule: str
    offer: actions.Offer

    @property
    def case(self) -> Complaint:
        return self.file.case


def regrades_to_decide(actor: Actor, now: datetime) -> list[Regrade]:
    """Suggestions on open cases of the actor's desk that nobody has graded since, the oldest first. One
    query."""
    desks = actor.departments(*RIGHTS["grade"])
    return list(islice(_regrades(actor, now), actions.IN_PLACE)) if desks else []


def _regrades(actor: Actor, now: datetime) -> Iterator[Regrade]:
    for row in _suggestions(actor)[:_READ]:
        file = CaseFile(row.complaint, actor, now)
        for action in row.actions:
            tier = _tier(action.get("suggest"))
            grading = _grading(file, tier)
            if grading and tier != file.case.tier:
                words = phrases.action(file.policy, {"suggest": {"tier": tier}})
                yield Regrade(file, words, source_title(file.policy, row.source), _offer(file, grading))


def _suggestions(actor: Actor) -> QuerySet[Effect]:
    since = CaseEvent.objects.filter(complaint=OuterRef("complaint"), kind__in=_GRADED, at__gt=OuterRef("at"))
    cases = visible_cases(actor).filter(state__in=OPEN, desk__in=actor.departments(*RIGHTS["grade"]))
    rows = Effect.objects.filter(~Exists(since), organization=actor.organization, complaint__in=cases)
    rows = rows.annotate(words=Cast("actions", TextField())).filter(words__contains='"suggest"')
    return rows.select_related("complaint", "complaint__organization", "complaint__desk").order_by("at", "pk")


def _tier(target: object) -> str:
    return str(target.get("tier") or "") if isinstance(target, Mapping) else ""


def _grading(file: CaseFile, tier: str) -> str:
    """The first of the tier's criteria as the form names it; "" if the rules do not know the tier."""
    values = (value for _title, rows in choices.gradings(file.policy) for value, _words in rows)
    return next((value for value in values if value.partition(":")[0] == tier), "") if tier else ""


def _offer(file: CaseFile, grading: str) -> actions.Offer:
    action = next(row for row in actions.CASE_ACTIONS if row.name == "grade")
    form = action.form(file=file, auto_id=f"grade-{file.case.pk}-%s", initial={"back": "manager"})
    form.initial["grading"] = grading
    return actions.Offer(action, action.url(file), form)
