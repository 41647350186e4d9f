"""Random histories played through the real verbs: months of complaints, with everything that goes wrong.

`play` advances all cases of a company together, in the order of time, and sweeps in between. The same seed
gives the same history. Verbs that are refused are simply not done: the history is what the product allowed.
"""

import heapq
import random
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from complaints.models import OPEN, Complaint, Deadline, State
from complaints.services import (
    accept,
    close,
    consent,
    correct,
    explain_only,
    follow_up,
    grade,
    merge,
    pause,
    register,
    reject,
    reopen,
    resume,
    tell,
)
from escalation.models import ExtensionRequest
from escalation.services.extensions import ask_extension, decide_extension
from escalation.sweep import sweep
from organizations.errors import Refused
from policies.services import adopt_policy
from tests.world import Company, intake
from tickets.models import Ticket
from tickets.services import (
    dispatch,
    file_result,
    record_work,
    return_ticket,
    sign_for,
    withdraw_ticket,
)

Life = Generator[timedelta, None, None]
CRITERIA = {
    "minor": ["slight_inconvenience"],
    "important": ["fault", "repeated"],
    "major": ["promise_unsolved", "loss_or_injury", "group_or_media"],
}
CATEGORIES = [
    "lift",
    "water_power",
    "leakage",
    "cleaning",
    "garbage",
    "theft",
    "rude",
    "slow",
    "waiting",
    "other",
    "",
]
CHANNELS = ["phone", "phone", "phone", "visit", "wechat", "hotline"]

# On top of the standard rules: a limit that only should be kept, and one in business hours.
OVERLAY = """
pack:
  id: test.overlay
  version: 1
  title: 测试制度
  industry: general
  language: zh-CN
  extends: standard
duties:
  items:
    - id: quick_receipt
      title: 尽快签收
      owner: dept_head
      each: ticket
      from: dispatched
      to: acknowledged
      limits: [{value: 20, unit: min, calendar: clock, force: should}]
    - id: first_answer
      title: 首次答复
      owner: receptionist
      from: [recorded, reopened]
      to: told
      limits: [{value: 12, unit: bh, calendar: desk, force: must}]
"""


@dataclass(frozen=True)
class Staff:
    """Who acts in a company, by user name: at the desk, above it, and at the head of each department's
    code. `supervisor` is the one whom the rules let stop the clock."""

    desk: str
    boss: str
    heads: dict[str, str]
    deciders: Sequence[str]
    supervisor: str


PROPERTY = Staff("lin", "gao", {"works": "sun", "lifts": "he", "cleaning": "mao"}, ("qian", "gao"), "zhou")
HOSPITAL = Staff("bai", "fang", {"clinic": "tang"}, ("fang",), "fang")  # who may not: nobody does


def adopt_overlay(company: Company, folder: Path, now: datetime) -> None:
    path = folder / "overlay.yaml"
    path.write_text(OVERLAY, encoding="utf-8")
    with company.scope():
        adopt_policy(organization=company.organization, path=path, now=now, publish=True)


def play(
    company: Company,
    staff: Staff,
    *,
    seed: int,
    cases: int,
    start: datetime,
    end: datetime,
    stops: Sequence[tuple[datetime, Callable[[], None]]] = (),
) -> None:
    """Let `cases` complaints come in between start and end and live on as long as they do.

    Each of `stops` is (moment, what to do then): everything before the moment has happened, the sweep has run
    at the moment itself, and nothing after it has.
    """
    dice = random.Random(seed)
    edges = [moment for moment, _ in stops]
    queue: list[tuple[datetime, int, _Case | None]] = []
    for number in range(cases):
        came = start + (end - start) * dice.random()
        case = _Case(company, staff, random.Random(f"{seed}-{number}"), edges)
        queue.append((came.replace(microsecond=0), number, case))
    sweeps = int((end - start + timedelta(days=40)) / timedelta(hours=31))
    queue += [(start + timedelta(hours=31 * step), cases + step, None) for step in range(sweeps)]
    heapq.heapify(queue)
    waiting = sorted(stops, key=lambda stop: stop[0])
    while queue:
        at, number, case = heapq.heappop(queue)
        while waiting and waiting[0][0] <= at:
            moment, act = waiting.pop(0)
            sweep(moment)
            act()
        if case is None:
            sweep(at)
            continue
        case.now = at
        with company.scope():
            wait = next(case.life, None)
        if wait is not None:
            heapq.heappush(queue, (at + wait, number, case))


