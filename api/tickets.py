"""Tickets: a department's share of a case, and what the department does with it."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import TicketAnswer
from api.base import OrganizationView
from api.complaint_verbs import VerbInput, VerbWithForms
from api.fields import LONG, Note, PersonField, Text
from api.filters import StrictFilterBackend, TicketFilters
from api.pagination import NewestFirst
from tickets import access, services
from tickets.models import Ticket

_WITH = ("complaint", "department", "signed_by", "handler")


class TicketView(OrganizationView):
    answer_class = TicketAnswer

    def ticket(self) -> Ticket:
        """The ticket of the URL. Raises NotVisible."""
        return access.access_ticket(self.actor, self.kwargs["number"])

    def answer(self, ticket: Ticket) -> dict[str, Any]:
        """The ticket as it is now, read again after a verb."""
        return self.show(Ticket.objects.select_related(*_WITH).get(pk=ticket.pk))


class Tickets(TicketView):
    queryset = Ticket._base_manager.none()  # for the schema; requests use get_queryset
    filter_backends = (StrictFilterBackend,)
    filterset_class = TicketFilters
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Ticket]:
        return access.visible_tickets(self.actor).select_related(*_WITH)

    @extend_schema(responses=TicketAnswer(many=True))
    def get(self, request: Request, org: str) -> Response:
        """List the tickets of the departments the caller works for or manages, the newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.show(page, many=True))


class OneTicket(TicketView):
    def get(self, request: Request, org: str, number: str) -> Response:
        """One ticket."""
        return Response(self.answer(self.ticket()))


class TicketVerb(TicketView):
    """POST: parse, do, answer with the ticket."""

    serializer_class: type[serializers.Serializer] = VerbInput

    def post(self, request: Request, org: str, number: str) -> Response:
        ticket = self.ticket()
        self.act(ticket=ticket, actor=self.actor, now=self.now, **self.parse())
        return Response(self.answer(ticket))

    def act(self, **given: Any) -> Any:
        raise NotImplementedError


class Sign(TicketVerb):
    """Sign for a ticket."""

    serializer_class = VerbWithForms

    def act(self, **given: Any) -> Ticket:
        return services.sign_for(**given)


class ReturnInput(VerbWithForms):
    cause = Text(max_length=60, help_text="An entry of the list return_reasons")
    reason = Text(max_length=1000)


class Return(TicketVerb):
    """Send a ticket back to the desk."""

    serializer_class = ReturnInput

    def act(self, **given: Any) -> Ticket:
        return services.return_ticket(**given)


class WithdrawInput(VerbWithForms):
    reason = Text(max_length=1000)


class Withdraw(TicketVerb):
    """The desk calls a ticket back."""

    serializer_class = WithdrawInput

    def act(self, **given: Any) -> Ticket:
        return services.withdraw_ticket(**given)


class AssignInput(VerbWithForms):
    handler = PersonField()


class Assign(TicketVerb):
    """Hand a signed ticket to a person of the department."""

    serializer_class = AssignInput

    def act(self, **given: Any) -> Ticket:
        return services.assign(**given)


class WorkInput(VerbWithForms):
    note = Text(max_length=LONG, help_text="What was done")


class Work(TicketVerb):
    """Write down what was done."""

    serializer_class = WorkInput

    def act(self, **given: Any) -> Ticket:
        return services.record_work(**given)


class ResultInput(VerbWithForms):
    result = Text(max_length=LONG)
    cause = Note(max_length=LONG)
    outcome = Note(max_length=40)
    liability = Note(max_length=40)


class Result(TicketVerb):
    """File the result."""

    serializer_class = ResultInput

    def act(self, **given: Any) -> Ticket:
        return services.file_result(**given)
