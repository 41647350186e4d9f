"""The forms of the rules, filled in together with what a verb records.

A form of a verb says what it records (`Comes`). For each form that the rules want with that, it gets an input
for every field that nobody knows yet and a box for every signature of somebody else. What the verb's own
inputs ask for is not asked a second time: they are required instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _

from complaints.forms import LONGEST_VALUE, NEVER_HELD_UP, Blank, forms_at, to_fill_in
from policies.engine.conditions import Counts
from policies.engine.forms import WRITTEN
from policies.engine.frozen import EMPTY
from policies.engine.naming import asked_facts
from policies.engine.schema import Form, Policy
from policies.engine.timeline import facts_after
from policies.engine.vocabulary import LIST_OF_FACT
from policies.readable import phrases
from policies.readable.words import listed
from web import choices, wording
from web.forms.facts import fact_input
from web.forms.fields import CleanCharField, LocalDateTimeField

# What fits on one line.
_SHORT = frozenset({"complainant", "phone", "place", "subject", "number", "external_no", "respondent"})


@dataclass(frozen=True)
class Comes:
    """What a verb records, and what comes with it so that no form has to ask for it.

    `brings` are the facts that the verb sets, with the input of each ("" = none is needed); `text` is the
    input whose text becomes that of the event. `certain` says whether it is known already that this will be
    recorded: only then is anything required. `key` tells several of them apart in one form, `one_of` says
    that only one of these will be recorded.
    """

    event: str
    text: str = ""
    brings: Mapping[str, str] = EMPTY
    certain: bool = True
    key: str = ""
    one_of: bool = False

    @property
    def holds_up(self) -> bool:
        """Whether it waits for its forms."""
        return self.event not in NEVER_HELD_UP

    @property
    def is_likely(self) -> bool:
        return self.certain or not self.one_of


@dataclass(frozen=True)
class Paper:
    """A form as a page shows it: input → field of the form (`rows`), box → role that signs (`marks`)."""

    form: Form
    comes: Comes
    inputs: Mapping[str, str]
    boxes: Mapping[str, str]
    rows: list[BoundField] = field(default_factory=list)
    marks: list[BoundField] = field(default_factory=list)
    url: str = ""

    @property
    def key(self) -> str:
        return self.comes.key

    @property
    def is_open(self) -> bool:
        return self.comes.certain or self.is_wrong

    @property
    def title(self) -> str:
        return self.form.title or self.form.id

    @property
    def sources(self) -> str:
        return listed(self.form.source)

    @property
    def is_wrong(self) -> bool:
        return any(row.errors for row in (*self.rows, *self.marks))

    def given(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        """The form as a verb takes it."""
        values = {name: as_text(cleaned.get(input_)) for input_, name in self.inputs.items()}
        return {
            "values": {name: text for name, text in values.items() if text},
            "signed": [role for box, role in self.boxes.items() if cleaned.get(box)],
        }


class PapersMixin:
    """For forms of verbs; `add_papers` is called when the form has its own inputs."""

    fields: dict[str, Any]
    # After which input they stand; after all if not said.
    papers_after = ""
    # Whether the browser may insist on them: not where another choice in the form would make them needless.
    insists = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.papers: list[Paper] = []
        super().__init__(*args, **kwargs)

    def add_papers(
        self,
        policy: Policy,
        comes: Comes,
        facts: Mapping[str, Any],
        role: str = "",
        *,
        counts: Counts | None = None,
    ) -> None:
        """Add the inputs of the rules' forms for one event. `facts` is what is known, `role` who acts."""
        if not any(form.at == comes.event for form in policy.forms):
            return
        # With what follows from what was typed: the attributes of a chosen entry of a list.
        known = facts_after(policy, {**facts, **self.stated(comes.brings)}, ())
        for form in forms_at(policy, comes.event, known, counts=counts):
            self.add_paper(policy, comes, form, known, role)

    def add_paper(
        self, policy: Policy, comes: Comes, form: Form, known: Mapping[str, Any], role: str = ""
    ) -> None:
        """Add the inputs of one form, if anything in it is open."""
        blank = to_fill_in(policy, form, known, role)
        self._require_own(comes, blank)
        paper = self._paper(policy, comes, blank)
        if paper.rows or paper.marks:
            self.papers.append(paper)

    def filled_papers(self, *keys: str) -> dict[str, dict[str, Any]]:
        """The forms as they were filled in, those left empty apart. To be called with cleaned data."""
        cleaned = self.cleaned_data  # type: ignore[attr-defined]
        given = {
            paper.form.id: paper.given(cleaned) for paper in self.papers if not keys or paper.key in keys
        }
        return {name: part for name, part in given.items() if any(part.values())}

    @property
    def paper_inputs(self) -> set[str]:
        return {name for paper in self.papers for name in (*paper.inputs, *paper.boxes)}

    @property
    def own_fields(self) -> list[BoundField]:
        """The verb's own inputs that are seen."""
        papers = self.paper_inputs
        return [row for row in self.visible_fields() if row.name not in papers]  # type: ignore[attr-defined]

    def stated(self, brings: Mapping[str, str]) -> dict[str, Any]:
        """The facts that have been typed into the verb's own inputs."""
        typed = {fact: self.typed(name) for fact, name in brings.items() if name in self.fields}
        return {fact: value for fact, value in typed.items() if value not in (None, "", [])}

    def typed(self, name: str) -> Any:
        """The value of one input before the whole is checked; None if there is none, or it will not do."""
        if not self.is_bound:  # type: ignore[attr-defined]
            return None
        row = self.fields[name]
        raw = row.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))  # type: ignore[attr-defined]
        try:
            return row.clean(raw)
        except forms.ValidationError:
            return None

    def _require_own(self, comes: Comes, blank: Blank) -> None:
        for name in blank.fields:
            own = comes.text if name == WRITTEN else comes.brings.get(name, "")
            if own not in self.fields or not (comes.holds_up and comes.is_likely):
                continue
            self.fields[own].is_wanted = True
            if comes.certain:
                self._require(own)
            if name == WRITTEN and not self.fields[own].help_text:
                words = {"form": blank.form.title or blank.form.id}
                self.fields[own].help_text = _("Goes into the form “%(form)s”.") % words

    def _require(self, name: str) -> None:
        self.fields[name].required = True
        if not self.insists:
            self.fields[name].widget.use_required_attribute = _never

    def _paper(self, policy: Policy, comes: Comes, blank: Blank) -> Paper:
        form = blank.form
        own = {name for name, input_ in comes.brings.items() if not input_ or input_ in self.fields}
        own |= {WRITTEN} if comes.text in self.fields else set()
        inputs = {input_name(form, name): name for name in blank.fields if name not in own}
        boxes = {box_name(form, role): role for role in blank.signatures}
        for input_, name in inputs.items():
            self.fields[input_] = _input(policy, name, comes.event)
        for box, role in boxes.items():
            label = _("%(who)s has signed on paper") % {"who": phrases.role(policy, role)}
            self.fields[box] = forms.BooleanField(label=label, required=False)
        for name in (*inputs, *boxes):
            # Marked as wanted also where nothing is required yet.
            self.fields[name].is_wanted = comes.holds_up
            if comes.certain and comes.holds_up:
                self._require(name)
        rows, marks = ([self[name] for name in names] for names in (inputs, boxes))  # type: ignore[index]
        return Paper(form, comes, inputs, boxes, rows, marks, self.paper_url(form))

    def paper_url(self, form: Form) -> str:
        """Where the form can be printed to be signed; "" while there is no case yet."""
        return ""


