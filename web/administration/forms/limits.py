"""The forms of limits, of what holds for all of them, and of more time."""

from typing import Any

from django.utils.translation import gettext as _

from policies.editing import (
    DutyEdit,
    ExtensionEdit,
    LimitEdit,
    RungEdit,
    edit_defaults,
    edit_duty,
    edit_extension,
)
from policies.editing.duties import notified
from policies.engine.loading import parse_policy
from policies.engine.schema import Duty, LadderStep, Limit
from policies.engine.vocabulary import UNITS_WITH_VALUE
from policies.readable import phrases, words
from policies.readable.duties import duty_sentence
from web.administration.forms.edit import (
    FORCE_CHOICES,
    UNIT_CHOICES,
    Change,
    EditForm,
    amount,
    entry,
    flag,
    one_of,
    percent,
    required_if_shown,
    role_choices,
    several_of,
    share,
    shown_percent,
    text,
)

MOST_STEPS = 8
LENGTHS = [(key, label) for key, label in words.UNITS.items() if key in UNITS_WITH_VALUE]


class AroundForm(EditForm):
    """What happens around a limit: the warning, the breach, the steps above."""

    def add_around(self, duty: Duty) -> None:
        policy = self.policy
        self.group(
            _("Warning"),
            [
                [
                    self.add(
                        "warn_at",
                        percent(_("When so much of the time is used (%)")),
                        shown_percent(duty.warn_at),
                    )
                ],
                [
                    self.add(
                        "warn",
                        several_of(_("Tell"), role_choices(policy, notified(duty.on_warn))),
                        notified(duty.on_warn),
                    )
                ],
            ],
            _("Empty: no warning."),
        )
        breach = notified(duty.on_breach)
        self.group(
            _("When it is overdue"),
            [[self.add("breach", several_of(_("Tell"), role_choices(policy, breach)), breach)]],
        )
        steps: list[LadderStep | None] = [*duty.ladder[:MOST_STEPS]]
        if len(steps) < MOST_STEPS:
            steps.append(None)
        self.steps = len(steps)
        for at, step in enumerate(steps):
            self._add_step(at, step)

    def _add_step(self, at: int, step: LadderStep | None) -> None:
        fixed = step.fixed if step else None
        most = step.at_most if step else None
        roles = notified(step.actions) if step else []
        title = _("Step %(number)d above") % {"number": at + 1} if step else _("A further step")
        self.group(
            title,
            [
                [
                    self.add(
                        f"step_{at}_share",
                        percent(_("After so much of the limit (%)")),
                        shown_percent(step.of_limit if step else None),
                    ),
                    self.add(
                        f"step_{at}_most",
                        amount(_("at most so many hours")),
                        most.value if most and most.unit == "h" else None,
                    ),
                ],
                [
                    self.add(
                        f"step_{at}_value", amount(_("or after a fixed time")), fixed.value if fixed else None
                    ),
                    self.add(f"step_{at}_unit", one_of(_("Unit"), LENGTHS), fixed.unit if fixed else "h"),
                ],
                [
                    self.add(
                        f"step_{at}_roles", several_of(_("Tell"), role_choices(self.policy, roles)), roles
                    )
                ],
            ],
            _("Counted from the step before. Leave all fields empty to take the step away."),
        )

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        for at in range(self.steps):
            both = values.get(f"step_{at}_share") is not None and values.get(f"step_{at}_value") is not None
            if both:
                self.add_error(f"step_{at}_value", _("Either a part of the limit or a fixed time."))
            elif values.get(f"step_{at}_roles") and not self._has_time(at):
                self.add_error(f"step_{at}_share", _("Say after which time."))
        return values

    def _has_time(self, at: int) -> bool:
        return any(self.cleaned_data.get(f"step_{at}_{name}") is not None for name in ("share", "value"))

    def rungs(self) -> tuple[RungEdit, ...]:
        values = self.cleaned_data
        return tuple(
            RungEdit(
                was=at,
                roles=tuple(values[f"step_{at}_roles"]),
                share=share(values[f"step_{at}_share"]),
                most_hours=values[f"step_{at}_most"],
                value=values[f"step_{at}_value"],
                unit=values[f"step_{at}_unit"] or "h",
            )
            for at in range(self.steps)
            if self._has_time(at)
        )

    def edit(self, **more: Any) -> DutyEdit:
        values = self.cleaned_data
        return DutyEdit(
            warn_at=share(values["warn_at"]),
            warn=tuple(values["warn"]),
            breach=tuple(values["breach"]),
            ladder=self.rungs(),
            **more,
        )


