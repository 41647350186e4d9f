"""Opens the organization's scope for every URL that carries one, and chooses the language."""

import re
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_scopes import scope, scopes_disabled

from organizations.actors import Actor, actor_for
from organizations.models import Organization

# Wider than a slug on purpose: whatever stands in its place goes through the same gate, so that no spelling
# (capitals, %00, a missing slash) reaches a view without a scope or is answered in another way.
_TENANT_PATH = re.compile(
    r"/(?P<face>o|p|api/v1(?!/(?:schema|docs)(?:/|$)))/(?P<slug>[^/]+)(?:/|$)", re.DOTALL
)
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
Handler = Callable[[HttpRequest], HttpResponse]


class OrganizationMiddleware:
    """`/o/<slug>/…` and `/api/v1/<slug>/…`: sets request.organization and request.actor, opens the scope.

    A stranger gets the same 404 as for an organization that does not exist. Anonymous visitors are sent to
    the login page whatever the slug, so the answer says nothing about which organizations there are. A form
    is sent on there as it is (307): what somebody typed while the session ended is not lost (web.carrying).

    `/p/<slug>/…`, the public page, is for anybody and has no actor, whoever is signed in; an organization
    that has not switched it on is none there. Nothing below it is kept by caches or found by search engines.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.organization = request.actor = None
        match = _TENANT_PATH.match(request.path_info)
        if match is None:
            return self.get_response(request)
        if match["face"] == "p":
            return self._public(request, match["slug"])
        if not request.user.is_authenticated:
            return self._anonymous(request, match["face"])
        actor = self._actor(request, match["slug"])
        if actor is None:
            return self._stranger(request)
        request.organization, request.actor = actor.organization, actor
        return self._inside(request)

    def _inside(self, request: HttpRequest) -> HttpResponse:
        with scope(organization=request.organization), timezone.override(request.organization.zone):
            response = self.get_response(request)
            if hasattr(response, "render") and not response.is_rendered:
                response.render()
            return response

    def _public(self, request: HttpRequest, slug: str) -> HttpResponse:
        request.is_public = True
        request.organization = self._organization(slug, public_page=True)
        response = self._inside(request) if request.organization else self._stranger(request)
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        if not getattr(request, "stranger", False):
            return None
        if request.path_info.startswith("/api/"):
            return _problem(404, "not-found", _("There is no such object."))
        raise Http404

    def _anonymous(self, request: HttpRequest, face: str) -> HttpResponse:
        if face == "o":
            answer = redirect_to_login(request.get_full_path())
            if request.method == "POST":
                answer.status_code = HTTPStatus.TEMPORARY_REDIRECT
            return answer
        response = _problem(401, "unauthenticated", _("Sign in first."))
        response.headers["WWW-Authenticate"] = "Session"
        return response

    def _actor(self, request: HttpRequest, slug: str) -> Actor | None:
        organization = self._organization(slug)
        if organization is None:
            return None
        with scopes_disabled():
            return actor_for(request.user, organization)

    def _organization(self, slug: str, **conditions: bool) -> Organization | None:
        if not _SLUG.fullmatch(slug):
            return None
        return Organization.objects.filter(slug=slug, is_active=True, **conditions).first()

    def _stranger(self, request: HttpRequest) -> HttpResponse:
        # The resolver still runs, so that the answer is that of an address which does not exist.
        request.stranger = True
        return self.get_response(request)


def _problem(status: int, kind: str, detail: str) -> JsonResponse:
    """The API's form of an error (RFC 9457), for requests that end before they reach it."""
    document = {
        "type": f"urn:huiyin:problem:{kind}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return JsonResponse(document, status=status, content_type="application/problem+json")


class ChosenLanguageMiddleware:
    """Chinese unless the visitor chose otherwise: the switch in the page's footer sets a cookie.

    Accept-Language is ignored on purpose: the same page must look the same on every desk of an organization.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.codes = {code for code, _ in settings.LANGUAGES}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in self.codes else settings.LANGUAGE_CODE
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response
