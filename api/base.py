"""What all views under /api/v1/{organization}/ share."""

from datetime import datetime
from functools import cached_property
from typing import Any

from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request

from api.fields import Nothing
from config.clock import now
from organizations.actors import Actor
from organizations.errors import NotVisible


class OrganizationView(GenericAPIView):
    """A view inside an organization, whose scope the middleware has opened.

    `serializer_class` parses the body of a request, `answer_class` shows the result. Objects are fetched
    through the doors of tickets.access only.
    """

    serializer_class: type[serializers.BaseSerializer] = Nothing
    answer_class: type[serializers.BaseSerializer] = Nothing
    pagination_class = None
    filter_backends = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.bound_body(request)
        super().initial(request, *args, **kwargs)
        if request.actor is None:
            raise NotVisible(request.path)

    def bound_body(self, request: Request) -> None:
        """Refuse a body that is too large."""
        # DRF parses from the stream; reading the body first is what applies DATA_UPLOAD_MAX_MEMORY_SIZE.
        _ = request._request.body

    @cached_property
    def now(self) -> datetime:
        """The time of this request, read once."""
        return now()

    @property
    def actor(self) -> Actor:
        return self.request.actor

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        if not getattr(self, "swagger_fake_view", False):
            context |= {"actor": self.actor, "now": self.now}
        return context

    def parse(self) -> dict[str, Any]:
        """The body of the request, checked and normalised. Raises ValidationError (400)."""
        serializer = self.get_serializer(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def show(self, instance: Any, *, many: bool = False) -> Any:
        """The answer's data, after `answer_class`."""
        return self.answer_class(instance, many=many, context=self.get_serializer_context()).data


class Unknown(OrganizationView):
    """Any path that is no resource."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotVisible(request.path)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Unreached; `initial` answers every method."""