class DutyForm(AroundForm):
    """One limit."""

    def build(self) -> None:
        self.duty: Duty = entry(self.policy.duties, self.place)
        duty = self.duty
        self.title = duty.title or duty.id
        self.note = _("limit “%(title)s”") % {"title": self.title}
        owners = role_choices(self.policy, [duty.owner], with_owner=False)
        self.group(
            _("The limit"),
            [
                [
                    self.add("name", text(_("Title")), self.title),
                    self.add("owner", one_of(_("Who has to keep it"), owners, required=True), duty.owner),
                ]
            ],
            duty_sentence(self.policy, duty),
        )
        for at, row in enumerate(duty.limits):
            self._add_row(at, row)
        self.add_around(duty)

    def _add_row(self, at: int, row: Limit) -> None:
        when = phrases.condition(self.policy, row.when)
        title = _("If %(when)s") % {"when": when} if when else _("How long")
        if row.range is not None:
            lengths = [
                self.add(f"limit_{at}_lo", amount(_("The shorter")), row.range.lo),
                self.add(f"limit_{at}_hi", amount(_("The longer")), row.range.hi),
            ]
        else:
            lengths = [self.add(f"limit_{at}_value", amount(_("How many")), row.value)]
        hints = [row.basis]
        if row.tenant_fill and row.suggest is not None:
            hints.append(_("Suggested: %(value)s") % {"value": words.number(row.suggest)})
        if row.source:
            hints.append(_("Source: %(source)s") % {"source": words.listed(row.source)})
        self.group(
            title,
            [
                [
                    *lengths,
                    self.add(f"limit_{at}_unit", one_of(_("Unit"), UNIT_CHOICES), row.unit),
                    self.add(
                        f"limit_{at}_force",
                        one_of(_("Must or should"), FORCE_CHOICES, required=True),
                        row.force,
                    ),
                ]
            ],
            " · ".join(hint for hint in hints if hint),
        )

    def clean(self) -> dict[str, Any]:
        for at, row in enumerate(self.duty.limits):
            unit = self.cleaned_data.get(f"limit_{at}_unit")
            if unit in UNITS_WITH_VALUE and row.range is None and not row.tenant_fill:
                required_if_shown(self, f"limit_{at}_value")
        return super().clean()

    def change(self) -> Change:
        values = self.cleaned_data
        limits = tuple(
            LimitEdit(
                unit=values[f"limit_{at}_unit"],
                force=values[f"limit_{at}_force"],
                value=values.get(f"limit_{at}_value"),
                lo=values.get(f"limit_{at}_lo"),
                hi=values.get(f"limit_{at}_hi"),
            )
            for at in range(len(self.duty.limits))
        )
        edit = self.edit(title=values["name"], owner=values["owner"], limits=limits)
        return lambda document: edit_duty(document, self.duty.id, edit)


class DefaultsForm(AroundForm):
    """What holds for every limit that says nothing else."""

    def build(self) -> None:
        self.title = _("For all limits that say nothing else")
        self.add_around(self._defaults())

    def _defaults(self) -> Duty:
        """The defaults as a duty: the engine has read them into the duties that inherit them."""
        document = dict(self.policy.document)
        probe = {
            "id": "x",
            "owner": "receptionist",
            "from": "recorded",
            "to": "closed",
            "limits": [{"unit": "immediate"}],
        }
        bare = {"pack": {"id": "x", "version": 1, "title": "x"}, "duties": [probe]}
        kept = {
            name: document[name]
            for name in ("duty_defaults", "calendars", "forms", "lists", "facts")
            if name in document
        }
        return parse_policy({**bare, **kept}).duties[0]

    def change(self) -> Change:
        edit = self.edit()
        return lambda document: edit_defaults(document, edit)


class ExtensionForm(EditForm):
    """One rule about more time."""

    def build(self) -> None:
        rule = entry(self.policy.extensions, self.place)
        duty = self.policy.duties_by_id.get(rule.duty)
        name = (duty.title if duty else "") or rule.duty
        self.title = _("More time for “%(duty)s”") % {"duty": name}
        when = phrases.condition(self.policy, rule.when)
        deciders = role_choices(self.policy, rule.approver, with_owner=False)
        most = rule.max
        self.group(
            self.title,
            [
                [self.add("approver", several_of(_("Who decides"), deciders), list(rule.approver))],
                [self.add("notice_only", flag(_("A notice is enough, nobody decides")), rule.notice_only)],
                [
                    self.add(
                        "before_due", flag(_("Has to be asked for before the limit passes")), rule.before_due
                    )
                ],
            ],
            (_("If %(when)s") % {"when": when} + " · " if when else "")
            + _("Nobody chosen: no more time is given."),
        )
        totals = [("added", _("more, all together")), ("total", _("in all, from the start"))]
        self.group(
            _("At most"),
            [
                [
                    self.add("max_value", amount(_("So much")), most.limit.value if most else None),
                    self.add("max_unit", one_of(_("Unit"), LENGTHS), most.limit.unit if most else "d"),
                    self.add(
                        "max_of", one_of(_("Counted"), totals, required=True), most.of if most else "added"
                    ),
                    self.add("times", amount(_("How often"), max_value=100), rule.times),
                ]
            ],
            _("Empty: no bound."),
        )

    def change(self) -> Change:
        values = self.cleaned_data
        edit = ExtensionEdit(
            approver=tuple(values["approver"]),
            notice_only=values["notice_only"],
            before_due=values["before_due"],
            max_value=values["max_value"],
            max_unit=values["max_unit"] or "d",
            max_of=values["max_of"],
            times=None if values["times"] is None else int(values["times"]),
        )
        return lambda document: edit_extension(document, self.place, edit)
