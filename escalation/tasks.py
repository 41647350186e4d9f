"""Celery's shell around the sweep. What is due is in the database; a message is only a wake-up."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.conf import settings
from django.utils import translation

from config import clock
from escalation.rollouts import carry_on_all
from escalation.sweep import SECONDS, sweep


@shared_task(name="escalation.sweep")
def sweep_task() -> None:
    """Decide what is due now. Overlapping runs share the work by the row locks."""
    with translation.override(settings.LANGUAGE_CODE):
        sweep(clock.now(), seconds=SECONDS)


@worker_ready.connect
def sweep_at_once(**_sender: Any) -> None:
    """A worker that starts catches up right away: beat's first tick comes only after its interval, and until
    then every page would say that nobody watches the deadlines."""
    sweep_task.apply_async(expires=settings.SWEEP_INTERVAL_SECONDS)


@shared_task(name="escalation.carry_on_rollouts")
def carry_on_rollouts() -> None:
    """Carry changed rules and calendars on through the open cases, as far as the interval allows."""
    with translation.override(settings.LANGUAGE_CODE):
        carry_on_all(clock.now())
