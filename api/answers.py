"""What the API shows of each object. Read only: every change goes through a verb."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from complaints.models import CaseEvent, Complaint, Deadline, State
from escalation.models import ExtensionRequest
from notifications.models import Notification
from organizations.models import User
from policies.selectors import duty_title, policy_of
from tickets.models import Ticket
from tickets.proposing import Proposal, propose


class Person(serializers.ModelSerializer):
    name = serializers.CharField(source="get_full_name", read_only=True)

    class Meta:
        model = User
        fields = read_only_fields = ["id", "name"]


class Code(serializers.SlugRelatedField):
    """A department, by its code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"slug_field": "code", "read_only": True, **kwargs})


class CaseBrief(serializers.ModelSerializer):
    """A case in a list. `next_due_at` is the next limit that runs, `overdue` whether it has passed."""

    desk = Code()
    lead_department = Code(allow_null=True)
    next_due_at = serializers.DateTimeField(read_only=True, allow_null=True)
    overdue = serializers.SerializerMethodField()

    class Meta:
        model = Complaint
        fields = read_only_fields = [
            "number",
            "external_number",
            "subject",
            "state",
            "tier",
            "category",
            "channel",
            "desk",
            "lead_department",
            "received_at",
            "recorded_at",
            "closed_at",
            "paused_at",
            "round",
            "revision",
            "next_due_at",
            "overdue",
        ]

    def get_overdue(self, case: Complaint) -> bool:
        return case.next_due_at is not None and case.next_due_at <= self.context["now"]


class TicketAnswer(serializers.ModelSerializer):
    """One department's share of a case. `revision` is that of the case: pass it back with a change."""

    complaint = serializers.SlugRelatedField(slug_field="number", read_only=True)
    revision = serializers.IntegerField(source="complaint.revision", read_only=True)
    subject = serializers.CharField(source="complaint.subject", read_only=True)
    department = Code()
    signed_by = Person(read_only=True, allow_null=True)
    handler = Person(read_only=True, allow_null=True)

    class Meta:
        model = Ticket
        fields = read_only_fields = [
            "number",
            "complaint",
            "revision",
            "subject",
            "round",
            "department",
            "part",
            "state",
            "instructions",
            "dispatched_at",
            "signed_at",
            "signed_by",
            "handler",
            "returned_at",
            "withdrawn_at",
            "done_at",
            "cause",
            "result",
        ]


class ProposalAnswer(serializers.Serializer):
    """Where the rules send a case; nothing happens before somebody dispatches it. `reasons` say why, `needs`
    what the rules ask for before."""

    lead = serializers.CharField(source="lead.code", read_only=True, allow_null=True)
    helpers = serializers.SerializerMethodField()
    also_notify = Person(many=True, read_only=True)
    reasons = serializers.ListField(child=serializers.CharField(), read_only=True)
    needs = serializers.ListField(child=serializers.CharField(), read_only=True)

    def get_helpers(self, proposal: Proposal) -> list[str]:
        return [row.code for row in proposal.helpers]


class CaseAnswer(CaseBrief):
    """A case with everything known of it and its tickets."""

    respondent = Code(allow_null=True)
    recorded_by = Person(read_only=True, allow_null=True)
    facts = serializers.DictField(read_only=True)
    tickets = serializers.SerializerMethodField()
    proposed_dispatch = serializers.SerializerMethodField(
        help_text="Of a case that waits to be dispatched, if the rules say where it goes; else null"
    )

    class Meta(CaseBrief.Meta):
        fields = read_only_fields = [
            *CaseBrief.Meta.fields,
            "content",
            "request",
            "complainant_name",
            "complainant_phone",
            "complainant_type",
            "place",
            "occurred_at",
            "respondent",
            "nature",
            "tier_criterion",
            "outcome",
            "liability",
            "satisfaction",
            "facts",
            "recorded_by",
            "tickets",
            "proposed_dispatch",
        ]

    @extend_schema_field(TicketAnswer(many=True))
    def get_tickets(self, case: Complaint) -> list[dict[str, Any]]:
        rows = Ticket.objects.filter(organization=case.organization_id, complaint=case)
        return TicketAnswer(
            rows.select_related("complaint", "department", "signed_by", "handler"), many=True
        ).data

    @extend_schema_field(ProposalAnswer(allow_null=True))
    def get_proposed_dispatch(self, case: Complaint) -> dict[str, Any] | None:
        if case.state != State.ACCEPTED:
            return None
        proposal = propose(case, directory=self.context["actor"].directory, now=self.context["now"])
        return None if proposal is None else ProposalAnswer(proposal).data


