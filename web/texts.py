"""What the rules of an organization have written for people to say, as a form offers it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from complaints.models import Deadline
from complaints.texts import moment, text_for
from organizations.models import Organization
from policies.engine.conditions import look_up
from policies.engine.frozen import EMPTY
from policies.engine.occasions import DUE_OF
from policies.engine.templates import Rendered
from policies.readable import phrases
from policies.readable.words import listed
from web.casefile import CaseFile

# A gap that whoever speaks has to fill in.
GAP = "____"
Choices = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Suggestion:
    """A text, and the values of the chooser that it fits ("" = nothing is chosen)."""

    text: str
    keys: tuple[str, ...]
    label: str = ""
    has_gaps: bool = False


@dataclass(frozen=True)
class Suggestions:
    """Texts for one field of a form. `chooser` is the field whose value decides between them.

    With `fills` a text goes into the field by choosing, as long as nobody has typed there; else by a click.
    """

    field: str
    texts: list[Suggestion]
    chooser: str = ""
    fills: bool = True

    def first(self, key: str = "") -> str:
        """What the field may hold from the beginning: the text that fits, if nothing in it is left open."""
        fitting = next((one for one in self.texts if key in one.keys), None)
        return fitting.text if fitting and self.fills and not fitting.has_gaps else ""


def suggestions(
    file: CaseFile,
    occasion: str,
    field: str,
    *,
    chooser: str = "",
    fact: str = "",
    word: str = "",
    choices: Choices = (),
    fills: bool = True,
) -> Suggestions | None:
    """The texts for an occasion; None where the rules have none.

    With a chooser there is one for each of its `choices`: as if `fact` were known to be the value chosen,
    and with its title for the `word`. Equal ones are said once.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    gaps: set[str] = set()
    for key, label in list(choices) or [("", "")]:
        known = {word: label} if key and word else {}
        said = spoken(file, occasion, then={fact: key} if key and fact else {}, **known)
        if said is not None:
            found.setdefault(said.text, []).append((key, label))
            gaps |= {said.text} if said.gaps or GAP in said.text else set()
    if not found:
        return None
    texts = [_suggestion(text, chosen, len(found) > 1, text in gaps) for text, chosen in found.items()]
    return Suggestions(field, texts, chooser, fills)


def _suggestion(text: str, chosen: list[tuple[str, str]], is_one_of_many: bool, has_gaps: bool) -> Suggestion:
    label = listed(label for key, label in chosen if key) if is_one_of_many else ""
    return Suggestion(text, tuple(key for key, _label in chosen), label, has_gaps)


def spoken(
    file: CaseFile, occasion: str, *, then: Mapping[str, str] = EMPTY, **known: str
) -> Rendered | None:
    """A text as the actor says it to the complainant, with gaps for what nobody knows yet.

    `then` are facts that would be known once the form is sent.
    """
    facts = {**file.facts, **then}
    for name, value in then.items():
        says = file.policy.attributes.get(name, {}).get(value, {})
        facts |= {f"{name}.{attribute}": said for attribute, said in says.items()}
    return text_for(file.case, occasion, facts=facts, unknown=GAP, **{**_words(file), **known})


def _words(file: CaseFile) -> dict[str, str]:
    case, policy, lead = file.case, file.policy, file.lead
    desk = file.actor.directory.departments.get(case.desk_id)
    kind = phrases.value(policy, "complainant_type", case.complainant_type) if case.complainant_type else ""
    return {
        "complainant": case.complainant_name or kind or _("customer"),
        "person": str(file.actor.user),
        "desk": desk.name if desk else "",
        "department": lead.department.name if lead else "",
        "result": lead.result if lead else "",
        "promised": _time(look_up(file.facts, "promised_due"), case.organization),
        **_due_times(file),
    }


def _due_times(file: CaseFile) -> dict[str, str]:
    """{due.<duty>}: the time of the limit that runs, else of the last one there was."""
    last: dict[str, Deadline] = {}
    for row in sorted(file.deadlines, key=lambda row: (row in file.running, row.round, row.occurrence)):
        last[row.duty] = row
    return {
        DUE_OF + duty: moment(row.due_at, file.case.organization) for duty, row in last.items() if row.due_at
    }


def _time(value: object, organization: Organization) -> str:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value or ""))
    except ValueError:
        return ""
    return moment(at if at.tzinfo else at.replace(tzinfo=organization.zone), organization)
