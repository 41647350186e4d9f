"""How long the figures and the document of a month take.

    HUIYIN_DATA=/tmp/bench .venv/bin/python -m benchmarks.month_figures --cases 10000 [--pdf FILE]
    DATABASE_URL=postgres://postgres@127.0.0.1/bench .venv/bin/python -m benchmarks.month_figures

Migrates the database, fills a new organization with that many cases a month for three months (their events
and deadlines as the verbs would have left them, without playing the verbs), and prints the times of the
second month, computed a month after its end, which is the dearer case. Nothing is cleaned up.

10,000 cases a month on two busy cores: figures 1.4 s on SQLite and on PostgreSQL, document 2.5 s, 243 MB.
"""

import argparse
import os
import random
import resource
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django_scopes import scope  # noqa: E402

from complaints.deadlines import new_rows  # noqa: E402
from complaints.models import CaseEvent, Complaint, Deadline, State  # noqa: E402
from escalation.models import Firing  # noqa: E402
from organizations.models import Department, Organization  # noqa: E402
from organizations.services import add_department, create_organization  # noqa: E402
from policies.selectors import current_version  # noqa: E402
from policies.services import PACKS_DIR, adopt_policy  # noqa: E402
from reporting.document import render_pdf  # noqa: E402
from reporting.statistics import month_figures  # noqa: E402

START = datetime(2026, 8, 31, 16, tzinfo=UTC)  # midnight of 1 September in Shanghai
MONTHS, CHUNK = 3, 1000
CATEGORIES = [
    "lift",
    "water_power",
    "leakage",
    "lighting",
    "cleaning",
    "garbage",
    "theft",
    "pets",
    "rude",
    "slow",
]
CATEGORIES += [
    "billing_error",
    "renovation",
    "space",
    "parking_fee",
    "trapped",
    "poor_work",
    "greening",
    "other",
]
SUBJECTS = [
    "3号楼电梯频繁停运,老人上下楼困难",
    "楼道照明损坏多日无人修理",
    "物业费账单与合同约定不一致,要求说明",
]
SUBJECTS += ["夜间装修噪音扰民", "地下车库渗水导致车辆受损,要求赔偿并彻底维修", "垃圾清运不及时,异味严重"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=10_000, help="cases a month")
    parser.add_argument("--pdf", type=Path, help="write the document here")
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    organization = fill(options.cases)
    with scope(organization=organization):
        measure(organization, options.pdf)


