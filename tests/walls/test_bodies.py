"""A second id in a request body: what is named there is looked up among one's own, or it is not there."""

from typing import Any

from django import forms
from rest_framework import serializers

from api.fields import DepartmentField, PersonField
from tests.rows import snapshot, undone
from tests.walls.routes import ROUTES, Ref, Route
from tests.walls.stage import CANARY, Stage, Thing
from tests.walls.walk import Found, address, found_routes
from tests.whole import some
from web.actions import CASE_ACTIONS, TICKET_ACTIONS
from web.forms.fields import DepartmentField as FormDepartment
from web.forms.fields import DepartmentsField as FormDepartments
from web.forms.intake import CallForm

FOUND = {row.name: row for row in found_routes()}
# Fields that name an object of the organization without having a type of their own.
_BY_NAME = {"handler", "deadline", "ticket", "into"}


def _api_relations() -> dict[str, set[str]]:
    """The writable relations of every serializer that a route parses with, by route name."""
    found = {}
    for name, row in FOUND.items():
        serializer_class = getattr(getattr(row.view, "view_class", None), "serializer_class", None)
        if serializer_class is not None:
            fields = serializer_class().fields.items()
            found[name] = {key for key, field in fields if not field.read_only and _is_relation(key, field)}
    return {name: keys for name, keys in found.items() if keys}


def _is_relation(key: str, field: serializers.Field) -> bool:
    if isinstance(field, serializers.ListField):
        field = field.child
    return key in _BY_NAME or isinstance(field, DepartmentField | PersonField | serializers.RelatedField)


def _form_relations() -> dict[str, set[str]]:
    """The same for the forms of the pages."""
    used = {f"case-{row.name}": row.form for row in CASE_ACTIONS}
    used |= {f"ticket-{row.name}": row.form for row in TICKET_ACTIONS}
    used["log-call"] = CallForm
    kinds = (FormDepartment, FormDepartments, forms.ModelChoiceField)
    found = {
        name: {key for key, field in form.base_fields.items() if key in _BY_NAME or isinstance(field, kinds)}
        for name, form in used.items()
    }
    found["rules-posts"] = {"place-handler"}  # has a select for each role; one stands for all
    return {name: keys for name, keys in found.items() if keys}


RELATIONS = {**_api_relations(), **_form_relations()}


def test_every_writable_relation_is_tried():
    """The table has to give each of them a value of our own and one of the hospital's."""
    assert {
        "api-case-dispatch",
        "api-ticket-assign",
        "api-ticket-extension",
        "case-dispatch",
    } <= RELATIONS.keys()
    tried = {name: set(route.body.refs) for name, route in ROUTES.items() if route.body.refs}
    assert tried == RELATIONS


def test_what_belongs_to_others_is_not_taken(stage: Stage, subtests):
    for name in some(sorted(RELATIONS), every=2):
        found, route = FOUND[name], ROUTES[name]
        thing = stage.things[route.needs[0]] if route.needs else Thing({}, route.post)
        visitor = sorted(route.post & thing.seen_by)[-1]
        body = route.body(stage, thing, visitor)
        with subtests.test(f"{name}, negative control"), undone():
            assert _post(stage, found, route, thing, visitor, body).status_code in route.done
        for key, ref in route.body.refs.items():
            with subtests.test(f"{name}: {key}"):
                before = snapshot()
                response = _post(stage, found, route, thing, visitor, {**body, key: _foreign(stage, ref)})
                assert response.status_code in (400, 404, 422), f"{key} was taken: {response.status_code}"
                assert snapshot() == before
                sent = str(ref.foreign(stage))
                assert CANARY not in response.content.decode().replace(sent, "")


def _foreign(stage: Stage, ref: Ref) -> Any:
    value = ref.foreign(stage)
    return [value] if ref.many else value


def _post(stage: Stage, found: Found, route: Route, thing: Thing, visitor: str, body: dict[str, Any]):
    client, path = stage.clients[visitor], address(stage, found, thing)
    return client.post(path, body) if route.form else client.post(path, body, content_type="application/json")
