"""The form that issues a supervision order."""

from django import forms
from django.utils.translation import gettext_lazy as _

from escalation.services.orders import LONGEST_TEXT, departments_to_order
from organizations.models import Department
from web.casefile import CaseFile
from web.forms.base import CaseForm
from web.forms.fields import CleanCharField, DepartmentField, LocalDateTimeField


def places(file: CaseFile) -> list[Department]:
    """The departments that the actor may order to answer on a case, the one that leads it first."""
    rows = departments_to_order(file.actor, file.case, {row.department_id for row in file.tickets})
    return sorted(rows, key=lambda row: row.pk != file.case.lead_department_id)


class OrderForm(CaseForm):
    """Who has to answer what, and by when. The head of the department is told."""

    department = DepartmentField(label=_("Who has to answer"))
    text = CleanCharField(
        label=_("What has to be answered"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    due_at = LocalDateTimeField(
        label=_("To be answered by"),
        required=False,
        help_text=_("Leave it empty if no time is set."),
    )

    def fit(self) -> None:
        rows = places(self.file)
        self.fields["department"].offer(self.file.actor.directory, rows)
        if rows and rows[0].pk == self.file.case.lead_department_id:
            self.initial.setdefault("department", str(rows[0].pk))
