"""Lists are paged by key: the cost of page 1,000 is that of page 1, and nothing is counted."""

from typing import Any

from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from api.fields import EARLIEST, LATEST


class NewestFirst(CursorPagination):
    """By id, the newest first. `page_size` up to 200."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering: tuple[str, ...] = ("-id",)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The cursor of the request; one that somebody made up is an unknown page, not a database error."""
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None and not self.is_position(cursor.position):
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def is_position(self, value: str) -> bool:
        return value.isascii() and value.isdigit() and len(value) < 19


class NewestReceived(NewestFirst):
    """By the time of the first contact; those of the same moment by id."""

    ordering = ("-received_at", "-id")
    offset_cutoff = 10_000  # imported history may have a whole day's cases at midnight

    def is_position(self, value: str) -> bool:
        try:
            moment: Any = parse_datetime(value)
        except ValueError:
            return False
        return moment is not None and moment.tzinfo is not None and EARLIEST <= moment < LATEST
