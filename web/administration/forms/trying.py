"""The form of a trial: a case that has not happened. It changes nothing, so it is sent by GET."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.engine.schema import Policy
from policies.engine.vocabulary import LIST_OF_FACT
from policies.readable import phrases
from policies.trying import Trial, usable_events
from web import choices
from web.administration.forms.edit import dress
from web.forms.base import VerbForm
from web.forms.fields import LocalDateTimeField

MOST_STEPS = 6
NOTHING, IN_TIME, STEPS = "nothing", "in_time", "steps"
# Facts that the trial always asks for, if the rules have the list.
_ALWAYS = ("tier", "category", "level", "case_kind", "class", "channel", "nature")
# Facts of the product that are a plain yes or no when a case comes in.
_FLAGS = frozenset(
    {"mass_affected", "serious", "important", "complex", "multi_dept", "special", "urgent", "on_the_spot"}
)
_NO_QUESTION = frozenset({"outcome", "liability", "accept_reason", "return_reason", "pause_reason"})


class TrialForm(VerbForm):
    """What comes in, when, and what happens then."""

    start = LocalDateTimeField(label=gettext_lazy("Comes in at"))
    then = forms.ChoiceField(
        label=gettext_lazy("And then"),
        required=False,
        choices=[
            (IN_TIME, gettext_lazy("everything is done a minute before its limit")),
            (NOTHING, gettext_lazy("nothing happens")),
            (STEPS, gettext_lazy("what I enter below happens")),
        ],
    )
    span = forms.ChoiceField(
        label=gettext_lazy("Shown"),
        required=False,
        choices=[
            ("", gettext_lazy("everything")),
            ("4", gettext_lazy("the first four hours")),
            ("24", gettext_lazy("the first day")),
            ("96", gettext_lazy("the first four days")),
            ("336", gettext_lazy("the first two weeks")),
        ],
    )

    def __init__(self, *args: Any, policy: Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.policy = policy
        self.facts = self._add_facts()
        events = [("", "—"), *((kind, phrases.event(policy, kind)) for kind in usable_events(policy))]
        for at in range(MOST_STEPS):
            self.fields[f"event_{at}"] = forms.ChoiceField(label=_("Event"), choices=events, required=False)
            self.fields[f"at_{at}"] = LocalDateTimeField(label=_("At"), required=False)
        for field in self.fields.values():
            dress(field.widget)

    def _add_facts(self) -> list[str]:
        """A question for every fact that decides on a limit."""
        read = {name.partition(".")[0] for duty in self.policy.duties for name in duty.reads}
        names = [name for name in _ALWAYS if name in read or name in ("tier", "category")]
        names += sorted(read - set(names) - _NO_QUESTION)
        return [name for name in names if self._add_fact(name)]

    def _add_fact(self, name: str) -> bool:
        policy, label = self.policy, phrases.fact(self.policy, name)
        declared = next((row for row in policy.facts if row.id == name), None)
        listed = (declared.from_list if declared else "") or LIST_OF_FACT.get(name, "")
        values: list[Any] = []
        if listed and policy.items(listed):
            values = choices.tree(policy, listed)
        elif policy.items(f"categories.{name}"):
            values = choices.tree(policy, f"categories.{name}")
        elif declared and declared.values:
            values = [("", "—"), *((value, value) for value in declared.values)]
        if values:
            self.fields[f"fact_{name}"] = forms.ChoiceField(label=label, choices=values, required=False)
        elif (declared and declared.type == "datetime") or name in ("requested_due", "promised_due"):
            self.fields[f"fact_{name}"] = LocalDateTimeField(label=label, required=False)
        elif declared is None or declared.type == "bool":
            if declared is None and name not in _FLAGS:
                return False
            self.fields[f"fact_{name}"] = forms.BooleanField(label=label, required=False)
        else:
            return False
        return True

    def clean(self) -> dict[str, Any]:
        start = self.cleaned_data.get("start")
        for at in range(MOST_STEPS):
            kind, moment = self.cleaned_data.get(f"event_{at}"), self.cleaned_data.get(f"at_{at}")
            if kind and not moment and f"at_{at}" not in self.errors:
                self.add_error(f"at_{at}", _("Say when this happens."))
            if moment and start and not start <= moment <= start + timedelta(days=400):
                self.add_error(f"at_{at}", _("This has to come after the case, within 400 days."))
        return self.cleaned_data

    @property
    def trial(self) -> Trial:
        values = self.cleaned_data
        facts = {name: values.get(f"fact_{name}") for name in self.facts}
        return Trial(
            start=values["start"],
            facts={name: _stored(value) for name, value in facts.items() if value not in ("", None, False)},
            steps=self._steps() if values.get("then") == STEPS else (),
            just_in_time=values.get("then") in ("", IN_TIME),
        )

    def _steps(self) -> tuple[tuple[str, datetime], ...]:
        values = self.cleaned_data
        given = [(values.get(f"event_{at}"), values.get(f"at_{at}")) for at in range(MOST_STEPS)]
        return tuple((kind, moment) for kind, moment in given if kind and moment)

    @property
    def hours_shown(self) -> int:
        return int(self.cleaned_data.get("span") or 0)


def _stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
