"""The form that is filled in while the caller is on the phone."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.proposals import Proposal
from complaints.services import Intake
from organizations.actors import DESK_ROLES, Actor
from policies.engine.schema import Policy
from policies.selectors import posts_of
from tickets.services.calls import EVENTS_OF, Decision, ways_of_call
from web import choices
from web.forms.base import dress
from web.forms.facts import PREFIX, fact_fields, fact_values
from web.forms.fields import (
    CleanCharField,
    DepartmentField,
    DepartmentsField,
    GradingField,
    LocalDateTimeField,
    PhoneField,
    long_text,
)
from web.forms.files import FilesField, LosesFiles
from web.forms.papers import Comes, Paper, PapersMixin

LOOK_UP = "lookup"


class CallForm(PapersMixin, LosesFiles):
    """A new case and what becomes of it at once: `then` is the button that was pressed."""

    insists = False

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    then = forms.ChoiceField(choices=[(one, one) for one in Decision], required=False)

    complainant_phone = PhoneField(label=_("Phone"), required=False, max_length=40)
    complainant_name = CleanCharField(label=_("Complainant"), required=False, max_length=80)
    place = CleanCharField(label=_("Room or place"), required=False, max_length=200)
    channel = forms.ChoiceField(label=_("Channel"))
    complainant_type = forms.ChoiceField(label=_("Kind of complainant"), required=False)
    subject = CleanCharField(label=_("Subject"), max_length=200)
    content = long_text(label=_("What happened"), rows=5)
    request = long_text(label=_("What is asked for"), required=False, rows=2)
    category = forms.ChoiceField(label=_("Category"), required=False)
    nature = forms.ChoiceField(label=_("Nature"), required=False)
    grading = GradingField(label=_("Tier and criterion"), required=False)

    lead = DepartmentField(label=_("Leading department"), required=False)
    helpers = DepartmentsField(label=_("Helping departments"), required=False)
    instructions = long_text(label=_("Instructions"), required=False, rows=2)
    files = FilesField(label=_("Photos and files"), required=False)
    accept_reason = forms.ChoiceField(label=_("Reason for accepting"), required=False)

    received_at = LocalDateTimeField(label=_("Received"), required=False)
    occurred_at = LocalDateTimeField(label=_("Happened at"), required=False)
    respondent = DepartmentField(label=_("Department complained about"), required=False)
    external_number = CleanCharField(label=_("External number"), required=False, max_length=60)

    explain_reason = forms.ChoiceField(label=_("Reason"), required=False)
    explain_note = long_text(label=_("What was explained"), required=False, rows=2)
    reject_reason = forms.ChoiceField(label=_("Reason"), required=False)
    reject_note = long_text(label=_("Note"), required=False, rows=2)

    def __init__(self, *args: Any, actor: Actor, policy: Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.proposed: list[str] = []
        self.ways = ways_of_call(actor, policy)
        self._lists(policy)
        self._departments(actor)
        further = fact_fields(policy)
        self.fields.update(further)
        self.further = list(further)
        self.prominent = [PREFIX + name for name in _prominent(policy) if PREFIX + name in further]
        self.asks_request = "request" in _prominent(policy)
        self._papers(actor, policy)
        for name in (*further, *self.paper_inputs):
            dress(self.fields[name].widget)

    def _papers(self, actor: Actor, policy: Policy) -> None:
        """What the rules' forms ask for with the registration, and with what follows it at once."""
        role = next((row for row in DESK_ROLES if actor.has(row)), "")
        own = {**_FACTS, **{name.removeprefix(PREFIX): name for name in self.further}}
        tier, criterion = self.typed("grading") or ("", "")
        graded = {"tier": tier, "tier_criterion": criterion} if tier else {}
        facts = {**graded, **self.stated({"respondent": "respondent"})}
        for event in ("contacted", "recorded"):
            self.add_papers(policy, Comes(event, brings=own, certain=False), facts, role)
        decided = EVENTS_OF[self.typed("then") or self.ways.furthest] if self.is_bound else ()
        for event in self._possible():
            text, reason = _BESIDE.get(event, ("", ""))
            comes = Comes(event, text, {**own, "accept_reason": reason}, certain=event in decided, key=event)
            self.add_papers(policy, comes, facts, role)

    def _possible(self) -> list[str]:
        """What may be recorded after the registration."""
        decisions = (self.ways.furthest, Decision.EXPLAIN, Decision.REJECT)
        return [event for one in decisions if one in self.ways for event in EVENTS_OF[one]]

    def _lists(self, policy: Policy) -> None:
        channels = choices.listed(policy, "channels")[1:]
        offered: dict[str, list[Any]] = {
            "channel": channels,
            "complainant_type": choices.listed(policy, "complainant_types"),
            "category": choices.tree(policy, "categories"),
            "nature": choices.listed(policy, "natures"),
            "grading": choices.gradings(policy),
            "accept_reason": choices.reasons(policy, "register"),
            "explain_reason": choices.reasons(policy, "explain_only"),
            "reject_reason": choices.reasons(policy, "reject"),
        }
        for name, values in offered.items():
            self.fields[name].choices = values
        by_phone = any(key == "phone" for key, _title in channels)
        self.initial.setdefault("channel", "phone" if by_phone else channels[0][0] if channels else "")
        for reason in ("explain_reason", "reject_reason"):
            if len(offered[reason]) == 2:  # nothing to choose between
                self.initial.setdefault(reason, offered[reason][1][0])

    def _departments(self, actor: Actor) -> None:
        directory = actor.directory
        places = choices.workplaces(directory)
        # A role of the rules may be a desk, or the whole organization.
        placed = map(directory.departments.get, dict.fromkeys(posts_of(actor.organization).values()))
        places += [row for row in placed if row and row not in places]
        self.fields["lead"].offer(directory, places)
        self.fields["helpers"].offer(directory, places)
        self.fields["respondent"].offer(directory, directory.departments.values())

    def propose(self, proposals: Mapping[str, Proposal]) -> None:
        """Choose beforehand what is proposed, where nothing has been chosen, and say why."""
        for name, proposal in proposals.items():
            if not self.is_bound and not self.initial.get(name):
                self.initial[name] = proposal.value
                self.fields[name].help_text = proposed_because(proposal)
                self.proposed.append(name)

    def place_cursor(self) -> None:
        """Into the first field that is wrong, else into the one that a call begins with."""
        wrong = (name for name in self.fields if self.is_bound and name in self.errors)
        self.fields[next(wrong, "complainant_phone")].widget.attrs["autofocus"] = True

    @property
    def decision(self) -> Decision:
        return Decision(self.cleaned_data.get("then") or self.ways.furthest)

    @property
    def renamed(self) -> dict[str, str]:  # type: ignore[override]
        """A verb's `reason` is the one beside the button that was pressed."""
        beside = self._beside
        return {
            "reason": f"{beside}reason",
            "note": f"{beside}note",
            "tier": "grading",
            "tier_criterion": "grading",
        }

    @property
    def _beside(self) -> str:
        return {Decision.EXPLAIN: "explain_", Decision.REJECT: "reject_"}.get(self.decision, "accept_")

    def clean(self) -> dict[str, Any]:
        values, decision = self.cleaned_data, self.decision
        if decision == Decision.DISPATCH:
            self._needs("lead", values.get("lead"), gettext("Choose the department that shall lead."))
            tier, _criterion = values.get("grading") or ("", "")
            self._needs("grading", tier, gettext("Choose a tier: the time limits follow from it."))
        elif decision == Decision.EXPLAIN:
            self._needs("explain_note", values.get("explain_note"), gettext("Write down what was explained."))
        elif decision == Decision.REJECT:
            self._needs(
                "reject_reason", values.get("reject_reason"), gettext("Choose a reason from the list.")
            )
        return values

    def _needs(self, name: str, value: Any, sentence: str) -> None:
        if not value and name not in self.errors:
            self.add_error(name, sentence)

    def arguments(self) -> dict[str, Any]:
        values, beside = self.cleaned_data, self._beside
        return {
            "intake": self.intake,
            "decision": self.decision,
            "reason": values[f"{beside}reason"],
            "note": values.get(f"{beside}note", ""),
            **{name: values[name] for name in ("lead", "helpers", "instructions", "files")},
        }

    @property
    def papers_of_call(self) -> list[Paper]:
        """The forms of the registration, which never hold it up."""
        return [paper for paper in self.papers if not paper.key]

    @property
    def papers_of_main(self) -> list[Paper]:
        """Those without which it is not accepted, or not dispatched."""
        return self._papers_of(self.ways.furthest)

    @property
    def papers_of_explanation(self) -> list[Paper]:
        return self._papers_of(Decision.EXPLAIN)

    @property
    def papers_of_rejection(self) -> list[Paper]:
        return self._papers_of(Decision.REJECT)

    def _papers_of(self, decision: Decision) -> list[Paper]:
        return [paper for paper in self.papers if paper.key in EVENTS_OF[decision]]

    @property
    def intake(self) -> Intake:
        values = self.cleaned_data
        tier, criterion = values["grading"]
        same = (
            "channel", "subject", "content", "request", "complainant_name", "complainant_phone",
            "complainant_type", "place", "respondent", "nature", "category", "external_number", "occurred_at",
            "received_at", "request_key",
        )  # fmt: skip
        return Intake(
            tier=tier,
            tier_criterion=criterion,
            facts=fact_values(values),
            forms=self.filled_papers("", *EVENTS_OF[self.decision]),
            **{name: values[name] for name in same},
        )

    @property
    def more_open(self) -> bool:
        """Whether the folded part has something that has to be seen."""
        seen = self.errors if self.is_bound else self.initial
        papers = (name for paper in self.papers_of_call for name in paper.inputs)
        folded = (name for name in self.further if name not in self.prominent)
        return any(seen.get(name) for name in (*MORE, *folded, *papers))

    @property
    def helpers_open(self) -> bool:
        return bool(self["helpers"].value() or self["helpers"].errors)

    @property
    def others_open(self) -> bool:
        """Whether something was wrong with an explanation or a rejection."""
        papers = (*self.papers_of_explanation, *self.papers_of_rejection)
        return any(name.startswith(("explain_", "reject_")) for name in self.errors) or any(
            paper.is_wrong for paper in papers
        )

    @property
    def dispatches(self) -> bool:
        """Whether who takes the call may send it to a department."""
        return Decision.DISPATCH in self.ways

    @property
    def explains(self) -> bool:
        return Decision.EXPLAIN in self.ways

    @property
    def rejects(self) -> bool:
        return Decision.REJECT in self.ways

    @property
    def has_other_ways(self) -> bool:
        """Whether there is anything else to be done with a call than what the main button does."""
        return self.explains or self.rejects or self.ways.furthest != Decision.REGISTER

    @property
    def fact_inputs(self) -> list[BoundField]:
        """The inputs for what the rules in force ask for besides."""
        return [self[name] for name in self.further if name not in self.prominent]

    @property
    def first_inputs(self) -> list[BoundField]:
        """Those of them that stand in sight: the dimensions of the categories, and what the forms that come
        with the acceptance want to know."""
        return [self[name] for name in self.prominent]


