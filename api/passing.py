"""Verbs by which a case leaves its usual way: passed on, merged, counted anew, ended."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from api.complaint_verbs import CaseVerb, VerbWithForms
from api.fields import SHORT, Note, Text
from complaints import services
from complaints.models import Complaint
from complaints.rights import check_right
from organizations.errors import NotVisible
from tickets import access


@extend_schema_field(OpenApiTypes.STR)
class CaseField(Text):
    """Another case of the caller's, by its number."""

    default_error_messages = {"unknown": _("There is no case with this number.")}

    def to_internal_value(self, data: Any) -> Complaint:
        number = super().to_internal_value(data)
        try:
            return access.access_case(self.context["actor"], number)
        except NotVisible as error:
            raise ValidationError(self.error_messages["unknown"], code="unknown") from error

    def to_representation(self, value: Complaint) -> str:
        return value.number


class TransferInput(VerbWithForms):
    to = Text(max_length=60, help_text="A role of the rules")
    reason = Text(max_length=SHORT)


class Transfer(CaseVerb):
    """Put on record that the case is passed on, and tell whoever fills that role."""

    serializer_class = TransferInput

    def act(self, **given: Any) -> Complaint:
        return services.transfer(**given)


class MergeInput(VerbWithForms):
    into = CaseField(help_text="The number of the case that goes on")
    reason = Text(max_length=SHORT, help_text="Why it is the same matter")


class Merge(CaseVerb):
    """Close the case because another one is about the same matter; its open tickets are withdrawn."""

    serializer_class = MergeInput

    def post(self, request: Request, org: str, number: str) -> Response:
        # Before the other case is looked for: who may not merge is told so, whatever there is.
        check_right(self.actor, "merge", self.case().desk_id)
        return super().post(request, org, number)

    def act(self, **given: Any) -> Complaint:
        return services.merge(**given)


class StopInput(VerbWithForms):
    stop = Note(max_length=60, help_text="A clock stop of the rules; the first that fits if left out")
    reason = Text(max_length=SHORT)


class Restart(CaseVerb):
    """Let every running limit count anew: under a clock stop, or for new facts."""

    serializer_class = StopInput

    def act(self, **given: Any) -> Complaint:
        return services.restart(**given)


class End(CaseVerb):
    """End the handling under a clock stop; open tickets are withdrawn."""

    serializer_class = StopInput

    def act(self, **given: Any) -> Complaint:
        return services.end_handling(**given)
