"""The forms of the rules that come with an event: what is asked for, what was filled in, who signed.

    {form id: {"values": {field: text}, "signed": [roles]}}

is how a form is handed in. It is kept on the event as {form id: {fields, values, signed}}; a field the case
knows already (a column, a fact) need not be filled in again, and whoever acts in a role has signed for it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from complaints.course import Course
from organizations.errors import Refused
from organizations.models import Role
from organizations.text import normalise
from policies.engine.conditions import Counts, holds
from policies.engine.forms import WRITTEN, lacking
from policies.engine.frozen import EMPTY
from policies.engine.schema import Form, Policy

LONGEST_VALUE = 4000
# What somebody says is written down whatever is still missing: its forms are asked for, and completed later.
NEVER_HELD_UP = frozenset({"contacted", "recorded", "contacted_again"})
# Who does the work of others signs in their place.
_IN_PLACE_OF: Mapping[str, str] = {
    Role.DESK_SUPERVISOR: Role.RECEPTIONIST,
    Role.DEPT_HEAD: Role.HANDLER,
    Role.DEPT_MANAGER: Role.HANDLER,
}
HandedIn = Mapping[str, Mapping[str, Any]]


def forms_at(
    policy: Policy, event: str, facts: Mapping[str, Any], *, counts: Counts | None = None
) -> list[Form]:
    """The forms that an event needs and that have not been completed before."""
    return [
        row
        for row in policy.forms
        if row.at == event
        and holds(row.when, facts, counts=counts)
        and facts.get(f"form.{row.id}") is not True
    ]


def of_event(policy: Policy, given: HandedIn, event: str) -> HandedIn:
    """Those of the forms handed in that belong to an event: a call may bring those of several."""
    own = {form.id for form in policy.forms if form.at == event}
    return {name: part for name, part in given.items() if name in own}


def apart(policy: Policy, given: HandedIn, *events: str) -> list[HandedIn]:
    """Forms handed in together: those of each of the events, and last the rest."""
    parts = [of_event(policy, given, event) for event in events]
    taken = {name for part in parts for name in part}
    return [*parts, {name: part for name, part in given.items() if name not in taken}]


@dataclass(frozen=True)
class Blank:
    """A form with what is left to fill in: `fields` by name, `signatures` by role of the rules."""

    form: Form
    fields: tuple[str, ...]
    signatures: tuple[str, ...]


def to_fill_in(policy: Policy, form: Form, facts: Mapping[str, Any], role: str = "") -> Blank:
    """What of a form is still open: its fields, and the signatures of other people than `role`."""
    needs = list(lacking(policy, form, facts, {"signed": own_signature(policy, form, facts, role)}))
    start = len(f"form.{form.id}.")
    fields = tuple(need.fact[start:] for need in needs if need.code == "field")
    signatures = tuple(need.fact[start + len("sign.") :] for need in needs if need.code == "signature")
    return Blank(form, tuple(dict.fromkeys(fields)), tuple(dict.fromkeys(signatures)))


def own_signature(
    policy: Policy, form: Form, facts: Mapping[str, Any], role: str, given: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """The signature that somebody acting in `role` gives by it: one at most, however many they might give.

    A form that two people of the same role have to sign needs the second. `given` are signatures of others.
    """
    wanted = (row.role for row in form.sign if row.role not in given and holds(row.when, facts))
    fitting = [name for name in wanted if signs_for(policy, role, name)]
    exact = [name for name in fitting if policy.role_is(role, name)]
    return tuple((exact or fitting)[:1])


def signs_for(policy: Policy, role: str, wanted: str) -> bool:
    """Whether who acts in `role` may sign as the rules' `wanted`, also in somebody's place."""
    return bool(role) and (
        policy.role_is(role, wanted) or _IN_PLACE_OF.get(policy.acts_as(role)) == policy.acts_as(wanted)
    )


def kept(
    course: Course, event: str, role: str, facts: Mapping[str, Any], given: HandedIn, text: str = ""
) -> dict[str, Any]:
    """What is stored of the forms that come with an event recorded in `role`; {} if there is nothing.

    `facts` are those of the event, `text` what was written with it: a form need not ask for these again. A
    form that is complete by what is known already is stored too, as it has been filled in by that. Raises
    Refused for a form that does not belong to the event, and for unknown fields or signatures.
    """
    known = {**course.run.facts, **facts}
    wanted = {form.id: form for form in forms_at(course.policy, event, known)}
    others = {form.id: form for form in course.policy.forms if form.at == event}
    for name in given:
        if name not in others:
            raise Refused(_("This form does not belong here."), field="forms")
    parts = {}
    for form in {**wanted, **{name: others[name] for name in given}}.values():
        part = filled_in(course.policy, form, role, known, given.get(form.id, EMPTY), text)
        if form.id in given or any(part.values()) or _is_complete(course.policy, form, known):
            parts[form.id] = part
    return {"forms": parts} if parts else {}


def _is_complete(policy: Policy, form: Form, known: Mapping[str, Any]) -> bool:
    """Whether nothing is left to fill in. What asks for nothing has to be handed in all the same."""
    return bool(form.fields or form.sign) and not any(lacking(policy, form, known, EMPTY))


def filled_in(
    policy: Policy,
    form: Form,
    role: str,
    known: Mapping[str, Any],
    given: Mapping[str, Any],
    text: str = "",
) -> dict[str, Any]:
    """One form as it is stored: {fields, values, signed}. Raises Refused for what cannot be in it."""
    values = dict(_values(form, given.get("values") or EMPTY))
    fields = [*values, *([WRITTEN] if text and WRITTEN in form.fields else [])]
    others = _signatures(form, given.get("signed") or ())
    signed = [*others, *own_signature(policy, form, known, role, others)]
    return {"fields": fields, "values": values, "signed": signed}


def _values(form: Form, given: object) -> Iterator[tuple[str, str]]:
    if not isinstance(given, Mapping) or not set(given) <= set(form.fields):
        raise Refused(_("The form has no such field or signature."), field="forms")
    for name in form.fields:
        text = normalise(str(given.get(name) or ""))
        if len(text) > LONGEST_VALUE:
            words = {"limit": LONGEST_VALUE, "length": len(text)}
            raise Refused(_("At most %(limit)d characters (this has %(length)d).") % words, field="forms")
        if text:
            yield name, text


def _signatures(form: Form, given: object) -> tuple[str, ...]:
    wanted = list(dict.fromkeys(row.role for row in form.sign))
    if not isinstance(given, list | tuple) or any(name not in wanted for name in given):
        raise Refused(_("The form has no such field or signature."), field="forms")
    return tuple(name for name in wanted if name in given)
