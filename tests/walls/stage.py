"""What the walk walks over: the test world with a case in every state, canaries in what must not be seen, and
a browser for every visitor."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.db import models
from django.test import Client
from django_scopes import scopes_disabled

from complaints import services
from complaints.drafts import keep_draft
from complaints.models import Complaint, Deadline
from complaints.services.saved_views import save_view
from escalation.services import ask_extension
from notifications.models import Notification
from organizations.models import Organization, Role, User
from organizations.services import grant_role, show_public_page
from policies import selectors
from policies.models import PolicyVersion
from policies.services import draft_from_version
from reporting.models import MonthlyReport
from tests.files.samples import prepared
from tests.rows import tenant_models
from tests.walls.granted import approved_remedy, decision_on, granted_case, remedy_on
from tests.walls.ruled import order_on, stoppable_case
from tests.world import MONDAY, Company, World, build_world, handled_case, intake, new_case, sent_case
from tickets.models import Ticket
from tickets.services import dispatch, sign_for

Who = frozenset[str]
NOW = MONDAY + timedelta(minutes=5)
CANARY = "KANARIE"

MEMBERS = frozenset({"lin", "zhou", "he", "sun", "qian", "mao", "gao", "admin"})
STRANGERS = frozenset({"bai", "tang", "fang", "nobody", "left"})
SIGNED_OUT = frozenset({"anonymous", "deactivated"})
# One of each kind, for methods whose answer does not depend on the person's roles.
KINDS = ("lin", "sun", "mao", "fang", "left", "deactivated", "anonymous")
VISITORS = MEMBERS | STRANGERS | SIGNED_OUT

DESK = frozenset({"lin", "zhou"})
WORKS = frozenset({"he", "sun", "qian"})
AT_DESK = DESK | {"gao"}  # who sees a case that no department has
ON_WORKS = AT_DESK | WORKS  # who sees a case of the works department
ON_BOTH = ON_WORKS | {"mao"}
MANAGERS = frozenset({"zhou", "sun", "qian", "mao", "gao"})  # who can ever have something to decide


@dataclass(frozen=True)
class Thing:
    """An object that a URL names: what fills the URL's parameters, and for which members it exists."""

    values: dict[str, Any]
    seen_by: frozenset[str]


@dataclass
class Stage:
    world: World
    things: dict[str, Thing] = field(default_factory=dict)
    foreign: dict[str, Thing] = field(default_factory=dict)  # the hospital's things of the same kinds
    clients: dict[str, Client] = field(default_factory=dict)
    # canary prefix -> who of the property company may read it
    canaries: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def home(self) -> Company:
        return self.world.property


def build_stage() -> Stage:
    """Set the stage. Needs an open transaction and the clock at NOW."""
    stage = Stage(build_world())
    show_public_page(stage.home.organization)
    _cases(stage)
    _other_things(stage)
    _drafts(stage)
    _views(stage)
    _foreign(stage)
    _papers(stage)
    _remedies(stage)
    _tasks(stage)
    _canaries(stage)
    for name in VISITORS:
        stage.clients[name] = _client(stage.world, name)
    return stage


