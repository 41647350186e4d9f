"""Texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policies.editing.lists import new_id
from policies.engine.occasions import ASKED, SPOKEN

Document = dict[str, Any]
# The facts by whose values a form chooses texts. What else a condition says stays as it is.
CHOSEN_BY = ("tier", "nature", "channel", "outcome", "accept_reason")


@dataclass(frozen=True, slots=True)
class TemplateEdit:
    """What a form says about a text. `text` of a follow-up is one question a line; "" takes the text away.

    `only` are the values of a fact with which the text fits, by fact; a fact that is not named is left as it
    is, one without values does not matter.
    """

    occasion: str
    text: str
    title: str = ""
    subject: str = ""
    only: Mapping[str, tuple[str, ...]] | None = None


def edit_template(document: Document, template_id: str, edit: TemplateEdit) -> None:
    """Write an edit into the text of this id; "" makes a new one. KeyError if there is none."""
    rows = document.get("templates") or []
    row = next((one for one in rows if one.get("id") == template_id), None)
    if not edit.text:
        document["templates"] = [one for one in rows if one is not row]
    elif row is not None:
        _write(row, edit)
    elif not template_id:
        taken = {str(one.get("id")) for one in rows}
        row = {"id": new_id(taken, edit.occasion.replace(".", "_"))}
        _write(row, edit)
        document["templates"] = [*rows, row]
    else:
        raise KeyError(template_id)
    if not document.get("templates"):
        document.pop("templates", None)


def _write(row: Document, edit: TemplateEdit) -> None:
    row["for"] = edit.occasion
    lines = [line.strip() for line in edit.text.splitlines() if line.strip()]
    text: Any = lines if edit.occasion in ASKED else edit.text
    if text != _stripped(row.get("text")):
        row["text"] = text
    _set_or_drop(row, "title", edit.title)
    _set_or_drop(row, "subject", "" if edit.occasion in SPOKEN else edit.subject)
    when = dict(row.get("when") or {})
    for fact, values in (edit.only or {}).items():
        if set(values) != set(values_of(when, fact)):
            _set_or_drop(when, fact, list(values))
    _set_or_drop(row, "when", when)


def values_of(when: Mapping[str, Any], fact: str) -> tuple[str, ...]:
    """The values that a condition names for a fact, () if it says nothing about it."""
    value = when.get(fact, ())
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _stripped(text: Any) -> Any:
    return text.strip() if isinstance(text, str) else text


def _set_or_drop(row: Document, key: str, value: Any) -> None:
    if value:
        row[key] = value
    else:
        row.pop(key, None)
