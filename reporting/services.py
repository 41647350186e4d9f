"""Producing the monthly reports and keeping them."""

import hashlib
import logging
import time
from datetime import date, datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django_scopes import scope

from organizations.errors import Refused
from organizations.models import Organization
from reporting.document import render_pdf
from reporting.models import MonthlyReport
from reporting.periods import month_period
from reporting.selectors import months_due, stored_report
from reporting.statistics import month_figures

logger = logging.getLogger(__name__)

# A task stops after this and leaves the rest to the next beat: a hundred months of imported history must not
# keep the only worker from its sweeps.
SECONDS = 60.0


def produce_month(*, organization: Organization, month: date, now: datetime) -> MonthlyReport:
    """The report of the month in which the day `month` lies: the stored one, else made and kept now.

    Figures, PDF and its SHA-256 are kept together and never changed afterwards. Refused before the month has
    ended. Producers that run at the same time end with the same one report. Counts and renders outside any
    transaction, so a slow document holds up nobody; needs the organization's scope.
    """
    period = month_period(month, organization.zone)
    if stored := stored_report(organization, period.first):
        return stored
    if not period.has_ended(now):
        raise Refused(_("The month %(month)s has not ended yet.") % {"month": period.label})
    figures = month_figures(organization, period.first)
    return _keep(organization, period.first, figures, render_pdf(figures, produced_at=now), now)


def _keep(organization: Organization, month: date, figures: dict, pdf: bytes, now: datetime) -> MonthlyReport:
    """File first, row second: a row always has its file. What dies in between leaves a file nobody points
    at."""
    checksum = hashlib.sha256(pdf).hexdigest()
    name = f"reports/{organization.pk}/{month:%Y-%m}-{checksum[:12]}.pdf"
    name = default_storage.save(name, ContentFile(pdf))
    try:
        with transaction.atomic():
            return MonthlyReport.objects.create(
                organization=organization,
                month=month,
                figures=figures,
                pdf=name,
                checksum=checksum,
                produced_at=now,
            )
    except IntegrityError:
        default_storage.delete(name)
        if other := stored_report(organization, month):
            return other  # another worker was quicker
        raise
    except Exception:
        default_storage.delete(name)
        raise


def produce_due_reports(now: datetime, *, seconds: float | None = None) -> int:
    """Produce every report that is due, of all active organizations; returns how many were made.

    One report for each organization in turn, the newest month first, until nothing is left or `seconds` have
    passed. One that fails is logged and left for the next run; it stops neither the others nor its
    successors.
    """
    stop_at = None if seconds is None else time.monotonic() + seconds
    waiting = {row: _months(row, now) for row in Organization.objects.filter(is_active=True).order_by("pk")}
    made = 0
    while waiting := {organization: months for organization, months in waiting.items() if months}:
        for organization, months in waiting.items():
            if stop_at is not None and time.monotonic() >= stop_at:
                return made
            made += _produce(organization, months.pop(0), now)
    return made


def _months(organization: Organization, now: datetime) -> list[date]:
    try:
        with scope(organization=organization):
            return months_due(organization, now)
    except Exception:
        logger.exception("Which reports of %s are due could not be found out", organization.slug)
        return []


def _produce(organization: Organization, month: date, now: datetime) -> bool:
    try:
        with scope(organization=organization):
            produce_month(organization=organization, month=month, now=now)
    except Exception:
        logger.exception("The report %s of %s could not be produced", f"{month:%Y-%m}", organization.slug)
        return False
    return True
