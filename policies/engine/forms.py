"""Forms: the fields and signatures without which an event does not count.

What is handed in stands in the event itself, as {form id: {fields: [names], signed: [roles]}} or {form id:
complete} under `data.forms`, or under `data` of a `form_filed` event as {form: id, fields, signed}. A form
handed in without saying what is in it has been checked by whoever took it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.engine.conditions import Counts, Need, holds, look_up
from policies.engine.events import Event
from policies.engine.frozen import EMPTY
from policies.engine.schema import Form, Policy
from policies.engine.vocabulary import EVENTS

COMPLETE = "complete"
# Fields that come with the event itself: when it happened, in which department, and the text that was
# written with it. The text may be missing.
EVENT_TIME, EVENT_DEPARTMENT, WRITTEN = "event_time", "event_department", "written"
Part = Mapping[str, Any] | str


def handed_in(event: Event) -> dict[str, Part]:
    """The forms that come with an event."""
    forms = event.data.get("forms")
    found: dict[str, Part] = dict(forms) if isinstance(forms, Mapping) else {}
    if event.kind == "form_filed" and "form" in event.data:
        told = {key: event.data[key] for key in ("fields", "signed") if key in event.data}
        found[str(event.data["form"])] = told or COMPLETE
    return found


def forms_filed(policy: Policy, event: Event, facts: Mapping[str, object]) -> list[str]:
    """The ids of the forms an event completes."""
    parts = handed_in(event)
    if not parts:
        return []
    forms = {form.id: form for form in policy.forms}
    return [
        name
        for name, part in parts.items()
        if part == COMPLETE or (name in forms and not any(lacking(policy, forms[name], facts, part)))
    ]


def forms_missing(
    policy: Policy,
    event: Event,
    facts: Mapping[str, object],
    *,
    counts: Counts | None = None,
) -> list[Need]:
    """What the forms of this event still need before it may happen.

    `facts` are those of the case, the event's own among them. A form that was completed before is not asked
    for again. Codes: form (nothing was handed in), field, signature.
    """
    parts = handed_in(event)
    needs: list[Need] = []
    for form in policy.forms:
        due = form.at == event.kind and holds(form.when, facts, counts=counts)
        if not due or facts.get(f"form.{form.id}") is True or parts.get(form.id) == COMPLETE:
            continue
        open_parts = list(lacking(policy, form, facts, parts.get(form.id, EMPTY)))
        if form.id not in parts and (open_parts or not (form.fields or form.sign)):
            needs.append(Need("form", fact=f"form.{form.id}", expected=form.id, text=form.title))
        else:
            needs.extend(open_parts)
    return needs


def lacking(policy: Policy, form: Form, facts: Mapping[str, object], part: Part) -> Iterator[Need]:
    """The fields nobody has filled in and the signatures that are not there."""
    given = part if isinstance(part, Mapping) else EMPTY
    for name in form.fields:
        if name not in _several(given.get("fields")) and not _is_known(facts, name):
            yield Need("field", fact=f"form.{form.id}.{name}", expected=form.id)
    signed = _several(given.get("signed"))
    for signature in form.sign:
        if not holds(signature.when, facts):
            continue
        if not any(policy.role_is(str(role), signature.role) for role in signed):
            yield Need("signature", fact=f"form.{form.id}.sign.{signature.role}", expected=form.id)


def _several(value: object) -> tuple[object, ...]:
    if isinstance(value, list | tuple):
        return tuple(value)
    return () if value is None else (value,)


def _is_known(facts: Mapping[str, object], name: str) -> bool:
    return name in (EVENT_TIME, EVENT_DEPARTMENT) or (
        name not in EVENTS and look_up(facts, name) not in (None, "")
    )
