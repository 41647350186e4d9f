"""The forms for passing a case on, merging it, and calling a ticket back."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.acting import role_under
from complaints.models import OPEN, Complaint
from complaints.rights import role_to
from complaints.services.ending import MERGED_FACT
from complaints.services.transferring import may_transfer, targets
from organizations.errors import NotVisible
from policies.readable import phrases
from tickets.access import access_case, visible_cases
from web import choices
from web.casefile import CaseFile
from web.forms.base import CaseForm
from web.forms.fields import CleanCharField, long_text
from web.forms.papers import Comes

LIKE_SHOWN = 5
# Facts that a merge sets.
SAID_BY_MERGING = {"accept_reason": "", MERGED_FACT: ""}


class CaseNumberField(CleanCharField):
    """Another case of the actor's, by its number."""

    file: CaseFile

    def clean(self, value: object) -> Complaint | None:
        number = super().clean(value)
        if not number:
            return None
        try:
            return access_case(self.file.actor, number)
        except NotVisible as error:
            raise ValidationError(gettext("There is no case with this number.")) from error


class TransferForm(CaseForm):
    to = forms.ChoiceField(label=_("To whom"))
    reason = long_text(label=_("Reason"), rows=2)
    comes, right = Comes("transferred", text="reason"), "transfer"

    def fit(self) -> None:
        policy = self.file.policy
        self.fields["to"].choices = [
            choices.NONE,
            *((name, phrases.role(policy, name)) for name in targets(policy)),
        ]

    def acting_role(self) -> str:
        file = self.file
        return role_under(file.actor, file.case, self.right, may_transfer(file.policy), file.posts)


class MergeForm(CaseForm):
    into = CaseNumberField(label=_("Number of the other case"), max_length=40)
    reason = long_text(label=_("Why it is the same matter"), rows=2)
    comes, right = Comes("merged", text="reason", brings=SAID_BY_MERGING), "merge"

    def fit(self) -> None:
        self.fields["into"].file = self.file
        if like := like_this(self.file):
            rows = "; ".join(f"{number} {subject}" for number, subject in like)
            self.fields["into"].help_text = gettext("Of the same caller: %(cases)s") % {"cases": rows}


def like_this(file: CaseFile) -> list[tuple[str, str]]:
    """Open cases of the same telephone number: (number, subject), the newest first. One query."""
    phone = file.case.complainant_phone
    if not phone:
        return []
    rows = visible_cases(file.actor).filter(complainant_phone=phone, state__in=OPEN)
    rows = rows.exclude(pk=file.case.pk).order_by("-received_at", "-pk")
    return list(rows.values_list("number", "subject")[:LIKE_SHOWN])


class WithdrawForm(CaseForm):
    reason = long_text(label=_("Reason"), rows=2)
    comes, right = Comes("withdrawn", text="reason"), "withdraw"

    def acting_role(self) -> str:
        return role_to(self.file.actor, self.right, self.file.case.desk_id)
