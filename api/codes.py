"""Giving out the code of a case for the public page."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.complaints import CaseView
from api.fields import Text
from complaints.services import give_code
from complaints.services.renewing import LONGEST_CHECK


class CodeInput(serializers.Serializer):
    check = Text(max_length=LONGEST_CHECK, help_text="How it was made sure that it is the complainant")
    request_key = serializers.UUIDField(
        help_text="Of your choice, another one for each code; the same again is answered with the same code"
    )


class CodeAnswer(serializers.Serializer):
    number = serializers.CharField()
    code = serializers.CharField(help_text="Stored nowhere; the code before it opens nothing any more")


class GiveCode(CaseView):
    serializer_class = CodeInput

    @extend_schema(responses=CodeAnswer)
    def post(self, request: Request, org: str, number: str) -> Response:
        """Give out a new code, with which the complainant follows the case on the public page."""
        receipt = give_code(complaint=self.case(), actor=self.actor, now=self.now, **self.parse())
        answer = {"number": receipt.case.number, "code": receipt.passcode}
        return Response(answer, headers={"Cache-Control": "private, no-store"})
