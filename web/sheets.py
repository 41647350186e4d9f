"""The forms of the rules as they were filled in: on the timeline, and as a sheet to be printed and signed.

Forms whose titles differ only by what is in brackets are parts of one sheet of paper: 客户投诉意见表 and
客户投诉意见表(处理过程) are filled in at different times and printed together.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.course import causes_of
from complaints.facts import facts_of
from complaints.forms import signs_for
from complaints.models import CaseEvent, Complaint
from escalation.wording import moment
from organizations.errors import NotVisible
from policies.engine.conditions import holds, look_up
from policies.engine.forms import EVENT_DEPARTMENT, EVENT_TIME, WRITTEN
from policies.engine.frozen import EMPTY
from policies.engine.naming import asked_facts
from policies.engine.schema import Form, Policy
from policies.engine.timeline import facts_after
from policies.readable import phrases
from policies.readable.words import listed
from web import wording
from web.casefile import CaseFile

_BRACKET = re.compile("[(（]")
# Facts that the columns of the case hold as people typed them.
_COLUMNS = {
    "number": "number",
    "external_no": "external_number",
    "complainant": "complainant_name",
    "phone": "complainant_phone",
    "place": "place",
    "subject": "subject",
    "content": "content",
    "request": "request",
    "occurred_at": "occurred_at",
    "received_at": "received_at",
}
LONGEST_ID = 100


def paper_url(case: Complaint, form_id: str) -> str:
    """Where a form of a case is printed; "" for an id that cannot stand in a URL."""
    if "/" in form_id or len(form_id) > LONGEST_ID:
        return ""
    return reverse("case-paper", args=[case.organization.slug, case.number, form_id])


# --- on the timeline ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filed:
    """A form that came with an event: (field, text), and who has signed."""

    title: str
    url: str
    lines: list[tuple[str, str]]
    signatures: list[str]


def filed_with(file: CaseFile, row: CaseEvent) -> list[Filed]:
    """The forms that came with an event, with what was written into them."""
    forms = {form.id: form for form in file.policy.forms}
    return [_filed(file, name, forms.get(name), part) for name, part in _parts(row).items()]


def _parts(row: CaseEvent) -> dict[str, Mapping[str, Any]]:
    forms = row.data.get("forms")
    found = dict(forms) if isinstance(forms, Mapping) else {}
    if row.data.get("form"):
        found[str(row.data["form"])] = row.data
    return {name: part if isinstance(part, Mapping) else EMPTY for name, part in found.items()}


def _filed(file: CaseFile, name: str, form: Form | None, part: Mapping[str, Any]) -> Filed:
    policy, event = file.policy, form.at if form else ""
    fields = [field for field in part.get("fields") or () if field != WRITTEN]
    return Filed(
        title=(form.title if form else "") or name,
        url=paper_url(file.case, name) if form else "",
        lines=[
            (wording.paper_field(policy, field, event), _text(file, field, part, file.facts, None) or "✓")
            for field in fields
        ],
        signatures=[phrases.role(policy, str(role)) for role in part.get("signed") or ()],
    )


def _words(file: CaseFile, name: str, value: object) -> str:
    """A value of a field in words, whether it was typed into a form or is a fact of the case."""
    kind = next((fact.type for fact in asked_facts(file.policy) if fact.id == name), "")
    if kind == "datetime" or name.endswith("_at"):
        return wording.stored_moment(value, file.case.organization)
    if kind == "bool":
        value = {"true": True, "false": False}.get(str(value), value)
    return phrases.value(file.policy, name, value)


# --- on the case --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Printable:
    """A sheet that belongs to the case; `is_complete` if nothing in it is open any more."""

    title: str
    url: str
    is_complete: bool


def printable(file: CaseFile) -> list[Printable]:
    """The sheets of the rules that are filled in for this case, or will be, in the order of the rules."""
    found: dict[str, list[Form]] = {}
    for form in file.policy.forms:
        if _event_of(file, form) is not None or holds(form.when, file.facts):
            found.setdefault(_sheet_title(form), []).append(form)
    return [
        Printable(title, url, all(file.facts.get(f"form.{form.id}") is True for form in forms))
        for title, forms in found.items()
        if (url := paper_url(file.case, forms[0].id))
    ]


# --- as a sheet ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Signature:
    """A line to sign on. `by` and `at` are set if it was signed here, `on_paper` if somewhere else."""

    who: str
    by: str = ""
    at: str = ""
    on_paper: bool = False


@dataclass(frozen=True)
class Part:
    """One form: (label, text), where no text means a line to write on; and the signatures."""

    title: str
    lines: list[tuple[str, str]]
    signatures: list[Signature]
    sources: str
    filed: str = ""


@dataclass(frozen=True)
class Sheet:
    title: str
    parts: list[Part]


def sheet_of(file: CaseFile, form_id: str) -> Sheet:
    """The sheet a form is on, with everything that is known. Raises NotVisible for a form the rules of the
    case do not have."""
    form = next((row for row in file.policy.forms if row.id == form_id), None)
    if form is None:
        raise NotVisible(form_id)
    title = _sheet_title(form)
    return Sheet(title, [_part(file, row, title) for row in file.policy.forms if _is_on(file, row, form)])


def _sheet_title(form: Form) -> str:
    return _BRACKET.split(form.title, maxsplit=1)[0].strip() or form.title or form.id


def _is_on(file: CaseFile, row: Form, form: Form) -> bool:
    """Whether `row` is printed with `form`: the same sheet, and either filled in or still to be."""
    if row.id == form.id:
        return True
    if not form.title or _sheet_title(row) != _sheet_title(form):
        return False
    return _event_of(file, row) is not None or holds(row.when, file.facts)


def _event_of(file: CaseFile, form: Form) -> CaseEvent | None:
    """The event with which a form was handed in last."""
    return next((row for row in reversed(file.events) if form.id in _parts(row)), None)


def _part(file: CaseFile, form: Form, sheet_title: str) -> Part:
    row = _event_of(file, form)
    part = _parts(row)[form.id] if row else EMPTY
    facts = _facts_at(file, row) if row else file.facts
    title = form.title.removeprefix(sheet_title).strip("()（） ")
    return Part(
        title=title,
        lines=[
            (wording.paper_field(file.policy, name, form.at), _text(file, name, part, facts, row))
            for name in form.fields
        ],
        signatures=list(_signatures(file, form, part, facts, row)),
        sources=listed(form.source),
        filed=_filed_words(file, row) if row else "",
    )


def _facts_at(file: CaseFile, row: CaseEvent) -> Mapping[str, object]:
    """What was known when an event had happened."""
    rows = file.events[: file.events.index(row) + 1]
    return facts_after(file.policy, facts_of(file.case), causes_of(rows))


def _filed_words(file: CaseFile, row: CaseEvent) -> str:
    event = wording.event_title(row.kind, file.policy)
    who = str(row.actor) if row.actor else _("the system")
    return " · ".join((event, moment(row.at, file.case.organization), who))


def _text(
    file: CaseFile,
    name: str,
    part: Mapping[str, Any],
    facts: Mapping[str, object],
    row: CaseEvent | None,
) -> str:
    """What stands in a field: what was typed, else what came with the event, else what is known."""
    values = part.get("values") or EMPTY
    if name in values:
        return _words(file, name, values[name])
    if name in (EVENT_TIME, EVENT_DEPARTMENT, WRITTEN):
        return _of_event(file, name, row) if row else ""
    case = file.case
    if name == "respondent":
        return str(case.respondent) if case.respondent_id else ""
    if name in _COLUMNS:
        known = getattr(case, _COLUMNS[name])
    else:
        known = look_up(facts, name)
    return "" if known in ("", None) else _words(file, name, known)


def _of_event(file: CaseFile, name: str, row: CaseEvent) -> str:
    if name == EVENT_TIME:
        return moment(row.at, file.case.organization)
    if name == EVENT_DEPARTMENT:
        return str(row.department or "")
    return row.reason


def _signatures(
    file: CaseFile,
    form: Form,
    part: Mapping[str, Any],
    facts: Mapping[str, object],
    row: CaseEvent | None,
) -> Iterator[Signature]:
    policy: Policy = file.policy
    signed = [str(name) for name in part.get("signed") or ()]
    # Whoever recorded it signed for one role at most, and that one was put last.
    own = next((name for name in reversed(signed) if row and signs_for(policy, row.role, name)), "")
    wanted = [line.role for line in form.sign if line.role in signed or holds(line.when, facts)]
    for name in dict.fromkeys(wanted):
        title = phrases.role(policy, name)
        if row and row.actor and name == own:
            yield Signature(title, str(row.actor), moment(row.at, file.case.organization))
        else:
            yield Signature(title, on_paper=name in signed)
