"""The stage of the walls' walk with thousands of cases on it, kept in the data folder for the next run."""

import pickle
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from complaints import services
from complaints.models import Complaint, State
from escalation.sweep import sweep
from organizations.models import Role, User
from organizations.services import add_department, grant_role
from tests.copies import Move, copy_case
from tests.walls.stage import MEMBERS, Stage, Thing, build_stage, client_for
from tests.world import MONDAY, Company, intake
from tickets.models import Ticket
from tickets.services import dispatch, file_result, log_call, record_work, sign_for

NOW = MONDAY + timedelta(days=21, minutes=5)  # a Monday again: the month has been going on for a while
SWEPT = MONDAY + timedelta(days=3)  # the cases that are copied have had their warnings until then
DEPARTMENTS = 30
CATEGORIES = ("lift", "water_power", "leakage", "cleaning", "theft", "rude", "billing_error", "parking_fee")
GRADES = (("minor", "slight_inconvenience"), ("important", "fault"), ("major", "loss_or_injury"))
STEPS = ("accepted", "sent", "signed", "handled", "told", "followed_up", "closed")
OPEN_SHARE = 0.06
TEXTS = (
    "3号楼电梯频繁停运,老人上下楼困难",
    "楼道照明损坏多日无人修理,夜间行走不便",
    "物业费账单与合同约定不一致,要求说明",
    "夜间装修噪音扰民,多次反映未见改善",
    "地下车库渗水导致车辆受损,要求赔偿并彻底维修",
    "垃圾清运不及时,异味严重",
)


def stage_with(cases: int) -> Stage:
    """The stage with that many cases of the property company; made if the data folder has none."""
    path = Path(settings.DATA_DIR) / f"many-cases-{connection.vendor}-{cases}.pickle"
    if path.exists():
        stage = pickle.loads(path.read_bytes())
    else:
        with transaction.atomic():
            stage = _made(cases)
        stage.clients = {}
        path.write_bytes(pickle.dumps(stage))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    home = stage.home.people
    stage.clients = {name: client_for(home[name]) for name in MEMBERS} | {"anonymous": Client()}
    return stage


def _made(cases: int) -> Stage:
    stage = build_stage()
    dice = random.Random(7)
    with stage.home.scope():
        _more_departments(stage.home)
        case, ticket = _case(stage.home, "signed", dice)
        for number in range(60):
            at = MONDAY + timedelta(hours=1 + number)
            record_work(actor=stage.home.actor("sun"), ticket=ticket, note=f"第{number}次到场", now=at)
        stage.things["case:long"] = Thing({"number": case.number, "case": case}, MEMBERS)
        _fill(stage.home, cases, dice)
    return stage


def _more_departments(home: Company) -> None:
    for number in range(DEPARTMENTS):
        department = add_department(
            organization=home.organization,
            name=f"第{number + 1}项目服务中心",
            code=f"site{number}",
            parent=home.departments["works" if number % 3 else "root"],
        )
        user = User.objects.create(username=f"head{number}", display_name=f"第{number + 1}项目经理")
        grant_role(user=user, department=department, role=Role.DEPT_HEAD, now=MONDAY)
        home.departments[f"site{number}"] = department


def _fill(home: Company, cases: int, dice: random.Random) -> None:
    """Copies of cases that the verbs brought to every step: the closed of a year, the open of ten days."""
    samples = list(Complaint.objects.filter(number__in=_staged(home)))
    samples += [_case(home, step, dice)[0] for step in STEPS[:-1] for _ in range(3)]
    done = [_case(home, "closed", dice)[0] for _ in range(24)]
    waiting = round(cases * OPEN_SHARE)
    _copy(home, samples, waiting // 3, lambda: timedelta(days=dice.uniform(18, 21)), dice)
    sweep(SWEPT, is_beat=False)
    _copy(home, samples, waiting - waiting // 3, lambda: timedelta(days=dice.uniform(8, 18)), dice)
    rest = cases - Complaint.objects.count()
    _copy(home, done, rest, lambda: timedelta(days=dice.uniform(-330, 15)), dice)


def _staged(home: Company) -> Iterator[str]:
    """The open cases of the stage: with remedies, orders, requests for more time, rules' forms and so on."""
    rows = Complaint.objects.exclude(state=State.CLOSED).exclude(subject__contains="KANARIE")
    return rows.values_list("number", flat=True)


def _copy(
    home: Company,
    samples: list[Complaint],
    count: int,
    later: Callable[[], timedelta],
    dice: random.Random,
) -> None:
    places = [row.pk for code, row in home.departments.items() if code not in ("root", "desk")]
    leaders = {home.departments[code].pk for code in ("works", "lifts", "cleaning")}
    for place, sample in enumerate(samples):
        share = count // len(samples) + (place < count % len(samples))
        moves = [
            Move(
                later(),
                dict.fromkeys(leaders, dice.choice(places)) if dice.random() < 0.6 else {},
                {
                    "subject": dice.choice(TEXTS),
                    "complainant_phone": f"138{dice.randrange(10**8):08d}",
                    "place": f"{dice.randint(1, 30)}号楼{dice.randint(1, 4)}单元{dice.randint(101, 2504)}",
                },
            )
            for _ in range(share)
        ]
        copy_case(Complaint.objects.get(pk=sample.pk), moves)


def _case(home: Company, step: str, dice: random.Random) -> tuple[Complaint, Ticket | None]:
    """A case that has come to a step, at a plausible pace."""
    tier, criterion = dice.choices(GRADES, weights=(6, 3, 1))[0]
    told = {"tier": tier, "tier_criterion": criterion, "category": dice.choice(CATEGORIES)}
    desk, head, at = home.actor("lin"), home.actor("sun"), MONDAY
    case, ticket = log_call(actor=desk, intake=intake(**told), now=at), None
    for one in STEPS[1 : STEPS.index(step) + 1]:
        at += timedelta(minutes=dice.choice((4, 20, 90, 600)))
        case.refresh_from_db()
        match one:
            case "sent":
                (ticket,) = dispatch(actor=desk, complaint=case, lead=home.departments["works"], now=at)
            case "signed":
                ticket = sign_for(actor=head, ticket=ticket, now=at)
            case "handled":
                record_work(actor=head, ticket=ticket, note="已到现场查看,联系厂家", now=at)
                ticket = file_result(actor=head, ticket=ticket, result=TEXTS[0], outcome="solved", now=at)
            case "told":
                services.tell(actor=desk, complaint=case, summary="已电话告知处理结果", now=at)
            case "followed_up":
                said = dice.choice(("satisfied", "fair"))
                services.follow_up(
                    actor=desk, complaint=case, reached=True, solved=True, satisfaction=said, now=at
                )
            case "closed":
                if tier == "major":
                    services.consent(actor=home.actor("gao"), complaint=case, role="general_manager", now=at)
                    case.refresh_from_db()
                services.close(actor=desk, complaint=case, now=at)
    case.refresh_from_db()
    return case, ticket
