"""Remedies: proposing, deciding, withdrawing, giving."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import Code, Person
from api.base import OrganizationView
from api.complaint_verbs import VerbInput
from api.fields import Note
from tickets import access, services
from tickets.models import Remedy, Ticket
from tickets.selectors import access_remedy, remedies_of, remedies_to_decide


class RemedyAnswer(serializers.ModelSerializer):
    """Something promised to the complainant. `yuan` is null where it costs no money. `authority` is the role
    of the rules by whose grant it is promised, `approver_role` whose approval it takes ("" = none)."""

    complaint = serializers.SlugRelatedField(slug_field="number", read_only=True)
    revision = serializers.IntegerField(source="complaint.revision", read_only=True)
    ticket = serializers.SlugRelatedField(slug_field="number", read_only=True, allow_null=True)
    department = Code()
    proposed_by = Person(read_only=True)
    decided_by = Person(read_only=True, allow_null=True)
    delivered_by = Person(read_only=True, allow_null=True)

    class Meta:
        model = Remedy
        fields = read_only_fields = [
            "id",
            "complaint",
            "revision",
            "ticket",
            "department",
            "round",
            "kind",
            "yuan",
            "text",
            "state",
            "proposed_by",
            "proposed_at",
            "authority",
            "approver_role",
            "decided_by",
            "decided_at",
            "reason",
            "delivered_by",
            "delivered_at",
        ]


class RemedyView(OrganizationView):
    answer_class = RemedyAnswer


class ToDecide(RemedyView):
    @extend_schema(responses=RemedyAnswer(many=True))
    def get(self, request: Request, org: str) -> Response:
        """The remedies that wait for the caller's decision, the oldest first."""
        return Response(self.show(remedies_to_decide(self.actor), many=True))


class RemedyInput(VerbInput):
    # As the rules write it: not normalised.
    kind = serializers.CharField(max_length=200, help_text="One of the remedies that the rules name")
    yuan = serializers.DecimalField(
        max_digits=12,
        decimal_places=2,
        required=False,
        allow_null=True,
        default=None,
        min_value=0,
        help_text="What it costs; null or 0 = no money",
    )
    text = Note(max_length=4000)
    ticket = Note(max_length=32, help_text="Number of the ticket whose department proposes it")


class OfCase(RemedyView):
    """The remedies of a case."""

    serializer_class = RemedyInput

    @extend_schema(responses=RemedyAnswer(many=True))
    def get(self, request: Request, org: str, number: str) -> Response:
        """All remedies of a case, in the order they were proposed."""
        return Response(self.show(remedies_of(access.access_case(self.actor, number)), many=True))

    @extend_schema(responses={201: RemedyAnswer})
    def post(self, request: Request, org: str, number: str) -> Response:
        """Propose a remedy: approved at once within the caller's authority, else it waits for approval."""
        case = access.access_case(self.actor, number)
        given = self.parse()
        ticket = given.pop("ticket")
        own: Ticket | None = access.access_ticket(self.actor, ticket) if ticket else None
        remedy = services.propose_remedy(actor=self.actor, complaint=case, ticket=own, now=self.now, **given)
        return Response(self.show(remedy), status=201)


class OneRemedy(RemedyView):
    def get(self, request: Request, org: str, id: int) -> Response:
        """One remedy."""
        return Response(self.show(access_remedy(self.actor, id)))


class RemedyVerb(RemedyView):
    """POST: parse, do, answer with the remedy."""

    serializer_class: type[serializers.Serializer] = VerbInput

    def post(self, request: Request, org: str, id: int) -> Response:
        remedy = access_remedy(self.actor, id)
        done = self.act(remedy=remedy, actor=self.actor, now=self.now, **self.parse())
        return Response(self.show(done))

    def act(self, **given: Any) -> Remedy:
        raise NotImplementedError


class RemedyDecisionInput(VerbInput):
    approve = serializers.BooleanField()
    reason = Note(help_text="Needed when the remedy is refused")


class Decide(RemedyVerb):
    """Approve a remedy, or refuse it."""

    serializer_class = RemedyDecisionInput

    def act(self, **given: Any) -> Remedy:
        return services.decide_remedy(**given)


class RemedyWithdrawalInput(VerbInput):
    reason = Note(help_text="Needed when the remedy has been approved")


class Withdraw(RemedyVerb):
    """Take back what was proposed or promised."""

    serializer_class = RemedyWithdrawalInput

    def act(self, **given: Any) -> Remedy:
        return services.withdraw_remedy(**given)


class RemedyDeliveryInput(VerbInput):
    note = Note()


class Deliver(RemedyVerb):
    """Write down that the complainant was given it."""

    serializer_class = RemedyDeliveryInput

    def act(self, **given: Any) -> Remedy:
        return services.deliver_remedy(**given)
