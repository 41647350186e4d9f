"""Supervision orders: which there are, and issuing one."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.complaint_verbs import VerbInput
from api.fields import DepartmentField, Moment, Text
from api.filters import InOrganization, StrictFilterBackend, TextFilter
from api.pagination import NewestFirst
from api.tasks import TaskAnswer, TaskView
from complaints.models import Task
from escalation import orders
from escalation.services import issue_order
from escalation.services.orders import LONGEST_TEXT
from organizations.errors import Forbidden
from tickets.access import access_case

_STATES = [(name, name) for name in (orders.OPEN, orders.OVERDUE, orders.ANSWERED)]
_SOURCES = [(name, name) for name in (orders.PEOPLE, orders.RULES)]


class OrderFilters(InOrganization):
    """Filters of the list of supervision orders."""

    state = django_filters.ChoiceFilter(choices=_STATES, method="by_state")
    source = django_filters.ChoiceFilter(
        choices=_SOURCES, method="by_source", label=gettext_lazy("Issued by people, or by the rules")
    )
    department = TextFilter(
        method="by_department",
        label=gettext_lazy("Code of the department that has to answer, or one above it"),
    )

    def by_state(self, rows: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        return orders.narrowed(rows, state=value, now=self.request.parser_context["view"].now)

    def by_source(self, rows: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        return orders.narrowed(rows, source=value, now=self.request.parser_context["view"].now)

    def by_department(self, rows: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        return rows.filter(department__in=self.department_ids(value))


class Orders(TaskView):
    queryset = Task._base_manager.none()  # for the schema; requests use get_queryset
    filter_backends = (StrictFilterBackend,)
    filterset_class = OrderFilters
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Task]:
        if not orders.may_read_orders(self.actor):
            raise Forbidden(_("Your roles do not allow this."))
        return orders.orders(self.actor)

    @extend_schema(responses=TaskAnswer(many=True))
    def get(self, request: Request, org: str) -> Response:
        """The supervision orders in the caller's part of the organization, the newest first; they are
        answered as tasks are."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.show(page, many=True))


class OrderInput(VerbInput):
    department = DepartmentField(help_text="Code of a department that has a part in the case")
    text = Text(max_length=LONGEST_TEXT, help_text="What has to be answered")
    due_at = Moment(required=False, allow_null=True, default=None, help_text="To be answered by")


class Issue(TaskView):
    serializer_class = OrderInput

    @extend_schema(responses={201: TaskAnswer})
    def post(self, request: Request, org: str, number: str) -> Response:
        """Issue a supervision order on a case: a department has to answer it."""
        case = access_case(self.actor, number)
        task = issue_order(actor=self.actor, complaint=case, now=self.now, **self.parse())
        return Response(self.answer(task), status=201)
