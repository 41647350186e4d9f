"""What a complainant does in a browser, and what the house does meanwhile."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client

from complaints import services
from complaints.models import Complaint
from tests.world import MONDAY, Company
from tickets.services import dispatch, file_result, sign_for

TOLD = "您好,门机皮带已经更换。"
# What the house writes for itself; none of it may be seen outside.
INTERNAL = ("INTERN-note", "INTERN-instructions", "INTERN-work", "INTERN-result", "INTERN-grading")


def address(company: Company, path: str = "") -> str:
    return f"/p/{company.organization.slug}/{path}"


def form(**changes: Any) -> dict[str, Any]:
    """A complaint as a browser sends it."""
    given = {
        "request_key": str(uuid4()),
        "content": "三号楼电梯停运\n本周已经三次",
        "place": "3号楼",
        "category": "lift",
        "request": "尽快修复",
        "complainant_name": "王女士",
        "complainant_phone": "138 0013 8000",
    }
    return {**given, **changes}


def send(client: Client, company: Company, given: Mapping[str, Any], **more: Any) -> HttpResponse:
    return client.post(address(company, "new/"), given, **more)


def receipt(response: HttpResponse) -> tuple[str, str]:
    """Number and code of the page that is shown once."""
    text = response.content.decode()
    assert response.status_code == 200, text
    found = re.search(r"data-number>([^<]+)<.*data-code>([^<]+)<", text, re.DOTALL)
    assert found is not None, text
    return found[1], found[2]


def hand_in(company: Company, client: Client | None = None, **changes: Any) -> tuple[str, str]:
    return receipt(send(client or Client(), company, form(**changes)))


def enter(client: Client, company: Company, number: str, code: str, **more: Any) -> HttpResponse:
    return client.post(address(company, "follow/"), {"number": number, "passcode": code}, **more)


def visitor(company: Company, number: str, code: str) -> Client:
    """A browser in which the case is open."""
    client = Client()
    assert enter(client, company, number, code).status_code == 302
    return client


def page(client: Client, company: Company) -> str:
    response = client.get(address(company, "case/"))
    assert response.status_code == 200
    return response.content.decode()


def case_of(company: Company, number: str) -> Complaint:
    with company.scope():
        return Complaint.objects.select_related("organization", "desk").get(number=number)


def brought_to_told(company: Company, number: str) -> Complaint:
    """Accepted, dispatched, worked on, handled and told, with something internal written at each step."""
    desk, head = company.actor("lin"), company.actor("sun")
    note, instructions, work, result, grading = INTERNAL
    with company.scope():
        case = case_of(company, number)
        services.grade(
            actor=desk,
            complaint=case,
            tier="minor",
            criterion="slight_inconvenience",
            reason=grading,
            now=MONDAY,
        )
        services.accept(actor=desk, complaint=case, reason="on_site_work", note=note, now=MONDAY)
        lead = company.departments["works"]
        (ticket,) = dispatch(actor=desk, complaint=case, lead=lead, instructions=instructions, now=MONDAY)
        sign_for(actor=head, ticket=ticket, now=MONDAY)
        services.note(actor=head, complaint=case, event="noted", note=work, now=MONDAY)
        file_result(actor=head, ticket=ticket, result=result, outcome="solved", now=MONDAY)
        return services.tell(actor=desk, complaint=case, summary=TOLD, now=MONDAY)
