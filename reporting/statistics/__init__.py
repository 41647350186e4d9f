"""The statistics of a period, computed from events and deadlines. What each figure means: docs/statistics.md.

    period    -> measuring.measure     what is counted, exact: one module for each section
              -> presenting.present    rounded, named, compared with the period before

Pages, PDF and API show what `month_figures` returns and compute nothing of their own.
"""

from datetime import date
from typing import Any

from organizations.directory import Directory
from organizations.models import Organization
from reporting.periods import month_period, previous_month
from reporting.statistics.measuring import measure
from reporting.statistics.presenting import present
from reporting.statistics.titles import Titles

__all__ = ["DEFINITIONS", "month_figures"]

# Grows whenever a definition in docs/statistics.md changes, so that a stored document says what it was made
# by.
DEFINITIONS = 1


def month_figures(organization: Organization, month: date) -> dict[str, Any]:
    """All figures of the local month in which the day `month` lies, compared with the month before.

    A JSON-ready dict; times are ISO in the organization's zone. The case is counted as it stood at the end of
    the month, so the same month gives the same figures whenever it is computed; only entries written down
    later with a time inside the month change them. Needs the organization's scope. A fixed number of queries.
    """
    period = month_period(month, organization.zone)
    earlier = month_period(previous_month(period.first), organization.zone)
    titles = Titles(organization, period.end)
    now = measure(organization, period, titles, listed=True)
    before = measure(organization, earlier, titles, listed=False)
    return {
        "definitions": DEFINITIONS,
        "organization": {
            "slug": organization.slug,
            "name": organization.name,
            "time_zone": organization.time_zone,
        },
        "period": {
            "month": period.label,
            "before": earlier.label,
            "start": period.start.astimezone(period.zone).isoformat(),
            "end": period.end.astimezone(period.zone).isoformat(),
        },
        "rules": titles.policies[0].title if titles.policies else "",
        **present(now, before, titles, Directory(organization)),
    }