def client_for(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def _client(world: World, name: str) -> Client:
    people = {**world.hospital.people, **world.property.people, "nobody": world.nobody, "left": world.left}
    if name == "anonymous":
        return Client(raise_request_exception=False)
    if name == "deactivated":
        return client_for(_deactivated(world))
    return client_for(people[name])


def _deactivated(world: World) -> User:
    """The desk's second receptionist, who signed in this morning and whose account was closed at noon."""
    user = User.objects.create(username="gone", display_name="停用者")
    with world.property.scope():
        desk = world.property.departments["desk"]
        grant_role(user=user, department=desk, role=Role.RECEPTIONIST, now=MONDAY)
    client = client_for(user)  # the session exists before the account is closed
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.session
    return user


def _case_thing(case: Complaint, seen_by: Iterable[str]) -> Thing:
    return Thing({"number": case.number, "pk": case.pk, "case": case}, frozenset(seen_by))


def _ticket_thing(ticket: Ticket, seen_by: Iterable[str]) -> Thing:
    values = {"number": ticket.number, "pk": ticket.pk, "ticket": ticket, "case": ticket.complaint}
    return Thing(values, frozenset(seen_by))


def _cases(stage: Stage) -> None:
    home, things = stage.home, stage.things
    desk = home.actor("lin")
    with home.scope():
        case = services.register(actor=desk, intake=intake(), now=MONDAY)
    things["case:recorded"] = _case_thing(case, AT_DESK)
    things["case:accepted"] = _case_thing(new_case(home), AT_DESK)
    case, ticket = sent_case(home)
    things["case:sent"], things["ticket:sent"] = _case_thing(case, ON_WORKS), _ticket_thing(ticket, ON_WORKS)
    case, ticket = sent_case(home)
    with home.scope():
        sign_for(actor=home.actor("sun"), ticket=ticket, now=MONDAY)
    things["case:signed"] = _case_thing(case, ON_WORKS)
    things["ticket:signed"] = _ticket_thing(ticket, ON_WORKS)
    things["extension:asked"] = _asked(home, "sun", ticket, ON_WORKS)
    _shared(stage)
    case, _ticket = sent_case(home)
    with home.scope():
        services.pause(actor=home.actor("zhou"), complaint=case, cause="parts", reason="等待配件", now=MONDAY)
    things["case:paused"] = _case_thing(case, ON_WORKS)
    for state in ("handled", "told", "followed_up", "closed"):
        things[f"case:{state}"] = _case_thing(_brought_to(home, state), ON_WORKS)
    major = _brought_to(home, "told", tier="major", tier_criterion="loss_or_injury")
    things["case:major"] = _case_thing(major, ON_WORKS)


def _asked(company: Company, head: str, ticket: Ticket, seen_by: Iterable[str]) -> Thing:
    """A request for more time on a ticket's case, waiting for its decision."""
    with company.scope():
        limit = Deadline.objects.get(complaint=ticket.complaint, duty="solve")
        until = limit.due_at + timedelta(hours=4)
        asked = ask_extension(
            actor=company.actor(head), deadline=limit, wanted_due_at=until, reason="等配件", now=MONDAY
        )
    return Thing({"id": asked.pk, "pk": asked.pk, "case": ticket.complaint}, frozenset(seen_by))


def _shared(stage: Stage) -> None:
    """A case of two departments: each may look at the other's ticket and not touch it."""
    home = stage.home
    case, ticket = sent_case(home)
    with home.scope():
        (helper,) = dispatch(
            actor=home.actor("lin"),
            complaint=case,
            lead=home.departments["works"],
            helpers=[home.departments["cleaning"]],
            now=MONDAY,
        )
    stage.things["ticket:shared"] = _ticket_thing(ticket, ON_BOTH)
    stage.things["ticket:helper"] = _ticket_thing(helper, ON_BOTH)
    stage.things["case:shared"] = _case_thing(case, ON_BOTH)


def _brought_to(home: Company, state: str, **changes: str) -> Complaint:
    case, _ticket = handled_case(home, **changes)
    desk = home.actor("lin")
    with home.scope():
        if state != "handled":
            case = services.tell(actor=desk, complaint=case, summary="已告知", now=MONDAY)
        if state in ("followed_up", "closed"):
            case = services.follow_up(
                actor=desk, complaint=case, reached=True, solved=True, satisfaction="satisfied", now=MONDAY
            )
        if state == "closed":
            case = services.close(actor=desk, complaint=case, now=MONDAY)
    return case


def _other_things(stage: Stage) -> None:
    home = stage.home
    with home.scope():
        message = Notification.objects.filter(user=home.people["sun"]).first()
    stage.things["notification:sun"] = Thing({"id": message.pk, "pk": message.pk}, frozenset({"sun"}))
    stage.things["file:sent"] = _photo(home, "lin", stage.things["case:sent"].values["case"], ON_WORKS)
    stage.things["report:october"] = _report(home, date(2026, 10, 1), MEMBERS)
    stage.things["department:works"] = Thing({"code": "works"}, MEMBERS)
    with home.scope():
        first = PolicyVersion.objects.get()
        draft = draft_from_version(actor=home.actor("admin"), version=first, now=MONDAY)
    stage.things["version:draft"] = _version_thing(draft, MEMBERS)
    stage.things["version:in_force"] = _version_thing(first, MEMBERS)


def _drafts(stage: Stage) -> None:
    """What lin has begun to type, and what bai has: nobody else ever reads either."""
    key, mine = UUID(int=7), f"{CANARY}-draft"
    for company, name, text in ((stage.home, "lin", mine), (stage.world.hospital, "bai", "门诊等候")):
        with company.scope():
            keep_draft(actor=company.actor(name), kind="call", key=key, data={"content": text}, now=MONDAY)
    stage.things["draft:lin"] = Thing({"key": key}, MEMBERS)
    stage.canaries[mine] = frozenset({"lin"})


def _views(stage: Stage) -> None:
    """Saved lists of zhou's: one for the receptionists too, and one that nobody else ever sees."""
    mine = f"{CANARY}-view"
    both = frozenset({"zhou", "lin"})
    stage.things["view:shared"] = _view(stage.home, "zhou", "待办", "receptionist", both)
    _view(stage.home, "zhou", mine, "", ())
    stage.canaries[mine] = frozenset({"zhou"})


def _view(company: Company, name: str, title: str, role: str, seen_by: Iterable[str]) -> Thing:
    with company.scope():
        actor = company.actor(name)
        row = save_view(actor=actor, name=title, query="state=open", role=role)
    return Thing({"pk": row.pk}, frozenset(seen_by))


def _version_thing(version: PolicyVersion, seen_by: Iterable[str]) -> Thing:
    values = {"version": version.number, "pk": version.pk, "checksum": version.checksum}
    values |= {"part": "heading", "place": 0}
    return Thing(values, frozenset(seen_by))


def _report(company: Company, month: date, seen_by: Iterable[str]) -> Thing:
    with company.scope():
        pdf = f"%PDF {company.organization.slug}".encode()
        row = MonthlyReport(
            organization=company.organization,
            month=month,
            figures={},
            checksum=sha256(pdf).hexdigest(),
            produced_at=MONDAY,
        )
        row.pdf.save("report.pdf", ContentFile(pdf), save=False)
        row.save()
    return Thing({"month": month, "pk": row.pk}, frozenset(seen_by))


def _photo(company: Company, name: str, case: Complaint, seen_by: Iterable[str]) -> Thing:
    with company.scope():
        (row,) = services.attach(actor=company.actor(name), complaint=case, files=[prepared()], now=MONDAY)
    return Thing({"number": case.number, "id": row.pk, "pk": row.pk, "case": case}, frozenset(seen_by))


def _foreign(stage: Stage) -> None:
    """The hospital's own case with a ticket, a message and so on, named as ours are."""
    hospital = stage.world.hospital
    case, ticket = sent_case(hospital, to="clinic", by="bai")
    with hospital.scope():
        message = Notification.objects.filter(user=hospital.people["tang"]).first()
    stage.foreign["case"] = _case_thing(case, ())
    stage.foreign["ticket"] = _ticket_thing(ticket, ())
    stage.foreign["notification"] = Thing({"id": message.pk, "pk": message.pk}, frozenset())
    stage.foreign["extension"] = _asked(hospital, "tang", ticket, ())
    stage.foreign["file"] = _photo(hospital, "bai", case, ())
    stage.foreign["view"] = _view(hospital, "fang", "本院", "receptionist", ())
    stage.foreign["report"] = _report(hospital, date(2026, 9, 1), ())
    stage.foreign["department"] = Thing({"code": "clinic"}, frozenset())
    with hospital.scope():
        version = PolicyVersion.objects.get()
        # Versions are counted in every organization by itself: a number that only the hospital has.
        version.pk, version.number = None, 9
        version.save()
    stage.foreign["version"] = _version_thing(version, ())


def _papers(stage: Stage) -> None:
    """A case of each organization whose rules want a form."""
    form = {"id": "slip", "title": "签收单", "at": "handled", "fields": ["到场时间"], "sign": ["complainant"]}
    ours, _ticket = sent_case(stage.home)
    theirs = stage.foreign["case"].values["case"]
    for company, case in ((stage.home, ours), (stage.world.hospital, theirs)):
        with company.scope():
            version = PolicyVersion.objects.get(number=1)
            version.pk, version.number, version.state = None, 8, PolicyVersion.State.DRAFT
            version.document = {**version.document, "forms": [form]}
            version.checksum = f"paper-{company.organization.slug}"
            version.save()
            Complaint.objects.filter(pk=case.pk).update(policy=version)
    stage.things["paper:sent"] = Thing({"number": ours.number, "form": "slip", "case": ours}, ON_WORKS)
    stage.foreign["paper"] = Thing({"number": theirs.number, "form": "slip", "case": theirs}, frozenset())


def _remedies(stage: Stage) -> None:
    """Remedies that wait and that are promised, and a penalty that is proposed."""
    home, things = stage.home, stage.things
    case, ticket = granted_case(home)
    things["case:granted"] = _case_thing(case, ON_WORKS)
    things["case:granted"].values["ticket"] = ticket
    for name, remedy in (("proposed", remedy_on(home, case, "sun")), ("approved", approved_remedy(home))):
        values = {"id": remedy.pk, "pk": remedy.pk, "case": remedy.complaint}
        things[f"remedy:{name}"] = Thing(values, ON_WORKS)
    theirs = stage.foreign["case"].values["case"]
    other = remedy_on(stage.world.hospital, theirs, "tang", approver_role="general_manager")
    stage.foreign["remedy"] = Thing({"id": other.pk, "pk": other.pk, "case": theirs}, frozenset())


def _tasks(stage: Stage) -> None:
    """A supervision order of the works department, and one of the hospital's."""
    stage.things["case:stoppable"] = _case_thing(stoppable_case(stage.home), ON_WORKS)
    ours, theirs = stage.things["case:signed"].values["case"], stage.foreign["case"].values["case"]
    order, other = order_on(stage.home, ours), order_on(stage.world.hospital, theirs)
    stage.things["task:order"] = Thing({"id": order.pk, "pk": order.pk, "case": ours}, frozenset(ON_WORKS))
    stage.foreign["task"] = Thing({"id": other.pk, "pk": other.pk, "case": theirs}, frozenset())


# --- canaries -----------------------------------------------------------------------------------------------

# Text that the code reads: a canary there would test nothing but the handling of broken rows. (A password is
# never shown, and another one ends the session.)
_STRUCTURE = frozenset(
    {
        "kind",
        "duty",
        "owner_role",
        "force",
        "role",
        "approver_role",
        "checksum",
        "pack",
        "series",
        "basis",
        "document",
        "password",
        "username",
    }
)


def _canaries(stage: Stage) -> None:
    """Mark every text of the hospital, and of one case each of works and cleaning that no URL names."""
    with scopes_disabled():
        _mark_hospital(stage)
        for code, readers in (("works", ON_WORKS), ("cleaning", AT_DESK | {"mao"})):
            case, _ticket = sent_case(stage.home, to=code, tier="major", tier_criterion="loss_or_injury")
            remedy_on(stage.home, case, "mao")
            decision_on(stage.home, case, "gao")
            order_on(stage.home, case)
            prefix = f"{CANARY}-{code}"
            _photo(stage.home, "lin", case, ())
            for model in tenant_models():
                if model is Complaint:
                    _mark(Complaint._base_manager.filter(pk=case.pk), prefix)
                elif any(row.name == "complaint" for row in model._meta.concrete_fields):
                    _mark(model._base_manager.filter(complaint=case), prefix)
            stage.canaries[prefix] = readers
    selectors.forget()


def _mark_hospital(stage: Stage) -> None:
    hospital = stage.world.hospital.organization
    prefix = f"{CANARY}-mercy"
    for model in tenant_models():
        _mark(model._base_manager.filter(organization=hospital), prefix)
    _mark(User.objects.filter(pk__in=[user.pk for user in stage.world.hospital.people.values()]), prefix)
    Organization.objects.filter(pk=hospital.pk).update(name=prefix)
    for version in PolicyVersion._base_manager.filter(organization=hospital):
        text = json.dumps(version.document, ensure_ascii=False).replace('"title": "', f'"title": "{prefix} ')
        marked = {"document": json.loads(text), "checksum": f"{prefix}-{version.number}"}
        PolicyVersion._base_manager.filter(pk=version.pk).update(**marked)
    stage.canaries[prefix] = frozenset()
    numbers = Complaint._base_manager.filter(organization=hospital).values_list("number", flat=True)
    for name in ("case", "file", "paper"):
        stage.foreign[name].values["number"] = numbers.get()
    stage.foreign["ticket"].values["number"] = Ticket._base_manager.get(organization=hospital).number
    stage.foreign["department"].values["code"] = f"{prefix}-{stage.world.hospital.departments['clinic'].pk}"


def _mark(rows: models.QuerySet, prefix: str) -> None:
    """Put the canary into every free text and JSON column of the rows."""
    for row in rows:
        token = f"{prefix}-{row.pk}"
        values: dict[str, Any] = {}
        for column in rows.model._meta.concrete_fields:
            if column.name in _STRUCTURE:
                continue
            if isinstance(column, models.JSONField) and isinstance(getattr(row, column.name), dict):
                values[column.name] = {**getattr(row, column.name), "canary": token}
            elif _is_free_text(column, token):
                values[column.name] = token
        if values:
            rows.model._base_manager.filter(pk=row.pk).update(**values)


def _is_free_text(column: models.Field, token: str) -> bool:
    is_text = isinstance(column, models.CharField | models.TextField) and not column.choices
    if not is_text or isinstance(column, models.FileField):
        return False
    return column.max_length is None or column.max_length >= len(token)
