"""Query parameters of lists.

FilterSets name no model: a class that builds querysets at import has no scope to build them in, and one built
inside a scope would keep that organization's choices for everybody else.
"""

from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters.fields import IsoDateTimeField
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from api.fields import EARLIEST, LATEST
from complaints.models import ENDED, Complaint, State
from complaints.searching import matching
from organizations.text import normalise
from tickets.models import Ticket

_YES_NO = [("true", gettext_lazy("yes")), ("false", gettext_lazy("no"))]
_PAGING = frozenset({"cursor", "page_size"})


class StrictFilterBackend(DjangoFilterBackend):
    """A misspelt parameter is an error: left unsaid, it would look like a filter that everything passes."""

    def filter_queryset(self, request: Request, queryset: QuerySet, view: APIView) -> QuerySet:
        unknown = set(request.query_params) - _PAGING - set(view.filterset_class.base_filters)
        if unknown:
            raise ValidationError({name: [_("There is no such parameter.")] for name in sorted(unknown)})
        return super().filter_queryset(request, queryset, view)


class _TextField(forms.CharField):
    def to_python(self, value: Any) -> str:
        return normalise(super().to_python(value))


class TextFilter(django_filters.CharFilter):
    field_class = _TextField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": 200, **kwargs})


class _MomentField(IsoDateTimeField):
    def clean(self, value: Any) -> datetime | None:
        moment = super().clean(value)
        if moment is not None and not EARLIEST <= moment < LATEST:
            raise forms.ValidationError(_("Only years from 1900 to 2199."))
        return moment


class MomentFilter(django_filters.IsoDateTimeFilter):
    field_class = _MomentField


@extend_schema_field(OpenApiTypes.BOOL)
class FlagFilter(django_filters.ChoiceFilter):
    """true or false; anything else is an error (a BooleanFilter takes it for "not given")."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"choices": _YES_NO, **kwargs})


class InOrganization(django_filters.FilterSet):
    """Filters that name departments."""

    def department_ids(self, code: str) -> frozenset[int]:
        """The department with this code and everything below it. Raises ValidationError if there is none."""
        directory = self.request.actor.directory
        found = [row.pk for row in directory.departments.values() if row.code == code]
        if not found:
            raise ValidationError({"department": [_("There is no such department.")]})
        return directory.subtree(found)


class CaseFilters(InOrganization):
    """Filters of the list of cases. The view's queryset carries `next_due_at`."""

    state = django_filters.MultipleChoiceFilter(choices=State.choices)
    open = FlagFilter(method="by_open", label=gettext_lazy("Neither closed, explained nor rejected"))
    tier = TextFilter()
    category = TextFilter()
    channel = TextFilter()
    department = TextFilter(
        method="by_department", label=gettext_lazy("Code of the leading department or one above it")
    )
    received_after = MomentFilter(field_name="received_at", lookup_expr="gte")
    received_before = MomentFilter(field_name="received_at", lookup_expr="lt")
    overdue = FlagFilter(method="by_overdue", label=gettext_lazy("Has a limit that has passed"))
    q = TextFilter(
        method="by_text", label=gettext_lazy("Words in number, subject, text, name, phone or place")
    )

    def by_open(self, cases: QuerySet[Complaint], name: str, value: str) -> QuerySet[Complaint]:
        return cases.exclude(state__in=ENDED) if value == "true" else cases.filter(state__in=ENDED)

    def by_department(self, cases: QuerySet[Complaint], name: str, value: str) -> QuerySet[Complaint]:
        return cases.filter(lead_department__in=self.department_ids(value))

    def by_overdue(self, cases: QuerySet[Complaint], name: str, value: str) -> QuerySet[Complaint]:
        now = self.request.parser_context["view"].now
        if value == "true":
            return cases.filter(next_due_at__lte=now)
        return cases.filter(Q(next_due_at__gt=now) | Q(next_due_at=None))

    def by_text(self, cases: QuerySet[Complaint], name: str, value: str) -> QuerySet[Complaint]:
        return matching(cases, self.request.organization.pk, value)


class TicketFilters(InOrganization):
    """Filters of the list of tickets."""

    state = django_filters.MultipleChoiceFilter(choices=Ticket.State.choices)
    mine = FlagFilter(method="by_mine", label=gettext_lazy("Given to me"))
    department = TextFilter(
        method="by_department", label=gettext_lazy("Code of the department or one above it")
    )

    def by_mine(self, tickets: QuerySet[Ticket], name: str, value: str) -> QuerySet[Ticket]:
        me = Q(handler=self.request.user)
        return tickets.filter(me) if value == "true" else tickets.exclude(me)

    def by_department(self, tickets: QuerySet[Ticket], name: str, value: str) -> QuerySet[Ticket]:
        return tickets.filter(department__in=self.department_ids(value))


class NotificationFilters(django_filters.FilterSet):
    """Filters of one's messages."""

    unread = FlagFilter(method="by_unread", label=gettext_lazy("Not read yet"))

    def by_unread(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(read_at__isnull=value == "true")
