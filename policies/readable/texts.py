"""Texts in words: what each is for, when it fits, and what it says."""

from collections.abc import Iterator, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from policies.engine.occasions import DUE_OF
from policies.engine.schema import Policy, Template
from policies.readable import phrases
from policies.readable.lines import Line
from policies.readable.words import labelled

OCCASIONS: Mapping[str, Promise] = {
    "warn": _("Warning of a limit"),
    "breach": _("A limit has passed"),
    "ladder": _("A limit that has passed is escalated"),
    "dispatched": _("New ticket"),
    "sent": _("The case was sent to a department"),
    "returned": _("Ticket returned"),
    "withdrawn": _("Ticket withdrawn"),
    "assigned": _("Ticket handed on"),
    "handled": _("Result filed"),
    "extension_asked": _("More time asked for"),
    "extended": _("More time granted"),
    "extension_refused": _("More time refused"),
    "acceptance": _("Said when a case is accepted"),
    "rejection": _("Said when a case is rejected"),
    "explanation": _("Said when an explanation is enough"),
    "promise": _("Said when a promise is made"),
    "progress_told": _("Said about the progress"),
    "reply": _("Said when the result is told"),
    "follow_up": _("Asked at the follow-up"),
}
# What may stand in a text, between { and }.
WORDS: Mapping[str, Promise] = {
    "number": _("number of the case"),
    "subject": _("subject"),
    "organization": _("name of the organization"),
    "desk": _("service desk"),
    "received": _("time of the first contact"),
    "channel": _("channel"),
    "category": _("category"),
    "tier": _("tier"),
    "duty": _("the limit"),
    "due": _("until when"),
    "late": _("how late it is"),
    "department": _("department"),
    "ticket": _("number of the ticket"),
    "instructions": _("instructions"),
    "reason": _("reason"),
    "result": _("what the department did"),
    "outcome": _("outcome"),
    "complainant": _("name of the complainant"),
    "place": _("room or place"),
    "person": _("name of who is speaking"),
    "promised": _("promised time"),
}
# A case that never was, to see how a text reads.
EXAMPLE: Mapping[str, Promise | str] = {
    "number": "TS-202611-0001",
    "subject": _("the lift has stopped again"),
    "organization": _("our organization"),
    "desk": _("service desk"),
    "received": "2026-11-02 10:00",
    "channel": _("by phone"),
    "category": _("lifts"),
    "tier": _("important"),
    "duty": _("solve it"),
    "due": "2026-11-04 10:00",
    "late": _("2 hours"),
    "department": _("engineering"),
    "ticket": "GD-202611-0001",
    "instructions": _("go there today"),
    "reason": _("a spare part has to come first"),
    "result": _("the belt of the door was changed and the lift runs"),
    "outcome": _("solved"),
    "complainant": _("Ms Wang"),
    "place": _("building 3, room 1501"),
    "person": _("Ms Lin"),
    "promised": "2026-11-03 18:00",
}


def templates(policy: Policy) -> Iterator[Line]:
    """One line for each text; its words, line by line, are the details."""
    for row in policy.templates:
        yield Line(row.id, _sentence(policy, row), tuple(_details(row)), row.source)


def _sentence(policy: Policy, row: Template) -> str:
    text = occasion(policy, row.occasion)
    text = labelled(row.title, text) if row.title else text
    if row.when:
        when = phrases.condition(policy, row.when)
        return gettext("%(rule)s; applies if %(when)s") % {"rule": text, "when": when}
    return text


def _details(row: Template) -> Iterator[str]:
    if row.subject:
        yield labelled(gettext("Subject"), row.subject)
    yield from (f"{number}. {question}" for number, question in enumerate(row.questions, start=1))
    yield from (line for line in row.text.splitlines() if line.strip())


def occasion(policy: Policy, name: str) -> str:
    """What a text is for: 「“办结”超时」."""
    return str(OCCASIONS[name]) if name in OCCASIONS else phrases.event(policy, name)


def example(policy: Policy) -> dict[str, str]:
    """The words of the example case; every limit of the rules is due at its {due}."""
    said = {name: str(value) for name, value in EXAMPLE.items()}
    return {**said, **{DUE_OF + duty.id: said["due"] for duty in policy.duties}}


def word(policy: Policy, name: str) -> str:
    """What a placeholder stands for."""
    if name.startswith(DUE_OF):
        duty = policy.duties_by_id.get(name.removeprefix(DUE_OF))
        title = (duty.title if duty else "") or name.removeprefix(DUE_OF)
        return gettext("until when “%(duty)s” runs") % {"duty": title}
    return str(WORDS.get(name, name))