class _OfTicket(serializers.ModelSerializer):
    """A row that may be about one ticket of the case; the view passes their numbers by id."""

    ticket = serializers.SerializerMethodField(help_text="Number of the ticket; null = the case as a whole")

    def get_ticket(self, row: CaseEvent | Deadline) -> str | None:
        return self.context["tickets"].get(row.ticket_ref)


class EventAnswer(_OfTicket):
    """Something that happened. `at` is when, `recorded_at` when it was written down."""

    actor = Person(read_only=True, allow_null=True)
    department = Code(allow_null=True)
    data = serializers.DictField(read_only=True)

    class Meta:
        model = CaseEvent
        fields = read_only_fields = [
            "id",
            "kind",
            "at",
            "recorded_at",
            "actor",
            "role",
            "department",
            "ticket",
            "round",
            "reason",
            "data",
        ]


class DeadlineAnswer(_OfTicket):
    """A limit on the case. `due_at` is an exclusive end: met in time is before it."""

    title = serializers.SerializerMethodField()
    department = Code(allow_null=True)
    overdue = serializers.SerializerMethodField()
    late = serializers.BooleanField(source="is_late", read_only=True, help_text="Met, but after the limit")

    class Meta:
        model = Deadline
        fields = read_only_fields = [
            "id",
            "duty",
            "title",
            "owner_role",
            "department",
            "ticket",
            "round",
            "occurrence",
            "force",
            "state",
            "started_at",
            "warn_at",
            "due_at",
            "first_due_at",
            "met_at",
            "overdue",
            "late",
        ]

    def get_title(self, row: Deadline) -> str:
        return duty_title(policy_of(row.complaint.policy_id), row.duty)

    def get_overdue(self, row: Deadline) -> bool:
        now: datetime = self.context["now"]
        return row.is_overdue(now)


class ExtensionAnswer(serializers.ModelSerializer):
    """A request for more time. `deadline` is the id of the limit, `approver_role` who decides."""

    complaint = serializers.SlugRelatedField(slug_field="number", read_only=True)
    revision = serializers.IntegerField(source="complaint.revision", read_only=True)
    duty = serializers.CharField(source="deadline.duty", read_only=True)
    due_at = serializers.DateTimeField(source="deadline.due_at", read_only=True, allow_null=True)
    department = Code()
    asked_by = Person(read_only=True)
    decided_by = Person(read_only=True, allow_null=True)

    class Meta:
        model = ExtensionRequest
        fields = read_only_fields = [
            "id",
            "complaint",
            "revision",
            "deadline",
            "duty",
            "due_at",
            "department",
            "asked_by",
            "asked_at",
            "reason",
            "wanted_due_at",
            "approver_role",
            "state",
            "decided_by",
            "decided_at",
            "decision_reason",
        ]


class NotificationAnswer(serializers.ModelSerializer):
    """A message to the signed-in person. `complaint` is the number of the case it is about."""

    complaint = serializers.SlugRelatedField(slug_field="number", read_only=True, allow_null=True)

    class Meta:
        model = Notification
        fields = read_only_fields = [
            "id",
            "occasion",
            "title",
            "body",
            "url",
            "complaint",
            "created_at",
            "read_at",
        ]
