"""The form of the decision on a penalty: what the rules leave open, for each of those it strikes."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from escalation.services.penalties import LONGEST_TEXT, LONGEST_WORD, PERSON, SANCTION
from policies.engine.conditions import Need
from policies.engine.penalties import AMOUNTS, Proposal
from policies.engine.schema import PenaltySubject
from policies.readable.rest import subject as subject_words
from policies.readable.words import number
from web.forms.base import CaseForm
from web.forms.fields import CleanCharField

_LABELS = {
    "points": _("Points"),
    "yuan": _("Yuan"),
    "bonus_months": _("Months of bonus"),
    "bonus_percent": _("Per cent of the bonus"),
}


class PenaltyForm(CaseForm):
    """`accepted` comes with the button. The choices are not required: who decides against it makes none."""

    penalty = forms.CharField(widget=forms.HiddenInput)
    accepted = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")], widget=forms.HiddenInput)
    reason = CleanCharField(
        label=_("Reason; needed if it is not imposed"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, proposal: Proposal, **kwargs: Any) -> None:
        self.proposal = proposal
        kwargs["initial"] = {"penalty": proposal.penalty.id, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)

    def fit(self) -> None:
        open_ = {need.fact: need for need in self.proposal.open()}
        self._names: dict[str, tuple[str, str]] = {}  # name of the input -> (who, what)
        for place, subject in enumerate(self.proposal.subjects):
            for what in (*AMOUNTS, SANCTION):
                if need := open_.get(f"{subject.who}.{what}"):
                    self._ask(place, subject, what, _input(subject, what, need))
            self._ask(place, subject, PERSON, _person())

    def _ask(self, place: int, subject: PenaltySubject, what: str, field: forms.Field) -> None:
        name = f"s{place}_{what}"
        self.fields[name] = field
        self._names[name] = (subject.who, what)

    @property
    def subjects(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Each of those it strikes: in words, and the inputs for what is open."""
        policy = self.file.policy
        return [
            (
                subject_words(policy, subject),
                [self[name] for name in self._names if name.startswith(f"s{place}_")],
            )
            for place, subject in enumerate(self.proposal.subjects)
        ]

    def arguments(self) -> dict[str, Any]:
        values = super().arguments()
        chosen: dict[str, dict[str, Any]] = {}
        for name, (who, what) in self._names.items():
            value = values.pop(name)
            if value not in (None, ""):
                chosen.setdefault(who, {})[what] = value
        return {**values, "accepted": values["accepted"] == "yes", "chosen": chosen}


def _person() -> forms.Field:
    return CleanCharField(label=gettext("Who that is"), required=False, max_length=LONGEST_WORD)


def _input(subject: PenaltySubject, what: str, need: Need) -> forms.Field:
    """The input for something that the rules leave open."""
    expected: Any = need.expected
    if what == SANCTION:
        if need.op == "gte":
            hint = gettext("%(sanction)s or heavier") % {"sanction": expected}
            return CleanCharField(
                label=gettext("Sanction"), required=False, max_length=LONGEST_WORD, help_text=hint
            )
        choices = [("", "—"), *((str(one), str(one)) for one in expected)]
        return forms.ChoiceField(label=gettext("Sanction"), choices=choices, required=False)
    least, most = expected
    hint = gettext("%(least)s to %(most)s") % {"least": number(least), "most": number(most)}
    kind = forms.IntegerField if isinstance(least, int) and isinstance(most, int) else forms.FloatField
    return kind(label=_LABELS[what], min_value=least, max_value=most, required=False, help_text=hint)
