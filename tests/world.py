"""The named test world: a property company and a hospital that must never see each other.

长青物业 evergreen                            仁和医院 mercy
  客服中心 desk      lin 接待员, zhou 客服主管       服务办 desk      bai 接待员
  工程部 works       he 处理人, sun 负责人, qian 经理   门诊部 clinic    tang 负责人
    电梯班 lifts
  保洁部 cleaning    mao 负责人
  (all)              gao 总经理, admin 管理员        (all)            fang 总经理
nobody: a user without any membership; left: a former receptionist of 长青物业
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.apps import apps
from django.db import connection
from django_scopes import scope

from complaints.models import Complaint
from complaints.services import Intake
from organizations.actors import Actor, actor_for
from organizations.models import Department, Membership, Organization, Role, User
from organizations.services import add_department, create_organization, grant_role
from policies.services import adopt_policy
from tickets.models import Ticket
from tickets.services import dispatch, file_result, log_call, sign_for

PACKS = Path(__file__).resolve().parent.parent / "packs"
# A Monday, 10:00 in Shanghai: no holiday, no weekend near.
MONDAY = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
PASSWORD = "correct-horse-7"
OWN = ("organizations", "policies", "notifications", "complaints", "tickets", "escalation", "reporting")


@dataclass
class Company:
    """One organization with its departments by code and its people by user name."""

    organization: Organization
    departments: dict[str, Department] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)

    @contextmanager
    def scope(self) -> Iterator[None]:
        with scope(organization=self.organization):
            yield

    def actor(self, name: str) -> Actor:
        """A fresh actor for a person, as a new request would load it."""
        with self.scope():
            actor = actor_for(self.people[name], self.organization)
        assert actor is not None, f"{name} has no active membership"
        return actor

    def url(self, path: str) -> str:
        return f"/o/{self.organization.slug}/{path}"


@dataclass
class World:
    property: Company
    hospital: Company
    nobody: User
    left: User


def build_world(now: datetime = MONDAY) -> World:
    return World(
        property=_property(now), hospital=_hospital(now), nobody=_user("nobody", "路人"), left=_left(now)
    )


def world_again() -> World:
    """The world as build_world() makes it. Built by the services the first time, then its rows are put back
    as they were: most tests begin with it. Their ids are those of the first time, which no sequence gives
    again."""
    if not _REMEMBERED:
        _REMEMBERED.append((build_world(), _rows()))
    world, tables = _REMEMBERED[0]
    if not Organization.objects.filter(slug=world.property.organization.slug).exists():
        with connection.cursor() as cursor:
            for table, rows in tables.items():
                places = ", ".join(["%s"] * len(rows[0]))
                cursor.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
    return copy.deepcopy(world)


_REMEMBERED: list[tuple[World, dict[str, list[tuple]]]] = []


def _rows() -> dict[str, list[tuple]]:
    """Everything in the tables of the product's own apps, as the database gives it."""
    found = {}
    own = (model for model in apps.get_models() if model._meta.app_label in OWN)
    with connection.cursor() as cursor:
        for model in own:
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT * FROM {table}")
            if rows := cursor.fetchall():
                found[table] = rows
    return found


def _user(name: str, display_name: str) -> User:
    user = User(username=name, display_name=display_name, email=f"{name}@example.org")
    user.set_password(PASSWORD)
    user.save()
    return user


def _company(slug: str, name: str, now: datetime) -> Company:
    organization = create_organization(slug=slug, name=name, now=now)
    company = Company(organization)
    with company.scope():
        adopt_policy(organization=organization, path=PACKS / "standard.yaml", now=now, publish=True)
        company.departments["root"] = Department.objects.get(parent=None)
    return company


def _department(company: Company, code: str, name: str, parent: str = "root", *, desk: bool = False) -> None:
    company.departments[code] = add_department(
        organization=company.organization,
        name=name,
        code=code,
        parent=company.departments[parent],
        is_desk=desk,
    )