class _Case:
    """One complaint and the people around it. `now` is set before every step of `life`."""

    def __init__(
        self, company: Company, staff: Staff, dice: random.Random, edges: Sequence[datetime]
    ) -> None:
        self.company, self.staff, self.dice, self.edges = company, staff, dice, edges
        self.now = datetime.max
        self.case: Complaint | None = None
        self.life = self._life()
        self.desk, self.boss = company.actor(staff.desk), company.actor(staff.boss)
        self.supervisor = company.actor(staff.supervisor)

    def _life(self) -> Life:
        self._register()
        yield self._minutes(0, 20)
        if self._chance(0.04):
            return
        if self._chance(0.14):
            yield from self._turn_away()
            return
        self._try(accept, actor=self.desk, complaint=self.case, reason="on_site_work")
        while True:
            yield from self._one_round()
            if not self._chance(0.25) or not self._again():
                return

    def _register(self) -> None:
        tier = self.dice.choice(["minor", "minor", "important", "major", ""])
        received = self.now - timedelta(minutes=self.dice.choice([0, 0, 3, 90]))
        # A case written down after the month it was received in would change that month, rightly.
        if any(received < edge <= self.now for edge in self.edges):
            received = self.now
        self.case = register(
            actor=self.desk,
            intake=intake(
                subject=f"{self.dice.choice(['电梯停运', '楼道漏水', '收费有误'])} 13812345678 王女士",
                channel=self.dice.choice(CHANNELS),
                category=self.dice.choice(CATEGORIES),
                tier=tier,
                tier_criterion=self.dice.choice(CRITERIA[tier]) if tier else "",
                received_at=received,
            ),
            now=self.now,
        )

    def _turn_away(self) -> Life:
        yield self._hours(0, 60)
        if self._chance(0.5):
            self._try(
                explain_only, actor=self.desk, complaint=self.case, reason="explained_ok", note="已说明"
            )
        else:
            reason = self.dice.choice(["not_ours", "no_facts", "already_settled"])
            self._try(reject, actor=self.desk, complaint=self.case, reason=reason)

    def _one_round(self) -> Life:
        while True:
            yield self._minutes(0, 25)
            lead, *helpers = self.dice.sample(list(self.staff.heads), k=min(2, len(self.staff.heads)))
            departments = self.company.departments
            self._try(
                dispatch,
                actor=self.desk,
                complaint=self.case,
                lead=departments[lead],
                helpers=[departments[code] for code in helpers if self._chance(0.2)],
            )
            yield self._minutes(0, 150)
            if not self._chance(0.15):
                break
            if self._chance(0.3):
                wrong = {"reason": "派错部门", "only_lead": True}
                self._each_ticket(withdraw_ticket, "dispatched", by=self.desk, **wrong)
                continue
            self._each_ticket(
                return_ticket, "dispatched", cause="not_our_duty", reason="不归我们管", only_lead=True
            )
        if self._chance(0.05):
            self._merge()
        self._each_ticket(sign_for, "dispatched")
        for _ in range(self.dice.randrange(4)):
            yield self._hours(0, 20)
            self._something()
        yield self._hours(1, 70)
        self._each_ticket(file_result, "signed", result="已处理", outcome="solved")
        yield self._hours(0, 6)
        self._try(tell, actor=self.desk, complaint=self.case, summary="已答复", outcome="solved")
        yield from self._ask_again()

    def _merge(self) -> None:
        others = Complaint.objects.filter(state__in=OPEN).exclude(pk=self.case.pk).order_by("pk")
        if other := others.last():
            self._try(merge, actor=self.desk, complaint=self.case, into=other, reason="同一件事")

    def _ask_again(self) -> Life:
        yield self._hours(1, 220)
        while self._chance(0.3):
            self._try(follow_up, actor=self.desk, complaint=self.case, reached=False)
            yield self._hours(1, 30)
        if self._chance(0.85):
            said = self.dice.choice(["satisfied", "satisfied", "fair", "unsatisfied"])
            solved = said != "unsatisfied" or self._chance(0.3)
            self._try(
                follow_up,
                actor=self.desk,
                complaint=self.case,
                reached=True,
                solved=solved,
                satisfaction=said,
            )
        yield self._hours(0, 50)
        if self._chance(0.9):
            self._try(consent, actor=self.boss, complaint=self.case, role="general_manager")
            self._try(close, actor=self.desk, complaint=self.case)
            yield self._hours(0, 200)

    def _again(self) -> bool:
        self._try(reopen, actor=self.desk, complaint=self.case, reason="问题又出现了")
        return self.case.state == State.ACCEPTED

    def _something(self) -> None:
        self.dice.choice([self._regrade, self._correct, self._stop_clock, self._more_time, self._work])()

    def _regrade(self) -> None:
        tier = self.dice.choice(list(CRITERIA))
        criterion = self.dice.choice(CRITERIA[tier])
        self._try(
            grade, actor=self.desk, complaint=self.case, tier=tier, criterion=criterion, reason="情况有变"
        )

    def _correct(self) -> None:
        field, values = self.dice.choice([("category", CATEGORIES), ("channel", CHANNELS)])
        self._try(correct, actor=self.desk, complaint=self.case, field=field, value=self.dice.choice(values))

    def _stop_clock(self) -> None:
        if self.case.paused_at is None:
            self._try(pause, actor=self.supervisor, complaint=self.case, cause="parts", reason="等配件")
        else:
            self._try(resume, actor=self.desk, complaint=self.case)

    def _more_time(self) -> None:
        row = Deadline.objects.filter(complaint=self.case, duty="solve", state="open").first()
        if row and row.due_at:
            ticket = Ticket.objects.filter(complaint=self.case, part="lead").last()
            self._try(
                ask_extension,
                actor=self._head(ticket),
                deadline=row,
                wanted_due_at=row.due_at + timedelta(hours=self.dice.choice([12, 48])),
                reason="需要更多时间",
                contents={"reason": "需要更多时间", "new_due": "见上"},
            )
            self._decide_on_time()

    def _decide_on_time(self) -> None:
        for waiting in ExtensionRequest.objects.filter(complaint=self.case, state="asked"):
            for name in self.staff.deciders:
                approve = self._chance(0.7)
                self._try(
                    decide_extension,
                    actor=self.company.actor(name),
                    request=waiting,
                    approve=approve,
                    reason="按规定",
                )

    def _work(self) -> None:
        self._each_ticket(record_work, "signed", note="现场查看")

    def _each_ticket(self, verb, state: str, *, only_lead: bool = False, by=None, **arguments) -> None:
        for ticket in Ticket.objects.filter(complaint=self.case, state=state).select_related("complaint"):
            if ticket.part == "lead" or not only_lead:
                self._try(verb, actor=by or self._head(ticket), ticket=ticket, **arguments)

    def _head(self, ticket: Ticket):
        codes = {department.pk: code for code, department in self.company.departments.items()}
        return self.company.actor(self.staff.heads[codes[ticket.department_id]])

    def _try(self, verb, **arguments) -> None:
        try:
            verb(now=self.now, **arguments)
        except Refused:
            pass
        self.case.refresh_from_db()

    def _chance(self, share: float) -> bool:
        return self.dice.random() < share

    def _minutes(self, least: int, most: int) -> timedelta:
        return timedelta(seconds=self.dice.randint(least * 60, most * 60))

    def _hours(self, least: int, most: int) -> timedelta:
        return timedelta(seconds=self.dice.randint(least * 3600, most * 3600))
