"""How long the list of cases, its filters and the search take.

    HUIYIN_DATA=/tmp/bench .venv/bin/python -m benchmarks.case_list --cases 10000
    DATABASE_URL=postgres://postgres@127.0.0.1/bench .venv/bin/python -m benchmarks.case_list

Migrates the database, fills a new organization with that many cases (their events and deadlines as the verbs
would have left them, their texts put together from the packs), and asks for pages as the desk's supervisor
does. Prints the best of five times, the processor's time of this process (on SQLite that is all there is),
and the number of queries. Nothing is cleaned up.
"""

import argparse
import itertools
import random
import re
import time
from datetime import timedelta

from benchmarks.month_figures import START, Maker  # sets Django up

from django.core.management import call_command  # isort: skip
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from complaints.models import Complaint
from organizations.models import Department, Organization, Role, User
from organizations.services import add_department, create_organization, grant_role
from policies.services import PACKS_DIR, adopt_policy
from tickets.models import Ticket

CHUNK = 1000
PATHS = (
    "cases/",
    "cases/?per=200",
    "cases/?state=open",
    "cases/?state=open&overdue=on&sort=due",
    "cases/?department={department}&category=repair",
    "cases/?mine=on",
    "cases/?open_task=on",
    "cases/?received_from=2026-10-01&received_to=2026-10-31&tier=major",
    "cases/?sort=due",
    "cases/?sort=tier",
    "cases/?sort=department",
    "cases/?q=投诉",
    "cases/?q=锅炉爆裂",
    "cases/?q=没有谁",
    "cases/?q=5567",
    "cases/?q={number}",
    "search/?q=投诉",
    "search/?q=锅炉爆裂",
    "cases/export.csv?state=open",
    "cases/export.csv",
    "cases/export.xlsx",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=10_000)
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    settings.ALLOWED_HOSTS = ["*"]
    organization = fill(options.cases)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for name in ("supervisor", "head"):
        measure(organization, name)


def measure(organization: Organization, name: str) -> None:
    client = Client()
    client.force_login(User.objects.get(username=f"{name}-{organization.slug}"))
    with scope(organization=organization):
        department, case = Department.objects.get(code="d0"), Complaint.objects.earliest("pk")
    words = {"department": department.pk, "number": case.number}
    client.get(f"/o/{organization.slug}/cases/")  # the rules are compiled once for each process
    print(name)
    for path in PATHS:
        times, worked, count = [], [], 0
        for _ in range(1 if "export" in path else 5):
            started, working = time.perf_counter(), time.process_time()
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(f"/o/{organization.slug}/{path.format(**words)}")
                body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            times.append(time.perf_counter() - started)
            worked.append(time.process_time() - working)
            count = len(queries)
        assert answer.status_code == 200, (path, answer.status_code)
        spent = f"{min(times) * 1000:7.1f} ms {min(worked) * 1000:7.1f} ms here"
        print(f"  {spent} {count:4d} queries {len(body) // 1024:6d} KB  {path}")


def fill(cases: int) -> Organization:
    slug = f"bench-{int(time.time())}"
    organization = create_organization(slug=slug, name="长青物业服务有限公司", now=START)
    with scope(organization=organization):
        adopt_policy(organization=organization, path=PACKS_DIR / "standard.yaml", now=START, publish=True)
        desk = add_department(organization=organization, name="客服中心", code="desk", is_desk=True)
        departments = [
            add_department(organization=organization, name=f"部门{place}", code=f"d{place}")
            for place in range(20)
        ]
        people = {}
        for name, department, role in (
            ("supervisor", desk, Role.DESK_SUPERVISOR),
            ("head", departments[0], Role.DEPT_HEAD),
        ):
            people[name] = User.objects.create(username=f"{name}-{slug}", display_name=name)
            grant_role(user=people[name], department=department, role=role, now=START)
        maker = TextMaker(organization, desk, departments)
        for start in range(0, cases, CHUNK):
            maker.make(range(start, min(start + CHUNK, cases)), cases)
        sent = Complaint.objects.exclude(lead_department=None).order_by("pk")
        for number, case in enumerate(sent.iterator()):
            maker.tickets.append(maker.ticket(case, number, people["head"]))
        Ticket.objects.bulk_create(maker.tickets, batch_size=CHUNK)
    return organization


class TextMaker(Maker):
    """Cases with the words that people use: the commonest pieces of the packs' sentences come up often."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        text = "".join(path.read_text() for path in sorted(PACKS_DIR.glob("*.yaml")))
        pieces = set(re.findall("[\u4e00-\u9fff0-9]{4,30}", text))
        self.pieces = random.Random(7).sample(sorted(pieces), len(pieces))
        self.weights = list(itertools.accumulate(1 / (place + 5) for place in range(len(pieces))))
        self.tickets: list[Ticket] = []

    def _case(self, number: int, total: int) -> Complaint:
        case = super()._case(number, total)
        said = self.dice.choices(self.pieces, cum_weights=self.weights, k=10)
        case.subject, case.content, case.request = "".join(said[:2]), "，".join(said[2:9]), said[9]
        if number % max(total // 10, 1) == 7:
            case.content += "，锅炉爆裂"
        case.complainant_phone = f"138{self.dice.randrange(10**8):08d}"
        building, unit = self.dice.randint(1, 30), self.dice.randint(1, 4)
        case.place = f"{building}号楼{unit}单元{self.dice.randint(101, 2504)}"
        return case

    def ticket(self, case: Complaint, number: int, handler: User) -> Ticket:
        done = case.closed_at is not None or case.state in ("handled", "told", "followed_up")
        return Ticket(
            organization=self.organization,
            complaint=case,
            number=f"GD-{number:07d}",
            department=case.lead_department,
            part=Ticket.Part.LEAD,
            state=Ticket.State.DONE if done else Ticket.State.SIGNED,
            dispatched_at=case.received_at + timedelta(minutes=5),
            handler=handler if number % 50 == 0 else None,
        )


if __name__ == "__main__":
    main()
