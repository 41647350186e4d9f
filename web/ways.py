"""How far a call gets at once by whoever takes it, in words, and what the rules have written to be said."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.course import Course
from complaints.facts import FACT_FIELDS
from complaints.models import CaseEvent, Complaint
from complaints.services.intake import own_desk
from organizations.actors import DESK_ROLES, Actor
from policies.engine.conditions import Need
from policies.engine.schema import Policy
from policies.posts import people_of_role
from policies.readable import phrases
from policies.readable.words import listed
from policies.selectors import policy_of, posts_for
from tickets.services.calls import Decision, Ways
from web import choices, texts
from web.casefile import CaseFile

NAMES_SHOWN = 3


@dataclass(frozen=True)
class Way:
    """The main button of the page: what it does, and who goes on from there."""

    decision: Decision
    label: Promise
    hint: str


_LABELS: Mapping[Decision, Promise] = {
    Decision.DISPATCH: gettext_lazy("Log and dispatch"),
    Decision.ACCEPT: gettext_lazy("Log and accept"),
    Decision.REGISTER: gettext_lazy("Only register"),
}
_HINTS: Mapping[Decision, Callable[[], str]] = {
    Decision.DISPATCH: lambda: _("Registers the case, accepts it and sends it to the department in one go."),
    Decision.ACCEPT: lambda: _("Registers the case and accepts it. By the rules %(who)s dispatches it."),
    Decision.REGISTER: lambda: _("Registers the case. By the rules %(who)s decides on it."),
}
# What is left to somebody else where this is as far as it gets.
_LEFT = {Decision.ACCEPT: Decision.DISPATCH, Decision.REGISTER: Decision.ACCEPT}


def main_way(actor: Actor, policy: Policy, ways: Ways) -> Way:
    """What the main button does. One query where the rules leave the rest to others."""
    decision = ways.furthest
    left = ways.shut.get(_LEFT.get(decision, decision), [])
    who = _who(actor, policy, left) if left else ""
    return Way(decision, _LABELS[decision], _HINTS[decision]() % {"who": who or _("somebody else")})


def _who(actor: Actor, policy: Policy, needs: list[Need]) -> str:
    """The roles the rules name, with the people who fill them; those that nobody fills here only if nobody
    fills any."""
    roles = list(dict.fromkeys(role for need in needs if need.code == "role" for role in _named(need)))
    posts, desk = posts_for(actor), own_desk(actor).pk
    people = {
        role: people_of_role(actor.directory, posts, policy, role, desk_id=desk, department_id=None)
        for role in roles
        if role in posts or policy.acts_as(role) in DESK_ROLES
    }
    filled = [role for role in roles if people.get(role)]
    names = dict.fromkeys(str(user) for role in filled for user in people[role])
    titles = phrases.roles(policy, filled or roles)
    if not names:
        return titles
    return _("%(roles)s (%(people)s)") % {"roles": titles, "people": listed(list(names)[:NAMES_SHOWN])}


def _named(need: Need) -> Iterator[str]:
    expected: Any = need.expected
    yield from expected


# --- what is said -------------------------------------------------------------------------------------------


def texts_of_call(actor: Actor, case: Complaint, ways: Ways, now: datetime) -> dict[str, texts.Suggestions]:
    """What the rules have written for a call that is decided on at once: {"accept", "explain", "reject"}, as
    far as they have anything. `case` is what has been typed so far, saved by nobody."""
    policy = policy_of(case.policy_id)
    found = {}
    for name, decision, occasion, effect in (
        ("accept", Decision.ACCEPT, "acceptance", "register"),
        ("explain", Decision.EXPLAIN, "explanation", "explain_only"),
        ("reject", Decision.REJECT, "rejection", "reject"),
    ):
        if decision not in ways or not any(row.occasion == occasion for row in policy.templates):
            continue
        said = texts.suggestions(
            _file(case, actor, now),
            occasion,
            # What is said when a case is accepted goes into no field: it is to be read out.
            "" if decision == Decision.ACCEPT else f"{name}_note",
            chooser=f"{name}_reason",
            fact="accept_reason",
            word="reason",
            choices=choices.reasons(policy, effect)[1:],
            fills=decision != Decision.ACCEPT,
        )
        if said is not None:
            found[name] = said
    return found


def _file(case: Complaint, actor: Actor, now: datetime) -> CaseFile:
    """The file of a case that is not written down yet: as if it had been registered this moment."""
    facts = {name: value for name in FACT_FIELDS if (value := getattr(case, name))}
    file = CaseFile(case, actor, now)
    file.tickets, file.deadlines = [], []
    file.events = [CaseEvent(id=0, kind="recorded", at=now, data={"facts": facts})]
    file.course = Course(case, file.events)
    return file
