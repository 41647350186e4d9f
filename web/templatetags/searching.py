"""Marks what was searched for."""

from collections.abc import Sequence

from django import template
from django.utils.safestring import SafeString

from complaints.models import Complaint
from web import marking

register = template.Library()


@register.filter
def marked(text: str | None, words: Sequence[str]) -> SafeString:
    """The text with the words in <mark>."""
    return marking.marked(text or "", words)


@register.filter
def excerpt(case: Complaint, words: Sequence[str]) -> SafeString:
    """The words that the row does not show, with what is around them."""
    return marking.excerpt(case, words)
