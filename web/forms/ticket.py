"""The forms of the verbs on a ticket."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.rights import role_to
from organizations.models import User
from policies.selectors import duty_title
from tickets.models import Ticket
from web import choices
from web.forms.base import CaseForm
from web.forms.fields import CleanCharField, LocalDateTimeField, long_text
from web.forms.files import FilesField
from web.forms.papers import Comes


def _leads(ticket: Ticket | None) -> bool:
    return ticket is None or ticket.part == Ticket.Part.LEAD


class SignForm(CaseForm):
    comes, right = Comes("acknowledged"), "sign_for"


class ReturnForm(CaseForm):
    cause = forms.ChoiceField(label=_("Cause"), required=False)
    reason = long_text(label=_("Reason"), rows=2)
    right = "return"

    def fit(self) -> None:
        self.fields["cause"].choices = choices.listed(self.file.policy, "return_reasons")

    def comes_with(self) -> Comes:
        return Comes("returned" if _leads(self.ticket) else "helper_returned", text="reason")


class AssignForm(CaseForm):
    handler = forms.ChoiceField(label=_("Handled by"))
    comes, right = Comes("assigned"), "assign"

    def fit(self) -> None:
        assert self.ticket is not None
        people = choices.colleagues(self.file.actor.directory, self.ticket.department_id)
        self.people: dict[str, User] = {str(user.pk): user for user in people}
        self.fields["handler"].choices = [(key, str(user)) for key, user in self.people.items()]
        self.initial["handler"] = self.ticket.handler_id

    def arguments(self) -> dict[str, Any]:
        values = super().arguments()
        return {**values, "handler": self.people[values["handler"]]}


class WorkForm(CaseForm):
    note = long_text(label=_("What was done"))
    files = FilesField(label=_("Photos and files"), required=False)
    comes, right = Comes("worked", text="note"), "work"


class ResultForm(CaseForm):
    cause = CleanCharField(label=_("What caused it"), required=False, max_length=2000)
    result = long_text(label=_("What was done, with what result"))
    outcome = forms.ChoiceField(label=_("Outcome"), required=False)
    liability = forms.ChoiceField(label=_("Liability"), required=False)
    files = FilesField(label=_("Photos and files"), required=False)
    right = "file_result"

    def comes_with(self) -> Comes:
        if not _leads(self.ticket):
            return Comes("part_handled", text="result")
        brings = {name: name for name in ("cause", "outcome", "liability")}
        return Comes("handled", text="result", brings=brings)

    def fit(self) -> None:
        if not _leads(self.ticket):
            del self.fields["outcome"], self.fields["liability"]
            return
        self.fields["outcome"].choices = choices.listed(self.file.policy, "outcomes")
        self.fields["liability"].choices = choices.listed(self.file.policy, "liabilities")


class ExtensionForm(CaseForm):
    """Asks for more time on one of the limits that the ticket's department has to keep."""

    deadline = forms.ChoiceField(label=_("Limit"))
    wanted_due_at = LocalDateTimeField(label=_("Wanted until"))
    reason = long_text(label=_("Reason"), rows=2)
    comes, right = Comes("extension_asked", text="reason"), "ask_extension"

    def fit(self) -> None:
        assert self.ticket is not None
        rows = self.file.extendable(self.ticket)
        self.rows = {str(row.pk): row for row in rows}
        self.fields["deadline"].choices = [
            (key, duty_title(self.file.policy, row.duty)) for key, row in self.rows.items()
        ]
        if len(rows) == 1:
            self.fields["deadline"].widget = forms.HiddenInput()
            self.initial["deadline"] = rows[0].pk
            self.initial.setdefault("wanted_due_at", rows[0].due_at)

    def arguments(self) -> dict[str, Any]:
        values = super().arguments()
        return {**values, "deadline": self.rows[values["deadline"]]}


class DecisionForm(CaseForm):
    """The decision on a request for more time."""

    approve = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")], widget=forms.HiddenInput)
    reason = CleanCharField(label=_("Reason"), required=False, max_length=1000)
    right, insists = "decide_extension", False

    def comes_with(self) -> Comes:
        decided = self.typed("approve")
        event = "extension_refused" if decided == "no" else "extended"
        return Comes(event, text="reason", certain=decided is not None)

    def acting_role(self) -> str:
        places = (self.file.case.lead_department_id, self.file.case.desk_id)
        return next(filter(None, (role_to(self.file.actor, self.right, place) for place in places)), "")

    def arguments(self) -> dict[str, Any]:
        values = super().arguments()
        return {**values, "approve": values["approve"] == "yes"}
