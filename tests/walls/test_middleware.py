"""A stranger learns nothing from an answer: not whether the organization exists, nor what is in it."""

import re

import pytest
from django.test import Client

from organizations.errors import Refused
from organizations.models import Organization
from organizations.services import create_organization
from tests.walls.stage import NOW, client_for
from tests.world import World

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
WEB_PATHS = ("", "/", "/cases/", "/cases", "/case/TS202611-00001/", "/nothing/here/", "/desk/", "//", "/%00/")
API_PATHS = ("", "/", "/complaints/", "/complaints", "/complaints/TS202611-00001/", "/nothing/", "/x/y", "//")
# What an answer may differ in from one request to the next.
_CHANGING = re.compile(r'nonce-[^\'"; ]+|nonce="[^"]*"|value="[A-Za-z0-9]{64}"|csrftoken=[^;]+|expires=[^;]+')


def told(client: Client, method: str, path: str, slug: str) -> tuple[int, str]:
    """An answer without what names the organization or changes from request to request."""
    response = client.generic(method, path)
    headers = {
        name: sorted(value.split("; ")) for name, value in response.headers.items()
    }  # CSP has no order
    text = str(sorted(headers.items())) + response.content.decode() + str(response.cookies)
    return response.status_code, _CHANGING.sub("*", text).replace(slug, "SLUG")


@pytest.mark.parametrize("visitor", ["lin", "nobody", "left", "anonymous"])
def test_an_organization_of_others_answers_like_none(world: World, visitor: str):
    people = {"lin": world.property.people["lin"], "nobody": world.nobody, "left": world.left}
    client = Client() if visitor == "anonymous" else client_for(people[visitor])
    for method in METHODS:
        for face, paths in (("/o/", WEB_PATHS), ("/api/v1/", API_PATHS)):
            for path in paths:
                theirs = told(client, method, f"{face}mercy{path}", "mercy")
                nobody_s = told(client, method, f"{face}merci{path}", "merci")
                assert theirs == nobody_s, (method, path)
                assert theirs[0] in (301, 302, 307, 401, 404), (method, path)


def test_only_the_exact_slug_is_the_organization(world: World):
    client = client_for(world.property.people["lin"])
    for slug in ("EVERGREEN", "Evergreen", "evergreen%00", "evergreen%20", "%45vergreen", "e" * 300):
        for face in ("/o/", "/api/v1/"):
            for path in ("", "cases/", "complaints/"):
                assert client.get(f"{face}{slug}/{path}").status_code == 404, slug
            assert Client().get(f"{face}{slug}/").status_code in (302, 401)


def test_the_slug_itself_works(world: World):
    """Negative control for the two above."""
    client = client_for(world.property.people["lin"])
    assert client.get("/o/evergreen/cases/").status_code == 200
    assert client.get("/api/v1/evergreen/complaints/").status_code == 200
    assert client.get("/o/evergreen/cases").status_code == 301


def test_a_path_that_is_no_resource_is_a_problem_document(world: World):
    client = client_for(world.property.people["lin"])
    for path in ("nothing/", "complaints", "complaints/TS202611-00001/fly/", "complaints/%00/", "a/b/c/d"):
        for method in METHODS:
            response = client.generic(method, f"/api/v1/evergreen/{path}")
            assert response.status_code == 404, (method, path)
            assert response.headers["Content-Type"] == "application/problem+json"
    assert client.get("/api/v1/evergreen/complaints/TS0/").json()["type"] == "urn:huiyin:problem:not-found"


def test_an_organization_that_was_closed_is_gone(world: World):
    Organization.objects.filter(slug="evergreen").update(is_active=False)
    client = client_for(world.property.people["lin"])
    assert client.get("/o/evergreen/cases/").status_code == 404
    assert client.get("/api/v1/evergreen/").status_code == 404


def test_anonymous_is_asked_to_sign_in(world: World):
    page, api = Client().get("/o/evergreen/cases/?q=1"), Client().get("/api/v1/evergreen/complaints/")
    assert page.status_code == 302
    assert page.headers["Location"] == "/login/?next=/o/evergreen/cases/%3Fq%3D1"
    assert (api.status_code, api.headers["WWW-Authenticate"]) == (401, "Session")
    assert api.headers["Content-Type"] == "application/problem+json"


def test_the_api_asks_for_a_csrf_token(world: World):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.property.people["lin"])
    response = client.post("/api/v1/evergreen/notifications/read-all/", {}, content_type="application/json")
    assert response.status_code == 403
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["schema", "docs"])
def test_no_organization_takes_the_place_of_the_api_s_own_pages(slug: str):
    with pytest.raises(Refused) as refused:
        create_organization(slug=slug, name="x", now=NOW)
    assert refused.value.field == "slug"
