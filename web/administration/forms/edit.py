"""Forms that change a part of a draft. Each turns its fields into one change of the document."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organizations.errors import NotVisible, Refused
from organizations.models import Role
from policies.engine.schema import Policy
from policies.readable import words
from web.forms.base import VerbForm
from web.forms.fields import CleanCharField

Change = Callable[[dict[str, Any]], None]
Choice = tuple[str, str]
LONGEST_TITLE = 200
GREATEST_VALUE = 1_000_000


@dataclass(frozen=True)
class Group:
    """Some fields under one heading; `rows` of fields stand side by side."""

    title: str
    rows: list[list[BoundField]]
    hint: str = ""


class EditForm(VerbForm):
    """Base of the forms that change a draft. `seen` is the state of the draft that the form was made for.

    A form that `can_preview` is also sent to be looked at: it has a `preview` and is not carried out then.
    """

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    title = ""
    note = ""
    can_preview = False

    def __init__(self, *args: Any, policy: Policy, place: int, seen: str, **kwargs: Any) -> None:
        self.policy, self.place = policy, place
        kwargs["initial"] = {"seen": seen, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.layout: list[tuple[str, list[list[str]], str]] = []
        self.build()
        for field in self.fields.values():
            dress(field.widget)

    def build(self) -> None:
        """Make the fields and the layout from the policy. For subclasses."""

    def change(self) -> Change:
        """What the cleaned values do to a document. For subclasses."""
        raise NotImplementedError

    def arguments(self) -> dict[str, Any]:
        return {"seen": self.cleaned_data["seen"], "change": self.change(), "note": self.note or self.title}

    def refuse(self, error: Refused) -> None:
        """The engine may find several faults; each is said by itself."""
        if not error.missing:
            super().refuse(error)
            return
        for sentence in error.missing:
            self.add_error(None, sentence)

    def add(self, name: str, field: forms.Field, initial: Any = None) -> str:
        """A field made while building; returns its name, for the layout."""
        field.initial = initial
        self.fields[name] = field
        return name

    def group(self, title: str, rows: Iterable[Iterable[str]], hint: str = "") -> None:
        self.layout.append((title, [list(row) for row in rows], hint))

    @property
    def groups(self) -> list[Group]:
        return [
            Group(title, [[self[name] for name in row] for row in rows], hint)
            for title, rows, hint in self.layout
        ]


def dress(widget: forms.Widget) -> None:
    """The classes of the component kit, for fields that were made after the form."""
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple | forms.CheckboxInput):
        widget.attrs.setdefault("class", "form-check-input")
    elif isinstance(widget, forms.Select):
        widget.attrs.setdefault("class", "form-select")
    elif not isinstance(widget, forms.HiddenInput):
        widget.attrs.setdefault("class", "form-control")


def text(label: str, **options: Any) -> CleanCharField:
    return CleanCharField(label=label, max_length=options.pop("max_length", LONGEST_TITLE), **options)


def amount(label: str, **options: Any) -> forms.FloatField:
    """A number of something, zero or more."""
    return forms.FloatField(
        label=label,
        min_value=0,
        max_value=options.pop("max_value", GREATEST_VALUE),
        required=False,
        **options,
    )


def percent(label: str) -> forms.FloatField:
    return forms.FloatField(label=label, min_value=1, max_value=100, required=False)


def flag(label: str) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


def one_of(label: str, choices: Iterable[Choice], **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=list(choices), required=options.pop("required", False))


def several_of(label: str, choices: Iterable[Choice]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=list(choices), required=False, widget=forms.CheckboxSelectMultiple
    )


def role_choices(policy: Policy, chosen: Iterable[str] = (), *, with_owner: bool = True) -> list[Choice]:
    """Who can be named: the owner of the limit, the roles of the pack, and whoever is named already."""
    own = [(role.id, role.title) for role in policy.lists.get("roles", ())]
    known = {key for key, _title in own}
    product = [] if known else [(str(role.value), str(role.label)) for role in Role]
    first = [("owner", str(words.ROLES["owner"]))] if with_owner else []
    extra = [
        (name, str(words.ROLES.get(name, name)))
        for name in dict.fromkeys(chosen)
        if name not in known and name not in {key for key, _title in (*first, *product)}
    ]
    return [*first, *own, *product, *extra]


UNIT_CHOICES: list[Choice] = [("", "—"), *((key, label) for key, label in words.UNITS.items())]  # type: ignore[list-item]
FORCE_CHOICES = [("must", gettext_lazy("must")), ("should", gettext_lazy("should"))]


def shown_percent(share: float | None) -> float | None:
    if share is None:
        return None
    value = round(share * 100, 4)
    return int(value) if value == int(value) else value


def share(value: float | None) -> float | None:
    return None if value is None else round(value / 100, 6)


def entry(rows: Any, place: int) -> Any:
    """The row at a place of a list. NotVisible if there is none."""
    found = list(rows)
    if place >= len(found):
        raise NotVisible(place)
    return found[place]


def required_if_shown(form: EditForm, name: str) -> None:
    """A value that must not be left empty."""
    if form.cleaned_data.get(name) in (None, "") and name not in form.errors:
        form.add_error(name, _("This is needed."))