def input_name(form: Form, name: str) -> str:
    """The name of the input for a field of a form: fields are named by people, so they are counted."""
    return f"form.{form.id}.{form.fields.index(name) + 1}"


def box_name(form: Form, role: str) -> str:
    return f"form.{form.id}.sign.{role}"


def as_text(value: Any) -> str:
    """What was put into an input, as a form keeps it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _never(initial: Any) -> bool:
    return False


def _input(policy: Policy, name: str, event: str) -> forms.Field:
    """An input of the kind that fits what is asked for."""
    row = _fitting(policy, name)
    row.label, row.required = wording.paper_field(policy, name, event), False
    return row


def _fitting(policy: Policy, name: str) -> forms.Field:
    fact = next((row for row in asked_facts(policy) if row.id == name), None)
    if fact is not None and fact.type not in ("text", "ref"):
        return fact_input(policy, fact)
    list_name = LIST_OF_FACT.get(name, "")
    if policy.items(list_name):
        return forms.ChoiceField(choices=choices.tree(policy, list_name))
    if name.endswith("_at"):
        return LocalDateTimeField()
    if name in _SHORT:
        return CleanCharField(max_length=200)
    return CleanCharField(
        widget=forms.Textarea(attrs={"rows": 1, "class": "form-control grows"}), max_length=LONGEST_VALUE
    )
