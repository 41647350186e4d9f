"""Cases under rules with remedies and penalties, and rows of them, for the stage."""

from typing import Any

from complaints.models import Complaint
from complaints.services import note
from escalation.models import PenaltyDecision
from policies.models import PolicyVersion
from tests.world import MONDAY, Company, sent_case
from tickets.models import Remedy, Ticket
from tickets.services import propose_remedy

GRANT = {
    "right": "remedy",
    "role": "dept_head",
    "kinds": ["apology", "refund"],
    "max_yuan": 200,
    "over": "dept_manager",
}
PENALTY = {
    "id": "late",
    "title": "处理延误",
    "when": {"upheld": True},
    "subjects": [{"who": "responsible", "points": 5}],
    "decided_by": "dept_manager",
}
NUMBER = 7  # of the version: none that anybody would look for


def granted_case(company: Company) -> tuple[Complaint, Ticket]:
    """A case of the works department whose rules know a remedy and a penalty, which is proposed on it."""
    case, ticket = sent_case(company)
    with company.scope():
        version = PolicyVersion.objects.filter(number=NUMBER).first() or _version()
        Complaint.objects.filter(pk=case.pk).update(policy=version)
        case = note(
            actor=company.actor("lin"), complaint=case, event="noted", facts={"upheld": True}, now=MONDAY
        )
        ticket.refresh_from_db()
    return case, ticket


def _version() -> PolicyVersion:
    version = PolicyVersion.objects.get(number=1)
    version.pk, version.number, version.state = None, NUMBER, PolicyVersion.State.DRAFT
    version.document = {**version.document, "grants": [GRANT], "penalties": [PENALTY]}
    version.checksum = f"granted-{version.organization_id}"
    version.save()
    return version


def remedy_on(company: Company, case: Complaint, by: str, **values: Any) -> Remedy:
    """A row as it stands in the database, whatever the rules of the case say."""
    with company.scope():
        department = case.lead_department or case.desk
        given = {"approver_role": "dept_manager", "kind": "refund", "yuan": 300, "text": "退费", **values}
        return Remedy.objects.create(
            organization=company.organization,
            complaint=case,
            department=department,
            proposed_by=company.people[by],
            role="dept_head",
            proposed_at=MONDAY,
            **given,
        )


def approved_remedy(company: Company) -> Remedy:
    case, ticket = granted_case(company)
    with company.scope():
        sun = company.actor("sun")
        return propose_remedy(actor=sun, complaint=case, kind="apology", ticket=ticket, now=MONDAY)


def decision_on(company: Company, case: Complaint, by: str) -> PenaltyDecision:
    with company.scope():
        return PenaltyDecision.objects.create(
            organization=company.organization,
            complaint=case,
            penalty="late",
            title="处理延误",
            accepted=False,
            reason="首次",
            decided_by=company.people[by],
            role="dept_manager",
            decided_at=MONDAY,
        )
