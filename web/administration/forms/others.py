"""The forms of roles, lists, gates, opening hours, keeping, and what is to be filled in."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from organizations.errors import NotVisible
from organizations.models import Role
from policies.days import MOST_RANGES, hours_of, ranges_of
from policies.editing import (
    GateEdit,
    ItemEdit,
    PeriodEdit,
    RoleEdit,
    edit_gate,
    edit_heading,
    edit_hours,
    edit_list,
    edit_retention,
    edit_roles,
)
from policies.editing.gates import SWITCHES, switched_on
from policies.editing.lists import children_key, keyed, list_at
from policies.engine.schema import Policy
from policies.filling import OpenEntry, fill, open_entries
from policies.readable import phrases, words
from policies.readable.duties import calendar_title
from policies.readable.rest import kept
from web.administration.forms.edit import (
    Change,
    EditForm,
    amount,
    entry,
    flag,
    one_of,
    role_choices,
    several_of,
    text,
)
from web.administration.forms.limits import LENGTHS
from web.forms.fields import CleanCharField

MOST_NEW = 3


class HeadingForm(EditForm):
    """The title of the rules and their own number."""

    def build(self) -> None:
        self.title = _("Title of the rules")
        number = forms.IntegerField(label=_("Number of the pack"), min_value=0, max_value=1_000_000)
        self.group(
            self.title,
            [
                [
                    self.add("name", text(_("Title")), self.policy.title),
                    self.add("number", number, self.policy.version),
                ]
            ],
        )

    def change(self) -> Change:
        values = self.cleaned_data
        return lambda document: edit_heading(document, title=values["name"], version=values["number"])


class RolesForm(EditForm):
    """The titles of the roles, and who fills them in the product."""

    def build(self) -> None:
        self.title = _("Roles")
        acting = [("", _("nobody in the product")), *((str(role.value), str(role.label)) for role in Role)]
        rows = list(self.policy.lists.get("roles", ()))
        self.keys = [role.id for role in rows] + [""] * MOST_NEW
        lines = []
        for at in range(len(self.keys)):
            role = rows[at] if at < len(rows) else None
            label = role.id if role else _("new")
            lines.append(
                [
                    self.add(
                        f"role_{at}", text(label, required=False, max_length=80), role.title if role else ""
                    ),
                    self.add(f"acts_{at}", one_of(_("is filled by"), acting), getattr(role, "acts_as", "")),
                ]
            )
        hint = _(
            "Who holds the role on the right acts in the role on the left. An empty title takes a role away."
        )
        self.group(self.title, lines, hint)

    def change(self) -> Change:
        values = self.cleaned_data
        edits = [
            RoleEdit(key, values[f"role_{at}"], values[f"acts_{at}"]) for at, key in enumerate(self.keys)
        ]
        return lambda document: edit_roles(document, edits)


class ListForm(EditForm):
    """The entries of one list: titles, new ones, ones taken away."""

    def build(self) -> None:
        self.name = entry(list_names(self.policy), self.place)
        self.title = list_title(self.policy, self.name)
        self.note = _("list “%(title)s”") % {"title": self.title}
        rows = list_at(self.policy.document, self.name)
        self.keys: list[tuple[str, str]] = []  # (key, parent) by number of field
        has_children = any(row.get(children_key(self.name)) for row in rows)
        for row in rows:
            if has_children or self.name in ("categories", "tiers"):
                self._add_branch(row)
        if not self.keys:
            names = [self._add(key, "", row) for key, row in keyed(rows)]
            self.group(self.title, [names])
        new = [self._add("", "", {}) for _number in range(MOST_NEW)]
        self.group(_("New entries"), [new], _("An empty title takes an entry away."))

    def _add_branch(self, row: Mapping[str, Any]) -> None:
        key = str(row["id"])
        top = self._add(key, "", row)
        below = [self._add(child, "", one) for child, one in keyed([dict(row)]) if child != key]
        fresh = [self._add("", key, {}) for _number in range(2)]
        self.group(str(row.get("title") or key), [[top], [*below, *fresh]])

    def _add(self, key: str, parent: str, row: Mapping[str, Any]) -> str:
        at = len(self.keys)
        self.keys.append((key, parent))
        label = str(row.get("id") or _("new"))
        title = str(row.get("title") or row.get("text") or "")
        return self.add(f"entry_{at}", text(label, required=False, max_length=500), title)

    def change(self) -> Change:
        values = self.cleaned_data
        edits = [ItemEdit(key, values[f"entry_{at}"], parent) for at, (key, parent) in enumerate(self.keys)]
        return lambda document: edit_list(document, self.name, edits)


def list_names(policy: Policy) -> list[str]:
    """The lists that are edited as titles, in a fixed order; roles have a form of their own."""
    return sorted(name for name in policy.lists if name not in ("roles", "priorities"))


def list_title(policy: Policy, name: str) -> str:
    base, _dot, dimension = name.partition(".")
    title = str(words.LISTS.get(base, base))
    return f"{title} · {phrases.fact(policy, dimension)}" if dimension else title


class GateForm(EditForm):
    """The switches of one gate."""

    def build(self) -> None:
        self.gate = self.policy.gates[entry(gate_names(self.policy), self.place)]
        gate, policy = self.gate, self.policy
        raw = policy.document["gates"][gate.name]  # type: ignore[index]
        self.title = str(words.GATES.get(gate.name, gate.name))
        who = role_choices(policy, [*gate.who, *gate.not_by], with_owner=False)
        rows = [
            [self.add("who", several_of(_("Who may"), who), list(gate.who))],
            [
                self.add(
                    "not_by", several_of(_("Who may not, if it was theirs before"), who), list(gate.not_by)
                )
            ],
        ]
        if gate.name == "accept":
            rows.append([self.add("reason", flag(_("A reason is required")), gate.reason_required)])
        if gate.name == "close":
            satisfied = bool(raw.get("satisfied_required"))
            rows.append([self.add("satisfied", flag(_("Only when the complainant is satisfied")), satisfied)])
        if gate.name == "reopen":
            rows.append(
                [self.add("rounds", amount(_("At most so many rounds"), max_value=100), gate.max_rounds)]
            )
        if gate.name in SWITCHES:
            offered = [
                (name, phrases.condition(policy, condition))
                for name, condition in SWITCHES[gate.name].items()
            ]
            on = switched_on(gate.name, raw.get("always") or {})
            rows.append([self.add("conditions", several_of(_("What has to be true"), offered), on)])
        self.group(self.title, rows, _("Nobody chosen: whoever has the right in the product."))

    def change(self) -> Change:
        values = self.cleaned_data
        rounds = values.get("rounds")
        edit = GateEdit(
            who=tuple(values["who"]),
            not_by=tuple(values["not_by"]),
            reason_required=values.get("reason"),
            satisfied_required=values.get("satisfied"),
            max_rounds=None if rounds is None else int(rounds),
            conditions=frozenset(values["conditions"]) if "conditions" in values else None,
        )
        return lambda document: edit_gate(document, self.gate.name, edit)


def gate_names(policy: Policy) -> list[str]:
    return sorted(policy.gates)


class RangesField(CleanCharField):
    """Opening ranges of a day: 08:30-12:00, 13:30-17:30. Cleans to a list of texts."""

    def clean(self, value: Any) -> list[str]:
        typed = super().clean(value).replace("、", ",").replace(";", ",").replace("~", "-").replace("–", "-")
        ranges = [part.replace(" ", "") for part in typed.split(",") if part.strip()]
        if len(ranges) > MOST_RANGES:
            raise forms.ValidationError(_("At most %(count)d ranges a day.") % {"count": MOST_RANGES})
        try:
            return ranges_of(hours_of(ranges))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class HoursForm(EditForm):
    """The opening hours of one business calendar of the rules."""

    def build(self) -> None:
        self.name = entry(business_calendars(self.policy), self.place)
        rule = self.policy.calendars[self.name]
        self.title = _("Opening hours: %(name)s") % {"name": calendar_title(self.policy, self.name)}
        days = [
            ("cn_workdays", _("working days of the official calendar, make-up days included")),
            ("weekdays", _("Monday to Friday")),
            ("every_day", _("every day")),
        ]
        ranges = RangesField(label=_("Opening ranges of a day"), max_length=200)
        self.group(
            self.title,
            [
                [self.add("ranges", ranges, ", ".join(ranges_of(rule.hours)))],
                [self.add("days", one_of(_("Open on"), days, required=True), rule.days)],
            ],
            _("Several ranges with commas between them: 08:30-12:00, 13:30-17:30"),
        )

    def change(self) -> Change:
        values = self.cleaned_data
        return lambda document: edit_hours(document, self.name, values["ranges"], values["days"])


def business_calendars(policy: Policy) -> list[str]:
    return sorted(name for name, rule in policy.calendars.items() if rule.kind == "business")


class RetentionForm(EditForm):
    """How long things are kept."""

    def build(self) -> None:
        self.title = _("How long things are kept")
        rows = self.policy.keeping.retention
        if not rows:
            raise NotVisible("retention")
        units = [("years", _("years")), ("months", _("months")), ("days", _("days"))]
        lines = []
        for at, row in enumerate(rows):
            unit = next(
                (name for name in ("years", "months", "days") if getattr(row, name) is not None), "years"
            )
            label = kept(row.what) + (f" ({row.basis})" if row.basis else "")
            lines.append(
                [
                    self.add(f"value_{at}", amount(label, max_value=100_000), getattr(row, unit)),
                    self.add(f"unit_{at}", one_of(_("Unit"), units, required=True), unit),
                    self.add(f"forever_{at}", flag(_("for good")), row.forever),
                ]
            )
        self.group(self.title, lines, _("Empty: still to be decided."))

    def change(self) -> Change:
        values = self.cleaned_data
        edits = [
            PeriodEdit(values[f"value_{at}"], values[f"unit_{at}"], values[f"forever_{at}"])
            for at in range(len(self.policy.keeping.retention))
        ]
        return lambda document: edit_retention(document, edits)


class FillForm(EditForm):
    """Everything the rules leave to the organization. What stays empty stays open."""

    def build(self) -> None:
        self.title = _("To be filled in")
        self.entries = open_entries(self.policy)
        for at, one in enumerate(self.entries):
            self._add_entry(at, one)

    def _add_entry(self, at: int, one: OpenEntry) -> None:
        labels = {
            "value": _("How many"),
            "lo": _("The shorter"),
            "hi": _("The longer"),
            "at_least": _("At least so many"),
            "window": _("Within so much time"),
            "min": _("At least"),
            "max": _("At most (yuan)") if one.kind == "money" else _("At most"),
            "years": _("years"),
            "months": _("months"),
            "days": _("days"),
        }
        row = [
            self.add(f"open_{at}_{name}", amount(labels[name], max_value=10**12), value)
            for name, value in one.values.items()
            if name in labels
        ]
        if "unit" in one.values:
            row.append(
                self.add(f"open_{at}_unit", one_of(_("Unit"), [("", "—"), *LENGTHS]), one.values["unit"])
            )
        if "forever" in one.values:
            row.append(self.add(f"open_{at}_forever", flag(_("for good")), bool(one.values["forever"])))
        if "text" in one.values:
            row.append(
                self.add(
                    f"open_{at}_text", text(_("Text"), required=False, max_length=500), one.values["text"]
                )
            )
        confirm = (
            []
            if one.is_missing
            else [self.add(f"open_{at}_ok", flag(_("This is right as it stands")), False)]
        )
        self.group(
            one.title, [row, confirm] if row else [confirm], " · ".join(filter(None, self._hints(one)))
        )

    def _hints(self, one: OpenEntry) -> list[str]:
        hints = [one.detail, one.basis]
        if one.suggest is not None:
            hints.append(_("Suggested: %(value)s") % {"value": words.number(one.suggest)})
        if one.source:
            hints.append(_("Source: %(source)s") % {"source": words.listed(one.source)})
        return hints

    def clean(self) -> dict[str, Any]:
        for at, one in enumerate(self.entries):
            given = self._given(at, one)
            some = [
                value for name, value in given.items() if name != "unit" and value not in (None, "", False)
            ]
            if one.kind == "limit" and some and not given["unit"]:
                self.add_error(f"open_{at}_unit", _("Choose a unit."))
            if one.kind == "range" and some and len(some) < 2:
                self.add_error(f"open_{at}_lo", _("Both bounds are needed."))
        return self.cleaned_data

    def _given(self, at: int, one: OpenEntry) -> dict[str, Any]:
        return {name: self.cleaned_data.get(f"open_{at}_{name}") for name in one.values}

    def _is_filled(self, at: int, one: OpenEntry) -> bool:
        """Whether something was given for what was missing, changed, or confirmed."""
        given = self._given(at, one)
        if self.cleaned_data.get(f"open_{at}_ok"):
            return True
        needed = {name: value for name, value in given.items() if name not in ("unit", "window")}
        if one.kind in ("period", "target"):
            complete = any(value not in (None, "", False) for value in needed.values())
        else:
            complete = bool(needed) and all(value not in (None, "") for value in needed.values())
        changed = any((value or None) != (one.values.get(name) or None) for name, value in given.items())
        return complete and (changed or one.is_missing)

    def change(self) -> Change:
        filled = [
            (one.key, self._given(at, one)) for at, one in enumerate(self.entries) if self._is_filled(at, one)
        ]

        def write(document: dict[str, Any]) -> None:
            for key, values in filled:
                fill(document, key, values)

        return write
