"""The invented company: its departments and its people."""

from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.hashers import make_password

from organizations.actors import Actor, actor_for
from organizations.directory import Directory
from organizations.models import Department, Organization, Role, User
from organizations.services import add_department, create_organization, grant_role, show_public_page
from policies.services import PACKS_DIR, adopt_policy

SLUG = "demo"
NAME = "锦绣物业服务有限公司"
PACK = "standard.yaml"
# What stands on the public page besides what the rules say.
PUBLIC = {
    "complaint_phone": "客服中心 0755-0000 0000（24小时）",
    "reception_place": "锦绣花园2栋一楼客服中心",
    "outside_ways": "12345政务服务便民热线；物业所在地住房和建设主管部门",
}

# code, name, parent ("" = directly below the root)
DEPARTMENTS = (
    ("desk", "客服中心", ""),
    ("works", "工程部", ""),
    ("lifts", "电梯班", "works"),
    ("power", "水电班", "works"),
    ("civil", "土建维修班", "works"),
    ("order", "秩序维护部", ""),
    ("parking", "车辆管理班", "order"),
    ("environment", "环境部", ""),
    ("greening", "绿化班", "environment"),
    ("finance", "财务部", ""),
    ("jinxiu", "锦绣花园管理处", ""),
    ("binhe", "滨河苑管理处", ""),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the company. `head` and `manager` are those the tour in the README uses."""

    login: str
    name: str
    department: str
    role: Role
    title: str


PEOPLE = (
    Person("desk", "林晓雯", "desk", Role.RECEPTIONIST, "客服接待员"),
    Person("head", "孙建国", "works", Role.DEPT_HEAD, "工程部负责人"),
    Person("manager", "钱立群", "root", Role.DEPT_MANAGER, "主管经理"),
    Person("supervisor", "周敏", "desk", Role.DESK_SUPERVISOR, "客服主管"),
    Person("handler", "何师傅", "lifts", Role.HANDLER, "电梯班处理人"),
    Person("general", "郑怀远", "root", Role.GENERAL_MANAGER, "总经理"),
    Person("admin", "吴静", "root", Role.ADMINISTRATOR, "系统管理员"),
    Person("desk2", "许诺", "desk", Role.RECEPTIONIST, "客服接待员"),
    Person("handler2", "郭师傅", "power", Role.HANDLER, "水电班处理人"),
    Person("head-order", "马队长", "order", Role.DEPT_HEAD, "秩序维护部负责人"),
    Person("head-environment", "毛丽", "environment", Role.DEPT_HEAD, "环境部负责人"),
    Person("head-finance", "杜会计", "finance", Role.DEPT_HEAD, "财务部负责人"),
    Person("head-jinxiu", "沈主任", "jinxiu", Role.DEPT_HEAD, "锦绣花园管理处主任"),
    Person("head-binhe", "韩主任", "binhe", Role.DEPT_HEAD, "滨河苑管理处主任"),
)
# Who signs for a department's tickets, and who may do the work in their place.
HEADS = {
    "works": "head",
    "lifts": "head",
    "power": "head",
    "civil": "head",
    "order": "head-order",
    "parking": "head-order",
    "environment": "head-environment",
    "greening": "head-environment",
    "finance": "head-finance",
    "jinxiu": "head-jinxiu",
    "binhe": "head-binhe",
}
HANDLERS = {"lifts": "handler", "power": "handler2"}


@dataclass
class Company:
    """The organization with its departments by code, and its people by the login of `PEOPLE`."""

    organization: Organization
    departments: dict[str, Department] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)


def found_organization(founded_at: datetime) -> Organization:
    """Create the organization itself."""
    organization = create_organization(slug=SLUG, name=NAME, now=founded_at)
    return show_public_page(organization, details=PUBLIC)


def furnish(organization: Organization, *, password: str, founded_at: datetime) -> Company:
    """Departments, rules and people. Everybody gets the same password; a login that is taken by somebody
    else gets the prefix `demo-`. Nobody has an e-mail address yet, so that the past sends none."""
    company = Company(organization)
    company.departments["root"] = Department.objects.get(organization=organization, parent=None)
    for code, name, parent in DEPARTMENTS:
        company.departments[code] = add_department(
            organization=organization,
            name=name,
            code=code,
            parent=company.departments[parent or "root"],
            is_desk=code == "desk",
        )
    adopt_policy(organization=organization, path=PACKS_DIR / PACK, now=founded_at, publish=True)
    _hire(company, password, founded_at)
    return company


def _hire(company: Company, password: str, founded_at: datetime) -> None:
    hashed = make_password(password)  # once: the hasher is slow on purpose
    taken = set(
        User.objects.filter(username__in=[row.login for row in PEOPLE]).values_list("username", flat=True)
    )
    for person in PEOPLE:
        login = f"demo-{person.login}" if person.login in taken else person.login
        user = User(username=login, display_name=person.name, password=hashed, date_joined=founded_at)
        user.save()
        company.users[person.login] = user
        grant_role(
            user=user, department=company.departments[person.department], role=person.role, now=founded_at
        )
    directory = Directory(company.organization)
    for login, user in company.users.items():
        actor = actor_for(user, company.organization, directory)
        assert actor is not None
        company.actors[login] = actor
