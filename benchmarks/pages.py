"""What every page costs the server when its organization has 10,000 cases.

    HUIYIN_DATA=/tmp/bench .venv/bin/python -m benchmarks.pages [--cases 10000] [--only dashboard]
    DATABASE_URL=postgres://postgres@127.0.0.1/bench HUIYIN_DATA=... .venv/bin/python -m benchmarks.pages

Makes a database like the one the walls are walked over, fills its property company with copies of cases in
every state, keeps that for the next run, and asks for every page of the resolver as everybody who may read it
does. Prints what the dearest reader of each page costs: queries, milliseconds, and KB of the answer
compressed. Ends with 1 if a page is above the budget.

So that a busy machine does not count, milliseconds are the processor's: of this process (the median of five,
scaled by how fast the processor was just then, against its best while this ran) and of the database (the
best of five). SQLite works in this process; of a PostgreSQL that is not on this machine the time that passes
is counted.
"""

import argparse
import gzip
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import time_machine  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from benchmarks.many_cases import NOW, stage_with  # noqa: E402
from config.garbage import spare_what_stays  # noqa: E402
from escalation.sweep import beat  # noqa: E402
from tests.pages import Page, pages  # noqa: E402
from tests.walls.stage import Stage  # noqa: E402

MOST_QUERIES, MOST_MS = 30, 100.0
TIMES, OK = 5, 200


@dataclass(frozen=True)
class Cost:
    """Of one request. `here` and `database` in milliseconds: the processor's time of this process, and the
    time that passed in calls of the database."""

    page: str
    reader: str
    status: int
    queries: int
    here: float
    database: float
    size: float

    @property
    def ms(self) -> float:
        return self.here + self.database

    @property
    def is_too_much(self) -> bool:
        return self.queries > MOST_QUERIES or self.ms > MOST_MS


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--only", default="", help="pages whose address contains this")
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    settings.ALLOWED_HOSTS = ["*"]
    stage = stage_with(options.cases)
    spare_what_stays()  # as config.wsgi does
    with time_machine.travel(NOW, tick=False):
        beat("sweep", NOW)
        costs = [dearest(stage, page) for page in all_pages(stage) if options.only in page.path]
    shown = sorted(filter(None, costs), key=lambda cost: -cost.ms)
    print(f"{connection.vendor}, {options.cases:,} cases")
    print("     ms   here     db  queries     KB  reader  page")
    for cost in shown:
        mark = "!" if cost.is_too_much else " "
        print(
            f"{mark}{cost.ms:6.1f} {cost.here:6.1f} {cost.database:6.1f} {cost.queries:8d} {cost.size:6.1f}"
            f"  {cost.reader:6s}  {cost.page}"
        )
    return int(any(cost.is_too_much for cost in shown))


def all_pages(stage: Stage) -> list[Page]:
    """The stage's pages and that of a case with a long timeline."""
    long = stage.things["case:long"]
    url = stage.home.url(f"case/{long.values['number']}/")
    return [*pages(stage), Page("case", url, frozenset({"gao", "zhou", "lin", "sun"}))]


def dearest(stage: Stage, page: Page) -> Cost | None:
    """What the page costs for the reader to whom it costs most; None for an address that leads elsewhere."""
    readers = [reader for reader in sorted(page.readers) if ask(stage, page, reader).status == OK]
    if not readers:
        return None
    # Rules and templates have been compiled by now, once for each process.
    first = max((ask(stage, page, reader) for reader in readers), key=lambda cost: cost.ms)
    again = [ask(stage, page, first.reader) for _ in range(TIMES)]
    here = statistics.median(cost.here for cost in again)
    return replace(first, here=here, database=min(cost.database for cost in again))


def ask(stage: Stage, page: Page, reader: str) -> Cost:
    client: Client = stage.clients[reader]
    connection.ensure_connection()
    calls, speed = Calls(), YARDSTICK.speed()
    with connection.execute_wrapper(calls):
        started, database = time.process_time(), server_seconds()
        answer = client.get(page.path)
        worked, database = time.process_time() - started, server_seconds() - database
    speed = (speed + YARDSTICK.speed()) / 2
    if connection.vendor == "sqlite":
        database = calls.worked
    return Cost(
        page.path,
        reader,
        answer.status_code,
        calls.count,
        (worked - calls.worked) * speed * 1000,
        database * speed * 1000,
        len(gzip.compress(answer.content)) / 1024,
    )


def server_seconds() -> float:
    """What PostgreSQL's process of this connection has worked; the clock where that is not known."""
    if connection.vendor != "postgresql":
        return 0.0
    process = Path(f"/proc/{connection.connection.info.backend_pid}")
    if (process / "comm").exists() and (process / "comm").read_text().strip() == "postgres":
        return int((process / "schedstat").read_text().split()[0]) / 1e9
    return time.perf_counter()


class Calls:
    """Counts the calls of the database, and the seconds that this process works in them."""

    def __init__(self) -> None:
        self.count, self.worked = 0, 0.0

    def __call__(self, execute: Callable[..., Any], *given: Any) -> Any:
        started = time.process_time()
        try:
            return execute(*given)
        finally:
            self.count += 1
            self.worked += time.process_time() - started


class Yardstick:
    """How fast the processor is, which other processes share: 1 at its best so far."""

    def __init__(self) -> None:
        self.best = min(self._seconds() for _ in range(100))

    def speed(self) -> float:
        taken = self._seconds()
        self.best = min(self.best, taken)
        return self.best / taken

    def _seconds(self) -> float:
        started = time.process_time()
        words: dict[str, tuple[int, str]] = {}
        for number in range(10_000):
            words[str(number % 97)] = (number, str(number))
        return time.process_time() - started


YARDSTICK = Yardstick()

if __name__ == "__main__":
    raise SystemExit(main())
