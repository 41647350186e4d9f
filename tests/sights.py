"""Every page as the people see it for whom it is another one: for tests that read whole pages.

tests/pages.py has the addresses. The cases of the stage in their other states are added here, because a case
is another page in each of them.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass

from django.urls import reverse

from tests.pages import pages
from tests.walls.stage import Stage
from web.actions import CASE_ACTIONS, TICKET_ACTIONS

# Whoever comes first and may read a page does so; where everybody sees something else, all of them do.
EYES = ("admin", "zhou", "sun", "gao")
DIFFERS = frozenset({"case", "manager"})
# Pages that somebody who is signed in, or who has an organization, does not get to see.
NOBODY_ELSE = {"home": "nobody", "login": "anonymous", "public": "anonymous", "public-follow": "anonymous"}

# Parts of pages, which scripts fetch.
PARTS = frozenset({"lookup", "propose", "search", "inbox-badge"})
# Addresses that show nothing themselves, and where they lead.
LEADING_ON = {
    "organization": "to where a person's day begins",
    "log-call-add": "to the form for a call",
    "tickets-sign": "to the department's tickets",
    "calendar-change": "to the calendar",
    "public-case": "to the door: tests/public goes through it",
    "inbox-read": "to what the message is about",
    **dict.fromkeys((f"case-{row.name}" for row in CASE_ACTIONS), "to the case"),
    **dict.fromkeys((f"ticket-{row.name}" for row in TICKET_ACTIONS), "to the case"),
    **dict.fromkeys(("case-remedy", "remedy-decide", "remedy-withdraw", "remedy-deliver"), "to the case"),
    **dict.fromkeys(("case-penalty", "task-settle", "extension-decide"), "to the case"),
}


@dataclass(frozen=True)
class Sight:
    """A page (by the name of its route) as one of the stage's visitors sees it."""

    name: str
    path: str
    who: str


def sights(stage: Stage) -> Iterator[Sight]:
    """All of them: every address that answers GET and neither sends a file nor leads elsewhere."""
    for page in pages(stage):
        if page.name not in LEADING_ON:
            for who in _eyes(page.name, page.readers):
                yield Sight(page.name, page.path, who)
    for key, thing in stage.things.items():
        if key.startswith("case:"):
            path = reverse("case", args=[stage.home.organization.slug, thing.values["number"]])
            yield Sight("case", path, _eyes("", thing.seen_by)[0])


def once(found: Iterable[Sight], key: Callable[[Sight], Hashable]) -> list[Sight]:
    """The first of those that have the same key."""
    first: dict[Hashable, Sight] = {}
    for sight in found:
        first.setdefault(key(sight), sight)
    return list(first.values())


def _eyes(name: str, readers: frozenset[str]) -> list[str]:
    if name in NOBODY_ELSE:
        return [NOBODY_ELSE[name]]
    eyes = [who for who in EYES if who in readers] or sorted(readers)
    return eyes if name in DIFFERS else eyes[:1]
