"""The files of a case: list, attach, hand out."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import Person
from api.base import OrganizationView
from api.complaint_verbs import VerbInput
from api.complaints import PartsOfCase
from api.fields import Note
from complaints.files import examine, serving
from complaints.models import Attachment, Complaint
from complaints.services import attach
from complaints.services.attaching import check_attaching
from tickets import access


class FileAnswer(serializers.ModelSerializer):
    """A file as it is kept: `size` in bytes, `width` and `height` (photos) in pixels. `event` is the
    id of what brought it on the timeline."""

    ticket = serializers.SerializerMethodField(help_text="Number of the ticket; null = the case as a whole")
    uploaded_by = Person(read_only=True, allow_null=True, help_text="null = the complainant himself")
    has_thumbnail = serializers.BooleanField(source="thumbnail", read_only=True)

    class Meta:
        model = Attachment
        fields = read_only_fields = [
            "id",
            "name",
            "kind",
            "content_type",
            "size",
            "sha256",
            "width",
            "height",
            "has_thumbnail",
            "ticket",
            "round",
            "event",
            "uploaded_by",
            "uploaded_at",
        ]

    def get_ticket(self, row: Attachment) -> str | None:
        return self.context["tickets"].get(row.ticket_ref)


class FilesInput(VerbInput):
    """Send as multipart/form-data."""

    files = serializers.ListField(child=serializers.FileField(), min_length=1, max_length=100)
    kind = serializers.ChoiceField(
        choices=Attachment.Kind.choices, required=False, default="", help_text="By default by content"
    )
    note = Note(max_length=200, help_text="What they show")
    request_key = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="The same key again attaches nothing more"
    )


class Files(PartsOfCase):
    serializer_class = FilesInput
    answer_class = FileAnswer
    parser_classes = (MultiPartParser,)

    def bound_body(self, request: Request) -> None:
        """Files may be larger than a document: config.uploads bounds them while they are read."""

    def answer_files(self, case: Complaint, rows: Iterable[Attachment]) -> Any:
        return FileAnswer(rows, many=True, context=self.ticket_context(case)).data

    @extend_schema(responses=FileAnswer(many=True))
    def get(self, request: Request, org: str, number: str) -> Response:
        """The files of a case, in the order they came."""
        case = self.case()
        rows = Attachment.objects.filter(complaint=case).select_related("uploaded_by")
        return Response(self.answer_files(case, rows))

    @extend_schema(responses={201: FileAnswer(many=True), 200: FileAnswer(many=True)})
    def post(self, request: Request, org: str, number: str) -> Response:
        """Attach files: all of them or none. 201, or 200 if the case had all of them already.

        What a file is, its content decides. Photos are encoded anew, without what the camera wrote into them.
        """
        case = self.case()
        check_attaching(self.actor, case)
        given = self.parse()
        given["files"] = [examine(upload) for upload in given["files"]]
        rows = attach(actor=self.actor, complaint=case, now=self.now, **given)
        is_new = any(row.uploaded_at == self.now for row in rows)
        made = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(self.answer_files(case, rows), status=made)


class OneFile(OrganizationView):
    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, org: str, number: str, id: int) -> Any:
        """The file itself, with its content type and its name."""
        return serving.download(access.access_file(self.actor, number, id))


class Thumbnail(OrganizationView):
    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    def get(self, request: Request, org: str, number: str, id: int) -> Any:
        """The small picture of a photo; 404 for anything else."""
        return serving.thumbnail(access.access_file(self.actor, number, id))
