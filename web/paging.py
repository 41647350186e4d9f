"""Lists page by key: always the same order, no COUNT, and page 200 costs what page 1 costs."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict

from organizations.text import normalise

PAGE_SIZE = 50
LONGEST_KEY = 200
CURSORS = ("before", "after")
_CURSOR = re.compile(r"(?P<value>.*)-(?P<pk>[0-9]{1,18})", re.ASCII | re.DOTALL)
_DIGITS = re.compile(r"-?[0-9]{1,17}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Slice:
    """One page of rows in their order; `newer` and `older` are the query strings of the page before and of
    the next one, "" where there is none."""

    rows: list[Any]
    newer: str
    older: str


@dataclass(frozen=True)
class Key:
    """What a list is in the order of: a column or annotation that is never NULL, and then the primary key.

    `write` makes a value fit for an address, `read` takes it from there: None for what is no such value.
    """

    field: str
    descending: bool
    write: Callable[[Any], str]
    read: Callable[[str], Any]

    @property
    def order(self) -> tuple[str, str]:
        sign = "-" if self.descending else ""
        return f"{sign}{self.field}", f"{sign}pk"

    @property
    def backwards(self) -> "Key":
        return Key(self.field, not self.descending, self.write, self.read)


def by_time(field: str, *, descending: bool = True) -> Key:
    return Key(field, descending, _microseconds, _moment)


def by_number(field: str, *, descending: bool = False) -> Key:
    return Key(field, descending, str, _number)


def by_text(field: str, *, descending: bool = False) -> Key:
    return Key(field, descending, str, _text)


def newest_first(request: HttpRequest, rows: QuerySet, field: str, size: int = PAGE_SIZE) -> Slice:
    """The page that `?before=` or `?after=` of the request names, in the order of a time."""
    return keyed(request.GET, rows, by_time(field), size)


def keyed(given: QueryDict, rows: QuerySet, key: Key, size: int = PAGE_SIZE) -> Slice:
    """The page that `?before=` (what comes next after that row) or `?after=` (what comes just in front of it)
    names; the first one for a cursor that is none."""
    before, after = _cursor(given, "before", key), _cursor(given, "after", key)
    if after:
        back = key.backwards
        found = list(_beyond(rows, back, after).order_by(*back.order)[: size + 1])
        more, found = len(found) > size, found[:size][::-1]
        newer = _query(given, "after", key, found[:1] if more else [])
        # Reached by walking back, so there is a next page: the one we came from.
        return Slice(found, newer, _query(given, "before", key, found[-1:]))
    if before:
        rows = _beyond(rows, key, before)
    found = list(rows.order_by(*key.order)[: size + 1])
    more, found = len(found) > size, found[:size]
    newer = _query(given, "after", key, found[:1]) if before else ""
    return Slice(found, newer, _query(given, "before", key, found[-1:]) if more else "")


def _beyond(rows: QuerySet, key: Key, cursor: tuple[Any, int]) -> QuerySet:
    """The rows that come after the cursor in the order of the key."""
    (value, pk), way = cursor, "lt" if key.descending else "gt"
    # The first condition says nothing new, but lets the database start in the middle of the index.
    return rows.filter(**{f"{key.field}__{way}e": value}).filter(
        Q(**{f"{key.field}__{way}": value}) | Q(**{key.field: value, f"pk__{way}": pk})
    )


def _cursor(given: QueryDict, name: str, key: Key) -> tuple[Any, int] | None:
    match = _CURSOR.fullmatch(given.get(name, ""))
    value = key.read(match["value"]) if match else None
    return None if match is None or value is None else (value, int(match["pk"]))


def _query(given: QueryDict, name: str, key: Key, row: list[Any]) -> str:
    if not row:
        return ""
    kept = [(other, value) for other, value in given.items() if other not in CURSORS and value]
    return urlencode([*kept, (name, f"{key.write(getattr(row[0], key.field))}-{row[0].pk}")])


def _microseconds(moment: datetime) -> str:
    return str((moment - _EPOCH) // timedelta(microseconds=1))


def _moment(text: str) -> datetime | None:
    if not _DIGITS.fullmatch(text):
        return None
    try:
        return _EPOCH + timedelta(microseconds=int(text))  # before 1970 it is negative
    except OverflowError:
        return None


def _number(text: str) -> int | None:
    return int(text) if _DIGITS.fullmatch(text) and len(text) < 10 else None


def _text(text: str) -> str | None:
    # A control character or half a surrogate pair is in no column, and makes the database raise.
    return text if len(text) <= LONGEST_KEY and normalise(text) == text.strip() else None
