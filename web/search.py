"""The search box that is on every page: the best cases while somebody types. Enter leads to the list."""

from django.http import HttpResponse
from django.template.loader import render_to_string

from complaints.searching import LONGEST_QUERY, best, is_enough, words_of
from organizations.text import normalise
from tickets.access import visible_cases
from web.answers import page
from web.request import Request

HITS = 8


@page("GET")
def hits(request: Request) -> HttpResponse:
    """The cases that fit best, and whether there are more: a fragment below the box."""
    text = normalise(request.GET.get("q", ""))[:LONGEST_QUERY]
    found = best(visible_cases(request.actor), request.organization.pk, text, HITS + 1)
    context = {
        "text": text,
        "is_enough": is_enough(text),
        "words": words_of(text),
        "hits": found[:HITS],
        "more": len(found) > HITS,
        "org": request.organization.slug,
    }
    # Without the request: what surrounds a page is not asked for at every key.
    answer = HttpResponse(render_to_string("web/parts/hits.html", context))
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
