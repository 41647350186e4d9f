"""The form of one verb: how its fields become the verb's arguments, and how a refusal becomes its errors."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django import forms

from complaints.rights import role_to
from organizations.errors import Refused, Stale
from policies.engine.schema import Form
from policies.engine.templates import Rendered
from tickets.models import Ticket
from web.casefile import CaseFile
from web.forms.papers import Comes, PapersMixin
from web.sheets import paper_url
from web.texts import Suggestions

GREATEST_REVISION = 2**31 - 1
# Pages that an action can be carried out from, and that its answer leads back to.
BACK = ("case", "desk", "department", "manager")


class VerbForm(forms.Form):
    """Base of all forms that carry out a verb. Field names are the verb's argument names.

    `renamed` says which field a refusal belongs to, where the verb calls it otherwise than the form does.
    After a refusal `stale` is set if the case has changed since the page was opened.
    """

    renamed: Mapping[str, str] = {}
    stale = False
    fields: dict[str, Any]
    use_required_attribute = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            dress(field.widget)

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """The verb's own inputs that are seen; those of the rules' forms come after them."""
        return self.visible_fields()

    def arguments(self) -> dict[str, Any]:
        """The verb's arguments, from cleaned data."""
        return dict(self.cleaned_data)

    def refuse(self, error: Refused) -> None:
        """Show what a verb said: beside the field it named, or above the form."""
        name = self.renamed.get(error.field or "", error.field)
        self.add_error(name if name in self.fields else None, str(error))
        self.stale = isinstance(error, Stale)


class CaseForm(PapersMixin, VerbForm):
    """The form of a verb on an existing case, with the revision that its user saw.

    `texts` are what the rules have written for one of its fields, `script` what they want to be asked.
    `comes` is what the verb records, `right` its row in complaints.rights: the rules may want forms with it.
    """

    texts: Suggestions | None = None
    script: Rendered | None = None
    comes: Comes | None = None
    right = ""
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=GREATEST_REVISION)
    back = forms.ChoiceField(
        widget=forms.HiddenInput, choices=[(name, name) for name in BACK], required=False
    )
    once = forms.UUIDField(widget=forms.HiddenInput, required=False)  # see web.sending

    def __init__(self, *args: Any, file: CaseFile, ticket: Ticket | None = None, **kwargs: Any) -> None:
        self.file, self.ticket = file, ticket
        known = {"revision": file.case.revision, "once": uuid4()}
        kwargs["initial"] = {**known, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.fit()
        self.fit_papers()
        for field in self.fields.values():  # these may have put in others
            dress(field.widget)

    def fit(self) -> None:
        """Fill in choices and first values from the case. For subclasses."""

    def comes_with(self) -> Comes | None:
        """What the verb records, if that depends on the case or on what was typed. For subclasses."""
        return self.comes

    def acting_role(self) -> str:
        """The role in which the actor carries out the verb: who acts in it signs by that. For subclasses."""
        place = self.ticket.department_id if self.ticket else self.file.case.desk_id
        return role_to(self.file.actor, self.right, place)

    def facts_then(self) -> Mapping[str, Any]:
        """What is known of the case once the verb is carried out, besides what `comes` brings. For
        subclasses."""
        return self.file.facts

    def fit_papers(self) -> None:
        """Put in what the forms of the rules still ask for."""
        comes, file = self.comes_with(), self.file
        if comes is None or not any(form.at == comes.event for form in file.policy.forms):
            return
        counts = file.course.run.fold.counts(file.now)
        self.add_papers(file.policy, comes, self.facts_then(), self.acting_role(), counts=counts)

    def paper_url(self, form: Form) -> str:
        return paper_url(self.file.case, form.id)

    def arguments(self) -> dict[str, Any]:
        left_out = {"back", "once"} | self.paper_inputs
        values = {name: value for name, value in self.cleaned_data.items() if name not in left_out}
        return {**values, "forms": self.filled_papers()} if self.papers else values

    def catch_up(self, revision: int) -> None:
        """Let the same text be sent again after its user has seen what changed."""
        data = self.data.copy()  # type: ignore[attr-defined]
        data["revision"] = str(revision)
        self.data = data


_CLASSES: list[tuple[type[forms.Widget], str]] = [
    (forms.HiddenInput, ""),
    (forms.RadioSelect, "form-check-input"),
    (forms.CheckboxSelectMultiple, "form-check-input"),
    (forms.CheckboxInput, "form-check-input"),
    (forms.Select, "form-select"),
    (forms.Textarea, "form-control"),
    (forms.TextInput, "form-control"),
    (forms.NumberInput, "form-control"),
    (forms.DateInput, "form-control"),
    (forms.DateTimeInput, "form-control"),
]


def dress(widget: forms.Widget) -> None:
    """Give a widget the class of the component kit."""
    css = next((css for kind, css in _CLASSES if isinstance(widget, kind)), "")
    if css:
        widget.attrs.setdefault("class", css)
