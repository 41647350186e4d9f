"""Every page of the product with the things it is about, from the table of the walls."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.walls.routes import PUBLIC, WEB
from tests.walls.stage import MEMBERS, Stage, Thing
from tests.walls.walk import address, found_routes

# What is asked of a page beside its plain address.
QUERIES = {
    "log-call": ["complainant_phone=13800138000"],
    "lookup": ["complainant_phone=13800138000"],
    "propose": ["complainant_phone=13800138000&subject=电梯"],
    "cases": [
        "per=200",
        "state=open&overdue=on&sort=due",
        "overdue=on&q=电梯&sort=due&open_task=on",
        "q=TS202611-00001&sort=tier&mine=on",
        "figure=broken.2026-11.@handled&by=tier.minor",
    ],
    "search": ["q=电梯"],
    "department": ["mine=1"],
    "manager": ["show=passed", "show=near"],
    "inbox": ["unread=1"],
    "public": ["lang=en"],
}
# They send a file.
FILES = {
    "cases-csv",
    "cases-xlsx",
    "case-file",
    "case-thumbnail",
    "public-photo",
    "public-thumbnail",
    "report",
    "rules-export",
}


@dataclass(frozen=True)
class Page:
    """An address and the members, or visitors, of the stage who may read it."""

    name: str
    path: str
    readers: frozenset[str]


def pages(stage: Stage) -> Iterator[Page]:
    """All pages: the routes of the resolver that answer GET, with each of the things they are walked with."""
    table = {**WEB, **PUBLIC}
    for found in found_routes():
        route = table.get(found.name)
        if route is None or route.get is None or found.name in FILES:
            continue
        for need in route.needs or ("",):
            thing = stage.things[need] if need else Thing({}, MEMBERS)
            readers = frozenset({"anonymous"}) if route.kind == "public" else route.get & thing.seen_by
            path = address(stage, found, thing)
            for query in ("", *QUERIES.get(found.name, [])):
                yield Page(found.name, f"{path}?{query}" if query else path, readers)
