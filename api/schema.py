"""OpenAPI: what the schema says of every view, from `serializer_class` and `answer_class`."""

from typing import Any

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from api.fields import Nothing


class Problem(serializers.Serializer):
    """RFC 9457 problem details, the form of every error."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(required=False)
    errors = serializers.DictField(required=False, help_text="Sentences by field of the request")
    field = serializers.CharField(required=False, help_text="The field a refused move is about")
    missing = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="What a refused move still needs"
    )


_ERRORS = {
    "GET": ("400", "401", "403", "404"),
    "POST": ("400", "401", "403", "404", "409", "422"),
}


class Cookie(SessionScheme):
    """How the schema describes `api.authentication.Session`. drf-spectacular finds it by itself."""

    target_class = "api.authentication.Session"


class Schema(AutoSchema):
    """Requests by `serializer_class`, answers by `answer_class`, errors as problem documents."""

    def get_request_serializer(self) -> Any:
        serializer = getattr(self.view, "serializer_class", None)
        return None if serializer is Nothing or serializer is None else serializer

    def get_response_serializers(self) -> Any:
        return {200: getattr(self.view, "answer_class", None)}

    def get_tags(self) -> list[str]:
        """The resource: the first word after the organization."""
        return (self._tokenize_path() or ["organization"])[:1]

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        for status in _ERRORS.get(self.method, ()):
            if status not in bodies:
                bodies[status] = self._get_response_for_code(
                    Problem, status, ["application/problem+json"], direction
                )
        return bodies
