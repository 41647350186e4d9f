"""How events, limits and values of a case are put into words on its page."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from complaints.models import CaseEvent, Complaint
from complaints.services.replying import Satisfaction
from complaints.taskwords import source_title
from complaints.values import LISTED, criteria
from escalation.wording import moment
from organizations.models import Organization, Role
from policies.engine.forms import EVENT_TIME, WRITTEN
from policies.engine.naming import asked_facts
from policies.engine.schema import Policy
from policies.readable import phrases
from policies.readable.words import EVENTS as NAMED
from policies.readable.words import listed
from policies.selectors import duty_title, title_of

# kind of event: (words, colour of its dot)
EVENTS: dict[str, tuple[Promise, str]] = {
    "recorded": (gettext_lazy("Registered"), "azure"),
    "accepted": (gettext_lazy("Accepted"), "azure"),
    "explained": (gettext_lazy("Ended with an explanation"), "secondary"),
    "rejected": (gettext_lazy("Rejected"), "secondary"),
    "graded": (gettext_lazy("Tier set"), "azure"),
    "regraded": (gettext_lazy("Tier changed"), "purple"),
    "corrected": (gettext_lazy("Corrected"), "secondary"),
    "dispatched": (gettext_lazy("Dispatched"), "blue"),
    "acknowledged": (gettext_lazy("Signed for"), "cyan"),
    "returned": (gettext_lazy("Returned to the desk"), "orange"),
    "helper_returned": (gettext_lazy("Returned by a helping department"), "orange"),
    "assigned": (gettext_lazy("Handed on"), "cyan"),
    "worked": (gettext_lazy("Work recorded"), "cyan"),
    "handled": (gettext_lazy("Result filed"), "teal"),
    "part_handled": (gettext_lazy("Part of the result filed"), "teal"),
    "told": (gettext_lazy("Complainant told"), "green"),
    "follow_up_attempt": (gettext_lazy("Follow-up: not reached"), "yellow"),
    "follow_up_done": (gettext_lazy("Follow-up done"), "green"),
    "consented": (gettext_lazy("Consent given"), "green"),
    "closed": (gettext_lazy("Closed out"), "green"),
    "reopened": (gettext_lazy("Taken up again"), "purple"),
    "paused": (gettext_lazy("Clock stopped"), "yellow"),
    "resumed": (gettext_lazy("Clock running again"), "yellow"),
    "extension_asked": (gettext_lazy("More time asked for"), "yellow"),
    "extended": (gettext_lazy("More time granted"), "yellow"),
    "extension_refused": (gettext_lazy("More time refused"), "orange"),
    "warned": (gettext_lazy("Warning"), "yellow"),
    "breached": (gettext_lazy("Limit passed"), "red"),
    "escalated": (gettext_lazy("Escalated"), "red"),
    "noted": (gettext_lazy("Noted"), "secondary"),
    "attached": (gettext_lazy("Files attached"), "secondary"),
    "code_given": (gettext_lazy("Code for the public page given out"), "secondary"),
    "policy_changed": (gettext_lazy("Rules changed"), "purple"),
    "task_settled": (gettext_lazy("Task settled"), "teal"),
    "order_issued": (gettext_lazy("Supervision order issued"), "red"),
    "restarted": (gettext_lazy("Clock started anew"), "yellow"),
    "ended": (gettext_lazy("Handling ended"), "secondary"),
    "merged": (gettext_lazy("Merged with another case"), "secondary"),
    "transferred": (gettext_lazy("Passed on"), "blue"),
    "withdrawn": (gettext_lazy("Ticket called back"), "orange"),
    "remedy": (gettext_lazy("Remedy"), "teal"),
    "penalty": (gettext_lazy("Decision on a penalty"), "purple"),
}
# A remedy's steps: what changes nothing the rules know of is an event of its own, what does is a note.
REMEDY_STEPS = {
    "proposed": gettext_lazy("Remedy proposed"),
    "approved": gettext_lazy("Remedy approved"),
    "refused": gettext_lazy("Remedy refused"),
    "withdrawn": gettext_lazy("Remedy withdrawn"),
    "delivered": gettext_lazy("Remedy given"),
}
_PARTS = {"lead": gettext_lazy("leading"), "helper": gettext_lazy("helping")}


def event_title(kind: str, policy: Policy | None = None) -> str:
    """An event in words; `policy` knows the roles and bodies in forwarded.<role> and answered.<body>."""
    if kind in EVENTS:
        return str(EVENTS[kind][0])
    if policy is not None:
        return phrases.event(policy, kind)
    return str(NAMED.get(kind, kind))


def title_of_event(policy: Policy, event: CaseEvent) -> str:
    """What a stored event is called on the timeline."""
    step = event.data.get("step") if "remedy" in event.data else None
    return str(REMEDY_STEPS[step]) if step in REMEDY_STEPS else event_title(event.kind, policy)


def event_tone(kind: str) -> str:
    return EVENTS[kind][1] if kind in EVENTS else "secondary"


def event_lines(policy: Policy, case: Complaint, event: CaseEvent) -> list[tuple[str, str]]:
    """(label, text) of what an event says besides who, when and its reason, nothing twice."""
    return list(dict.fromkeys(_event_lines(policy, case, event)))


def _event_lines(policy: Policy, case: Complaint, event: CaseEvent) -> Iterator[tuple[str, str]]:
    data = dict(event.data)
    if event.kind == "transferred":
        yield _("To whom"), role_name(policy, str(data.pop("to", "")))
    if event.kind == "order_issued":
        yield from _order_lines(event, data.pop("due_at", None), case.organization)
    for key, (label, words) in _DATA.items():
        if data.get(key) not in (None, "", []):
            yield str(label), words(policy, case, data)
    if data.get("list"):
        yield _("List"), next((row.title for row in policy.schedules if row.id == data["list"]), data["list"])
    for name, value in data.get("facts", {}).items():
        if name not in data.get("was", {}) and any(fact.id == name for fact in asked_facts(policy)):
            yield phrases.fact(policy, name), fact_words(policy, name, value, case.organization)
    if "remedy" in data and "step" in data:
        yield from _remedy_lines(policy, data)
    if event.kind == "penalty":
        yield _("Penalty"), str(data.get("called", ""))
        yield _("Decision"), _("imposed") if data.get("accepted") else _("not imposed")
    if event.kind == "follow_up_done":
        facts = data.get("facts", {})
        yield _("Solved"), _("Yes") if facts.get("solved") else _("No")
        if said := facts.get("satisfaction"):
            yield _("Satisfaction"), value_words(policy, "satisfaction", said, case.organization)


def _order_lines(event: CaseEvent, due_at: Any, organization: Organization) -> Iterator[tuple[str, str]]:
    yield _("Number"), str(event.data.get("number", ""))
    yield _("To whom"), str(event.department or "")
    if due_at:
        yield _("To be answered by"), stored_moment(due_at, organization)


def _remedy_lines(policy: Policy, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    kind = phrases.value(policy, "remedy", str(data.get("kind", "")))
    yield _("Remedy"), f"{kind} ¥{data['yuan']}" if data.get("yuan") else kind
    if data.get("grant"):
        yield _("By the authority of"), phrases.role(policy, data["grant"])
    elif data.get("step") == "proposed" and data.get("approval"):
        yield _("To be approved by"), phrases.role(policy, data["approval"])


# What the text is called that is written down with an event, on the form that it goes into.
_WRITTEN: dict[str, Promise] = {
    "accepted": gettext_lazy("Note"),
    "dispatched": gettext_lazy("Instructions"),
    "worked": gettext_lazy("What was done"),
    "handled": gettext_lazy("What was done, with what result"),
    "part_handled": gettext_lazy("What was done, with what result"),
    "told": gettext_lazy("What the complainant was told"),
    "follow_up_done": gettext_lazy("What was said"),
    "closed": gettext_lazy("Result"),
}


def paper_field(policy: Policy, name: str, event: str) -> str:
    """What a field of a form of the rules is called; `event` is the one that the form comes with."""
    if name == "respondent":
        return _("who is complained about")
    if name == EVENT_TIME:
        return _("%(event)s: when") % {"event": event_title(event, policy)}
    if name == WRITTEN and event in _WRITTEN:
        return str(_WRITTEN[event])
    return phrases.fact(policy, name)


def fact_words(policy: Policy, name: str, value: Any, organization: Organization) -> str:
    """The value of a further fact as people read it."""
    kind = next((fact.type for fact in asked_facts(policy) if fact.id == name), "")
    if name == "remedy":
        several = value if isinstance(value, list) else [value]
        return listed(phrases.value(policy, name, one) for one in several)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if kind == "datetime":
        return stored_moment(value, organization)
    return phrases.value(policy, name, value) if kind == "enum" or isinstance(value, float) else str(value)


_Words = Callable[[Policy, Complaint, Mapping[str, Any]], str]
_DATA: dict[str, tuple[Promise, _Words]] = {
    "duty": (gettext_lazy("Limit"), lambda policy, case, data: duty_title(policy, data["duty"])),
    "part": (gettext_lazy("Part"), lambda policy, case, data: str(_PARTS.get(data["part"], data["part"]))),
    "name": (gettext_lazy("Handled by"), lambda policy, case, data: str(data["name"])),
    "cause": (gettext_lazy("Cause"), lambda policy, case, data: _cause(policy, str(data["cause"]))),
    "way": (
        gettext_lazy("By way of"),
        lambda policy, case, data: title_of(policy, "channels", str(data["way"])),
    ),
    "due_at": (
        gettext_lazy("New time"),
        lambda policy, case, data: stored_moment(data["due_at"], case.organization),
    ),
    "numbers": (
        gettext_lazy("Version"),
        lambda policy, case, data: " → ".join(f"v{number}" for number in data["numbers"]),
    ),
    "moved": (gettext_lazy("Limits"), lambda policy, case, data: _moved(policy, case, data["moved"])),
    "to": (gettext_lazy("Notified"), lambda policy, case, data: listed(data["to"])),
    "into": (gettext_lazy("Into case"), lambda policy, case, data: str(data["into"])),
    "merged": (gettext_lazy("Merged into this one"), lambda policy, case, data: str(data["merged"])),
    "title": (gettext_lazy("Task"), lambda policy, case, data: _task(data)),
    "stop": (
        gettext_lazy("Rule"),
        lambda policy, case, data: source_title(policy, f"clock_stop.{data['stop']}"),
    ),
    "source": (gettext_lazy("Rule"), lambda policy, case, data: source_title(policy, str(data["source"]))),
}


def _task(data: Mapping[str, Any]) -> str:
    """「DB202611-00001 督办工单(已完成)」."""
    said = _("declined") if data.get("accepted") is False else _("done")
    return " ".join(filter(None, (data.get("number"), str(data["title"]), f"({said})")))


def _moved(policy: Policy, case: Complaint, rows: list[Mapping[str, Any]]) -> str:
    """The limits that a corrected calendar or other rules have moved."""
    said = []
    for row in rows:
        times = [
            stored_moment(row[key], case.organization) if row.get(key) else "—" for key in ("from", "to")
        ]
        said.append(f"{duty_title(policy, row['duty'])} {' → '.join(times)}")
    return _("; ").join(said)


def reason_words(policy: Policy, event: CaseEvent) -> str:
    """The reason of the pack's list that was chosen, if the event has one."""
    reason = event.data.get("reason")
    return title_of(policy, "accept_reasons", str(reason)) if reason else ""


