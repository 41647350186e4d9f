"""One case in the play: the verbs of the product, done by the right person at the time of the stage."""

from datetime import datetime, timedelta

from complaints.models import Complaint, Deadline
from complaints.services import (
    Intake,
    close,
    consent,
    correct,
    explain_only,
    follow_up,
    grade,
    pause,
    register,
    reject,
    reopen,
    resume,
    tell,
)
from complaints.services import accept as accept_case
from escalation.models import ExtensionRequest
from escalation.services import ask_extension, decide_extension
from organizations.actors import Actor
from organizations.models import Department, Role
from reporting.demo.company import HANDLERS, HEADS
from reporting.demo.play import Stage
from reporting.demo.scenery import Enquiry, Matter, Resident
from tickets.models import Ticket
from tickets.services import assign, dispatch, file_result, log_call, record_work, return_ticket, sign_for

SOLVE_HOURS = {"minor": 24, "important": 48, "major": 72}


class Case:
    """A case with its caller and its matter. Every method is one verb at `stage.now`."""

    complaint: Complaint  # from `register` or `call` on

    def __init__(self, stage: Stage, matter: Matter, *, desk: str = "desk") -> None:
        self.stage, self.matter, self.desk_login = stage, matter, desk
        self.random = stage.random
        self.resident: Resident = stage.scenery.resident()
        self.department = matter.department
        self.tickets: dict[str, Ticket] = {}
        self.request: ExtensionRequest | None = None
        self.works = list(matter.works)

    # --- time ---

    @property
    def now(self) -> datetime:
        return self.stage.now

    def after(self, low: float, high: float) -> datetime:
        """Some minutes from now."""
        return self.now + timedelta(minutes=self.random.uniform(low, high))

    def share(self, low: float, high: float) -> datetime:
        """When some share of the solve limit has passed since the registration; by day if possible."""
        limit, start = timedelta(hours=SOLVE_HOURS[self.complaint.tier]), self.complaint.recorded_at
        for _attempt in range(8):
            moment = max(start + limit * self.random.uniform(low, high), self.after(5, 20))
            if 8 <= moment.astimezone(self.stage.zone).hour < 21:
                break
        return moment

    def day(self, low: int, high: int) -> datetime:
        """Some days from now, in office hours."""
        local = (self.now + timedelta(days=self.random.randint(low, high))).astimezone(self.stage.zone)
        return local.replace(hour=self.random.randint(9, 17), minute=self.random.randrange(60))

    # --- people ---

    def actor(self, login: str) -> Actor:
        return self.stage.company.actors[login]

    @property
    def desk(self) -> Actor:
        return self.actor(self.desk_login)

    @property
    def supervisor(self) -> Actor:
        return self.actor("supervisor")

    @property
    def head(self) -> Actor:
        return self.actor(HEADS[self.department])

    @property
    def worker(self) -> Actor:
        return self.actor(HANDLERS.get(self.department, HEADS[self.department]))

    def place(self, code: str) -> Department:
        return self.stage.company.departments[code]

    # --- the desk ---

    def fill_in(self, text: str) -> str:
        home = self.resident
        return text.format(building=home.building, unit=home.unit, room=home.room)

    def intake(self) -> Intake:
        matter, channel = self.matter, self.stage.scenery.channel()
        return Intake(
            channel=channel,
            subject=self.fill_in(matter.subject),
            content=self.fill_in(self.random.choice(matter.contents)),
            request=matter.request,
            complainant_name=self.resident.name,
            complainant_phone=self.resident.phone,
            complainant_type="owner",
            place=self.resident.room,
            nature=matter.nature,
            category=matter.category,
            tier=matter.tier,
            tier_criterion=matter.criterion,
            external_number=f"12345-{self.now:%Y%m%d%H%M%S}" if channel == "hotline" else "",
        )

    def register(self) -> None:
        self.complaint = register(actor=self.desk, intake=self.intake(), now=self.now)

    def settle(self, enquiry: Enquiry) -> None:
        """What the desk writes down before it explains or refuses."""
        intake = Intake(
            channel=self.stage.scenery.channel(),
            subject=enquiry.subject,
            content=enquiry.content,
            complainant_name=self.resident.name,
            complainant_phone=self.resident.phone,
            complainant_type="owner",
            place=self.resident.room,
            nature=enquiry.nature,
            category=enquiry.category,
        )
        self.complaint = register(actor=self.desk, intake=intake, now=self.now)

    def explain(self, enquiry: Enquiry) -> None:
        explain_only(
            actor=self.desk, complaint=self.complaint, note=enquiry.note, now=self.now, reason="explained_ok"
        )

    def reject(self, enquiry: Enquiry) -> None:
        reject(
            actor=self.supervisor,
            complaint=self.complaint,
            reason=enquiry.reason,
            note=enquiry.note,
            now=self.now,
        )

    def accept(self) -> None:
        accept_case(actor=self.desk, complaint=self.complaint, now=self.now)

    def call(self) -> None:
        self.complaint = log_call(actor=self.desk, intake=self.intake(), now=self.now)

    def dispatch(self, *, to: str = "", helpers: tuple[str, ...] = ()) -> None:
        self.department = to or self.matter.department
        tickets = dispatch(
            actor=self.desk,
            complaint=self.complaint,
            lead=self.place(self.department),
            helpers=[self.place(code) for code in helpers],
            now=self.now,
        )
        self.tickets = dict(zip((self.department, *helpers), tickets, strict=True))

    def regrade(self, tier: str, criterion: str, reason: str) -> None:
        self.complaint = grade(
            actor=self.supervisor,
            complaint=self.complaint,
            tier=tier,
            criterion=criterion,
            reason=reason,
            now=self.now,
        )

    def correct_phone(self) -> None:
        correct(
            actor=self.desk,
            complaint=self.complaint,
            field="complainant_phone",
            value=f"1380000{self.random.randrange(10000):04d}",
            reason="来电核对，原号码有误",
            now=self.now,
        )

    def pause(self, cause: str, reason: str) -> None:
        pause(actor=self.supervisor, complaint=self.complaint, cause=cause, reason=reason, now=self.now)

    def resume(self, reason: str) -> None:
        resume(actor=self.supervisor, complaint=self.complaint, reason=reason, now=self.now)

    def tell(self) -> None:
        tell(
            actor=self.desk,
            complaint=self.complaint,
            summary=self.matter.told,
            outcome="solved",
            now=self.now,
        )

    def attempt(self) -> None:
        note = self.random.choice(("电话无人接听", "电话关机", "业主称正在开会，请改日再打"))
        follow_up(actor=self.desk, complaint=self.complaint, reached=False, note=note, now=self.now)

    def follow_up(self, satisfaction: str, *, solved: bool = True) -> None:
        notes = {
            "satisfied": "业主表示问题已解决，对处理速度满意。",
            "fair": "业主表示基本解决，希望以后更快一些。",
            "unsatisfied": "业主表示不满意，希望加强日常管理。"
            if solved
            else "业主表示问题又出现了，没有解决。",
        }
        follow_up(
            actor=self.desk,
            complaint=self.complaint,
            reached=True,
            solved=solved,
            satisfaction=satisfaction,
            note=notes[satisfaction],
            now=self.now,
        )

    def reopen(self) -> None:
        self.complaint = reopen(
            actor=self.supervisor, complaint=self.complaint, reason="回访时业主反映问题再次出现", now=self.now
        )
        self.works = ["重新到场复查，扩大排查范围。"]

    def close(self) -> None:
        close(actor=self.desk, complaint=self.complaint, now=self.now)

    # --- the department ---

    def sign(self) -> None:
        for code, ticket in self.tickets.items():
            sign_for(actor=self.actor(HEADS[code]), ticket=ticket, now=self.now)

    def assign(self) -> None:
        if self.department in HANDLERS:
            assign(actor=self.head, ticket=self.lead, handler=self.worker.user, now=self.now)

    @property
    def lead(self) -> Ticket:
        return self.tickets[self.department]

    def work(self) -> None:
        note = self.works.pop(0) if self.works else "持续跟进中。"
        record_work(actor=self.worker, ticket=self.lead, note=note, now=self.now)

    def give_back(self, cause: str, reason: str) -> None:
        return_ticket(actor=self.head, ticket=self.lead, cause=cause, reason=reason, now=self.now)

    def finish(self) -> None:
        """The helpers file their part first, then the leading department."""
        for code, ticket in self.tickets.items():
            if code != self.department:
                file_result(
                    actor=self.actor(HEADS[code]), ticket=ticket, result="已完成配合事项。", now=self.now
                )
        number = self.random.randrange(len(self.matter.results))
        file_result(
            actor=self.worker,
            ticket=self.lead,
            result=self.fill_in(self.matter.results[number]),
            cause=self.matter.causes[number % len(self.matter.causes)],
            outcome=self.random.choices(("solved", "explained", "partly"), (88, 7, 5))[0],
            liability=self.random.choices(
                ("company", "facility", "partner", "complainant"), (45, 30, 15, 10)
            )[0],
            now=self.now,
        )

    # --- managers ---

    def ask_for_time(self, hours: int, reason: str) -> None:
        deadline = (
            Deadline.objects.select_related("complaint")
            .filter(complaint=self.complaint, duty="solve", state=Deadline.State.OPEN)
            .get()
        )
        assert deadline.due_at is not None
        self.request = ask_extension(
            actor=self.head,
            deadline=deadline,
            wanted_due_at=deadline.due_at + timedelta(hours=hours),
            reason=reason,
            now=self.now,
        )

    def decide(self, approve: bool, reason: str) -> None:
        assert self.request is not None
        login = "general" if self.request.approver_role == Role.GENERAL_MANAGER else "manager"
        decide_extension(
            actor=self.actor(login), request=self.request, approve=approve, reason=reason, now=self.now
        )

    def consent(self) -> None:
        consent(
            actor=self.actor("general"),
            complaint=self.complaint,
            role=Role.GENERAL_MANAGER,
            note="同意销项，请管理处总结教训。",
            now=self.now,
        )
