"""Many due rows at once, written directly: for counting and for fairness, where only the number matters."""

from datetime import datetime, timedelta

from complaints.models import Complaint, Deadline, State
from policies.selectors import current_version
from tests.world import Company

LADDER = (
    (0, "warn", timedelta(minutes=9), ["owner"]),
    (1, "breach", timedelta(minutes=10), ["owner", "desk_supervisor"]),
    (2, "ladder", timedelta(minutes=15), ["dept_manager"]),
    (3, "ladder", timedelta(minutes=20), ["general_manager"]),
)


def ladder(start: datetime) -> list[dict]:
    return [
        {"rung": rung, "kind": kind, "at": (start + after).isoformat(), "to": to}
        for rung, kind, after, to in LADDER
    ]


def add_cases(
    company: Company,
    count: int,
    start: datetime,
    *,
    duty: str = "dispatch",
    owner: str = "receptionist",
    department: str = "desk",
    prefix: str = "X",
    step: timedelta = timedelta(0),
) -> list[Deadline]:
    """`count` accepted cases with one running deadline each, begun at `start` (and every `step` after it)."""
    organization = company.organization
    desk, place = company.departments["desk"], company.departments[department]
    clerk = next(iter(company.people.values()))  # who recorded a case is who is told of the desk's limits
    with company.scope():
        version = current_version(organization)
        cases = Complaint.objects.bulk_create(
            [
                Complaint(
                    organization=organization,
                    number=f"{prefix}{n:06}",
                    channel="phone",
                    subject=f"第{n}件",
                    content="…",
                    desk=desk,
                    policy=version,
                    state=State.ACCEPTED,
                    received_at=start,
                    recorded_at=start,
                    recorded_by=clerk,
                )
                for n in range(count)
            ]
        )
        rows = []
        for n, case in enumerate(cases):
            begun = start + n * step
            rungs = ladder(begun)
            rows.append(
                Deadline(
                    organization=organization,
                    complaint=case,
                    duty=duty,
                    owner_role=owner,
                    department=place,
                    started_at=begun,
                    warn_at=begun + LADDER[0][2],
                    due_at=begun + LADDER[1][2],
                    first_due_at=begun + LADDER[1][2],
                    ladder=rungs,
                    next_fire_at=begun + LADDER[0][2],
                )
            )
        return Deadline.objects.bulk_create(rows)
