"""Rows that belong to one organization, and the checks that keep them there.

django-scopes makes an unscoped query fail. It does not see foreign keys, `save()` of another tenant's row or
`bulk_create`, so those are checked here: every write of a `TenantModel` verifies its own organization against
the open scope, and every foreign key to another `TenantModel` against its own organization.
"""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django_scopes import ScopedManager, get_scope
from django_scopes.manager import DisabledQuerySet

from organizations.errors import CrossTenant

# What django-scopes leaves working without a scope: answers that tell of other tenants' rows, and writes that
# go round TenantQuerySet.
for _name in ("exists", "explain", "contains", "bulk_create", "bulk_update"):
    setattr(DisabledQuerySet, _name, DisabledQuerySet.error)


def check_tenant(rows: Iterable["TenantModel"], fields: Iterable[str] | None = None) -> None:
    """Raise CrossTenant unless every row lies in the open scope and all its tenant foreign keys do too.

    `fields` limits the foreign keys looked at (names or attnames), as `save(update_fields=...)` does. Keys
    whose object is already loaded cost nothing; the rest cost one query for each field.
    """
    rows = list(rows)
    _check_scope(rows)
    for field in _tenant_keys(rows, fields):
        _check_key(rows, field)


def _check_scope(rows: list["TenantModel"]) -> None:
    scoped = get_scope().get("organization")  # also where scopes are disabled
    for row in rows:
        if row.organization_id is None:
            raise CrossTenant(f"{type(row).__name__} has no organization")
        if scoped is not None and row.organization_id != scoped.pk:
            raise CrossTenant(
                f"{type(row).__name__} of organization {row.organization_id} in scope {scoped.pk}"
            )


def _tenant_keys(rows: list["TenantModel"], names: Iterable[str] | None) -> list[models.ForeignKey]:
    if not rows:
        return []
    wanted = None if names is None else set(names)
    return [
        field
        for field in rows[0]._meta.concrete_fields
        if _is_tenant_key(field) and (wanted is None or field.name in wanted or field.attname in wanted)
    ]


def _is_tenant_key(field: Any) -> bool:
    return (
        isinstance(field, models.ForeignKey)
        and isinstance(field.related_model, type)
        and issubclass(field.related_model, TenantModel)
    )


def _check_key(rows: list["TenantModel"], field: models.ForeignKey) -> None:
    unknown: dict[Any, set[int]] = {}
    for row in rows:
        key = getattr(row, field.attname)
        if key is None:
            continue
        if field.is_cached(row):
            _same(row, field, getattr(row, field.name).organization_id)
        else:
            unknown.setdefault(key, set()).add(row.organization_id)
    if not unknown:
        return
    owners = dict(
        field.related_model._base_manager.filter(pk__in=list(unknown)).values_list("pk", "organization_id")
    )
    for row in rows:
        key = getattr(row, field.attname)
        if key in unknown and key in owners:
            _same(row, field, owners[key])


def _same(row: "TenantModel", field: models.ForeignKey, owner_id: int) -> None:
    if owner_id != row.organization_id:
        raise CrossTenant(f"{type(row).__name__}.{field.name} points into organization {owner_id}")


def _check_values(model: type[models.Model], values: dict[str, Any], organization_id: int) -> None:
    """The same for `update(department=...)`, which has no row to ask: the scope says whose rows they are."""
    for name, value in values.items():
        field = model._meta.get_field(name)
        if not _is_tenant_key(field) or value is None or hasattr(value, "resolve_expression"):
            continue
        if isinstance(value, TenantModel):
            owner = value.organization_id
        else:
            rows = field.related_model._base_manager.filter(pk=value)
            owner = rows.values_list("organization_id", flat=True).first()
        if owner not in (None, organization_id):
            raise CrossTenant(f"{model.__name__}.{field.name} points into organization {owner}")


class TenantQuerySet(models.QuerySet):
    """Bulk writes go round `save()`, so they are checked here."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        objs = list(objs)
        check_tenant(objs)
        return super().bulk_create(objs, *args, **kwargs)

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], *args: Any, **kwargs: Any) -> int:
        objs, fields = list(objs), list(fields)
        check_tenant(objs, fields)
        return super().bulk_update(objs, fields, *args, **kwargs)

    def update(self, **values: Any) -> int:
        if "organization" in values or "organization_id" in values:
            raise CrossTenant("a row never changes its organization")
        scoped = get_scope().get("organization")
        if scoped is not None:
            _check_values(self.model, values, scoped.pk)
        return super().update(**values)


class TenantModel(models.Model):
    """Base of every row that belongs to an organization."""

    organization = models.ForeignKey(
        "organizations.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    objects = ScopedManager(
        organization="organization", _manager_class=models.Manager.from_queryset(TenantQuerySet)
    )

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        check_tenant([self], kwargs.get("update_fields"))
        super().save(*args, **kwargs)
