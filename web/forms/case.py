"""The forms of the verbs on a case."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.facts import FACT_FIELDS
from complaints.models import Complaint
from complaints.services.correction import CORRECTABLE
from complaints.services.replying import Satisfaction
from complaints.values import LISTED
from organizations.models import Role
from tickets.proposing import Proposal
from web import choices, texts
from web.forms.base import CaseForm
from web.forms.fields import (
    CleanCharField,
    DepartmentField,
    DepartmentsField,
    GradingField,
    LocalDateTimeField,
    PhoneField,
    YesNoField,
    long_text,
)
from web.forms.papers import Comes


class AcceptForm(CaseForm):
    reason = forms.ChoiceField(label=_("Reason"), required=False)
    note = long_text(label=_("Note"), required=False, rows=2)
    effect, event, right = "register", "accepted", "accept"
    occasion = "acceptance"
    # What is said when a case is accepted is offered only: the note is no record of it.
    fills = False

    def fit(self) -> None:
        reasons = choices.reasons(self.file.policy, self.effect)
        self.fields["reason"].choices = reasons
        self.texts = texts.suggestions(
            self.file,
            self.occasion,
            "note",
            chooser="reason",
            fact="accept_reason",
            word="reason",
            choices=reasons[1:],
            fills=self.fills,
        )
        # Before a reason is chosen only a text that fits all of them can stand there.
        if self.texts and len(self.texts.texts) == 1:
            self.initial.setdefault("note", self.texts.first(self.texts.texts[0].keys[0]))

    def comes_with(self) -> Comes:
        brings = {"accept_effect": ""}
        if len(self.fields["reason"].choices) > 1:  # the verb takes the first if none is chosen
            brings["accept_reason"] = "" if self.effect == "register" else "reason"
        return Comes(self.event, text="note", brings=brings)


class ExplainForm(AcceptForm):
    note = long_text(label=_("What was explained"), required=True)
    effect, event = "explain_only", "explained"
    occasion = "explanation"
    fills = True


class RejectForm(AcceptForm):
    note = long_text(label=_("Note"), required=False, rows=2)
    effect, event = "reject", "rejected"
    occasion = "rejection"
    fills = True


class GradeForm(CaseForm):
    grading = GradingField(label=_("Tier and criterion"))
    reason = CleanCharField(label=_("Reason for the change"), required=False, max_length=500)
    renamed = {"tier": "grading", "tier_criterion": "grading"}
    right = "grade"

    def comes_with(self) -> Comes:
        event = "regraded" if self.file.case.tier else "graded"
        return Comes(event, text="reason", brings={"tier": "", "tier_criterion": ""})

    def facts_then(self) -> Mapping[str, Any]:
        tier, criterion = self.typed("grading") or ("", "")
        return {**self.file.facts, "tier": tier, "tier_criterion": criterion} if tier else self.file.facts

    def fit(self) -> None:
        case = self.file.case
        self.fields["grading"].choices = choices.gradings(self.file.policy)
        self.initial["grading"] = f"{case.tier}:{case.tier_criterion}"

    def arguments(self) -> dict[str, Any]:
        values = super().arguments()
        tier, criterion = values.pop("grading")
        return {**values, "tier": tier, "criterion": criterion}


class CorrectForm(CaseForm):
    """One field of the case, chosen before (`?correct=place`), with an input of its kind."""

    field = forms.ChoiceField(widget=forms.HiddenInput, choices=[(name, name) for name in CORRECTABLE])
    value = CleanCharField(label=_("New value"), required=False)
    reason = CleanCharField(label=_("Reason for the change"), required=False, max_length=500)
    field_order = ["revision", "back", "field", "value", "reason"]
    right = "correct"

    def comes_with(self) -> Comes:
        name = self.typed("field") or ""
        return Comes("corrected", text="reason", brings={name: "value"} if name in FACT_FIELDS else {})

    def fit(self) -> None:
        name = self.data.get("field") or self.initial.get("field") or ""
        if name not in CORRECTABLE:
            return
        column = Complaint._meta.get_field(name)
        self.fields["value"] = self._input(name, column)
        self.fields["value"].label = column.verbose_name  # type: ignore[union-attr]
        self.initial.setdefault("value", getattr(self.file.case, name))
        self.order_fields(self.field_order)

    def _input(self, name: str, column: Any) -> forms.Field:
        required = not column.blank
        if name == "category":
            return forms.ChoiceField(choices=choices.tree(self.file.policy, LISTED[name]), required=required)
        if name in LISTED:
            return forms.ChoiceField(
                choices=choices.listed(self.file.policy, LISTED[name]), required=required
            )
        if name == "occurred_at":
            return LocalDateTimeField(required=False)
        if name == "complainant_phone":
            return PhoneField(required=False, max_length=column.max_length)
        if column.max_length is None:
            return long_text(required=required, rows=5)
        return CleanCharField(required=required, max_length=column.max_length)

    def refuse(self, error: Any) -> None:
        # The verb names the column; here its value is typed into the field "value".
        if error.field in CORRECTABLE:
            error.field = "value"
        super().refuse(error)


class DispatchForm(CaseForm):
    lead = DepartmentField(label=_("Leading department"))
    helpers = DepartmentsField(label=_("Helping departments"), required=False)
    instructions = long_text(label=_("Instructions"), required=False, rows=2)
    comes, right = Comes("dispatched", text="instructions"), "dispatch"

    def fit(self) -> None:
        directory = self.file.actor.directory
        places = choices.workplaces(directory)
        # A role of the rules may be a desk, or the whole organization.
        placed = dict.fromkeys(self.file.posts.values())
        places += [directory.departments[pk] for pk in placed if directory.departments[pk] not in places]
        lead, helpers = self.fields["lead"], self.fields["helpers"]
        if self.file.lead is not None:
            # Somebody leads already: only helpers can be added.
            lead.offer(directory, [self.file.lead.department])
            lead.widget = forms.HiddenInput()
            self.initial["lead"] = self.file.lead.department_id
            places = [row for row in places if row.pk not in self._busy()]
            helpers.required = True
        else:
            lead.offer(directory, places)
        helpers.offer(directory, places)
        if not self.is_bound and self.file.proposal is not None:
            self._begin_with(self.file.proposal)

    def _begin_with(self, proposal: Proposal) -> None:
        """What the rules propose is chosen beforehand; a person sees why, and confirms or changes it."""
        offered = self.fields["lead"].known
        if proposal.lead is not None and str(proposal.lead.pk) in offered:
            self.initial.setdefault("lead", proposal.lead.pk)
        self.initial.setdefault("helpers", [row.pk for row in proposal.helpers if str(row.pk) in offered])

    @property
    def proposal(self) -> Proposal | None:
        return self.file.proposal

    def _busy(self) -> set[int]:
        return {row.department_id for row in self.file.tickets if row.is_open}


class TellForm(CaseForm):
    summary = long_text(label=_("What the complainant was told"), rows=5)
    way = forms.ChoiceField(label=_("By way of"))
    outcome = forms.ChoiceField(label=_("Outcome"), required=False)
    liability = forms.ChoiceField(label=_("Liability"), required=False)
    comes = Comes(
        "told",
        text="summary",
        brings={"told_way": "way", "outcome": "outcome", "liability": "liability"},
    )
    right = "tell"

    def fit(self) -> None:
        file = self.file
        self.fields["way"].choices = choices.listed(file.policy, "channels")[1:]
        self.initial.setdefault("way", file.case.channel)
        if not file.case.is_open:  # the rules want it told after the end, which changes nothing of the case
            del self.fields["outcome"], self.fields["liability"]
            self.texts = texts.suggestions(file, "reply", "summary")
            self.initial.setdefault("summary", self.texts.first() if self.texts else "")
            return
        lead, outcomes = file.lead, choices.listed(file.policy, "outcomes")
        self.fields["outcome"].choices = outcomes
        self.fields["liability"].choices = choices.listed(file.policy, "liabilities")
        self.texts = texts.suggestions(
            file, "reply", "summary", chooser="outcome", fact="outcome", word="outcome", choices=outcomes
        )
        ours = self.texts.first(file.case.outcome) if self.texts else ""
        self.initial.setdefault("summary", ours or (lead.result if lead else ""))
        self.initial.setdefault("outcome", file.case.outcome)
        self.initial.setdefault("liability", file.case.liability)


class FollowUpForm(CaseForm):
    reached = YesNoField(label=_("Complainant reached?"))
    solved = YesNoField(label=_("Solved, in the complainant's words?"), required=False)
    satisfaction = forms.ChoiceField(
        label=_("Satisfaction"), choices=Satisfaction.choices, widget=forms.RadioSelect, required=False
    )
    note = long_text(label=_("What was said"), required=False, rows=2)
    right, insists = "follow_up", False

    def fit(self) -> None:
        self.script = texts.spoken(self.file, "follow_up")

    def comes_with(self) -> Comes:
        reached = self.typed("reached")
        if reached is False:  # whoever is not reached has said nothing
            return Comes("follow_up_attempt", text="note")
        brings = dict.fromkeys(("solved", "satisfied", "satisfaction"), "")
        return Comes("follow_up_done", text="note", brings=brings, certain=reached is True)


class ConsentForm(CaseForm):
    role = forms.ChoiceField(label=_("Consent as"))
    note = long_text(label=_("Note"), required=False, rows=2)
    comes = Comes("consented", text="note")

    def acting_role(self) -> str:
        consents = self.file.consents
        return self.typed("role") or (consents[0] if consents else "")

    def fit(self) -> None:
        roles = self.file.consents
        self.fields["role"].choices = [(role, Role(role).label) for role in roles]
        if len(roles) == 1:
            self.fields["role"].widget = forms.HiddenInput()
            self.initial["role"] = roles[0]


class CloseForm(CaseForm):
    note = long_text(label=_("Note"), required=False, rows=2)
    comes, right = Comes("closed", text="note"), "close"

    def fit_papers(self) -> None:
        super().fit_papers()
        if self.fields["note"].required and self.file.lead:  # a form asks for the result once more
            self.initial.setdefault("note", self.file.lead.result)


class ReopenForm(CaseForm):
    reason = long_text(label=_("Why the case is taken up again"), rows=2)
    comes, right = Comes("reopened", text="reason"), "reopen"
