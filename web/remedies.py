"""The box of remedies on a case, and those that wait for somebody's decision."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from complaints.states import may_move
from organizations.actors import Actor
from policies.readable import phrases
from policies.readable.words import listed
from policies.selectors import posts_for
from tickets.authority import approvers, may_decide
from tickets.models import Remedy
from tickets.remedy_messages import named
from tickets.selectors import remedies_of, remedies_to_decide
from tickets.services.remedies import role_to_deliver, role_to_withdraw
from web.actions import IN_PLACE
from web.casefile import CaseFile
from web.forms.base import CaseForm
from web.forms.remedy import ApproveForm, DeliverForm, RemedyForm, WithdrawRemedyForm, authority_of

PROPOSE = "remedy"
_TONES = {
    Remedy.State.PROPOSED: "yellow",
    Remedy.State.APPROVED: "azure",
    Remedy.State.REFUSED: "red",
    Remedy.State.WITHDRAWN: "secondary",
    Remedy.State.DELIVERED: "green",
}


@dataclass(frozen=True)
class Deed:
    """What can be done: as forms of verbs want to know it."""

    name: str
    label: Promise
    tone: str = "primary"


@dataclass(frozen=True)
class Offer:
    """A form on the page, and where it goes."""

    action: Deed
    url: str
    form: CaseForm
    is_open: bool = False


DEEDS = {
    PROPOSE: Deed(PROPOSE, _("Propose")),
    "decide": Deed("remedy-decide", _("Approve")),
    "deliver": Deed("remedy-deliver", _("It has been given")),
    "withdraw": Deed("remedy-withdraw", _("Withdraw it"), "secondary"),
}
FORMS: dict[str, type[CaseForm]] = {
    "decide": ApproveForm,
    "deliver": DeliverForm,
    "withdraw": WithdrawRemedyForm,
}


@dataclass(frozen=True)
class Row:
    """A remedy as the page shows it, with what the actor can do about it."""

    remedy: Remedy
    title: str
    tone: str
    authority: str
    asked: str
    people: str
    decide: Offer | None = None
    others: tuple[Offer, ...] = ()


@dataclass(frozen=True)
class Box:
    """All remedies of a case, and the form for a further one."""

    rows: list[Row]
    propose: Offer | None

    def __bool__(self) -> bool:
        return bool(self.rows or self.propose)

    @property
    def is_mine(self) -> bool:
        """Whether something waits for the actor's decision."""
        return any(row.decide for row in self.rows)


@dataclass(frozen=True)
class Asked:
    """A remedy that waits for a decision, with what helps to decide."""

    row: Row
    file: CaseFile
    promised: list[str]


def box(file: CaseFile, failed: Any = None) -> Box:
    """The box of a case. `failed` is the form that was refused (web.actions.Failed), shown in its place."""
    return Box([row(file, one, failed) for one in remedies_of(file.case)], _propose(file, failed))


def _propose(file: CaseFile, failed: Any) -> Offer | None:
    if not may_move(file.case, "propose_remedy"):
        return None
    authority = authority_of(file)
    again = failed is not None and failed.is_for(PROPOSE)
    if not again and (authority is None or not authority.roles):
        return None
    form = failed.form if again else RemedyForm(file=file, auto_id="remedy-%s")
    organization, number = file.case.organization.slug, file.case.number
    return Offer(DEEDS[PROPOSE], reverse("case-remedy", args=[organization, number]), form, again)


def row(file: CaseFile, remedy: Remedy, failed: Any = None, back: str = "case") -> Row:
    """One remedy."""
    policy, directory = file.policy, file.actor.directory
    waits = remedy.state == Remedy.State.PROPOSED
    people = approvers(directory, file.posts, policy, remedy) if waits else []
    steps = [name for name in _steps(file, remedy) if may_move(file.case, "settle_remedy")]
    offers = {name: _offer(file, remedy, name, failed, back) for name in steps}
    return Row(
        remedy=remedy,
        title=named(policy, remedy),
        tone=_TONES[Remedy.State(remedy.state)],
        authority=phrases.role(policy, remedy.authority) if remedy.authority else "",
        asked=phrases.role(policy, remedy.approver_role) if remedy.approver_role else "",
        people=listed(people),
        decide=offers.get("decide"),
        others=tuple(offer for name, offer in offers.items() if name != "decide"),
    )


def _steps(file: CaseFile, remedy: Remedy) -> Iterable[str]:
    """What the actor can do about a remedy."""
    actor, case, state = file.actor, file.case, remedy.state
    if may_decide(actor, file.posts, file.policy, remedy):
        yield "decide"
    if state == Remedy.State.APPROVED and role_to_deliver(actor, case, remedy.department_id):
        yield "deliver"
    if state in (Remedy.State.PROPOSED, Remedy.State.APPROVED) and role_to_withdraw(actor, case, remedy):
        yield "withdraw"


def _offer(file: CaseFile, remedy: Remedy, name: str, failed: Any, back: str) -> Offer:
    deed = DEEDS[name]
    again = failed is not None and failed.is_for(deed.name, str(remedy.pk))
    form = (
        failed.form
        if again
        else FORMS[name](file=file, auto_id=f"remedy-{remedy.pk}-{name}-%s", initial={"back": back})
    )
    url = reverse(f"remedy-{name}", args=[file.case.organization.slug, remedy.pk])
    return Offer(deed, url, form, again)


def asked(actor: Actor, now: datetime, failed: Any = None) -> list[Asked]:
    """What waits for the actor's decision, with what has been promised on the same cases. Four queries."""
    waiting = remedies_to_decide(actor)[:IN_PLACE]
    if not waiting:
        return []
    posts = posts_for(actor)
    cases = [one.complaint_id for one in waiting]
    promised = Remedy.objects.filter(
        complaint__in=cases, state__in=(Remedy.State.APPROVED, Remedy.State.DELIVERED)
    )
    others: dict[int, list[Remedy]] = defaultdict(list)
    for one in promised.order_by("pk"):
        others[one.complaint_id].append(one)
    found = []
    for remedy in waiting:
        file = CaseFile(remedy.complaint, actor, now)
        file.posts = posts
        mine = [named(file.policy, one) for one in others[remedy.complaint_id]]
        found.append(Asked(row(file, remedy, failed, "manager"), file, mine))
    return found
