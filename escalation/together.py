"""Work for many organizations at once: an organization's rows together, and each alone where that fails."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from django.db import connection
from django_scopes import scope

from organizations.models import Organization

logger = logging.getLogger(__name__)

# Does something for rows of one organization, by their ids, and says how much; one transaction.
Work = Callable[[Organization, Sequence[int]], int]


def for_each_organization(rows: Iterable[tuple[int, int]], work: Work, complaint: str) -> int:
    """Do `work` for the rows, (organization, id), inside each organization's scope; returns the sum of it.

    A row that raises is logged with `complaint` (one %s, the id) and left as it is. A database that is away
    raises.
    """
    of_organization: dict[int, list[int]] = defaultdict(list)
    for organization_id, pk in rows:
        of_organization[organization_id].append(pk)
    organizations = Organization.objects.in_bulk(of_organization)
    done = 0
    for organization_id, ids in of_organization.items():
        with scope(organization=organizations[organization_id]):
            done += _do(organizations[organization_id], ids, work, complaint)
    return done


def _do(organization: Organization, ids: Sequence[int], work: Work, complaint: str) -> int:
    """All together; if that raises, each alone, so that one cannot silence the others."""
    try:
        return work(organization, ids)
    except Exception:
        if not connection.is_usable():
            raise
        if len(ids) == 1:
            logger.exception(complaint, ids[0])
            return 0
        return sum(_do(organization, [pk], work, complaint) for pk in ids)
