"""What `make test` does in part, to stay under three minutes; CI on PostgreSQL, and
`HUIYIN_TESTS=whole make test`, do all of it."""

import os
from collections.abc import Iterable
from typing import TypeVar

WHOLE = os.environ.get("HUIYIN_TESTS") == "whole"
T = TypeVar("T")


def some(rows: Iterable[T], every: int = 4) -> list[T]:
    """All rows where everything is asked for, else the first and every fourth after it."""
    return list(rows)[:: 1 if WHOLE else every]
