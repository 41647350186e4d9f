"""Inputs for the further facts that the rules of an organization ask for."""

from collections.abc import Mapping
from typing import Any

from django import forms

from policies.engine.naming import asked_facts
from policies.engine.schema import Fact, Policy
from policies.readable import phrases
from policies.selectors import options
from web import choices
from web.forms.fields import CleanCharField, LocalDateTimeField, yes_or_no

PREFIX = "fact_"


def fact_fields(policy: Policy, *without: str) -> dict[str, forms.Field]:
    """An input for each fact that can be stated, by its name in the form. Left open, it says nothing."""
    rows = [fact for fact in asked_facts(policy) if fact.id not in without]
    fields = {PREFIX + fact.id: fact_input(policy, fact) for fact in rows}
    for fact in rows:
        fields[PREFIX + fact.id].label = phrases.fact(policy, fact.id)
    return fields


def fact_values(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a form's cleaned data, as a verb takes them; those left open are not among them."""
    given = {name.removeprefix(PREFIX): value for name, value in cleaned.items() if name.startswith(PREFIX)}
    return {name: value for name, value in given.items() if value not in (None, "")}


def fact_input(policy: Policy, fact: Fact) -> forms.Field:
    """An input for one fact by its type, without a label."""
    if fact.type == "bool":
        return forms.TypedChoiceField(
            choices=lambda: [choices.NONE, *yes_or_no()], coerce=_is_yes, empty_value=None, required=False
        )
    if fact.type == "enum":
        listed = options(policy, fact.from_list) if fact.from_list else []
        said = phrases.value_titles(fact.title)
        own = [(value, said.get(value, value)) for value in fact.values]
        return forms.ChoiceField(choices=[choices.NONE, *listed, *own], required=False)
    if fact.type == "int":
        return forms.IntegerField(required=False)
    if fact.type == "money":
        return forms.DecimalField(required=False, max_digits=15, decimal_places=2)
    if fact.type == "date":
        return forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    if fact.type == "datetime":
        return LocalDateTimeField(required=False)
    return CleanCharField(required=False, max_length=1000)


def _is_yes(value: str) -> bool:
    return value == "yes"