def _cause(policy: Policy, cause: str) -> str:
    titles = (title_of(policy, name, cause) for name in ("return_reasons", "pause_reasons"))
    return next((title for title in titles if title != cause), cause)


def event_changes(policy: Policy, case: Complaint, event: CaseEvent) -> list[tuple[str, str, str]]:
    """(field, old value, new value) of a correction or a new tier."""
    changes = event.data.get("changes") or {}
    tiers = [tier for tier in changes.get("tier", []) if tier]
    facts = event.data.get("facts", {})
    noted = [
        (
            phrases.fact(policy, name),
            fact_words(policy, name, old, case.organization),
            fact_words(policy, name, facts.get(name), case.organization),
        )
        for name, old in event.data.get("was", {}).items()
    ]
    return noted + [
        (
            column_name(name),
            value_words(policy, name, old, case.organization, tiers),
            value_words(policy, name, new, case.organization, tiers),
        )
        for name, (old, new) in changes.items()
    ]


def column_name(name: str) -> str:
    """What a column of the case is called on screens."""
    return str(Complaint._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def value_words(
    policy: Policy, name: str, value: Any, organization: Organization, tiers: list[str] | None = None
) -> str:
    """A stored value as people read it: titles of the pack's lists, times in the organization's zone."""
    if value in (None, ""):
        return "—"
    if name in LISTED:
        return title_of(policy, LISTED[name], str(value))
    if name == "tier_criterion":
        known = {key: text for tier in policy.tiers for key, text in criteria(policy, tier.id)}
        return known.get(str(value), str(value))
    if name == "satisfaction":
        return str(Satisfaction(value).label) if value in Satisfaction.values else str(value)
    if name.endswith("_at"):
        return stored_moment(value, organization)
    return str(value)


def stored_moment(value: Any, organization: Organization) -> str:
    """A time that an event holds as text."""
    try:
        return moment(datetime.fromisoformat(str(value)), organization)
    except ValueError:
        return str(value)


def role_name(policy: Policy, role: str) -> str:
    """A role of the pack or of the product."""
    title = title_of(policy, "roles", role)
    if title == role and role in Role.values:
        return str(Role(role).label)
    return title


def limit_words(basis: Mapping[str, Any]) -> str:
    """「24 小时(昼夜连续)」: the limit a due time was computed from, as `plan()` explains it."""
    value, unit = basis.get("value"), str(basis.get("unit") or "")
    number = f"{value:g}" if isinstance(value, int | float) else str(value or "")
    plain = {
        "immediate": _("at once"),
        "same_day": _("the same day"),
        "next_open": _("at the next opening"),
        "promise": _("the promised time"),
        "at": _("a fixed day"),
    }
    counted = {
        "min": _("%(number)s min"),
        "h": _("%(number)s h, day and night"),
        "bh": _("%(number)s business hours"),
        "d": _("%(number)s calendar days"),
        "wd": _("%(number)s working days"),
        "mo": _("%(number)s months"),
    }
    if unit in plain:
        return plain[unit]
    return counted[unit] % {"number": number} if unit in counted and number else ""


def basis_lines(basis: Mapping[str, Any], started_at: datetime, organization: Organization) -> list[str]:
    """Why a deadline is due when it is: its limit and start, extensions, pauses, the rule it comes from."""
    lines = []
    start = event_title(str((basis.get("from") or {}).get("event", "")))
    if limit := limit_words(basis):
        words = {"limit": limit, "event": start, "at": moment(started_at, organization)}
        lines.append(_("%(limit)s from “%(event)s” at %(at)s") % words)
    for row in basis.get("extensions") or []:
        lines.append(_("extended to %(at)s") % {"at": stored_moment(row.get("due_at"), organization)})
    if pauses := len(basis.get("pauses") or []):
        stopped = ngettext("the clock was stopped once", "the clock was stopped %(count)d times", pauses)
        lines.append(stopped % {"count": pauses})
    if basis.get("provisional"):
        lines.append(_("provisional: the official calendar of that year is not known yet"))
    if source := basis.get("source"):
        names = listed(source) if isinstance(source, list) else source
        lines.append(_("rule %(source)s") % {"source": names})
    return lines
