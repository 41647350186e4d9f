"""The texts of an organization's rules with the words of a case in them (docs/policies.md, "Templates")."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta

from complaints.course import causes_of, events_of, timelines_of
from complaints.facts import facts_of
from complaints.models import Complaint
from organizations.models import Organization
from policies.engine.occasions import family
from policies.engine.schema import Policy, Template
from policies.engine.templates import UNKNOWN, Rendered, asks_facts, render, template_for
from policies.engine.timeline import facts_after
from policies.readable import phrases
from policies.selectors import policy_of

Facts = Mapping[str, object]


def moment(at: datetime, organization: Organization) -> str:
    """A time as people write it: in the organization's zone, midnight as 24:00 of the day that ends."""
    local = at.astimezone(organization.zone)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return f"{local - timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{local:%Y-%m-%d %H:%M}"


def text_for(
    case: Complaint, occasion: str, *, facts: Facts | None = None, unknown: str = UNKNOWN, **words: str
) -> Rendered | None:
    """What the rules of a case say on an occasion, filled in; None where they have no text for it.

    `words` are those that only the caller knows; the case's own are added. `facts` are what the rules know of
    the case: where none are given they are looked up, with one query, if the choice of the text depends on
    them.
    """
    policy = policy_of(case.policy_id)
    if facts is None:
        facts = facts_now(case) if asks_facts(policy, occasion) else {}
    template = template_for(policy, occasion, facts)
    return render(template, _words(template, case, policy, words), unknown=unknown) if template else None


def facts_now(case: Complaint) -> Facts:
    """What the rules know of a case after all of its events. One query."""
    return facts_after(policy_of(case.policy_id), facts_of(case), causes_of(events_of(case)))


def facts_for_texts(cases: Iterable[Complaint], occasions: Collection[str]) -> dict[int, Facts]:
    """The facts of those cases whose rules choose between texts by them, by id of the case.

    `occasions` are general ones (warn, dispatched). Two queries for all, none where no text has a condition.
    """
    wanted = [case.pk for case in cases if _asks(policy_of(case.policy_id), occasions)]
    if not wanted:
        return {}
    timelines = timelines_of(wanted)
    # Read again whole: the sweep has only the columns that it always needs.
    return {
        case.pk: facts_after(policy_of(case.policy_id), facts_of(case), causes_of(timelines[case.pk]))
        for case in Complaint.objects.filter(pk__in=wanted)
    }


def _asks(policy: Policy, occasions: Collection[str]) -> bool:
    return any(row.when and family(row.occasion) in occasions for row in policy.templates)


def _words(template: Template, case: Complaint, policy: Policy, known: Mapping[str, str]) -> dict[str, str]:
    """The words that stand in the text, and no others: some cost a query if the case is not loaded whole."""
    own = {name: _OWN[name](case, policy) for name in template.words if name in _OWN and name not in known}
    return {**own, **known}


def _listed(name: str) -> Callable[[Complaint, Policy], str]:
    """The title of what a column holds the id of."""

    def title(case: Complaint, policy: Policy) -> str:
        value = getattr(case, name)
        return phrases.value(policy, name, value) if value else ""

    return title


_OWN: Mapping[str, Callable[[Complaint, Policy], str]] = {
    "number": lambda case, _policy: case.number,
    "subject": lambda case, _policy: case.subject,
    "organization": lambda case, _policy: case.organization.name,
    "desk": lambda case, _policy: case.desk.name,
    "received": lambda case, _policy: moment(case.received_at, case.organization),
    "complainant": lambda case, _policy: case.complainant_name,
    "place": lambda case, _policy: case.place,
    **{name: _listed(name) for name in ("channel", "category", "tier", "outcome")},
}
