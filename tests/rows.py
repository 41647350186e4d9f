"""The rows of all tables, for tests that say what must not have changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.db import connection, models, transaction

from organizations.models import Organization, User
from organizations.tenancy import TenantModel
from tests.world import MONDAY, OWN


def project_models() -> list[type[models.Model]]:
    """The product's own tables."""
    return [model for model in apps.get_models() if model._meta.app_label in OWN]


def tenant_models() -> list[type[TenantModel]]:
    return [model for model in project_models() if issubclass(model, TenantModel)]


def snapshot() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the product as the database gives it, but for the moment of the last login.

    Not through the ORM: it is asked for hundreds of times, and there are forty tables.
    """
    rows = {}
    with connection.cursor() as cursor:
        for label, sql in _selects():
            cursor.execute(sql)
            rows[label] = cursor.fetchall()
    return rows


@cache
def _selects() -> list[tuple[str, str]]:
    quote = connection.ops.quote_name
    found = []
    for model in project_models():
        meta = model._meta
        columns = ", ".join(quote(row.column) for row in meta.concrete_fields if row.name != "last_login")
        table, key = quote(meta.db_table), quote(meta.pk.column)
        found.append((meta.label, f"SELECT {columns} FROM {table} ORDER BY {key}"))
    return found


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def some_row(model: type[TenantModel], organization: Organization) -> TenantModel:
    """The organization's first row of a table; one is made of some values if it has none."""
    row = model._base_manager.filter(organization=organization).order_by("pk").first()
    if row is None:
        columns = [column for column in model._meta.concrete_fields if not column.primary_key]
        row = model(**{column.name: _some_value(column, organization) for column in columns})
        model._base_manager.bulk_create([row])
    return row


def _some_value(column: models.Field, organization: Organization) -> Any:
    if column.name == "organization":
        return organization
    if column.has_default():
        return column.get_default()
    if isinstance(column, models.ForeignKey):
        if column.null:
            return None
        if column.related_model is User:
            return User.objects.order_by("pk").first()
        return some_row(column.related_model, organization)
    if column.null:
        return None
    if column.choices:
        return column.choices[0][0]
    kinds: list[tuple[type[models.Field], Any]] = [
        (models.BooleanField, False),
        (models.DateTimeField, MONDAY),
        (models.DateField, date(2026, 11, 2)),
        (models.IntegerField, 1),
        (models.JSONField, {}),
        (models.UUIDField, uuid4()),
        (models.CharField, "x"),
        (models.TextField, "x"),
        (models.FileField, "x"),
    ]
    return next(value for kind, value in kinds if isinstance(column, kind))
