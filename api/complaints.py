"""Cases: list, register, look at; their timeline and their deadlines."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import CaseAnswer, CaseBrief, DeadlineAnswer, EventAnswer
from api.base import OrganizationView
from api.fields import LONG, DepartmentField, Forms, Moment, Note, Text
from api.filters import CaseFilters, StrictFilterBackend
from api.pagination import NewestReceived
from complaints.models import CaseEvent, Complaint, Deadline
from complaints.services import Intake, register
from tickets import access
from tickets.models import Ticket

_WITH = ("organization", "desk", "lead_department", "respondent", "recorded_by")


def with_next_due(cases: QuerySet[Complaint]) -> QuerySet[Complaint]:
    """Cases with `next_due_at`, the due time of the first of their limits that runs."""
    running = Deadline.objects.filter(
        organization=OuterRef("organization"), complaint=OuterRef("pk"), state=Deadline.State.OPEN
    )
    return cases.annotate(next_due_at=Subquery(running.order_by("due_at").values("due_at")[:1]))


class CaseView(OrganizationView):
    """A view on one case."""

    answer_class = CaseAnswer

    def case(self) -> Complaint:
        """The case of the URL. Raises NotVisible."""
        return access.access_case(self.actor, self.kwargs["number"])

    def answer(self, case: Complaint) -> dict[str, Any]:
        """The case as it is now, read again after a verb."""
        return self.show(with_next_due(Complaint.objects.filter(pk=case.pk)).select_related(*_WITH).get())


class IntakeInput(serializers.Serializer):
    """A complaint to register. Ids of lists are those of `lists/`."""

    channel = Text(max_length=40)
    subject = Text(max_length=200)
    content = Text(max_length=LONG)
    request = Note(max_length=LONG)
    complainant_name = Note(max_length=80)
    complainant_phone = Note(max_length=40)
    complainant_type = Note(max_length=40)
    place = Note(max_length=200)
    respondent = DepartmentField(required=False, allow_null=True, default=None)
    nature = Note(max_length=40)
    category = Note(max_length=60)
    tier = Note(max_length=40)
    tier_criterion = Note(max_length=60)
    external_number = Note(max_length=60)
    occurred_at = Moment(required=False, allow_null=True, default=None)
    received_at = Moment(
        required=False, allow_null=True, default=None, help_text="The first contact; now if not given"
    )
    desk = DepartmentField(required=False, allow_null=True, default=None)
    request_key = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="The same key again gives the same case"
    )
    facts = serializers.DictField(
        required=False, default=dict, help_text="Further facts of the rules in force"
    )
    forms = Forms(help_text="The rules' forms of the first contact and of the registration, by id")


class Cases(CaseView):
    """The cases the caller may look at."""

    serializer_class = IntakeInput
    queryset = Complaint._base_manager.none()  # for the schema; requests use get_queryset
    filter_backends = (StrictFilterBackend,)
    filterset_class = CaseFilters
    pagination_class = NewestReceived

    def get_queryset(self) -> QuerySet[Complaint]:
        return with_next_due(access.visible_cases(self.actor)).select_related("desk", "lead_department")

    @extend_schema(responses=CaseBrief(many=True))
    def get(self, request: Request, org: str) -> Response:
        """List cases, the newest first contact first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(
            CaseBrief(page, many=True, context=self.get_serializer_context()).data
        )

    @extend_schema(responses={201: CaseAnswer, 200: CaseAnswer})
    def post(self, request: Request, org: str) -> Response:
        """Register a complaint: 201, or 200 if the request_key is that of a case already there."""
        case = register(actor=self.actor, intake=Intake(**self.parse()), now=self.now)
        made = status.HTTP_201_CREATED if case.recorded_at == self.now else status.HTTP_200_OK
        location = reverse("api-case", args=[org, case.number])
        return Response(self.answer(case), status=made, headers={"Location": location})


class Case(CaseView):
    def get(self, request: Request, org: str, number: str) -> Response:
        """One case with its tickets."""
        return Response(self.answer(self.case()))


class PartsOfCase(CaseView):
    def ticket_context(self, case: Complaint) -> dict[str, Any]:
        tickets = Ticket.objects.filter(complaint=case).values_list("pk", "number")
        return {**self.get_serializer_context(), "tickets": dict(tickets)}


class Events(PartsOfCase):
    @extend_schema(responses=EventAnswer(many=True))
    def get(self, request: Request, org: str, number: str) -> Response:
        """The timeline of a case, oldest first."""
        case = self.case()
        rows = CaseEvent.objects.filter(complaint=case).select_related("actor", "department")
        return Response(EventAnswer(rows, many=True, context=self.ticket_context(case)).data)


class Deadlines(PartsOfCase):
    @extend_schema(responses=DeadlineAnswer(many=True))
    def get(self, request: Request, org: str, number: str) -> Response:
        """The deadlines of a case, the earliest due first."""
        case = self.case()
        rows = Deadline.objects.filter(complaint=case).select_related("complaint", "department")
        return Response(DeadlineAnswer(rows, many=True, context=self.ticket_context(case)).data)