def _join(company: Company, name: str, display_name: str, code: str, role: Role, now: datetime) -> None:
    user = company.people[name] = _user(name, display_name)
    # Not by grant_role(): its look-ups are a third of the cost of a world, which is built for every test.
    Membership.objects.create(
        organization=company.organization,
        user=user,
        department=company.departments[code],
        role=role,
        created_at=now,
    )


def _property(now: datetime) -> Company:
    company = _company("evergreen", "长青物业", now)
    with company.scope():
        _department(company, "desk", "客服中心", desk=True)
        _department(company, "works", "工程部")
        _department(company, "lifts", "电梯班", "works")
        _department(company, "cleaning", "保洁部")
        _join(company, "lin", "林接待", "desk", Role.RECEPTIONIST, now)
        _join(company, "zhou", "周主管", "desk", Role.DESK_SUPERVISOR, now)
        _join(company, "he", "何师傅", "works", Role.HANDLER, now)
        _join(company, "sun", "孙主任", "works", Role.DEPT_HEAD, now)
        _join(company, "qian", "钱经理", "works", Role.DEPT_MANAGER, now)
        _join(company, "mao", "毛主任", "cleaning", Role.DEPT_HEAD, now)
        _join(company, "gao", "高总", "root", Role.GENERAL_MANAGER, now)
        _join(company, "admin", "管理员", "root", Role.ADMINISTRATOR, now)
    return company


def _hospital(now: datetime) -> Company:
    company = _company("mercy", "仁和医院", now)
    with company.scope():
        _department(company, "desk", "服务办", desk=True)
        _department(company, "clinic", "门诊部")
        _join(company, "bai", "白接待", "desk", Role.RECEPTIONIST, now)
        _join(company, "tang", "汤主任", "clinic", Role.DEPT_HEAD, now)
        _join(company, "fang", "方院长", "root", Role.GENERAL_MANAGER, now)
    return company


def _left(now: datetime) -> User:
    user = _user("left", "离职者")
    organization = Organization.objects.get(slug="evergreen")
    with scope(organization=organization):
        grant_role(user=user, department=Department.objects.get(code="desk"), role=Role.RECEPTIONIST, now=now)
        Membership.objects.filter(user=user).update(is_active=False)
    return user


# --- cases in a given state, by the verbs themselves --------------------------------------------------------


def intake(**changes: object) -> Intake:
    """A plausible phone call."""
    values = {
        "channel": "phone",
        "subject": "3号楼电梯频繁停运",
        "content": "住户来电:本周电梯已停运三次,老人上下楼困难。",
        "request": "尽快修复并说明原因",
        "complainant_name": "王女士",
        "complainant_phone": "13800138000",
        "place": "3号楼2单元1501",
        "category": "lift",
        "nature": "valid",
        "tier": "minor",
        "tier_criterion": "slight_inconvenience",
    }
    return Intake(**{**values, **changes})


def new_case(company: Company, now: datetime = MONDAY, *, by: str = "lin", **changes: object) -> Complaint:
    """Registered and accepted, waiting to be dispatched."""
    with company.scope():
        return log_call(actor=company.actor(by), intake=intake(**changes), now=now)


def sent_case(
    company: Company, now: datetime = MONDAY, *, to: str = "works", by: str = "lin", **changes: object
) -> tuple[Complaint, Ticket]:
    """Registered, accepted and dispatched to one department."""
    case = new_case(company, now, by=by, **changes)
    with company.scope():
        ticket = dispatch(actor=company.actor(by), complaint=case, lead=company.departments[to], now=now)[0]
        case.refresh_from_db()
    return case, ticket


def handled_case(
    company: Company,
    now: datetime = MONDAY,
    *,
    to: str = "works",
    head: str = "sun",
    by: str = "lin",
    **changes: object,
) -> tuple[Complaint, Ticket]:
    """Up to the department's filed result."""
    case, ticket = sent_case(company, now, to=to, by=by, **changes)
    with company.scope():
        sign_for(actor=company.actor(head), ticket=ticket, now=now)
        ticket = file_result(
            actor=company.actor(head),
            ticket=ticket,
            result="已更换门机皮带并试运行",
            outcome="solved",
            now=now,
        )
        case.refresh_from_db()
    return case, ticket
