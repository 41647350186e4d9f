"""What a case's own columns tell the rules, besides what its events have set."""

from datetime import datetime
from typing import Any

from complaints.models import Complaint
from organizations.text import comparable

# Columns that are also facts of the rules: a change of one is written into the event for the planner.
FACT_FIELDS = (
    "channel",
    "complainant_type",
    "nature",
    "category",
    "tier",
    "tier_criterion",
    "outcome",
    "liability",
    "satisfaction",
)


def facts_of(case: Complaint) -> dict[str, Any]:
    """The facts a case has from the beginning, by the names of the rules (docs/policies.md, "Facts").

    They are read from the columns and not from the events, so that names and phone numbers stand in one place
    only. `customer` is whoever calls: the phone number, else the name as it compares with others. Unknown
    ones are left out.
    """
    known: dict[str, datetime | str | None] = {
        "number": case.number,
        "external_no": case.external_number,
        "complainant": case.complainant_name,
        "customer": case.complainant_phone or comparable(case.complainant_name),
        "phone": case.complainant_phone,
        "place": comparable(case.place),
        "subject": case.subject,
        "content": case.content,
        "request": case.request,
        "occurred_at": case.occurred_at,
        "received_at": case.received_at,
        "respondent": f"department:{case.respondent_id}" if case.respondent_id else "",
    }
    return {name: value for name, value in known.items() if value not in ("", None)}
