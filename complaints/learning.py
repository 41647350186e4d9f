"""What a form of the rules says that the case did not know is put where everybody looks for it.

A phone number that was typed into a form belongs into the column for it: on the page, in searches, and in
what is masked when its time has come. A fact belongs to the facts, where limits and gates read it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from complaints import values
from complaints.models import Complaint
from organizations.errors import Refused
from policies.engine.naming import asked_facts
from policies.engine.schema import Policy

_COLUMNS = {
    "complainant": "complainant_name",
    "phone": "complainant_phone",
    "place": "place",
    "request": "request",
    "occurred_at": "occurred_at",
}
Parts = Mapping[str, Mapping[str, Any]]


def learn(policy: Policy, case: Complaint, parts: Parts) -> tuple[dict[str, Any], dict[str, Any]]:
    """(columns, facts) that the forms of an event have for a case that lacks them.

    What was taken is taken out of the `values` of the forms, so that it stands in one place; that it was
    filled in stays in `fields`. What a column or a fact cannot hold stays in the form as it was written.
    """
    columns: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    asked = {fact.id: fact for fact in asked_facts(policy)}
    for part in parts.values():
        for name, text in list(part["values"].items()):
            column = _COLUMNS.get(name, "")
            if column and not getattr(case, column) and column not in columns:
                value = _column(policy, column, text)
                if value:
                    columns[column] = value
                    del part["values"][name]
            elif name in asked and name not in case.facts:
                value = _fact(policy, name, asked[name].type, text)
                if value is not None:
                    facts[name] = value
                    del part["values"][name]
    return columns, facts


def _column(policy: Policy, name: str, text: str) -> Any:
    try:
        value = datetime.fromisoformat(text) if name.endswith("_at") else text
        if isinstance(value, datetime) and (value.tzinfo is None or not 1900 <= value.year < 2200):
            return None
        return values.clean_value(policy, name, value)
    except (Refused, ValueError):
        return None


def _fact(policy: Policy, name: str, kind: str, text: str) -> Any:
    given = {"true": True, "false": False}.get(text, text) if kind == "bool" else text
    try:
        return values.clean_facts(policy, {name: given}).get(name)
    except Refused:
        return None