def _prominent(policy: Policy) -> list[str]:
    dimensions = [name.partition(".")[2] for name in policy.lists if name.startswith("categories.")]
    wanted = [name for form in policy.forms if form.at == "accepted" for name in form.fields]
    return list(dict.fromkeys([*dimensions, *wanted]))


def typed(data: QueryDict) -> dict[str, str | list[str]]:
    """What stands in the inputs of a call's form, as it was sent: for showing it again, and for a draft."""
    return {
        name: _several(data, name)
        if isinstance(CallForm.base_fields.get(name), DepartmentsField)
        else str(value)
        for name, value in data.items()
        if name != "then" and (name in CallForm.base_fields or name.startswith((PREFIX, "form.")))
    }


def _several(data: QueryDict, name: str) -> list[str]:
    return [str(value) for value in data.getlist(name)]


def is_worth_keeping(values: Mapping[str, str | list[str]]) -> bool:
    """Whether anything has been typed; what is chosen may have been chosen by the page itself."""
    texts = (name for name, row in CallForm.base_fields.items() if isinstance(row, CleanCharField))
    return any(values.get(name) for name in texts)


def proposed_because(proposal: Proposal) -> str:
    return gettext("Proposed: %(why)s") % {"why": proposal.why} if proposal.why else ""


class ContactForm(LosesFiles):
    """What counts of a call's form when it is added to an earlier case."""

    request_key = forms.UUIDField()
    channel = forms.CharField(required=False, max_length=40)
    complainant_phone = PhoneField(required=False, max_length=40)
    complainant_name = CleanCharField(required=False, max_length=80)
    subject = CleanCharField(required=False, max_length=200)
    content = long_text(required=False)
    files = FilesField(required=False)

    def arguments(self) -> dict[str, Any]:
        values = self.cleaned_data
        return {
            "request_key": values["request_key"],
            "channel": values["channel"],
            "name": values["complainant_name"],
            "phone": values["complainant_phone"],
            "said": "\n".join(text for text in (values["subject"], values["content"]) if text),
            "files": values["files"],
        }


# Facts of the rules that have an input here, or that are known of every new case. (The department complained
# about is only one way to say who it is.)
_FACTS = {
    **{
        name: name
        for name in ("channel", "complainant_type", "nature", "category", "place", "subject", "content")
    },
    **{name: name for name in ("request", "occurred_at")},
    **dict.fromkeys(("number", "customer", "received_at", "accept_reason", "accept_effect"), ""),
    "complainant": "complainant_name",
    "phone": "complainant_phone",
    "external_no": "external_number",
}
# The inputs for the text and the reason of what ends a call at once.
_BESIDE = {
    "explained": ("explain_note", "explain_reason"),
    "rejected": ("reject_note", "reject_reason"),
    "dispatched": ("instructions", ""),
}
# The folded part of the form.
MORE = (
    "complainant_type", "nature", "request", "received_at", "occurred_at", "respondent", "external_number",
    "accept_reason",
)  # fmt: skip
