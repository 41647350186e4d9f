"""The walk: every route × method × visitor, and what must come of it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.rows import snapshot, undone
from tests.walls.routes import Route
from tests.walls.stage import CANARY, KINDS, MEMBERS, SIGNED_OUT, STRANGERS, VISITORS, Stage, Thing

SAFE = ("GET", "HEAD", "OPTIONS")
CHANGING = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Found:
    """One address of the resolver."""

    name: str
    pattern: str
    parameters: tuple[str, ...]
    view: Any = None


@dataclass(frozen=True)
class Leak:
    """A hole in the wall."""

    route: str
    method: str
    visitor: str
    what: str

    def __str__(self) -> str:
        return f"{self.method} {self.route} as {self.visitor}: {self.what}"


def unclassified(table: Mapping[str, Route]) -> set[str]:
    """Names of the resolver that the table lacks, and patterns that have no name at all."""
    return {row.name or row.pattern for row in found_routes()} - table.keys()


def found_routes() -> list[Found]:
    """Everything the resolver answers to, in its order."""
    return list(_below(get_resolver().url_patterns, "", ()))


def _below(patterns: Iterable[Any], prefix: str, above: tuple[str, ...]) -> Iterator[Found]:
    for row in patterns:
        here = prefix + str(row.pattern)
        parameters = (*above, *row.pattern.converters)
        if isinstance(row, URLResolver):
            yield from _below(row.url_patterns, here, parameters)
        elif isinstance(row, URLPattern):
            yield Found(row.name or "", here, parameters, row.callback)


def walk(stage: Stage, found: Found, route: Route, *, everybody: bool = True) -> list[Leak]:
    """All leaks of one route: every thing it is tried with × method × visitor, and the hospital's things.

    Without `everybody` it is one visitor of each kind.
    """
    leaks: list[Leak] = []
    for need in route.needs or ("",):
        thing = stage.things[need] if need else Thing({}, MEMBERS)
        leaks += _walk_thing(stage, found, route, thing, everybody)
        foreign = stage.foreign.get(need.partition(":")[0])
        if foreign is not None:
            leaks += _walk_foreign(stage, found, route, foreign)
    return leaks


def address(stage: Stage, found: Found, thing: Thing, *, slug: str | None = None) -> str:
    """The path of a route for a thing. KeyError if the stage does not know one of its parameters."""
    slug = slug or stage.home.organization.slug
    values = {"org": slug, "slug": slug, "organization": slug, **thing.values}
    return reverse(found.name, kwargs={name: values[name] for name in found.parameters})


def _walk_thing(stage: Stage, found: Found, route: Route, thing: Thing, everybody: bool) -> list[Leak]:
    leaks = []
    for methods in (SAFE, CHANGING):
        before = snapshot()
        for method in methods:
            for visitor in _visitors(route, method, everybody):
                leaks += _visit(stage, found, route, thing, method, visitor)
        if snapshot() != before:
            leaks.append(
                Leak(found.name, "/".join(methods), "somebody without the right", "rows were changed")
            )
            break
    return leaks


def _visitors(route: Route, method: str, everybody: bool) -> list[str]:
    """Everybody where it matters who asks; else (HEAD, OPTIONS, methods there are not) one of each kind."""
    matters = method in ("GET", "POST") or (method != "HEAD" and _allowed(route, method) is not None)
    return sorted(VISITORS if matters and everybody else KINDS)


def _visit(stage: Stage, found: Found, route: Route, thing: Thing, method: str, visitor: str) -> list[Leak]:
    path, allowed = address(stage, found, thing), _allowed(route, method)
    may = allowed is not None and (route.kind != "member" or visitor in allowed & thing.seen_by)
    with undone() if may and method not in SAFE else nullcontext():
        response = send(stage, route, thing, method, path, visitor)
        return _judge(stage, found, route, thing, method, visitor, response)


def _walk_foreign(stage: Stage, found: Found, route: Route, foreign: Thing) -> list[Leak]:
    """The hospital's object under our address, and under its own: for us there is none."""
    leaks = []
    before = snapshot()
    # Under the hospital's own address all of us are strangers alike: three are enough.
    places = ((stage.home, MEMBERS), (stage.world.hospital, {"lin", "sun", "gao"}))
    for company, visitors in places:
        path = address(stage, found, foreign, slug=company.organization.slug)
        for method in ("GET", "POST"):
            for visitor in sorted(visitors):
                response = send(stage, route, foreign, method, path, visitor)
                if response.status_code not in (404, 405, *((403,) if route.by_role else ())):
                    leaks.append(Leak(found.name, method, visitor, f"{path} answers {response.status_code}"))
                leaks += _canaries(stage, found, method, visitor, response, path)
    if snapshot() != before:
        leaks.append(Leak(found.name, "POST", "a member", "rows of the other organization were changed"))
    return leaks


