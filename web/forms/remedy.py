"""The forms of remedies: proposing one, and what becomes of it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from policies.engine.schema import Policy
from policies.readable import phrases
from policies.readable.words import labelled, listed, number
from tickets.authority import GREATEST, Answer, Authority, Step
from tickets.services.remedies import LONGEST_TEXT, place_of
from web.casefile import CaseFile
from web.forms.base import CaseForm
from web.forms.fields import CleanCharField


def authority_of(file: CaseFile) -> Authority | None:
    """What the actor may promise on a case; None without a right to it, or if the rules know no remedies."""
    if not any(row.right == "remedy" for row in file.policy.grants):
        return None
    found = place_of(file.actor, file.case, file.tickets)
    if found is None:
        return None
    return Authority(
        file.actor, file.course, department_id=found.department.pk, posts=file.posts, now=file.now
    )


class RemedyForm(CaseForm):
    """Proposes a remedy. Each kind says beforehand how far the actor's authority goes, and who is asked."""

    kind = forms.ChoiceField(label=_("Remedy"), widget=forms.RadioSelect)
    yuan = forms.DecimalField(
        label=_("Amount in yuan"),
        required=False,
        min_value=Decimal(0),
        max_value=GREATEST,
        max_digits=12,
        decimal_places=2,
        help_text=_("Leave it empty if it costs no money."),
        widget=forms.NumberInput(attrs={"inputmode": "decimal"}),
    )
    text = CleanCharField(
        label=_("What exactly"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    suggested = hint = ""

    def fit(self) -> None:
        authority = authority_of(self.file)
        kinds = authority.kinds if authority else ()
        policy = self.file.policy
        said = {kind: steps_words(policy, authority, kind) for kind in kinds} if authority else {}
        if len(set(said.values())) == 1 and len(said) > 1:  # the same for all of them is said once
            self.hint = next(iter(said.values()))
        self.fields["kind"].choices = [
            (kind, title(policy, kind) if self.hint else labelled(title(policy, kind), words))
            for kind, words in said.items()
        ]
        suggestion = suggested_remedy(self.file)
        if suggestion in kinds:
            self.initial.setdefault("kind", suggestion)
        self.suggested = title(policy, suggestion)

    def arguments(self) -> dict[str, Any]:
        found = place_of(self.file.actor, self.file.case, self.file.tickets)
        return {**super().arguments(), "ticket": found.ticket if found else None}


class ApproveForm(CaseForm):
    """The decision on a remedy; the answer comes with the button."""

    approve = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")], widget=forms.HiddenInput)
    reason = CleanCharField(label=_("Reason"), required=False, max_length=1000)

    def arguments(self) -> dict[str, Any]:
        values = super().arguments()
        return {**values, "approve": values["approve"] == "yes"}


class WithdrawRemedyForm(CaseForm):
    reason = CleanCharField(label=_("Reason"), required=False, max_length=1000)


class DeliverForm(CaseForm):
    note = CleanCharField(label=_("Note"), required=False, max_length=1000)


# --- in words -----------------------------------------------------------------------------------------------


def title(policy: Policy, kind: str) -> str:
    """What a remedy is called."""
    return phrases.value(policy, "remedy", kind) if kind else ""


def suggested_remedy(file: CaseFile) -> str:
    """The remedy that a trigger of the rules has suggested last: one of its kinds, or words."""
    found = ""
    for effect in file.course.run.effects:
        for action in effect.actions:
            suggestion = action.get("suggest")
            if isinstance(suggestion, Mapping):
                found = str(suggestion.get("remedy") or found)
    return found


def steps_words(policy: Policy, authority: Authority, kind: str) -> str:
    """「200元以内:您可直接答应;以上:由总经理批准」."""
    steps = authority.steps(kind)
    if len(steps) == 1:
        return answer_words(policy, steps[0].answer)
    return gettext("; ").join(_parts(policy, steps))


def _parts(policy: Policy, steps: list[Step]) -> Iterator[str]:
    for place, step in enumerate(steps):
        what = {"what": answer_words(policy, step.answer)}
        if step.free:
            yield gettext("without an amount: %(what)s") % what
        elif step.up_to is not None:
            amount = {**what, "amount": number(float(step.up_to))}
            yield gettext("up to ¥%(amount)s: %(what)s") % amount
        elif steps[place - 1].free:
            yield gettext("with an amount: %(what)s") % what
        else:
            yield gettext("above that: %(what)s") % what


def answer_words(policy: Policy, answer: Answer) -> str:
    """Whose a promise is, in a few words."""
    if answer.permission.allowed:
        return gettext("you may promise it yourself")
    if answer.permission.approval:
        return gettext("approved by %(who)s") % {"who": phrases.role(policy, answer.permission.approval)}
    if answer.unknown:
        facts = listed(phrases.fact(policy, name) for name in answer.unknown)
        return gettext("first to be known: %(facts)s") % {"facts": facts}
    return gettext("nobody may promise it")
