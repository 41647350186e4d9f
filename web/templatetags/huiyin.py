"""Small parts of pages that many templates share."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, Form, RadioSelect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from complaints.models import State
from policies.readable import words as readable
from web.countdown import Countdown, running
from web.forms.files import FilesInput
from web.icons import PATHS
from web.undo import Undo, take_undo

register = template.Library()

_STATE_TONES = {
    State.RECORDED: "yellow",
    State.ACCEPTED: "yellow",
    State.DISPATCHED: "blue",
    State.IN_HAND: "azure",
    State.HANDLED: "teal",
    State.TOLD: "lime",
    State.FOLLOWED_UP: "green",
    State.CLOSED: "secondary",
    State.EXPLAINED: "secondary",
    State.REJECTED: "secondary",
}
_TIER_TONES = ("secondary", "orange", "red")


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """An inline drawing; decoration only, so hidden from screen readers."""
    return format_html(
        '<svg class="icon {}" width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{}</svg>',
        css,
        mark_safe(PATHS[name]),  # noqa: S308 - constants of this program
    )


@register.filter
def listed(words: Iterable[object]) -> str:
    """As an enumeration: with the mark between its parts that the language has."""
    return readable.listed(words)


@register.filter
def epoch(moment: datetime | None) -> str:
    """Milliseconds since 1970, as scripts count."""
    return str(int(moment.astimezone(UTC).timestamp() * 1000)) if moment else ""


@register.simple_tag
def counting(value: Countdown | None) -> SafeString | str:
    """A countdown that goes on by itself."""
    if value is None:
        return ""
    moments = ' role="timer" data-due="{}" data-warn="{}"'
    ticking = format_html(moments, epoch(value.due_at), epoch(value.warn_at)) if value.ticks else ""
    return format_html('<span class="clock clock-{}"{}>{}</span>', value.tone, ticking, value.text)


@register.simple_tag(takes_context=True)
def due_clock(context: dict[str, Any], task: Any) -> SafeString | str:
    """The countdown to the time by which a supervision order has to be answered; nothing once it has been."""
    is_open = task.due_at is not None and task.state == task.State.OPEN
    return counting(running(task.due_at, None, context["server_now"]) if is_open else None)


@register.simple_tag
def state_badge(case: Any) -> SafeString:
    """The state, coloured; the round after the first, and whether the clock has been stopped."""
    badges = [_badge(_STATE_TONES.get(case.state, "secondary"), case.get_state_display(), case.state)]
    if case.round > 1:
        badges.append(_badge("purple", _("round %(round)s") % {"round": case.round}))
    if case.paused_at:
        badges.append(_badge("yellow", _("Clock stopped")))
    return format_html_join(" ", "{}", ((badge,) for badge in badges))


def _badge(tone: str, text: str, state: str = "") -> SafeString:
    kept = format_html(' data-state="{}"', state) if state else ""
    return format_html('<span class="badge bg-{}-lt"{}>{}</span>', tone, kept, text)


@register.simple_tag
def tier_badge(policy: Any, case: Any) -> SafeString | str:
    """The tier, coloured by its rank."""
    if not case.tier:
        return ""
    rank = next((place for place, tier in enumerate(policy.tiers) if tier.id == case.tier), 0)
    tone = _TIER_TONES[min(rank, len(_TIER_TONES) - 1)]
    title = policy.title_of("tiers", case.tier)
    return format_html('<span class="badge bg-{}-lt" data-tier="{}">{}</span>', tone, case.tier, title)


@register.inclusion_tag("web/parts/field.html")
def form_field(field: BoundField, css: str = "") -> dict[str, Any]:
    """A label, its input, a hint and what is wrong with it."""
    widget = field.field.widget
    context: dict[str, Any] = {"field": field, "css": css, "groups": None}
    context["is_wanted"] = field.field.required or getattr(field.field, "is_wanted", False)
    context["is_explained"] = bool(field.help_text or field.errors)
    context["is_files"] = isinstance(widget, FilesInput)
    context["is_flag"] = isinstance(widget, CheckboxInput)
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        attrs = widget.build_attrs(widget.attrs, {"id": field.auto_id})
        groups = widget.optgroups(field.html_name, widget.format_value(field.value()), attrs)
        context["groups"] = _merged(groups)
        context["is_grouped"] = any(title for title, _options in context["groups"])
        context["kind"] = widget.input_type
    return context


Option = dict[str, Any]


def _merged(groups: Iterable[tuple[Any, list[Option], Any]]) -> list[tuple[str, list[Option]]]:
    """Django makes every ungrouped option a group of its own."""
    groups = list(groups)
    if all(title is None for title, _options, _index in groups):
        return [("", [option for _title, options, _index in groups for option in options])]
    return [(title or "", options) for title, options, _index in groups]


@register.inclusion_tag("web/parts/form.html")
def verb_form(offer: Any, wide: bool = False) -> dict[str, Any]:
    """The whole form of an action. (Django hands the CSRF token on to inclusion tags.)"""
    return {"offer": offer, "form": offer.form, "wide": wide}


@register.simple_tag(takes_context=True)
def undo(context: Any) -> Undo | None:
    """What this page offers to take back, once."""
    request = context.get("request")
    return take_undo(request) if request else None


@register.filter
def hidden_errors(form: Form) -> list[str]:
    """What is wrong with inputs that nobody sees."""
    return [str(error) for field in form.hidden_fields() for error in field.errors]
