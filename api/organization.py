"""The organization around the cases: the caller, the departments, the lists of the rules in force."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.answers import Person
from api.base import OrganizationView
from complaints.rights import RIGHTS
from complaints.values import criteria
from organizations.errors import NotVisible
from organizations.models import Department
from policies.engine.schema import Policy
from policies.selectors import compiled, current_version, options


class HomeAnswer(serializers.Serializer):
    slug = serializers.CharField()
    name = serializers.CharField()
    time_zone = serializers.CharField()
    user = Person()
    roles = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), help_text="Department codes by role"
    )


class Home(OrganizationView):
    answer_class = HomeAnswer

    def get(self, request: Request, org: str) -> Response:
        """The organization, and who the caller is in it."""
        codes = {pk: row.code for pk, row in self.actor.directory.departments.items()}
        roles: dict[str, list[str]] = {}
        for role, department_id in sorted(self.actor.grants):
            roles.setdefault(role, []).append(codes[department_id])
        organization = self.actor.organization
        known = {name: getattr(organization, name) for name in ("slug", "name", "time_zone")}
        return Response(self.show({**known, "user": self.actor.user, "roles": roles}))


class DepartmentAnswer(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    path = serializers.CharField(help_text="Its name after those above it")
    parent = serializers.CharField(allow_null=True, help_text="Code of the department above it")
    is_desk = serializers.BooleanField()
    is_active = serializers.BooleanField()


class Departments(OrganizationView):
    answer_class = DepartmentAnswer

    @extend_schema(responses=DepartmentAnswer(many=True))
    def get(self, request: Request, org: str) -> Response:
        """All departments, by code."""
        rows = self.actor.directory.departments
        return Response(self.show([self._row(row, rows) for row in rows.values()], many=True))

    def _row(self, row: Department, rows: dict[int, Department]) -> dict[str, Any]:
        return {
            "code": row.code,
            "name": row.name,
            "path": self.actor.directory.path(row.pk),
            "parent": rows[row.parent_id].code if row.parent_id else None,
            "is_desk": row.is_desk,
            "is_active": row.is_active,
        }


class People(OrganizationView):
    answer_class = Person

    @extend_schema(responses=Person(many=True))
    def get(self, request: Request, org: str, code: str) -> Response:
        """Who can be given a ticket of a department."""
        directory = self.actor.directory
        found = next((pk for pk, row in directory.departments.items() if row.code == code), None)
        if found is None:
            raise NotVisible(code)
        return Response(self.show(directory.everybody(RIGHTS["work"], found), many=True))


class EntryAnswer(serializers.Serializer):
    id = serializers.CharField()
    title = serializers.CharField(help_text="Of an entry of a tree, after those above it")
    effect = serializers.CharField(required=False, help_text="Of accept_reasons")
    criteria = serializers.ListField(
        child=serializers.DictField(child=serializers.CharField()), required=False, help_text="Of tiers"
    )


class ListAnswer(serializers.Serializer):
    id = serializers.CharField()
    entries = EntryAnswer(many=True)


class DutyAnswer(serializers.Serializer):
    id = serializers.CharField()
    title = serializers.CharField()
    owner = serializers.CharField()


class RulesAnswer(serializers.Serializer):
    pack = serializers.CharField()
    number = serializers.IntegerField()
    title = serializers.CharField()
    published_at = serializers.DateTimeField()
    duties = DutyAnswer(many=True)


class Rules(OrganizationView):
    answer_class = RulesAnswer

    def get(self, request: Request, org: str) -> Response:
        """The rules in force for new cases."""
        version = current_version(self.actor.organization)
        known = {name: getattr(version, name) for name in ("pack", "number", "title", "published_at")}
        duties = [
            {"id": row["id"], "title": row["title"], "owner": row["owner"]}
            for row in version.document["duties"]
        ]
        return Response(self.show({**known, "duties": duties}))


class Lists(OrganizationView):
    answer_class = ListAnswer

    @extend_schema(responses=ListAnswer(many=True))
    def get(self, request: Request, org: str) -> Response:
        """The lists of the rules in force: channels, categories, tiers, reasons and so on."""
        policy = compiled(current_version(self.actor.organization))
        names = policy.document.get("lists", {})
        return Response(
            self.show([{"id": name, "entries": _entries(policy, name)} for name in names], many=True)
        )


def _entries(policy: Policy, name: str) -> list[dict[str, Any]]:
    effects = {row["id"]: row["effect"] for row in policy.document["lists"].get("accept_reasons", ())}
    rows: list[dict[str, Any]] = []
    for entry, title in options(policy, name):
        row: dict[str, Any] = {"id": entry, "title": title}
        if name == "accept_reasons":
            row["effect"] = effects[entry]
        if name == "tiers":
            row["criteria"] = [{"id": key, "text": text} for key, text in criteria(policy, entry)]
        rows.append(row)
    return rows
