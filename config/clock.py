"""The one place where the time is read.

Views, tasks and commands call `now()` once and pass it down; everything below works with the value it is
given, so a test or `manage.py sweep --now` can move through time without patching anything.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return timezone.now()


def moment(text: str) -> datetime:
    """An ISO time of the command line, Chinese time if it names no zone. Raises ValueError if it is none."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo("Asia/Shanghai"))
