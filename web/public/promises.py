"""What an organization's rules want everybody to know, in plain sentences."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from complaints.services.public import public_desk
from organizations.directory import Directory
from organizations.models import Organization
from policies.days import own_days, ranges_of
from policies.engine.conditions import facts_read
from policies.engine.schema import CalendarRule, Duty, Limit, Policy
from policies.engine.vocabulary import LIST_OF_FACT, UNITS_WITH_VALUE
from policies.readable import phrases, words
from policies.readable.rest import disclosed

# What the rules want to be public and this program can say by itself.
TIME_LIMITS = ("time_limits", "promise_times", "service_promise")
PROCEDURE = ("procedure",)
HOURS = ("reception_time", "opening_hours")
# What can be said whether the rules ask for it or not, in the order of the page.
ALWAYS = ("complaint_phone", "reception_place", "outside_ways")

_WHAT: dict[str, Callable[[], str]] = {
    "accepted": lambda: _("We decide whether to take your complaint up"),
    "handled": lambda: _("We finish handling it"),
    "told": lambda: _("We tell you the result"),
    "follow_up_done": lambda: _("We ask you whether you are satisfied"),
}
_SINCE: dict[str, Callable[[], str]] = {
    "contacted": lambda: _("you hand in your complaint"),
    "recorded": lambda: _("you hand in your complaint"),
    "accepted": lambda: _("we have taken it up"),
    "handled": lambda: _("it has been handled"),
    "told": lambda: _("we have told you the result"),
}


@dataclass(frozen=True)
class Promise:
    """A time limit as a sentence; `rows` where it depends on the complaint."""

    sentence: str
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Notice:
    """Everything that is public: limits, whether the procedure is, opening hours, (label, text)."""

    limits: tuple[Promise, ...]
    has_procedure: bool
    hours: str
    details: tuple[tuple[str, str], ...]


def notice_of(organization: Organization, policy: Policy) -> Notice:
    """What stands on the public page. A few queries, whatever there is."""
    public = policy.keeping.disclosure
    stored = organization.public_details
    names = [*ALWAYS, *(name for name in wanted_details(policy) if name not in ALWAYS)]
    return Notice(
        limits=tuple(_limits(policy)) if any(name in public for name in TIME_LIMITS) else (),
        has_procedure=any(name in public for name in PROCEDURE),
        hours=_hours(organization, policy),
        details=tuple((disclosed(name), str(stored[name])) for name in names if stored.get(name)),
    )


def wanted_details(policy: Policy) -> list[str]:
    """What the organization has to write itself, by the rules' names; what they want first."""
    by_itself = {*TIME_LIMITS, *PROCEDURE, *HOURS} - {"service_promise"}
    wanted = [name for name in policy.keeping.disclosure if name not in by_itself]
    return list(dict.fromkeys([*wanted, *ALWAYS]))


# --- time limits --------------------------------------------------------------------------------------------


def _limits(policy: Policy) -> Iterator[Promise]:
    """The limits that end with something the complainant notices, the same sentence once.

    Those for special cases only are left out: what makes a case special is the house's business. What kind of
    complaint it is, everybody can tell.
    """
    plain = (duty for duty in policy.duties if {*map(_head, facts_read(duty.when))} <= LIST_OF_FACT.keys())
    yield from {promise: None for duty in plain if (promise := _promise(policy, duty))}


def _head(fact: str) -> str:
    return fact.partition(".")[0]


def _promise(policy: Policy, duty: Duty) -> Promise | None:
    what = next((_WHAT[kind]() for kind in _WHAT if kind in duty.end), "")
    since = next((_SINCE[kind]() for kind in duty.start if kind in _SINCE), "")
    rows = [row for row in duty.limits if _is_filled_in(row)]
    if not what or not since or not rows:
        return None
    if duty.when:
        what = _("%(what)s (if %(when)s)") % {"what": what, "when": phrases.condition(policy, duty.when)}
    said = {"what": what, "since": since}
    if len(rows) == 1 and not rows[0].when:
        return Promise(
            _("%(what)s: %(limit)s after %(since)s.") % {**said, "limit": _length(policy, rows[0])}
        )
    return Promise(_("%(what)s, after %(since)s:") % said, tuple(_row(policy, row) for row in rows))


def _is_filled_in(row: Limit) -> bool:
    if row.range is not None:
        return row.range.hi is not None
    return row.value is not None or (bool(row.unit) and row.unit not in UNITS_WITH_VALUE)


def _row(policy: Policy, row: Limit) -> str:
    return words.labelled(phrases.condition(policy, row.when) or _("otherwise"), _length(policy, row))


def _length(policy: Policy, row: Limit) -> str:
    length = phrases.limit(policy, row)
    is_plain = row.unit in UNITS_WITH_VALUE and not row.earlier_of
    return _("within %(time)s") % {"time": length} if is_plain else length


# --- opening hours ------------------------------------------------------------------------------------------


def _hours(organization: Organization, policy: Policy) -> str:
    """When the desk is open, 「工作日 08:30-12:00、13:30-17:30」; "" where the rules know no hours."""
    business = {name: rule for name, rule in policy.calendars.items() if rule.kind == "business"}
    if not business:
        return ""
    name = "desk" if "desk" in business else next(iter(business))
    desk = public_desk(Directory(organization))
    own = own_days(organization).calendar(policy, desk.pk).hours.get(name)
    ranges = ranges_of(own or business[name].hours)
    return f"{_days(business[name])} {words.listed(ranges)}" if ranges else ""


def _days(rule: CalendarRule) -> str:
    return {
        "cn_workdays": _("working days"),
        "weekdays": _("Monday to Friday"),
        "every_day": _("every day"),
    }[rule.days]
