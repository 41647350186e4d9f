"""Trying a version out: what would become of a case that comes in at a given moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from complaints.models import Deadline
from escalation.wording import moment
from organizations.models import Organization
from policies.engine.deadlines import PlannedDeadline, Rung
from policies.engine.schema import Policy
from policies.readable import phrases
from policies.selectors import calendar_of, trigger_title
from policies.trying import Tried, try_out
from web.administration.drawing import Drawing, draw
from web.administration.forms.trying import IN_TIME, TrialForm
from web.administration.shared import opened, surroundings
from web.answers import page
from web.request import Request


@dataclass(frozen=True)
class RungRow:
    kind: str
    at: str
    what: str


@dataclass(frozen=True)
class TriedRow:
    """One limit of the trial in words."""

    title: str
    owner: str
    started: str
    due: str
    state: str
    done: str
    is_late: bool
    rungs: list[RungRow]


@page("GET")
def trial(request: Request, version: int) -> HttpResponse:
    """The form, and what comes of it once it is filled in."""
    found = opened(request.actor, version)
    form = TrialForm(
        request.GET if "start" in request.GET else None, policy=found.policy, initial=_first(request)
    )
    context: dict[str, Any] = {
        **surroundings(request, "rules"),
        "version": found.version,
        "form": form,
        "facts": [form[f"fact_{name}"] for name in form.facts],
        "steps": [(form[f"event_{at}"], form[f"at_{at}"]) for at in range(_steps(form))],
    }
    status = 200
    if form.is_bound and form.is_valid():
        calendar = calendar_of(request.organization, found.policy)
        tried = try_out(found.policy, calendar, form.trial)
        context |= _outcome(found.policy, request.organization, tried)
        context["drawing"] = _drawing(found.policy, calendar, tried, form.hours_shown)
    elif form.is_bound:
        status = 422
    return render(request, "web/administration/try.html", context, status=status)


def _first(request: Request) -> dict[str, Any]:
    return {"start": request.now.replace(second=0, microsecond=0), "then": IN_TIME}


def _steps(form: TrialForm) -> int:
    return sum(name.startswith("event_") for name in form.fields)


def _drawing(policy: Policy, calendar: Any, tried: Tried, hours: int) -> Drawing | None:
    return draw(policy, calendar, tried.deadlines, tried.events, hours=hours)


def _outcome(policy: Policy, organization: Organization, tried: Tried) -> dict[str, Any]:
    return {
        "rows": [_row(policy, organization, row) for row in tried.deadlines],
        "events": [
            (moment(event.at, organization), phrases.event(policy, event.kind)) for event in tried.events
        ],
        "effects": [
            (
                moment(effect.at, organization),
                trigger_title(policy, effect.source),
                phrases.actions(policy, effect.actions),
            )
            for effect in tried.effects
        ],
        "goes_to": phrases.roles(policy, tried.to),
        "is_tried": True,
    }


def _row(policy: Policy, organization: Organization, row: PlannedDeadline) -> TriedRow:
    return TriedRow(
        title=row.title,
        owner=phrases.role(policy, row.owner),
        started=moment(row.started_at, organization),
        due=moment(row.due_at, organization) if row.due_at else "",
        state=str(Deadline.State(row.state).label),
        done=_said(row.met_at, organization),
        is_late=row.is_late,
        rungs=[_rung(policy, organization, rung) for rung in row.rungs],
    )


def _said(at: datetime | None, organization: Organization) -> str:
    return moment(at, organization) if at else ""


def _rung(policy: Policy, organization: Organization, rung: Rung) -> RungRow:
    return RungRow(rung.kind, moment(rung.at, organization), phrases.actions(policy, rung.actions))
