"""Checks the values of a case against the columns' sizes and the lists of its pack."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from complaints.models import Complaint
from organizations.errors import Refused
from organizations.text import normalise, normalise_phone
from policies.engine.naming import asked_facts
from policies.engine.schema import Fact, Policy
from policies.readable import phrases
from policies.selectors import options

# Columns whose values are ids of a list of the pack.
LISTED = {
    "channel": "channels",
    "complainant_type": "complainant_types",
    "nature": "natures",
    "category": "categories",
    "tier": "tiers",
    "outcome": "outcomes",
    "liability": "liabilities",
}
GREATEST_NUMBER = 10**15  # what a float still holds exactly
REQUIRED = ("channel", "subject", "content")


def clean_case(policy: Policy, columns: dict[str, Any]) -> dict[str, Any]:
    """Normalised values for the columns of a case. Raises Refused, naming the field, for the first that will
    not do: missing, too long, or not in the pack's list."""
    cleaned = {name: clean_value(policy, name, value) for name, value in columns.items()}
    for name in REQUIRED:
        if name in cleaned and not cleaned[name]:
            raise Refused(_("This is needed."), field=name)
    _check_criterion(policy, cleaned)
    return cleaned


def clean_value(policy: Policy, name: str, value: Any) -> Any:
    """One value, normalised and checked. Nothing, for a text, is the empty text."""
    column = Complaint._meta.get_field(name)
    if isinstance(column, models.CharField | models.TextField):
        return _clean_text(policy, name, value or "")
    if isinstance(column, models.DateTimeField) and not (value is None or isinstance(value, datetime)):
        raise Refused(_("This is no time."), field=name)
    return value


def _clean_text(policy: Policy, name: str, value: str) -> str:
    value = normalise_phone(value) if name == "complainant_phone" else normalise(value)
    limit = getattr(Complaint._meta.get_field(name), "max_length", None)
    if limit and len(value) > limit:
        raise Refused(
            _("At most %(limit)d characters (this has %(length)d).") % {"limit": limit, "length": len(value)},
            field=name,
        )
    if value and name in LISTED and value not in dict(options(policy, LISTED[name])):
        raise Refused(
            _("“%(value)s” is not in the list of the rules in force.") % {"value": value}, field=name
        )
    return value


def criteria(policy: Policy, tier: str) -> list[tuple[str, str]]:
    """(id, text) of the criteria of a tier."""
    tiers = policy.document.get("lists", {}).get("tiers", [])
    row = next((row for row in tiers if row["id"] == tier), {})
    return [(item["id"], item["text"]) for item in row.get("criteria", [])]


def _check_criterion(policy: Policy, columns: dict[str, Any]) -> None:
    criterion = columns.get("tier_criterion")
    if criterion and criterion not in dict(criteria(policy, columns.get("tier", ""))):
        raise Refused(_("The criterion does not belong to the tier."), field="tier_criterion")


def clean_facts(policy: Policy, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Normalised values for the further facts of a case, as JSON. Raises Refused for a fact that the pack
    does not ask for: the rules compute the others, and who could set `told` would pass every gate."""
    known = {fact.id: fact for fact in asked_facts(policy)}
    cleaned = {}
    for name, value in facts.items():
        if name not in known:
            raise Refused(_("The rules in force ask for no “%(name)s”.") % {"name": name}, field="facts")
        if value is not None and value != "":
            cleaned[name] = _clean_fact(policy, known[name], value)
    _check_dimensions(policy, cleaned)
    return cleaned


def _check_dimensions(policy: Policy, facts: Mapping[str, Any]) -> None:
    for name, allowed in _allowed(policy, facts):
        if facts.get(name) and facts[name] not in allowed:
            words = {"fact": phrases.fact(policy, name)}
            raise Refused(_("This “%(fact)s” does not belong to the other choice.") % words, field="facts")


def _allowed(policy: Policy, facts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What a choice in one dimension of the categories leaves of another: an entry that names its `problems`
    is for these only."""
    dimensions = {name: rows for name, rows in policy.lists.items() if name.startswith("categories.")}
    for name, entries in dimensions.items():
        chosen = facts.get(name.partition(".")[2])
        for entry in entries:
            if chosen and chosen in {item.id for item in entry.walk()}:
                others = ((key.removesuffix("s"), ids) for key, ids in entry.attributes.items())
                yield from ((other, ids) for other, ids in others if f"categories.{other}" in dimensions)


def _clean_fact(policy: Policy, fact: Fact, value: Any) -> Any:
    read = {"bool": _yes_or_no, "int": _whole, "money": _amount, "date": _day, "datetime": _moment}
    value = normalise(value) if isinstance(value, str) else value
    try:
        if fact.type in read:
            return read[fact.type](value)
        if isinstance(value, str) and len(value) <= 1000 and _is_listed(policy, fact, value):
            return value
    except (TypeError, ValueError, OverflowError):
        pass
    raise Refused(_("This is no value for “%(fact)s”.") % {"fact": fact.title or fact.id}, field="facts")


def _is_listed(policy: Policy, fact: Fact, value: str) -> bool:
    if fact.type != "enum":
        return True
    return value in fact.values or (bool(fact.from_list) and value in dict(options(policy, fact.from_list)))


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _whole(value: Any) -> int:
    number = int(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int) or abs(number) > GREATEST_NUMBER:
        raise ValueError(value)
    return number


def _amount(value: Any) -> int | float:
    number = float(value)
    if isinstance(value, bool) or not abs(number) <= GREATEST_NUMBER:  # also refuses NaN
        raise ValueError(value)
    return int(number) if number.is_integer() else number


def _day(value: Any) -> str:
    if isinstance(value, datetime):
        raise TypeError(value)
    return (value if isinstance(value, date) else date.fromisoformat(value)).isoformat()


def _moment(value: Any) -> str:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if moment.tzinfo is None or not 1900 <= moment.year < 2200:
        raise ValueError(value)
    return moment.isoformat()