def measure(organization: Organization, pdf_path: Path | None) -> None:
    month = date(2026, 10, 1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    month_figures(organization, month)
    started = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        figures = month_figures(organization, month)
    print(f"figures {time.perf_counter() - started:.2f} s, {len(queries)} queries; slowest:")
    for query in sorted(queries.captured_queries, key=lambda row: -float(row["time"]))[:5]:
        print(f"  {query['time']} s {query['sql'][:110]}")
    started = time.perf_counter()
    pdf = render_pdf(figures, produced_at=START + timedelta(days=92))
    print(f"document {time.perf_counter() - started:.2f} s, {len(pdf) / 1024:.0f} KB")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    print({name: row["value"] for name, row in figures["counts"].items()})
    if pdf_path:
        pdf_path.write_bytes(pdf)


def fill(cases_a_month: int) -> Organization:
    slug = f"bench-{int(time.time())}"
    organization = create_organization(slug=slug, name="长青物业服务有限公司", now=START)
    with scope(organization=organization):
        adopt_policy(organization=organization, path=PACKS_DIR / "standard.yaml", now=START, publish=True)
        desk = add_department(organization=organization, name="客服中心", code="desk", is_desk=True)
        names = ["工程部", "保洁部", "秩序维护部", "财务部", "绿化部", "停车管理处"]
        departments = [
            add_department(organization=organization, name=name, code=f"d{place}")
            for place, name in enumerate(names)
        ]
        maker = Maker(organization, desk, departments)
        number, total = 0, cases_a_month * MONTHS
        while number < total:
            chunk = range(number, min(number + CHUNK, total))
            maker.make(chunk, total)
            number = chunk.stop
    return organization


class Maker:
    """Cases as the verbs would have left them by the end of the third month."""

    def __init__(self, organization: Organization, desk: Department, departments: list[Department]) -> None:
        self.organization, self.desk, self.departments = organization, desk, departments
        self.version = current_version(organization)
        self.dice = random.Random(7)
        self.until = START + timedelta(days=91)

    def make(self, numbers: range, total: int) -> None:
        cases = Complaint.objects.bulk_create([self._case(number, total) for number in numbers])
        events = CaseEvent.objects.bulk_create([event for case in cases for event in self._events(case)])
        Complaint.objects.bulk_update(
            cases, ["state", "closed_at", "last_event_at", "lead_department", "round"]
        )
        of_case: dict[int, list[CaseEvent]] = {}
        for event in events:
            of_case.setdefault(event.complaint_id, []).append(event)
        rows = [row for case in cases for row in new_rows(case, of_case[case.pk])]
        rows = Deadline.objects.bulk_create(rows)
        Firing.objects.bulk_create([firing for row in rows for firing in self._firings(row)])
        Deadline.objects.filter(next_fire_at__lt=self.until).update(next_fire_at=None)

    def _case(self, number: int, total: int) -> Complaint:
        at = START + timedelta(days=91) * (number / total)
        return Complaint(
            organization=self.organization,
            number=f"TS{at:%Y%m}-{number:06d}",
            desk=self.desk,
            policy=self.version,
            received_at=at,
            recorded_at=at,
            channel=self.dice.choice(["phone", "phone", "phone", "visit", "wechat", "web", "hotline"]),
            category=self.dice.choice(CATEGORIES[: self.dice.randint(1, len(CATEGORIES))]),
            tier=self.dice.choice(["minor", "minor", "minor", "important", "important", "major"]),
            subject=self.dice.choice(SUBJECTS),
            complainant_name="王女士",
        )

    def _events(self, case: Complaint) -> Iterator[CaseEvent]:
        department = self.departments[case.pk % 7 % len(self.departments)]
        facts = {"tier": case.tier, "category": case.category, "channel": case.channel}
        said = self.dice.choice(["satisfied", "satisfied", "satisfied", "fair", "unsatisfied"])
        steps = [
            ("recorded", 0.0, State.RECORDED, {"facts": facts}),
            ("accepted", 0.02, State.ACCEPTED, {"reason": "on_site_work"}),
            ("dispatched", 0.3, State.DISPATCHED, {"part": "lead"}),
            ("acknowledged", 1.5, State.IN_HAND, {}),
            ("handled", 60.0, State.HANDLED, {"facts": {"outcome": "solved"}}),
            ("told", 3.0, State.TOLD, {}),
            ("follow_up_done", 170.0, State.FOLLOWED_UP, {"facts": {"satisfaction": said, "solved": True}}),
            ("closed", 24.0, State.CLOSED, {}),
        ]
        if self.dice.random() < 0.06:
            steps[1:] = [
                ("rejected", 5.0, State.REJECTED, {"reason": self.dice.choice(["not_ours", "no_facts"])})
            ]
        at = case.received_at
        for kind, longest, state, data in steps:
            at += timedelta(hours=longest * self.dice.random() ** 2)
            if at >= self.until:
                return
            ticket = kind in ("dispatched", "acknowledged", "handled")
            case.state, case.last_event_at = state, at
            if ticket:
                case.lead_department = department
            if state in (State.CLOSED, State.REJECTED):
                case.closed_at = at
            yield CaseEvent(
                organization=self.organization,
                complaint=case,
                kind=kind,
                at=at,
                recorded_at=at,
                data=data,
                ticket_ref=case.pk if ticket else 0,
                department=department if ticket else None,
            )

    def _firings(self, row: Deadline) -> Iterator[Firing]:
        for rung in row.ladder:
            at = datetime.fromisoformat(rung["at"])
            if at < min(row.met_at or self.until, self.until):
                yield Firing(
                    organization=self.organization,
                    deadline=row,
                    complaint=row.complaint,
                    duty=row.duty,
                    revision=row.revision,
                    rung=rung["rung"],
                    kind=rung["kind"],
                    due_at=at,
                    decided_at=at,
                )


if __name__ == "__main__":
    main()