def _allowed(route: Route, method: str) -> frozenset[str] | None:
    return {"GET": route.get, "HEAD": route.get, "POST": route.post}.get(method)


def send(stage: Stage, route: Route, thing: Thing, method: str, path: str, visitor: str) -> HttpResponse:
    client = stage.clients[visitor]
    cookies = client.cookies.output()
    try:
        if method in SAFE:
            return client.generic(method, path)
        given = route.body(stage, thing, visitor)
        if route.form:
            return client.post(path, given) if method == "POST" else client.generic(method, path)
        return getattr(client, method.lower())(path, given, content_type="application/json")
    finally:
        client.cookies = SimpleCookie(cookies.replace("Set-Cookie: ", ""))  # no answer changes who asks next


def _judge(
    stage: Stage,
    found: Found,
    route: Route,
    thing: Thing,
    method: str,
    visitor: str,
    response: HttpResponse,
) -> list[Leak]:
    status, wanted = response.status_code, _wanted(found, route, thing, method, visitor)
    leaks = _canaries(stage, found, method, visitor, response, "")
    if status not in wanted:
        text = response.content[:300].decode(errors="replace")
        leaks.append(Leak(found.name, method, visitor, f"{status} instead of {sorted(wanted)}: {text}"))
    if (
        route.kind != "public"
        and visitor in SIGNED_OUT
        and status in (302, 307)
        and "login" not in response.headers["Location"]
    ):
        leaks.append(Leak(found.name, method, visitor, f"sent to {response.headers['Location']}"))
    return leaks


def _wanted(found: Found, route: Route, thing: Thing, method: str, visitor: str) -> frozenset[int]:
    """The status codes that are right for this visitor."""
    allowed = _allowed(route, method)
    no_such_method = frozenset({200, 405} if method == "OPTIONS" else {405})
    if route.kind == "public":
        return route.done if allowed is not None else no_such_method | {302}
    if visitor in SIGNED_OUT:
        sent_away = _sent_away(found, method)
        return sent_away | no_such_method if route.kind == "signed_in" and allowed is None else sent_away
    if route.kind == "signed_in":
        return route.done if allowed is not None else no_such_method
    if visitor in STRANGERS:
        return frozenset({404})
    if visitor not in thing.seen_by:
        return frozenset({404}) if allowed is not None else no_such_method | {404}
    if allowed is None:
        return no_such_method
    if visitor in route.refused and method == "POST":
        return frozenset({422})
    return route.done if visitor in allowed else frozenset({403})


def _sent_away(found: Found, method: str) -> frozenset[int]:
    """What those get who have not signed in; the pages of an organization send a form along to the door."""
    if found.pattern.startswith("api/"):
        return frozenset({401})
    return frozenset({307 if method == "POST" and found.pattern.startswith("o/") else 302})


def _canaries(
    stage: Stage, found: Found, method: str, visitor: str, response: HttpResponse, path: str
) -> list[Leak]:
    """Texts in the answer that this visitor must not read. A text the visitor sent may come back."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    answer = str(response.headers) + body.decode(errors="replace")
    if CANARY not in answer:
        return []
    own = answer.replace(path, "") if path else answer
    return [
        Leak(found.name, method, visitor, f"shows {prefix}")
        for prefix, readers in stage.canaries.items()
        if prefix in own and visitor not in readers
    ]
