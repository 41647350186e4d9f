"""Every error is one form of document (RFC 9457), whatever raised it."""

import json

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions

from api.errors import problem
from organizations.errors import CrossTenant, Forbidden, NotVisible, Refused, Stale


@pytest.mark.parametrize(
    "error, status, kind",
    [
        (NotVisible("TS1"), 404, "not-found"),
        (Http404(), 404, "not-found"),
        (Refused("因为"), 422, "refused"),
        (Forbidden("不可"), 403, "forbidden"),
        (Stale("变了"), 409, "stale"),
        (PermissionDenied(), 403, "forbidden"),
        (RequestDataTooBig(), 413, "too-large"),
        (exceptions.ValidationError({"subject": ["必填"]}), 400, "invalid"),
        (exceptions.ParseError(), 400, "malformed"),
        (exceptions.NotAuthenticated(), 401, "unauthenticated"),
        (exceptions.PermissionDenied(), 403, "forbidden"),
        (exceptions.NotFound(), 404, "not-found"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method-not-allowed"),
        (exceptions.NotAcceptable(), 406, "not-acceptable"),
        (exceptions.UnsupportedMediaType("text/xml"), 415, "unsupported-media-type"),
        (exceptions.Throttled(wait=29.4), 429, "throttled"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_an_error_is_a_problem_document(db, error: Exception, status: int, kind: str):
    answer = problem(error, {})
    assert answer is not None
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    document = json.loads(answer.content)
    assert document["type"] == f"urn:huiyin:problem:{kind}"
    assert (document["status"], bool(document["title"]), bool(document["detail"])) == (status, True, True)
    assert not {"errors", "missing", "field"} & document.keys() or kind == "invalid"


def test_what_a_refusal_says_is_kept(db):
    answer = problem(Refused("还不能销项", missing=["回访", "答复"], field="note"), {})
    document = json.loads(answer.content)
    assert document["detail"] == "还不能销项"
    assert (document["missing"], document["field"]) == (["回访", "答复"], "note")
    assert document["errors"] == {"note": ["还不能销项"]}


def test_errors_of_the_whole_request_have_a_name(db):
    for detail in ({"non_field_errors": ["x"]}, ["x"]):
        document = json.loads(problem(exceptions.ValidationError(detail), {}).content)
        assert document["errors"] == {"request": ["x"]}


def test_who_is_throttled_is_told_how_long(db):
    assert problem(exceptions.Throttled(wait=29.4), {}).headers["Retry-After"] == "30"


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), CrossTenant("x")])
def test_a_fault_of_ours_is_not_dressed_up(db, error: Exception):
    assert problem(error, {}) is None
