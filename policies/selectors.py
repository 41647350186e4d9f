"""The rules and the calendar a case is judged by, compiled once and kept in the process."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from django.utils.translation import gettext as _

from organizations.actors import Actor
from organizations.errors import NotVisible, Refused
from organizations.models import Organization
from policies.days import own_days
from policies.engine.calendars import Calendar
from policies.engine.loading import parse_policy
from policies.engine.schema import Policy
from policies.models import PolicyVersion, Post


def current_version(organization: Organization) -> PolicyVersion:
    """The version in force: the last one published. Refused if the organization has none yet."""
    version = (
        PolicyVersion.objects.filter(organization=organization, state=PolicyVersion.State.PUBLISHED)
        .order_by("-published_at", "-number")
        .first()
    )
    if version is None:
        raise Refused(_("This organization has not published its rules yet."))
    return version


def compiled(version: PolicyVersion) -> Policy:
    """The parsed policy of a version. Cached by checksum: equal rules are parsed once for all tenants."""
    cached = _by_checksum.get(version.checksum)
    if cached is None:
        cached = _by_checksum[version.checksum] = parse_policy(version.document, source=str(version))
    return cached


_by_checksum: dict[str, Policy] = {}


def policy_of(version_id: int) -> Policy:
    """The compiled policy of a version id; no query when this process has seen the version before."""
    checksum = _checksum_of(version_id)
    return _by_checksum[checksum]


@lru_cache(maxsize=4096)
def _checksum_of(version_id: int) -> str:
    version = PolicyVersion.objects.get(pk=version_id)
    compiled(version)
    return version.checksum


def version_numbered(organization: Organization, number: int) -> PolicyVersion:
    """One version, draft or published. Raises NotVisible if the organization has none of this number."""
    version = (
        PolicyVersion.objects.filter(organization=organization, number=number)
        .select_related("organization", "created_by", "published_by")
        .first()
    )
    if version is None:
        raise NotVisible(number)
    return version


def rules_of(version: PolicyVersion) -> Policy:
    """The parsed policy of a version, draft or not. A draft is parsed anew: each state of it would stay in
    the cache for good."""
    if version.state == PolicyVersion.State.PUBLISHED:
        return compiled(version)
    return parse_policy(version.document, source=str(version))


def posts_of(organization: Organization) -> dict[str, int]:
    """The roles of the rules that have a place in the organization, with the ids of their departments. One
    query. A department that was closed fills no role any more."""
    rows = Post.objects.filter(organization=organization, department__is_active=True)
    return dict(rows.values_list("role", "department_id"))


def posts_for(actor: Actor) -> dict[str, int]:
    """The same, read once for each actor: who is the one of a request sees one state of them, as of the
    departments and people."""
    if actor not in _of_actor:
        _of_actor[actor] = posts_of(actor.organization)
    return _of_actor[actor]


_of_actor: WeakKeyDictionary[Actor, dict[str, int]] = WeakKeyDictionary()


def calendar_of(organization: Organization, policy: Policy, desk_id: int | None = None) -> Calendar:
    """The working days and hours of an organization under a policy, for the cases of a service desk."""
    has_hours = any(rule.hours for rule in policy.calendars.values())
    return _calendar(
        organization.pk,
        organization.time_zone,
        organization.calendar_revision,
        policy,
        desk_id if has_hours else None,
    )


@lru_cache(maxsize=512)
def _calendar(
    organization_id: int, zone: str, revision: int, policy: Policy, desk_id: int | None
) -> Calendar:
    organization = Organization(pk=organization_id, time_zone=zone)
    return own_days(organization).calendar(policy, desk_id)


def options(policy: Policy, name: str) -> list[tuple[str, str]]:
    """(id, Chinese title) of every entry of a list of the pack, a tree flattened to 「父 / 子」.

    categories.<dimension> is one dimension of categories that have several.
    """
    lists: Any = policy.document.get("lists", {})
    head, _dot, dimension = name.partition(".")
    rows = lists.get(head, [])
    return list(_flatten(rows.get("dimensions", {}).get(dimension) if dimension else rows, ""))


def title_of(policy: Policy, name: str, value: str) -> str:
    """The title of an entry of a list; the id itself where the pack has no such entry (any more)."""
    return dict(options(policy, name)).get(value, value)


def duty_title(policy: Policy, duty: str) -> str:
    """The title of a duty as the pack words it."""
    known = policy.duties_by_id.get(duty)
    return known.title or duty if known else duty


def trigger_title(policy: Policy, source: str) -> str:
    """The title of the trigger an effect comes from; "" if the pack gives it none."""
    return next((row.title for row in policy.triggers if row.id == source), "")


def _flatten(rows: Any, above: str) -> Iterator[tuple[str, str]]:
    if not isinstance(rows, list | tuple):  # categories in several dimensions are facts, see asked_facts()
        return
    for row in rows:
        title = f"{above}{row.get('title') or row.get('text') or row['id']}"
        yield row["id"], title
        yield from _flatten(row.get("children", []), f"{title} / ")


def forget() -> None:
    """Empty this process's caches of versions and calendars. For tests, where row ids are used again."""
    _checksum_of.cache_clear()
    _calendar.cache_clear()
