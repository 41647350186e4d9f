"""Celery's shell around the reports. Which are missing is in the database; a message is only a wake-up."""

from celery import shared_task
from django.conf import settings
from django.utils import translation

from complaints.drafts import remove_old_drafts
from config import clock
from reporting.services import SECONDS, produce_due_reports


@shared_task(name="reporting.produce_due_reports")
def produce_due_reports_task() -> None:
    """Make up for every month that has ended without a report. Doing it twice makes nothing twice.

    Old drafts go with it: ten minutes sooner or later do not matter to them either.
    """
    now = clock.now()
    with translation.override(settings.LANGUAGE_CODE):
        produce_due_reports(now, seconds=SECONDS)
    remove_old_drafts(now)
