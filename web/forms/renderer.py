"""Django's commonest widgets, drawn without their templates: on a page of tickets with their forms these
templates cost a third of everything. Every value goes through `_text`."""

from collections.abc import Callable
from html import escape
from typing import Any

from django.forms.renderers import DjangoTemplates

Drawn = dict[str, Any]


class Renderer(DjangoTemplates):
    """Says the same as Django's own (tests/web/test_renderer.py); what it does not know is left to that."""

    def render(self, template_name: str, context: Any, request: Any = None) -> str:
        draw = _DRAWN.get(template_name)
        return draw(context["widget"]) if draw else super().render(template_name, context, request)


def _input(widget: Drawn) -> str:
    value = "" if widget["value"] is None else f' value="{_text(widget["value"])}"'
    start = f'<input type="{_text(widget["type"])}" name="{_text(widget["name"])}"'
    return f"{start}{value}{_attributes(widget['attrs'])}>"


def _textarea(widget: Drawn) -> str:
    start = f'<textarea name="{_text(widget["name"])}"{_attributes(widget["attrs"])}>'
    return f"{start}\n{_text(widget['value'] or '')}</textarea>"


def _select(widget: Drawn) -> str:
    groups = "".join(_group(*group) for group in widget["optgroups"])
    return f'<select name="{_text(widget["name"])}"{_attributes(widget["attrs"])}>{groups}\n</select>'


def _group(title: str | None, options: list[Drawn], _place: int) -> str:
    inside = "".join(map(_option, options))
    return f'\n  <optgroup label="{_text(title)}">{inside}\n  </optgroup>' if title else inside


def _option(row: Drawn) -> str:
    start = f'\n  <option value="{_text(row["value"])}"{_attributes(row["attrs"])}>'
    return f"{start}{_text(row['label'])}</option>\n"


def _attributes(attrs: Drawn) -> str:
    return "".join(
        f" {_text(name)}" if value is True else f' {_text(name)}="{_text(value)}"'
        for name, value in attrs.items()
        if value is not False
    )


def _text(value: object) -> str:
    return escape(str(value))


_PLAIN = (
    "text",
    "file",
    "number",
    "hidden",
    "email",
    "url",
    "date",
    "datetime",
    "time",
    "checkbox",
    "password",
)
_DRAWN: dict[str, Callable[[Drawn], str]] = {
    **{f"django/forms/widgets/{name}.html": _input for name in _PLAIN},
    "django/forms/widgets/textarea.html": _textarea,
    "django/forms/widgets/select.html": _select,
}
