"""Answers the rules' count conditions from the organization's cases: "the third of this kind in a month"."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from complaints.facts import FACT_FIELDS, facts_of
from complaints.models import Complaint
from policies.engine.calendars import Calendar
from policies.engine.conditions import look_up
from policies.engine.counting import CaseCounter, RelatedCase, begin_of, is_like


def counter_of(case: Complaint, calendar: Calendar) -> CaseCounter:
    """Counts for one case: the others of its organization received up to the moment asked about, and itself.

    Another case counts with what is known of it now. One query for each question, none if the answer is 0 by
    the case's own facts.
    """

    def count(condition: Mapping[str, Any], facts: Mapping[str, object], at: datetime) -> int:
        own = RelatedCase(at, facts)
        same = {name: look_up(facts, name) for name in condition.get("same", ())}
        if any(value in (None, "") for value in same.values()):
            return 0
        others = _others(case, same, begin_of(condition.get("window"), at, calendar), at)
        like = sum(is_like(condition, RelatedCase(at, _facts(row)), own) for row in others.iterator(1000))
        return like + is_like(condition, own, own)

    return count


def _others(
    case: Complaint, same: Mapping[str, object], since: datetime | None, at: datetime
) -> QuerySet[Complaint]:
    rows = Complaint.objects.filter(organization=case.organization, received_at__lte=at).exclude(pk=case.pk)
    if since is not None:
        rows = rows.filter(received_at__gte=since)
    for name, value in same.items():
        rows = rows.filter(_narrowed(case, name, value))
    return rows.order_by()


def _narrowed(case: Complaint, name: str, value: object) -> Q:
    """What of "the same" the database can look for; every other fact is compared in memory."""
    if name in FACT_FIELDS:
        return Q(**{name: value})
    if name == "respondent" and case.respondent_id:
        return Q(respondent=case.respondent_id)
    if name == "customer" and case.complainant_phone:
        return Q(complainant_phone=case.complainant_phone)
    return Q()


def _facts(row: Complaint) -> dict[str, object]:
    columns = {name: value for name in FACT_FIELDS if (value := getattr(row, name))}
    return {**facts_of(row), **row.facts, **columns}
