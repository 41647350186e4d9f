"""Requests for more time: asking, and deciding."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import ExtensionAnswer
from api.base import OrganizationView
from api.complaint_verbs import VerbWithForms
from api.fields import SHORT, Moment, Note, Text
from complaints.models import Deadline
from escalation.models import ExtensionRequest
from escalation.selectors import access_extension, extensions_to_decide
from escalation.services import ask_extension, decide_extension
from tickets import access
from tickets.models import Ticket

_WITH = ("complaint", "deadline", "department", "asked_by", "decided_by")


class ExtensionView(OrganizationView):
    answer_class = ExtensionAnswer

    def answer(self, request: ExtensionRequest) -> dict[str, Any]:
        """The request as it is now, read again after a verb."""
        return self.show(ExtensionRequest.objects.select_related(*_WITH).get(pk=request.pk))


class ToDecide(ExtensionView):
    @extend_schema(responses=ExtensionAnswer(many=True))
    def get(self, request: Request, org: str) -> Response:
        """The requests that wait for the caller's decision, the oldest first."""
        return Response(self.show(extensions_to_decide(self.actor), many=True))


class OfCase(ExtensionView):
    @extend_schema(responses=ExtensionAnswer(many=True))
    def get(self, request: Request, org: str, number: str) -> Response:
        """All requests for more time on a case, the newest first."""
        case = access.access_case(self.actor, number)
        rows: QuerySet[ExtensionRequest] = ExtensionRequest.objects.filter(complaint=case)
        return Response(self.show(rows.select_related(*_WITH), many=True))


class OneExtension(ExtensionView):
    def get(self, request: Request, org: str, id: int) -> Response:
        """One request for more time."""
        return Response(self.answer(access_extension(self.actor, id)))


class AskInput(VerbWithForms):
    deadline = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, help_text="Id of a limit of the ticket's case"
    )
    wanted_due_at = Moment()
    reason = Text(max_length=SHORT)
    contents = serializers.DictField(
        child=Note(), required=False, default=dict, help_text="What else the rules want said"
    )


class Ask(ExtensionView):
    serializer_class = AskInput

    @extend_schema(responses={201: ExtensionAnswer})
    def post(self, request: Request, org: str, number: str) -> Response:
        """Ask for more time on a limit the ticket's department has to keep."""
        ticket = access.access_ticket(self.actor, number)
        given = self.parse()
        given["deadline"] = _deadline(ticket, given["deadline"])
        asked = ask_extension(actor=self.actor, now=self.now, **given)
        return Response(self.answer(asked), status=201)


def _deadline(ticket: Ticket, pk: int) -> Deadline:
    """The limit with this id, if it is one of the ticket or of its case as a whole."""
    rows = Deadline.objects.filter(complaint=ticket.complaint_id, ticket_ref__in=(0, ticket.pk))
    found = rows.select_related("complaint").filter(pk=pk).first()
    if found is None:
        raise serializers.ValidationError({"deadline": [_("This ticket has no such limit.")]})
    return found


class DecideInput(VerbWithForms):
    approve = serializers.BooleanField()
    reason = Note(help_text="Needed when the request is refused")


class Decide(ExtensionView):
    serializer_class = DecideInput

    def post(self, request: Request, org: str, id: int) -> Response:
        """Grant a request, which moves the limit, or refuse it."""
        asked = access_extension(self.actor, id)
        decide_extension(actor=self.actor, request=asked, now=self.now, **self.parse())
        return Response(self.answer(asked))
