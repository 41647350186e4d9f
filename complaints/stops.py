"""The clock stops of the rules that a person can record something under."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.acting import check_under, fits, role_under
from complaints.models import Complaint
from organizations.actors import Actor
from organizations.errors import Forbidden, Refused
from policies.engine.schema import ClockStop, Policy
from policies.engine.stops import EVENTS_OF_STOP, is_automatic
from policies.posts import Posts
from policies.selectors import policy_of, posts_of

_NONE: Mapping[str, Promise] = {
    "paused": gettext_lazy("The rules of this case know no stopping of the clock."),
    "restarted": gettext_lazy("The rules of this case do not let its limits count anew."),
    "ended": gettext_lazy("The rules of this case do not let the handling be ended."),
}


def stops_for(policy: Policy, kind: str) -> list[ClockStop]:
    """The stops under which an event of this kind may be recorded: those a person chooses freely first, then
    those the rules leave to somebody's decision, then the automatic ones."""
    found = [stop for stop in policy.clock_stops if kind in EVENTS_OF_STOP[stop.effect]]
    return sorted(found, key=lambda stop: (bool(stop.when), is_automatic(stop)))


@dataclass(frozen=True, slots=True)
class Under:
    """A stop chosen, and the role in which it is recorded."""

    stop: ClockStop
    role: str

    @property
    def data(self) -> dict[str, str]:
        return {"stop": self.stop.id}


def check_stopping(actor: Actor, case: Complaint, verb: str, kind: str, posts: Posts | None = None) -> str:
    """The role in which the actor may have to do with the stops for this kind of event. Raises Forbidden if
    there is none."""
    named = [row.decider for row in stops_for(policy_of(case.policy_id), kind) if row.decider]
    return check_under(actor, case, verb, named, posts)


def choose_stop(actor: Actor, case: Complaint, verb: str, kind: str, name: str = "") -> Under:
    """The stop called `name`, or the first that the actor may choose.

    Raises Forbidden, and Refused if the rules have none. Whether its condition holds and its decider is the
    one who acts is asked when the event is recorded.
    """
    posts = posts_of(case.organization)
    check_stopping(actor, case, verb, kind, posts)
    policy = policy_of(case.policy_id)
    rows = stops_for(policy, kind)
    if not rows:
        raise Refused(str(_NONE[kind]))
    if name:
        rows = [row for row in rows if row.id == name]
        if not rows:
            raise Refused(_("Choose a rule from the list."), field="stop")
    chosen = [Under(row, role_under(actor, case, verb, _deciders(row), posts)) for row in rows]
    chosen = [one for one in chosen if one.role]
    if not chosen:
        raise Forbidden(_("Your roles do not allow this."))
    return next((one for one in chosen if fits(policy, one.role, _deciders(one.stop))), chosen[0])


def choosable(
    actor: Actor, case: Complaint, verb: str, kind: str, posts: Posts | None = None
) -> list[ClockStop]:
    """The stops the actor decides on, for pages: not those of others, nor those that come by themselves."""
    policy = policy_of(case.policy_id)
    return [
        row
        for row in stops_for(policy, kind)
        if not (row.when and is_automatic(row))
        and (role := role_under(actor, case, verb, _deciders(row), posts))
        and fits(policy, role, _deciders(row))
    ]


def _deciders(stop: ClockStop) -> tuple[str, ...]:
    return (stop.decider,) if stop.decider else ()
