"""One's own messages."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import NotificationAnswer
from api.base import OrganizationView
from api.filters import NotificationFilters, StrictFilterBackend
from api.pagination import NewestFirst
from notifications.models import Notification
from notifications.services import mark_read
from organizations.errors import NotVisible


class NotificationView(OrganizationView):
    answer_class = NotificationAnswer

    def mine(self) -> QuerySet[Notification]:
        rows = Notification.objects.filter(organization=self.actor.organization, user=self.actor.user)
        return rows.select_related("complaint")


class Notifications(NotificationView):
    queryset = Notification._base_manager.none()  # for the schema; requests use get_queryset
    filter_backends = (StrictFilterBackend,)
    filterset_class = NotificationFilters
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Notification]:
        return self.mine()

    @extend_schema(responses=NotificationAnswer(many=True))
    def get(self, request: Request, org: str) -> Response:
        """List one's messages, the newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.show(page, many=True))


class Read(NotificationView):
    def post(self, request: Request, org: str, id: int) -> Response:
        """Mark one message as read."""
        row = self.mine().filter(pk=id).first()
        if row is None:
            raise NotVisible(str(id))
        mark_read(user=self.actor.user, organization=self.actor.organization, now=self.now, pk=row.pk)
        row.refresh_from_db()
        return Response(self.show(row))


class ReadAll(NotificationView):
    @extend_schema(responses={204: None})
    def post(self, request: Request, org: str) -> Response:
        """Mark all messages as read."""
        mark_read(user=self.actor.user, organization=self.actor.organization, now=self.now)
        return Response(status=204)
