"""Celery's shell around the outbox."""

from celery import shared_task
from django.conf import settings
from django.utils import translation

from config import clock
from notifications.outbox import deliver


@shared_task(name="notifications.deliver")
def deliver_task() -> None:
    """Send what waits. Overlapping runs share the work by leases."""
    with translation.override(settings.LANGUAGE_CODE):
        deliver(clock.now())
