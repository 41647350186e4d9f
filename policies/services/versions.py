"""Versions of the rules: adopted, drafted, edited, published."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from organizations.actors import Actor
from organizations.errors import NotVisible, Refused, Stale
from organizations.models import Organization, User
from policies.engine.errors import PolicyErrors
from policies.engine.loading import load_policy, parse_policy
from policies.engine.schema import Policy
from policies.models import PolicyVersion, RuleChange
from policies.packs import PACKS_DIR, read_policy, shipped_packs
from policies.rights import check_administrator
from policies.services.log import log_change

Kind = RuleChange.Kind
Change = Callable[[dict[str, Any]], None]


def adopt_policy(
    *, organization: Organization, path: Path, now: datetime, publish: bool, by: User | None = None
) -> PolicyVersion:
    """Read a pack file, check it whole, and keep it as the organization's next version.

    Raises PolicyErrors with every fault of the file at once. Adopting the very same document again gives the
    version that is already there. With `publish` the version is in force for cases registered from now on.
    """
    policy = load_policy(path, packs_dir=PACKS_DIR)
    with transaction.atomic():
        version = _kept(organization, policy, now, by)
        if publish and version.state != PolicyVersion.State.PUBLISHED:
            publish_policy(version=version, now=now, by=by)
    return version


@transaction.atomic
def publish_policy(*, version: PolicyVersion, now: datetime, by: User | None) -> None:
    """Put a version in force for cases registered from `now` on; open cases keep theirs.

    The document is checked once more: raises PolicyErrors if it does not stand up to the engine of today.
    """
    parse_policy(version.document, source=str(version))
    version.state = PolicyVersion.State.PUBLISHED
    version.published_at, version.published_by = now, by
    version.save(update_fields=["state", "published_at", "published_by"])
    log_change(
        organization=version.organization,
        kind=Kind.PUBLISHED,
        now=now,
        by=by,
        number=version.number,
        note=version.title,
    )


@transaction.atomic
def publish_version(*, actor: Actor, version: PolicyVersion, seen: str, now: datetime) -> PolicyVersion:
    """Put a draft in force for cases registered from `now` on.

    `seen` is the checksum of the state the actor has looked at: Stale if the draft has changed since. Refused
    if it is no draft any more or cannot be used.
    """
    _check_own(actor, version)
    draft = _locked_draft(version, seen)
    try:
        publish_policy(version=draft, now=now, by=actor.user)
    except PolicyErrors as errors:
        raise _unusable(errors) from errors
    return draft


@transaction.atomic
def draft_from_pack(*, actor: Actor, pack: str, now: datetime) -> PolicyVersion:
    """A draft made of the shipped pack with this id. Refused if there is none."""
    check_administrator(actor)
    file = next((row for row in shipped_packs() if row.id == pack), None)
    if file is None:
        raise Refused(_("There is no pack “%(pack)s”.") % {"pack": pack}, field="pack")
    return _kept(actor.organization, load_policy(file.path, packs_dir=PACKS_DIR), now, actor.user)


@transaction.atomic
def draft_from_yaml(*, actor: Actor, text: str, source: str, now: datetime) -> PolicyVersion:
    """A draft made of a YAML text; what it extends is looked up among the shipped packs.

    Raises PolicyErrors with every fault at once; nothing is kept then.
    """
    check_administrator(actor)
    return _kept(actor.organization, read_policy(text, source=source), now, actor.user)


@transaction.atomic
def draft_from_version(*, actor: Actor, version: PolicyVersion, now: datetime) -> PolicyVersion:
    """A copy of a version, to be changed. Copying twice gives two drafts."""
    _check_own(actor, version)
    _lock(actor.organization)
    policy = parse_policy(version.document, source=str(version))
    return _new(actor.organization, policy, now, actor.user, based_on=version.number)


@transaction.atomic
def change_draft(
    *, actor: Actor, version: PolicyVersion, seen: str, change: Change, note: str, now: datetime
) -> PolicyVersion:
    """Let `change` alter a copy of the draft's document; keep it if the engine finds no fault in it.

    `seen` is the checksum of the state the change was made for. Stale if the draft has changed since; Refused
    with every fault in `missing` if the rules could not be used like that; nothing is kept then.
    """
    _check_own(actor, version)
    draft = _locked_draft(version, seen)
    document = json.loads(json.dumps(draft.document))
    change(document)
    try:
        policy = parse_policy(document, source=str(draft))
    except PolicyErrors as errors:
        raise _unusable(errors) from errors
    if _checksum(policy.document) == draft.checksum:
        return draft
    _fill(draft, policy)
    draft.save(update_fields=["pack", "title", "document", "checksum"])
    _log(draft, Kind.EDITED, now, actor.user, note)
    return draft


@transaction.atomic
def drop_draft(*, actor: Actor, version: PolicyVersion, seen: str, now: datetime) -> None:
    """Throw a draft away. Refused if it is published: cases may point at it."""
    _check_own(actor, version)
    draft = _locked_draft(version, seen)
    _log(draft, Kind.DROPPED, now, actor.user, draft.title)
    draft.delete()


def _check_own(actor: Actor, version: PolicyVersion) -> None:
    """Only administrators, and only versions of their own organization."""
    check_administrator(actor)
    if version.organization_id != actor.organization.pk:
        raise NotVisible(version.pk)


def _lock(organization: Organization) -> None:
    """Numbers of versions are given out one after another."""
    Organization.objects.select_for_update().get(pk=organization.pk)


def _locked_draft(version: PolicyVersion, seen: str) -> PolicyVersion:
    draft = (
        PolicyVersion.objects.select_for_update(of=("self",))
        .filter(pk=version.pk)
        .select_related("organization")
        .first()
    )
    if draft is None:
        raise NotVisible(version.pk)
    if draft.state != PolicyVersion.State.DRAFT:
        raise Refused(_("This version is published and cannot be changed any more. Make a draft from it."))
    if draft.checksum != seen:
        raise Stale(
            _("This draft has changed since you opened it. Look at it again, then repeat what you did.")
        )
    return draft


def _kept(organization: Organization, policy: Policy, now: datetime, by: User | None) -> PolicyVersion:
    """The newest version if it says the same, else a new draft."""
    _lock(organization)
    newest = PolicyVersion.objects.filter(organization=organization).order_by("-number").first()
    if newest and newest.checksum == _checksum(policy.document):
        return newest
    return _new(organization, policy, now, by)


def _new(
    organization: Organization,
    policy: Policy,
    now: datetime,
    by: User | None,
    based_on: int | None = None,
) -> PolicyVersion:
    versions = PolicyVersion.objects.filter(organization=organization)
    # A dropped draft leaves its number behind in the log; it is not given out again.
    logged = RuleChange.objects.filter(organization=organization).aggregate(last=Max("number"))["last"] or 0
    last = max(versions.aggregate(last=Max("number"))["last"] or 0, logged)
    version = PolicyVersion(
        organization=organization, number=last + 1, created_at=now, created_by=by, based_on=based_on
    )
    _fill(version, policy)
    version.save()
    _log(version, Kind.DRAFTED, now, by, version.title)
    return version


def _fill(version: PolicyVersion, policy: Policy) -> None:
    version.pack = policy.id[:80]
    version.title = policy.title[:200]
    version.document = json.loads(json.dumps(policy.document))
    version.checksum = _checksum(policy.document)


def _checksum(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _log(version: PolicyVersion, kind: RuleChange.Kind, now: datetime, by: User | None, note: str) -> None:
    log_change(organization=version.organization, kind=kind, now=now, by=by, number=version.number, note=note)


def _unusable(errors: PolicyErrors) -> Refused:
    faults = [str(fault) for fault in errors.errors]
    return Refused(_("The rules cannot be used like that:") + " " + "; ".join(faults), missing=faults)
