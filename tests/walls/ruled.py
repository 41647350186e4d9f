"""Tasks of the rules, and a case under rules that let its handling be ended, for the stage."""

from complaints.models import Complaint, Task
from policies.models import PolicyVersion
from tests.world import MONDAY, Company, sent_case

STOPS = [
    {"id": "court", "title": "法院受理", "effect": "end", "decider": "desk_supervisor"},
    {"id": "proof", "title": "补交证据", "effect": "restart", "decider": "desk_supervisor"},
]
NUMBER = 11  # of the version: none that anybody would look for


def order_on(company: Company, case: Complaint) -> Task:
    """A supervision order that the department of the case has to answer."""
    with company.scope():
        return Task.objects.create(
            organization=company.organization,
            complaint=case,
            key=f"order-{case.pk}",
            kind=Task.Kind.ORDER,
            number=f"DB-{case.pk}",
            source="solve",
            action={"order": "督办工单"},
            roles=["owner"],
            department=case.lead_department,
            made_at=MONDAY,
        )


def stoppable_case(company: Company) -> Complaint:
    """A case of the works department whose rules have clock stops that the desk's supervisor decides on."""
    case, _ticket = sent_case(company)
    with company.scope():
        version = PolicyVersion.objects.get(number=1)
        version.pk, version.number, version.state = None, NUMBER, PolicyVersion.State.DRAFT
        version.document = {**version.document, "clock_stops": STOPS}
        version.checksum = f"ruled-{version.organization_id}"
        version.save()
        Complaint.objects.filter(pk=case.pk).update(policy=version)
        case.refresh_from_db()
    return case
