"""Small parts of the pages about rules and calendar."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput

from escalation.wording import moment
from policies.engine.schema import Policy
from policies.readable import words

register = template.Library()


@register.simple_tag
def edit_link(links: Mapping[Any, Any], section: str, line: str = "") -> Any:
    """The form that changes a line, or a whole section; None if there is none."""
    return links.get((section, line) if line else section)


@register.simple_tag
def source_title(policy: Policy, name: str) -> str:
    """The document that a rule's id comes from: P1-21 is in P1."""
    head = name.partition("-")[0]
    return next((row.text for row in policy.basis if row.id in (name, head)), name)


@register.inclusion_tag("web/administration/field.html")
def edit_field(field: BoundField) -> dict[str, Any]:
    """A field with its label; a single switch has its label beside it."""
    return {"field": field, "is_flag": isinstance(field.field.widget, CheckboxInput)}


@register.simple_tag(takes_context=True)
def due(context: Any, at: datetime | None) -> str:
    """A due time as people write it: midnight is 24:00 of the day that ends."""
    return moment(at, context["request"].organization) if at else "—"


@register.simple_tag
def weekdays() -> list[str]:
    """Monday to Sunday, short."""
    return words.weekdays()
