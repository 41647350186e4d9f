"""Work orders: a department's share of a case; and what is promised to a complainant to make up for it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models import Complaint
from organizations.models import Department, User
from organizations.tenancy import TenantModel


class Ticket(TenantModel):
    """One department's share of a case in one round."""

    class State(models.TextChoices):
        DISPATCHED = "dispatched", _("not signed for")
        SIGNED = "signed", _("in hand")
        RETURNED = "returned", _("returned")
        WITHDRAWN = "withdrawn", _("withdrawn")
        DONE = "done", _("handled")

    class Part(models.TextChoices):
        LEAD = "lead", _("leading")
        HELPER = "helper", _("helping")

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="tickets", db_index=False)
    number = models.CharField(_("number"), max_length=32)
    round = models.PositiveSmallIntegerField(default=1)
    department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        related_name="tickets",
        db_index=False,
        verbose_name=_("department"),
    )
    part = models.CharField(max_length=8, choices=Part.choices)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.DISPATCHED)
    instructions = models.TextField(_("instructions"), blank=True)
    dispatched_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    handler = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    returned_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)  # called back by the desk, or its case ended
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cause = models.TextField(_("cause"), blank=True)
    result = models.TextField(_("result"), blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="ticket_number_once"),
            models.UniqueConstraint(
                fields=["organization", "complaint"],
                condition=models.Q(part="lead", state__in=["dispatched", "signed"]),
                name="one_open_lead_ticket",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "complaint"], name="ticket_of_case"),
            models.Index(fields=["organization", "department", "state", "-id"], name="ticket_inbox"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.DISPATCHED, self.State.SIGNED)


# Nobody's work any more, and nobody's result.
GIVEN_BACK = (Ticket.State.RETURNED, Ticket.State.WITHDRAWN)


class Remedy(TenantModel):
    """Something promised to the complainant to make up for what happened: an apology, a refund, another room.

    `kind` and `authority` are words of the rules: of the remedies, and of the role by whose grant it may be
    promised, `yuan` is NULL where it costs no money. `approver_role` is the role whose approval it takes, ""
    where whoever proposed it may promise it; `department` is where that role is looked for.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waiting for approval")
        APPROVED = "approved", _("approved, to be given")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")
        DELIVERED = "delivered", _("given")

    complaint = models.ForeignKey(
        Complaint, on_delete=models.PROTECT, related_name="remedies", db_index=False
    )
    ticket = models.ForeignKey(
        Ticket, null=True, blank=True, on_delete=models.PROTECT, related_name="remedies", db_index=False
    )
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", db_index=False)
    round = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(_("remedy"), max_length=200)
    yuan = models.DecimalField(_("amount"), max_digits=12, decimal_places=2, null=True, blank=True)
    text = models.TextField(_("what exactly"), blank=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(max_length=40)
    proposed_at = models.DateTimeField()
    authority = models.CharField(max_length=200, blank=True)
    approver_role = models.CharField(max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.PROPOSED)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    delivered_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(yuan__isnull=True) | models.Q(yuan__gt=0), name="remedy_yuan_positive"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "complaint"], name="remedy_of_case"),
            models.Index(
                fields=["organization", "id"], condition=models.Q(state="proposed"), name="remedy_waiting"
            ),
        ]

    def __str__(self) -> str:
        return self.kind

    @property
    def is_promised(self) -> bool:
        return self.state in (self.State.APPROVED, self.State.DELIVERED)
