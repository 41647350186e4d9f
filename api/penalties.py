"""Penalties that the rules propose, for those who decide on them."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import Person
from api.base import OrganizationView
from api.complaint_verbs import VerbInput
from api.fields import Note
from complaints.course import course_of
from escalation.models import PenaltyDecision
from escalation.penalties import Waiting, decisions_for, penalties_to_decide, waiting_on
from escalation.services import decide_penalty
from policies.selectors import posts_of
from tickets.access import access_case


class PenaltyChoice(serializers.Serializer):
    """What has to be chosen for one of those a penalty strikes. `expected`: [least, most] of a number, the
    words to choose from, or the least sanction (with op `gte`)."""

    who = serializers.CharField()
    field = serializers.CharField()
    op = serializers.CharField()
    expected = serializers.JSONField()


class ProposedPenalty(serializers.Serializer):
    """A penalty that waits for the caller's decision; nothing happens before. `role` is the role of the rules
    in which the caller decides."""

    complaint = serializers.CharField(source="case.number")
    revision = serializers.IntegerField(source="case.revision")
    penalty = serializers.CharField(source="proposal.penalty.id")
    title = serializers.CharField(source="proposal.penalty.title")
    role = serializers.CharField()
    open = serializers.SerializerMethodField()

    @extend_schema_field(PenaltyChoice(many=True))
    def get_open(self, waiting: Waiting) -> list[dict[str, Any]]:
        return [
            {
                "who": need.fact.rpartition(".")[0],
                "field": need.fact.rpartition(".")[2],
                "op": need.op,
                "expected": need.expected,
            }
            for need in waiting.proposal.open()
        ]


class PenaltyDecisionAnswer(serializers.ModelSerializer):
    """A decision. `subjects` says what each of those it strikes gets; empty where it was not imposed."""

    complaint = serializers.SlugRelatedField(slug_field="number", read_only=True)
    decided_by = Person(read_only=True)
    subjects = serializers.ListField(child=serializers.DictField(), read_only=True)

    class Meta:
        model = PenaltyDecision
        fields = read_only_fields = [
            "id",
            "complaint",
            "penalty",
            "title",
            "round",
            "accepted",
            "subjects",
            "reason",
            "role",
            "decided_by",
            "decided_at",
        ]


class PenaltiesAnswer(serializers.Serializer):
    proposed = ProposedPenalty(many=True)
    decided = PenaltyDecisionAnswer(many=True)


class ToDecide(OrganizationView):
    answer_class = ProposedPenalty

    @extend_schema(responses=ProposedPenalty(many=True))
    def get(self, request: Request, org: str) -> Response:
        """The penalties that wait for the caller's decision."""
        return Response(self.show(penalties_to_decide(self.actor, self.now), many=True))


class OfCase(OrganizationView):
    answer_class = PenaltiesAnswer

    def get(self, request: Request, org: str, number: str) -> Response:
        """What the caller decides on a case, and what has been decided in the caller's roles."""
        case = access_case(self.actor, number)
        posts = posts_of(self.actor.organization)
        rows = {
            "proposed": waiting_on(self.actor, posts, course_of(case, self.now)),
            "decided": decisions_for(self.actor, posts, case),
        }
        return Response(self.show(rows))


class PenaltyInput(VerbInput):
    penalty = serializers.CharField(max_length=200, help_text="Its id")
    accepted = serializers.BooleanField(help_text="Whether it is imposed")
    chosen = serializers.DictField(
        child=serializers.DictField(),
        required=False,
        default=dict,
        help_text="By whom it strikes: what is left open, and `person`, a name: {who: {points: 5}}",
    )
    reason = Note(max_length=4000, help_text="Needed if it is not imposed")


class Decide(OrganizationView):
    serializer_class = PenaltyInput
    answer_class = PenaltyDecisionAnswer

    @extend_schema(responses={201: PenaltyDecisionAnswer})
    def post(self, request: Request, org: str, number: str) -> Response:
        """Impose a penalty that the rules propose on a case, or decide against it."""
        case = access_case(self.actor, number)
        decision = decide_penalty(actor=self.actor, complaint=case, now=self.now, **self.parse())
        return Response(self.show(decision), status=201)
