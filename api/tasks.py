"""What the rules want people to do: supervision orders, tasks, proposals."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import Code, Person
from api.base import OrganizationView
from api.complaint_verbs import VerbWithForms
from api.fields import LONG, Note
from api.passing import CaseField
from complaints.models import Task
from complaints.services import settle_task
from complaints.settling import check_settling
from complaints.taskwords import source_title, task_title
from escalation.selectors import tasks_to_settle
from policies.selectors import policy_of, posts_of
from tickets import access

_WITH = ("complaint", "complaint__organization", "department", "issued_by", "settled_by")


class TaskAnswer(serializers.ModelSerializer):
    """Something the rules or a person want done. `roles` may settle it; `rule` is what brought it about, ""
    where it was `issued_by` a person, who may have set a time for the answer (`due_at`)."""

    complaint = serializers.SlugRelatedField(slug_field="number", read_only=True)
    revision = serializers.IntegerField(source="complaint.revision", read_only=True)
    title = serializers.SerializerMethodField()
    rule = serializers.SerializerMethodField()
    roles = serializers.ListField(child=serializers.CharField(), read_only=True)
    department = Code(allow_null=True)
    issued_by = Person(read_only=True, allow_null=True)
    overdue = serializers.SerializerMethodField()
    settled_by = Person(read_only=True, allow_null=True)

    class Meta:
        model = Task
        fields = read_only_fields = [
            "id",
            "complaint",
            "revision",
            "kind",
            "number",
            "title",
            "rule",
            "roles",
            "department",
            "state",
            "made_at",
            "issued_by",
            "due_at",
            "overdue",
            "settled_at",
            "settled_by",
            "answer",
        ]

    def get_title(self, task: Task) -> str:
        return task_title(policy_of(task.complaint.policy_id), task)

    def get_rule(self, task: Task) -> str:
        return source_title(policy_of(task.complaint.policy_id), task.source)

    def get_overdue(self, task: Task) -> bool:
        return task.is_overdue(self.context["now"])


class TaskView(OrganizationView):
    answer_class = TaskAnswer

    def answer(self, task: Task) -> dict[str, Any]:
        """The task as it is now, read again after a verb."""
        return self.show(Task.objects.select_related(*_WITH).get(pk=task.pk))


class Mine(TaskView):
    @extend_schema(responses=TaskAnswer(many=True))
    def get(self, request: Request, org: str) -> Response:
        """The tasks that wait for the caller, the oldest first."""
        return Response(self.show(tasks_to_settle(self.actor), many=True))


class OfCase(TaskView):
    @extend_schema(responses=TaskAnswer(many=True))
    def get(self, request: Request, org: str, number: str) -> Response:
        """All tasks on a case, the oldest first. Proposed penalties are not among them."""
        rows = Task.objects.filter(complaint=access.access_case(self.actor, number))
        rows = rows.exclude(kind=Task.Kind.PENALTY).select_related(*_WITH)
        return Response(self.show(rows, many=True))


class OneTask(TaskView):
    def get(self, request: Request, org: str, id: int) -> Response:
        """One task."""
        return Response(self.answer(access.access_task(self.actor, id)))


class SettleInput(VerbWithForms):
    accepted = serializers.BooleanField(required=False, default=True, help_text="false = declined")
    answer = Note(max_length=LONG, help_text="Needed of an order or a task, and to decline anything else")
    choice = serializers.ChoiceField(
        choices=["pause", "end"],
        required=False,
        allow_blank=True,
        default="",
        help_text="Of a clock stop that pauses or ends",
    )
    into = CaseField(required=False, allow_null=True, default=None, help_text="Of a clock stop that merges")


class Settle(TaskView):
    serializer_class = SettleInput

    def post(self, request: Request, org: str, id: int) -> Response:
        """Answer, do or decline a task."""
        task = access.access_task(self.actor, id)
        check_settling(self.actor, task, posts_of(self.actor.organization))
        settle_task(actor=self.actor, task=task, now=self.now, **self.parse())
        return Response(self.answer(task))
