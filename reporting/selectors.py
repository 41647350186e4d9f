"""Who may read which report, and which reports are missing."""

import hashlib
from datetime import date, datetime

from django.db.models import Min, QuerySet
from django.utils.translation import gettext as _

from complaints.models import Complaint, Deadline
from organizations.actors import MANAGER_ROLES, Actor
from organizations.errors import Forbidden, NotVisible, Refused
from organizations.models import Organization, Role
from reporting.models import MonthlyReport
from reporting.periods import ended_months, month_period
from reporting.statistics.part import WHOLE, Part


def may_read_reports(actor: Actor) -> bool:
    """A report shows the whole organization: it is for those who manage all of it, and for the desk's
    supervisor who signs it (P1-29). An administrator keeps the system and has no part in the cases."""
    manages_all = actor.has_for(actor.directory.root_id, Role.GENERAL_MANAGER, Role.DEPT_MANAGER)
    return manages_all or actor.has(Role.DESK_SUPERVISOR)


def part_of(actor: Actor) -> Part:
    """What the figures of a reader are about: the cases of the desks they supervise and of the departments
    they manage, all of which they may look at. Raises Forbidden."""
    _check(actor)
    desks = actor.departments(*MANAGER_ROLES)
    if actor.directory.root_id in desks:
        return WHOLE
    return Part(((desks, actor.departments(Role.DEPT_MANAGER, Role.GENERAL_MANAGER)),))


def reports_for(actor: Actor) -> QuerySet[MonthlyReport]:
    """The stored reports, the newest first, without their figures. Raises Forbidden."""
    _check(actor)
    return MonthlyReport.objects.filter(organization=actor.organization).defer("figures").order_by("-month")


def access_report(actor: Actor, month: date) -> MonthlyReport:
    """The stored report of the month in which the day lies. Raises Forbidden, or NotVisible if there is
    none."""
    _check(actor)
    report = stored_report(actor.organization, month.replace(day=1))
    if report is None:
        raise NotVisible(f"{month:%Y-%m}")
    return report


def _check(actor: Actor) -> None:
    if not may_read_reports(actor):
        raise Forbidden(_("Your roles do not allow this."))


def stored_report(organization: Organization, month: date) -> MonthlyReport | None:
    """The stored report of the month beginning on `month`, or None. One query."""
    return (
        MonthlyReport.objects.select_related("organization")
        .filter(organization=organization, month=month)
        .first()
    )


def read_pdf(report: MonthlyReport) -> bytes:
    """The document as it was produced. Refused if the file is gone or is not that document any more."""
    try:
        with report.pdf.storage.open(report.pdf.name) as file:
            pdf = file.read()
    except OSError as error:
        raise Refused(_("The file of this report is missing.")) from error
    if hashlib.sha256(pdf).hexdigest() != report.checksum:
        raise Refused(_("The file of this report has been changed since it was produced."))
    return pdf


def months_due(organization: Organization, now: datetime) -> list[date]:
    """The ended months from that of the first case on that have no report yet, the newest first. Three
    queries.

    A month waits until the sweep has decided every step that fell into it: after an outage of the workers the
    report would otherwise keep, for ever, a number of breaches that was still growing.
    """
    cases = Complaint.objects.filter(organization=organization)
    first = cases.aggregate(first=Min("received_at"))["first"]
    if first is None:
        return []
    months = MonthlyReport.objects.filter(organization=organization).values_list("month", flat=True)
    kept = set(months)
    undecided = Deadline.objects.filter(organization=organization, next_fire_at__isnull=False)
    oldest = undecided.aggregate(oldest=Min("next_fire_at"))["oldest"]
    due = [
        month
        for month in ended_months(first, now, organization.zone)
        if month not in kept and (oldest is None or month_period(month, organization.zone).end < oldest)
    ]
    return due[::-1]
